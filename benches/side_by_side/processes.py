"""CPU time and memory of processes, as the kernel counts them."""

import os

TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pids: list[int]) -> float:
    """User and system time that the processes have used so far."""
    ticks = 0
    for pid in pids:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
            # The name may hold spaces; the fields behind it do not. utime and stime are 14 and 15.
            fields = file.read().rsplit(")", 1)[1].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / TICKS


def resident_bytes(pids: list[int]) -> int:
    """Resident memory of the processes together."""
    total = 0
    for pid in pids:
        with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as file:
            line = next(line for line in file if line.startswith("VmRSS:"))
        total += int(line.split()[1]) * 1024
    return total
