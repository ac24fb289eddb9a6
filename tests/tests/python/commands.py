"""The service SDK of PyPI sends messages over AMQP, and uamqp hears what became of them."""

import argparse
import json
import threading

import uamqp
from azure.iot.device import IoTHubDeviceClient
from azure.iot.hub import IoTHubRegistryManager
from azure.iot.hub.sastoken import SasToken


def fields(connection_string: str) -> dict:
    return dict(field.split("=", 1) for field in connection_string.split(";"))


def feedback(service: dict, ca: str, expected: set) -> dict:
    """Status by message id, over a link that PLAIN authenticates."""
    host, policy = service["HostName"], service["SharedAccessKeyName"]
    token = str(SasToken(host, service["SharedAccessKey"], policy))
    name = f"{policy}@sas.root.{host.split('.')[0]}"
    plain = uamqp.authentication.SASLPlain(host, name, token, verify=ca)
    source = f"amqps://{host}/messages/servicebound/feedback"
    receiver = uamqp.ReceiveClient(source, auth=plain, timeout=60_000)
    seen = {}
    try:
        while not expected <= set(seen):
            for message in receiver.receive_message_batch(timeout=1000):
                for record in json.loads(b"".join(message.get_data())):
                    seen[record["originalMessageId"]] = record["statusCode"]
                message.accept()
    finally:
        receiver.close()
    return seen


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--service", required=True, help="connection string of a policy")
    parser.add_argument("--device", required=True, help="connection string of the device")
    parser.add_argument("--ca", required=True, help="PEM file")
    arguments = parser.parse_args()
    identity = fields(arguments.device)["DeviceId"]

    manager = IoTHubRegistryManager.from_connection_string(arguments.service)
    names = {f"{identity}-{n}" for n in range(3)}
    for name in sorted(names):
        properties = {"messageId": name, "iothub-ack": "full", "contentType": "text/plain", "own": "x"}
        manager.send_c2d_message(identity, f"body of {name}", properties=properties)
    try:
        manager.send_c2d_message("nobody-at-all", "x", properties={})
        raise AssertionError("a message to nobody was taken")
    except Exception as error:
        assert "C2D message send failure" in str(error), error

    device = IoTHubDeviceClient.create_from_connection_string(
        arguments.device, server_verification_cert=open(arguments.ca).read()
    )
    got = {}
    done = threading.Event()

    def on_message(message):
        got[message.message_id] = (message.data.decode(), message.custom_properties)
        if names <= set(got):
            done.set()

    device.on_message_received = on_message
    device.connect()
    assert done.wait(30), got
    for name in names:
        body, properties = got[name]
        assert body == f"body of {name}" and properties["own"] == "x", got[name]
    seen = feedback(fields(arguments.service), arguments.ca, names)
    assert all(seen[name] == "Success" for name in names), seen
    device.shutdown()
    print("ok")


if __name__ == "__main__":
    main()
