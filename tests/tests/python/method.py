#!/usr/bin/env python3
"""Direct methods with the unmodified SDKs: a back end calls a device and one of its modules."""

import argparse
import json

from azure.iot.device import IoTHubDeviceClient, IoTHubModuleClient, MethodResponse
from azure.iot.hub import IoTHubRegistryManager
from azure.iot.hub.models import CloudToDeviceMethod

MODULE = "meter"
PAYLOADS = [None, "", {}, 7, ["ä", {"deep": [1, 2.5, None]}]]


def answering(client, who: str) -> None:
    """Has a client answer every request with what it was given, and its own status."""

    def handle(request) -> None:
        payload = {"who": who, "name": request.name, "given": request.payload}
        client.send_method_response(MethodResponse.create_from_method_request(request, 299, payload))

    client.on_method_request_received = handle


def check(answer, who: str, name: str, given) -> None:
    # The service SDK sends an empty text when its caller gives it nothing.
    expected = {"who": who, "name": name, "given": "" if given is None else given}
    assert answer.status == 299, answer
    assert answer.payload == expected, (answer.payload, expected)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", required=True, help="the device's connection string")
    parser.add_argument("--service", required=True, help="the service's connection string")
    parser.add_argument("--ca", required=True, help="file with the certificate to trust")
    parser.add_argument("--websockets", action="store_true")
    arguments = parser.parse_args()
    with open(arguments.ca, encoding="ascii") as file:
        trust = file.read()
    options = {"server_verification_cert": trust, "websockets": arguments.websockets}

    service = IoTHubRegistryManager.from_connection_string(arguments.service)
    parts = dict(part.split("=", 1) for part in arguments.device.split(";"))
    device_id = parts["DeviceId"]
    module = service.create_module_with_sas(device_id, MODULE, None, "", "")
    module_string = ";".join(
        [
            f"HostName={parts['HostName']}",
            f"DeviceId={device_id}",
            f"ModuleId={MODULE}",
            f"SharedAccessKey={module.authentication.symmetric_key.primary_key}",
            f"GatewayHostName={parts['GatewayHostName']}",
        ]
    )
    device = IoTHubDeviceClient.create_from_connection_string(arguments.device, **options)
    meter = IoTHubModuleClient.create_from_connection_string(module_string, **options)
    calls = 0
    try:
        for client, who in [(device, "device"), (meter, "module")]:
            client.connect()
            answering(client, who)
        for given in PAYLOADS:
            method = CloudToDeviceMethod(
                method_name="read it",
                payload=given,
                response_timeout_in_seconds=30,
                connect_timeout_in_seconds=30,
            )
            answer = service.invoke_device_method(device_id, method)
            check(answer, "device", "read it", given)
            answer = service.invoke_device_module_method(device_id, MODULE, method)
            check(answer, "module", "read it", given)
            calls += 2
    finally:
        device.shutdown()
        meter.shutdown()
    print(json.dumps({"calls": calls}))


if __name__ == "__main__":
    main()
