"""Reads all partitions with the Event Hubs client of PyPI and prints `partition<TAB>body`."""

import argparse
import sys
import threading

from azure.eventhub import EventHubConsumerClient


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", required=True, help="connection string of the event stream")
    parser.add_argument("--ca", required=True, help="PEM file")
    parser.add_argument("--count", type=int, required=True, help="telemetry events to wait for")
    arguments = parser.parse_args()

    lock = threading.Lock()
    done = threading.Event()
    bodies = set()
    problems = []

    def on_events(context, events):
        with lock:
            for event in events:
                if event.system_properties[b"iothub-message-source"] != b"Telemetry":
                    continue
                bodies.add(event.body_as_str())
                sys.stdout.write(f"{context.partition_id}\t{event.body_as_str()}\n")
            if len(bodies) >= arguments.count:
                done.set()
        context.update_checkpoint()

    def on_error(context, error):
        problems.append(f"{context and context.partition_id}: {error}")

    def client():
        return EventHubConsumerClient.from_connection_string(
            arguments.events, "$Default", connection_verify=arguments.ca
        )

    with client() as asked:
        partitions = asked.get_partition_ids()
    clients = []
    # One client each: a client reads its partitions one after the other.
    for partition in partitions:
        reader = client()
        clients.append(reader)
        threading.Thread(
            target=reader.receive_batch,
            args=(on_events,),
            kwargs={
                "partition_id": partition,
                "starting_position": "-1",
                "on_error": on_error,
                "max_wait_time": 1,
            },
            daemon=True,
        ).start()
    finished = done.wait(100)
    for reader in clients:
        reader.close()
    assert not problems, problems
    assert finished, f"{len(bodies)} of {arguments.count}"


if __name__ == "__main__":
    main()
