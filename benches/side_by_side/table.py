"""The tables of benches/README.md."""

import os
import platform
from datetime import datetime, timezone
from pathlib import Path

from measure import Throughput
from systems import System

# Names of the parts of README.md that are written by measurements.
TELEMETRY = "measured"
CONVERSATION = "conversation"
QUERY = "query"
STREAM = "stream"

Case = tuple[int, int]


def machine() -> str:
    model = "unknown processor"
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.split(":", 1)[1].strip()
            break
    today = datetime.now(timezone.utc).date()
    return f"{today}, {os.cpu_count()} cores ({model}), Linux {platform.release()}"


def row(*cells: str) -> str:
    return "| " + " | ".join(cells) + " |"


def times(value: float, other: Throughput | None) -> str:
    if other is None or not other.acked_per_second:
        return "–"
    return f"{value / other.acked_per_second:.2f}"


def throughput_table(
    systems: list[System], cases: list[Case], results: dict[tuple[int, Case], Throughput]
) -> list[str]:
    """`results` is keyed by the system's place in the list and the case."""
    nats = next((i for i, s in enumerate(systems) if s.name.startswith("NATS")), None)
    memory = next(
        (
            i
            for i, s in enumerate(systems)
            if s.name.startswith("mosquitto") and s.transport == "TLS"
        ),
        None,
    )
    lines = [
        row(
            "connections × window",
            "system",
            "transport",
            "acked msg/s",
            "p50 ms",
            "p99 ms",
            "CPU s per million",
            "× NATS",
            "× mosquitto TLS",
        ),
        row("---", "---", "---", "---:", "---:", "---:", "---:", "---:", "---:"),
    ]
    for case in cases:
        for index, system in enumerate(systems):
            result = results[index, case]
            speed = result.acked_per_second
            lines.append(
                row(
                    f"{case[0]} × {case[1]}",
                    system.name,
                    system.transport,
                    f"{speed:,.0f}" + (f" ({result.errors} errors)" if result.errors else ""),
                    f"{result.p50_ms:.2f}",
                    f"{result.p99_ms:.2f}",
                    f"{result.cpu_seconds_per_million:.1f}",
                    times(speed, results.get((nats, case))),
                    times(speed, results.get((memory, case))),
                )
            )
    return lines


def memory_table(systems: list[System], idle: dict[int, float], connections: int) -> list[str]:
    lines = [
        row("system", "transport", f"KiB per idle connection ({connections:,} of them)"),
        row("---", "---", "---:"),
    ]
    for index, per_connection in idle.items():
        system = systems[index]
        lines.append(row(system.name, system.transport, f"{per_connection / 1024:.1f}"))
    return lines


def promise_table(systems: list[System]) -> list[str]:
    promises = {system.name: system.promise for system in systems}
    lines = [row("system", "when PUBACK arrives, the message is"), row("---", "---")]
    return lines + [row(name, promise) for name, promise in promises.items()]


def write(readme: Path, part: str, lines: list[str]) -> None:
    """Replaces what stands between a part's markers."""
    begin, end = f"<!-- {part}: begin -->", f"<!-- {part}: end -->"
    text = readme.read_text(encoding="utf-8")
    head, rest = text.split(begin, 1)
    _, tail = rest.split(end, 1)
    body = "\n".join(lines)
    readme.write_text(f"{head}{begin}\n\n{body}\n\n{end}{tail}", encoding="utf-8")
