"""One measurement of one system that runs."""

import json
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from processes import cpu_seconds, resident_bytes
from systems import System

# Memory of a server goes on changing for a moment after the last device is registered.
SETTLE_SECONDS = 3
# A connection is idle when whatever its beginning needed has been put away: Roost's device actors rest
# after 15 s, and allocators give pages back in the seconds after that. The same for every system.
IDLE_SECONDS = 40


@dataclass
class Throughput:
    """A run of the load generator, and what it cost the servers."""

    acked_per_second: float
    p50_ms: float
    p99_ms: float
    cpu_seconds_per_million: float
    errors: int
    first_error: str | None


def throughput(
    load: Path, system: System, connections: int, window: int, seconds: float, size: int
) -> Throughput:
    """Publishes as fast as the windows allow."""
    command = [load, "publish", "--json", *system.target, *system.subscriber]
    command += ["--connections", str(connections)]
    return _run(command, system, window, seconds, size)


def requests(
    load: Path, verb: str, system: System, connections: int, window: int, seconds: float, size: int
) -> Throughput:
    """Requests and answers, as fast as the windows allow: `verb` is a command of the generator."""
    command = [load, verb, "--json", *system.target, "--connections", str(connections)]
    return _run(command, system, window, seconds, size)


def commands(
    load: Path, system: System, devices: int, window: int, seconds: float, size: int
) -> tuple[Throughput, float]:
    """Messages to devices, from the request until the device has them; and the 99th percentile, in
    milliseconds, of the time until they are durable."""
    command = [load, "commands", "--json", *system.target, "--devices", str(devices)]
    command += ["--window", str(window), "--seconds", str(seconds), "--size", str(size)]
    report, used = _run_command(command, system)
    result = Throughput(
        acked_per_second=report["delivered_per_second"],
        p50_ms=report["delivered_p50_us"] / 1000,
        p99_ms=report["delivered_p99_us"] / 1000,
        cpu_seconds_per_million=used / max(report["delivered_in_all"], 1) * 1e6,
        errors=report["errors"] + report["left"],
        first_error=report["first_error"],
    )
    return result, report["stored_p99_us"] / 1000


@dataclass
class Reading:
    """What a reader of the event stream got, and what that cost the servers."""

    events: int
    events_per_second: float
    megabytes_per_second: float
    cpu_seconds_per_million: float


def reading(load: Path, system: System, partitions: int, seconds: float) -> Reading:
    """Reads so many partitions from their beginning over one connection."""
    command = [load, "amqp-read", "--json", *system.target, "--partitions", str(partitions)]
    report, used = _run_command(command + ["--seconds", str(seconds)], system)
    return Reading(
        events=report["events"],
        events_per_second=report["events_per_second"],
        megabytes_per_second=report["bytes"] / max(report["seconds"], 1e-9) / 1e6,
        cpu_seconds_per_million=used / max(report["events"], 1) * 1e6,
    )


def _run(command: list, system: System, window: int, seconds: float, size: int) -> Throughput:
    command += ["--window", str(window), "--seconds", str(seconds), "--size", str(size)]
    report, used = _run_command(command, system)
    return Throughput(
        acked_per_second=report["acked_per_second"],
        p50_ms=report["p50_us"] / 1000,
        p99_ms=report["p99_us"] / 1000,
        cpu_seconds_per_million=used / max(report["acked_in_all"], 1) * 1e6,
        errors=report["errors"],
        first_error=report["first_error"],
    )


def _run_command(command: list, system: System) -> tuple[dict, float]:
    """The report, and the CPU seconds that the servers used meanwhile."""
    pids = system.pids()
    before = cpu_seconds(pids)
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return json.loads(output), cpu_seconds(pids) - before


def idle_bytes(load: Path, system: System, connections: int) -> float:
    """Resident memory of the servers per idle connection."""
    command = [load, "idle", *system.target, "--connections", str(connections)]
    command += ["--client-id", "idle-{n}", "--connect-rate", "400"]
    holder = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )

    def expect(word: str) -> None:
        line = holder.stdout.readline()
        if not line.startswith(word):
            raise SystemExit(f"{system.name}: {connections} idle connections cannot be held")

    expect("registered")
    time.sleep(SETTLE_SECONDS)
    before = resident_bytes(system.pids())
    holder.stdin.write("\n")
    holder.stdin.flush()
    expect("ready")
    time.sleep(IDLE_SECONDS)
    after = resident_bytes(system.pids())
    holder.stdin.close()
    expect("lost 0")
    holder.wait()
    return (after - before) / connections
