"""What devices and back ends say to each other besides telemetry: twins, messages, methods."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import table
from measure import Throughput, commands, requests
from systems import Roost, System, etcd

# Connections and window of each measurement.
CASES = [(50, 1), (200, 1), (50, 16)]


@dataclass
class Row:
    what: str
    system: System
    case: table.Case
    result: Throughput
    note: str


def measure(
    binaries: Path, seconds: float, size: int, running: Callable, note: Callable
) -> list[Row]:
    load = binaries / "roost-load"
    rows = []

    def add(what: str, system: System, case: table.Case, result: Throughput, more: str = "") -> None:
        note(f"  {what}, {case[0]} × {case[1]}: {result.acked_per_second:,.0f}/s")
        if result.errors:
            note(f"  {result.errors} errors: {result.first_error}")
        rows.append(Row(what, system, case, result, more))

    for case in CASES:
        for system, verb, what in (
            (etcd(), "etcd", "puts"),
            (Roost(binaries / "roost"), "twins", "reported patches"),
        ):
            with running(system, what):
                add(what, system, case, requests(load, verb, system, *case, seconds, size))
    system = Roost(binaries / "roost")
    with running(system, "messages and methods"):
        for case in CASES:
            result, stored = commands(load, system, *case, seconds, size)
            add("messages to devices", system, case, result, f"durable p99 {stored:.2f} ms")
        for case in CASES:
            result = requests(load, "methods", system, *case, seconds, size)
            add("method round trips", system, case, result)
    return rows


def lines(rows: list[Row]) -> list[str]:
    head = ["what", "system", "connections × window", "per second", "p50 ms", "p99 ms"]
    head += ["CPU s per million", "× etcd", ""]
    text = [table.row(*head), table.row(*["---"] * 3, *["---:"] * 5, "---")]
    puts = {row.case: row.result for row in rows if row.what == "puts"}
    for row in rows:
        result = row.result
        other = puts.get(row.case) if row.what in ("puts", "reported patches") else None
        errors = f" ({result.errors} errors)" if result.errors else ""
        text.append(
            table.row(
                row.what,
                f"{row.system.name}, {row.system.transport}",
                f"{row.case[0]} × {row.case[1]}",
                f"{result.acked_per_second:,.0f}{errors}",
                f"{result.p50_ms:.2f}",
                f"{result.p99_ms:.2f}",
                f"{result.cpu_seconds_per_million:.1f}",
                table.times(result.acked_per_second, other),
                row.note,
            )
        )
    return text
