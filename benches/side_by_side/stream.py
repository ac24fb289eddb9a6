"""The same hub over MQTT and over AMQP, and how fast what they sent is read again."""

from collections.abc import Callable
from pathlib import Path

import table
from measure import Reading, Throughput, reading, requests
from systems import Roost

# Connections and window of the senders.
CASES = [(50, 1), (50, 16)]
# Partitions that one connection reads; a development hub has sixteen.
PARTITIONS = [1, 16]
SENDERS = (("MQTT", "publish"), ("AMQP", "amqp-publish"))

Sent = dict[tuple[str, table.Case], Throughput]
Read = dict[int, Reading]


def measure(
    binaries: Path, seconds: float, size: int, running: Callable, note: Callable
) -> tuple[Sent, Read]:
    """All on one hub: the readers read what the senders have sent."""
    load = binaries / "roost-load"
    system = Roost(binaries / "roost")
    sent, read = {}, {}
    with running(system, "streams"):
        for case in CASES:
            for protocol, verb in SENDERS:
                result = requests(load, verb, system, *case, seconds, size)
                note(f"  {protocol}, {case[0]} × {case[1]}: {result.acked_per_second:,.0f} msg/s")
                if result.errors:
                    note(f"  {result.errors} errors: {result.first_error}")
                sent[protocol, case] = result
        for partitions in PARTITIONS:
            result = reading(load, system, partitions, seconds)
            note(f"  read, {partitions} partitions: {result.events_per_second:,.0f} events/s")
            read[partitions] = result
    return sent, read


def lines(sent: Sent, read: Read) -> list[str]:
    head = ["connections × window", "over", "stored msg/s", "p50 ms", "p99 ms", "CPU s per million"]
    text = [table.row(*head), table.row(*["---"] * 2, *["---:"] * 4)]
    for (protocol, case), result in sent.items():
        errors = f" ({result.errors} errors)" if result.errors else ""
        text.append(
            table.row(
                f"{case[0]} × {case[1]}",
                protocol,
                f"{result.acked_per_second:,.0f}{errors}",
                f"{result.p50_ms:.2f}",
                f"{result.p99_ms:.2f}",
                f"{result.cpu_seconds_per_million:.1f}",
            )
        )
    head = ["partitions", "read events/s", "MB/s", "events", "CPU s per million"]
    text += ["", table.row(*head), table.row(*["---:"] * 5)]
    for partitions, result in read.items():
        text.append(
            table.row(
                str(partitions),
                f"{result.events_per_second:,.0f}",
                f"{result.megabytes_per_second:.1f}",
                f"{result.events:,}",
                f"{result.cpu_seconds_per_million:.1f}",
            )
        )
    return text
