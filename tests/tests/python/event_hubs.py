"""The Event Hubs client of PyPI: properties, all of a partition, then on from a checkpoint."""

import argparse
import threading

from azure.eventhub import EventHubConsumerClient
from azure.iot.device import IoTHubDeviceClient, Message

COUNT = 20


def read(arguments, position, inclusive, wanted):
    """Bodies and sequence numbers of the device's events, until there are so many."""
    client = EventHubConsumerClient.from_connection_string(
        arguments.events, "$Default", connection_verify=arguments.ca
    )
    device = dict(field.split("=", 1) for field in arguments.device.split(";"))["DeviceId"]
    got = []
    done = threading.Event()

    def on_events(context, events):
        for event in events:
            source = event.system_properties[b"iothub-message-source"].decode()
            sender = event.system_properties[b"iothub-connection-device-id"].decode()
            if source == "Telemetry" and sender == device:
                got.append((event.body_as_str(), event.sequence_number, context))
        if len(got) >= wanted:
            done.set()

    reading = threading.Thread(
        target=lambda: client.receive_batch(
            on_events,
            partition_id=arguments.partition,
            starting_position=position,
            starting_position_inclusive=inclusive,
            track_last_enqueued_event_properties=True,
            max_wait_time=1,
        ),
        daemon=True,
    )
    reading.start()
    assert done.wait(40), f"{len(got)} events of {wanted}"
    last = got[-1][2].last_enqueued_event_properties
    assert last["sequence_number"] >= got[-1][1], last
    client.close()
    reading.join(20)
    return got


def send(arguments, bodies):
    device = IoTHubDeviceClient.create_from_connection_string(
        arguments.device, server_verification_cert=open(arguments.ca).read()
    )
    device.connect()
    for body in bodies:
        device.send_message(Message(body))
    device.shutdown()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", required=True, help="connection string of the event stream")
    parser.add_argument("--device", required=True, help="connection string of the device")
    parser.add_argument("--partition", required=True, help="the device's")
    parser.add_argument("--ca", required=True, help="PEM file")
    arguments = parser.parse_args()

    with EventHubConsumerClient.from_connection_string(
        arguments.events, "$Default", connection_verify=arguments.ca
    ) as client:
        about = client.get_eventhub_properties()
        assert len(about["partition_ids"]) == 16, about
        assert client.get_partition_properties(arguments.partition)["id"] == arguments.partition

    first = [f"first {n}" for n in range(COUNT)]
    send(arguments, first)
    got = read(arguments, "-1", False, COUNT)
    assert [body for body, _, _ in got] == first, got
    checkpoint = got[-1][1]
    second = [f"second {n}" for n in range(COUNT)]
    send(arguments, second)
    got = read(arguments, checkpoint, False, COUNT)
    assert [body for body, _, _ in got] == second, got
    print("ok")


if __name__ == "__main__":
    main()
