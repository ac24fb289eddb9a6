"""The Event Hubs client of PyPI at several nodes: owner levels, and how many may read."""

import argparse
import threading
import time

from azure.eventhub import EventHubConsumerClient

STOLEN = "amqp:link:stolen"
LIMIT = "amqp:resource-limit-exceeded"


class Reader:
    """A client that reads the partition at a host, and what it hears."""

    def __init__(self, arguments, host, level=None):
        self.heard = threading.Event()
        self.ended = threading.Event()
        self.error = None
        self.client = EventHubConsumerClient.from_connection_string(
            arguments.events.replace(arguments.hosts[0], arguments.hosts[host]),
            arguments.group,
            connection_verify=arguments.ca,
            retry_total=0,
        )
        self.thread = threading.Thread(
            target=lambda: self.client.receive(
                lambda context, event: self.heard.set() if event else None,
                partition_id=arguments.partition,
                starting_position="-1",
                owner_level=level,
                on_error=self.on_error,
                max_wait_time=1,
            ),
            daemon=True,
        )
        self.thread.start()

    def on_error(self, _context, error):
        if not self.ended.is_set():
            self.error = error
            self.ended.set()

    def reads(self):
        deadline = time.monotonic() + 40
        while not self.heard.wait(0.1):
            assert not self.ended.is_set(), f"does not read: {self.error!r}"
            assert time.monotonic() < deadline, "no event in time"
        return self

    def loses(self, condition):
        assert self.ended.wait(40), f"still reads, and should hear {condition}"
        text = f"{self.error!r} {getattr(self.error, 'details', '')}"
        assert condition in text, text
        self.close()
        return text

    def close(self):
        self.client.close()
        self.thread.join(20)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", required=True, help="connection string at the first host")
    parser.add_argument("--hosts", required=True, nargs=3, help="addresses of three nodes")
    parser.add_argument("--group", required=True, help="consumer group that nobody else reads for")
    parser.add_argument("--partition", required=True, help="one that has events")
    parser.add_argument("--ca", required=True, help="PEM file")
    arguments = parser.parse_args()

    first = Reader(arguments, 0, level=1).reads()
    second = Reader(arguments, 1, level=2).reads()
    first.loses(STOLEN)
    for host, level in [(0, 1), (2, None)]:
        text = Reader(arguments, host, level).loses(STOLEN)
        assert "owner level 2" in text, text
    assert not second.ended.is_set(), second.error
    second.close()

    several = [Reader(arguments, number % 3).reads() for number in range(5)]
    for host in range(3):
        Reader(arguments, host).loses(LIMIT)
    for reader in several:
        assert not reader.ended.is_set(), reader.error
    owner = Reader(arguments, 2, level=0).reads()
    for reader in several:
        reader.loses(STOLEN)
    owner.close()
    print("ok")


if __name__ == "__main__":
    main()
