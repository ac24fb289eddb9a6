"""Roost and other brokers, one after the other on one machine, with the same load.

Each system runs alone. They take turns, in one order and then in the other, so that a machine that
warms up or fills its disk favours nobody; the better of a system's runs counts, for every system.
"""

import argparse
import resource
import sys
from contextlib import contextmanager
from pathlib import Path

import conversation
import query
import stream
import table
from measure import Throughput, idle_bytes, throughput
from systems import HERE, System, all_systems

README = HERE / "README.md"


def allow_many_sockets() -> None:
    """Servers and load generator inherit the limit."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def numbers(text: str) -> list[int]:
    return [int(number) for number in text.split(",")]


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benches/run.sh", description=__doc__)
    parser.add_argument("--binaries", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--connections", type=numbers, default=[50, 500])
    parser.add_argument("--windows", type=numbers, default=[1, 16])
    parser.add_argument("--seconds", type=float, default=5, help="of each measurement")
    parser.add_argument("--size", type=int, default=256, help="bytes of a message")
    parser.add_argument("--repeats", type=int, default=2)
    parser.add_argument("--idle", type=int, default=5000, help="idle connections; 0: do not measure")
    parts = [table.TELEMETRY, table.CONVERSATION, table.QUERY, table.STREAM]
    parser.add_argument("--part", choices=parts, help="only this table")
    parser.add_argument("--twins", type=numbers, default=[100_000, 1_000_000], help="of queries")
    parser.add_argument("--only", help="systems whose name contains this")
    parser.add_argument("--dry-run", action="store_true", help="leave benches/README.md as it is")
    return parser.parse_args()


def note(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


@contextmanager
def running(system: System, what: str):
    """Each measurement begins with a fresh server."""
    note(f"{system.name}, {system.transport} ({what})")
    try:
        system.start()
        yield
    finally:
        system.stop()


def measure_throughput(
    options: argparse.Namespace, systems: list[System], cases: list[table.Case]
) -> dict[tuple[int, table.Case], Throughput]:
    """The best run of each system, by its place in the list, in each case."""
    load = options.binaries / "roost-load"
    results = {}
    for repeat in range(options.repeats):
        turns = list(enumerate(systems))
        if repeat % 2:
            turns.reverse()
        for index, system in turns:
            with running(system, f"run {repeat + 1} of {options.repeats}"):
                for case in cases:
                    run = throughput(load, system, *case, options.seconds, options.size)
                    note(f"  {case[0]} × {case[1]}: {run.acked_per_second:,.0f} msg/s")
                    if run.errors:
                        note(f"  {run.errors} errors: {run.first_error}")
                    best = results.get((index, case))
                    if best is None or run.acked_per_second > best.acked_per_second:
                        results[index, case] = run
    return results


def measure_memory(options: argparse.Namespace, systems: list[System]) -> dict[int, float]:
    """Bytes per idle connection, by the system's place in the list."""
    idle = {}
    for index, system in enumerate(systems if options.idle else []):
        with running(system, "idle connections"):
            idle[index] = idle_bytes(options.binaries / "roost-load", system, options.idle)
            note(f"  {idle[index] / 1024:.1f} KiB per connection")
    return idle


def telemetry(options: argparse.Namespace) -> list[str]:
    systems = all_systems(options.binaries / "roost")
    if options.only:
        systems = [system for system in systems if options.only.lower() in system.name.lower()]
    cases = [(c, w) for c in options.connections for w in options.windows]
    results = measure_throughput(options, systems, cases)
    idle = measure_memory(options, systems)

    setting = f"{options.size} B, QoS 1, {options.seconds:g} s each, best of {options.repeats}"
    lines = [f"Measured on {table.machine()}; {setting}.", ""]
    lines += table.throughput_table(systems, cases, results) + [""]
    lines += table.promise_table(systems)
    if idle:
        lines += [""] + table.memory_table(systems, idle, options.idle)
    return lines


def conversations(options: argparse.Namespace) -> list[str]:
    rows = conversation.measure(options.binaries, options.seconds, options.size, running, note)
    setting = f"{options.size} B, {options.seconds:g} s each"
    return [f"Measured on {table.machine()}; {setting}.", ""] + conversation.lines(rows)


def queries(options: argparse.Namespace) -> list[str]:
    rows, fillings = query.measure(options.binaries, options.twins, note)
    return [f"Measured on {table.machine()}.", ""] + query.lines(rows, fillings)


def streams(options: argparse.Namespace) -> list[str]:
    sent, read = stream.measure(options.binaries, options.seconds, options.size, running, note)
    setting = f"{options.size} B, {options.seconds:g} s each"
    return [f"Measured on {table.machine()}; {setting}.", ""] + stream.lines(sent, read)


PARTS = (
    (table.TELEMETRY, telemetry),
    (table.CONVERSATION, conversations),
    (table.QUERY, queries),
    (table.STREAM, streams),
)


def main() -> None:
    options = arguments()
    allow_many_sockets()
    for part, measure in PARTS:
        if options.part not in (None, part):
            continue
        lines = measure(options)
        print("\n".join(lines))
        if not options.dry_run:
            table.write(README, part, lines)


if __name__ == "__main__":
    main()
