#!/usr/bin/env python3
"""Sends without a pause while the unmodified SDK renews its token several times.

Message n carries the property `n` and is counted once the hub has acknowledged it; the caller looks
whether all of them are stored. The SDK renews a token two minutes before its end by connecting anew.
"""

import argparse
import json
import time

from azure.iot.device import IoTHubDeviceClient, Message

# Between two messages.
PAUSE_SECONDS = 0.005
# Should the SDK not renew at all.
PATIENCE_SECONDS = 120


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--connection-string", required=True)
    parser.add_argument("--ca", required=True, help="file with the certificate to trust")
    parser.add_argument("--ttl", type=int, required=True, help="life of a token in seconds")
    parser.add_argument("--renewals", type=int, required=True, help="stop after so many")
    arguments = parser.parse_args()

    with open(arguments.ca, encoding="ascii") as file:
        trust = file.read()
    device = IoTHubDeviceClient.create_from_connection_string(
        arguments.connection_string, server_verification_cert=trust, sastoken_ttl=arguments.ttl
    )
    connections = []

    def changed() -> None:
        connections.append((time.monotonic(), device.connected))

    device.on_connection_state_change = changed
    device.connect()

    def renewals() -> int:
        return sum(1 for _, connected in connections if connected) - 1

    began = last = time.monotonic()
    longest, sent = 0.0, 0
    while renewals() < arguments.renewals and last - began < PATIENCE_SECONDS:
        message = Message(json.dumps({"n": sent}))
        message.custom_properties["n"] = str(sent)
        device.send_message(message)  # returns when the hub has acknowledged
        sent += 1
        now = time.monotonic()
        longest, last = max(longest, now - last), now
        time.sleep(PAUSE_SECONDS)
    ups = [at for at, connected in connections if connected]
    downs = [at for at, connected in connections if not connected]
    gaps = [min(up - down for up in ups if up > down) for down in downs if down < ups[-1]]
    device.shutdown()
    told = {
        "sent": sent,
        "renewals": renewals(),
        "seconds": round(last - began, 1),
        "longest_gap_ms": round(longest * 1000, 1),
        "disconnected_ms": [round(gap * 1000, 1) for gap in gaps],
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main()
