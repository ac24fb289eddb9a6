#!/usr/bin/env python3
"""Sends numbered telemetry with the unmodified device SDK and says how it went.

The hub must store message n with message id `{run}-{n}`, body `{"n": n}` and the properties that
`message` sets below; the caller reads them back and compares.
"""

import argparse
import json
import time

from azure.iot.device import X509, IoTHubDeviceClient, Message

# Characters that mean something in a topic, a query or a connection string.
AWKWARD_KEY = "a key/with=signs&more"
AWKWARD_VALUE = "50% of ä, + and ?"


def message(run: str, n: int) -> Message:
    telemetry = Message(json.dumps({"n": n}), message_id=f"{run}-{n}")
    telemetry.content_type = "application/json"
    telemetry.content_encoding = "utf-8"
    telemetry.correlation_id = run
    telemetry.custom_properties["n"] = str(n)
    telemetry.custom_properties[AWKWARD_KEY] = AWKWARD_VALUE
    return telemetry


def client(arguments: argparse.Namespace) -> IoTHubDeviceClient:
    with open(arguments.ca, encoding="ascii") as file:
        trust = file.read()
    options = {
        "server_verification_cert": trust,
        "websockets": arguments.websockets,
        "connection_retry": False,
    }
    if arguments.certificate:
        return IoTHubDeviceClient.create_from_x509_certificate(
            X509(arguments.certificate, arguments.certificate),
            arguments.hostname,
            arguments.device,
            gateway_hostname=arguments.gateway,
            **options,
        )
    if arguments.connection_string:
        # The gateway, if any, stands in the connection string.
        return IoTHubDeviceClient.create_from_connection_string(
            arguments.connection_string, **options
        )
    return IoTHubDeviceClient.create_from_sastoken(
        arguments.token, gateway_hostname=arguments.gateway, **options
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    credential = parser.add_mutually_exclusive_group(required=True)
    credential.add_argument("--connection-string")
    credential.add_argument("--token", help="a device's shared access signature")
    credential.add_argument("--certificate", help="file with a certificate and its key")
    parser.add_argument("--hostname", help="the hub, with --certificate")
    parser.add_argument("--device", help="the device's id, with --certificate")
    parser.add_argument("--gateway", help="address to dial, with --token or --certificate")
    parser.add_argument("--ca", required=True, help="file with the certificate to trust")
    parser.add_argument("--websockets", action="store_true")
    parser.add_argument("--run", required=True, help="prefix of the message ids")
    parser.add_argument("--count", type=int, required=True)
    arguments = parser.parse_args()

    device = client(arguments)
    device.connect()
    began = time.monotonic()
    for n in range(arguments.count):
        device.send_message(message(arguments.run, n))  # returns when the hub has acknowledged
    seconds = time.monotonic() - began
    device.shutdown()
    print(json.dumps({"sent": arguments.count, "seconds": round(seconds, 3)}))


if __name__ == "__main__":
    main()
