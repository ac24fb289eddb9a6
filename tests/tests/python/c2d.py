#!/usr/bin/env python3
"""Receives cloud-to-device messages with the unmodified device SDK and prints them, one JSON a line.

Ends when it has received as many as it was told to, or fails after a while.
"""

import argparse
import json
import threading

from azure.iot.device import IoTHubDeviceClient, Message

PATIENCE = 60  # seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--connection-string", required=True)
    parser.add_argument("--ca", required=True, help="file with the certificate to trust")
    parser.add_argument("--websockets", action="store_true")
    parser.add_argument("--count", type=int, required=True)
    arguments = parser.parse_args()

    with open(arguments.ca, encoding="ascii") as file:
        trust = file.read()
    device = IoTHubDeviceClient.create_from_connection_string(
        arguments.connection_string,
        server_verification_cert=trust,
        websockets=arguments.websockets,
        connection_retry=False,
    )
    received: list[dict] = []
    enough = threading.Event()

    def on_message(message: Message) -> None:
        received.append(
            {
                "body": message.data.decode(),
                "messageId": message.message_id,
                "correlationId": message.correlation_id,
                "userId": message.user_id,
                "contentType": message.content_type,
                "contentEncoding": message.content_encoding,
                "expiry": message.expiry_time_utc,
                "ack": message.ack,
                "to": getattr(message, "to", None),
                "properties": dict(message.custom_properties),
            }
        )
        if len(received) == arguments.count:
            enough.set()

    device.on_message_received = on_message
    device.connect()
    complete = enough.wait(PATIENCE)
    # What was received last is acknowledged by the time the connection is closed.
    device.shutdown()
    for message in received:
        print(json.dumps(message))
    if not complete:
        raise SystemExit(f"received {len(received)} of {arguments.count}")


if __name__ == "__main__":
    main()
