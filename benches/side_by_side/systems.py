"""The systems under comparison: how each starts, stops and is reached."""

import json
import os
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
CACHE = Path(os.environ.get("ROOST_CACHE", Path.home() / ".cache/roost"))
DATA = CACHE / "bench"
PEER_DATA = CACHE / "peers/data"


@dataclass
class System:
    """One system with one transport."""

    name: str
    transport: str
    # What is true when a PUBACK arrives.
    promise: str
    # How `roost-load` reaches it.
    target: list[str]
    # Subscriptions without which it would store nothing.
    subscriber: list[str] = field(default_factory=list)

    def start(self) -> None:
        raise NotImplementedError

    def stop(self) -> None:
        raise NotImplementedError

    def pids(self) -> list[int]:
        """The server's processes."""
        raise NotImplementedError


class Roost(System):
    """Three nodes, started as a developer would."""

    def __init__(self, binary: Path):
        self.binary = binary
        self.folder = DATA / "roost"
        self.log = DATA / "roost.log"
        self.file = self.folder / "dev.json"
        self.process = None
        super().__init__(
            "Roost, 3 nodes",
            "TLS",
            "on disk (fsync) on a majority of 3",
            ["--hub", str(self.file)],
        )

    def start(self) -> None:
        self.run(["--fresh"])

    def resume(self) -> None:
        """Starts it with the data that it had when it was stopped."""
        self.run([])

    def run(self, more: list[str]) -> None:
        DATA.mkdir(parents=True, exist_ok=True)
        self.file.unlink(missing_ok=True)
        command = [self.binary, "dev", "--nodes", "3", "--first-address", "127.0.30.1"]
        command += ["--data", self.folder, "--until-stdin-closes", *more]
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=log, stderr=subprocess.STDOUT
            )
        deadline = time.monotonic() + 300
        while not self.file.exists():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"roost dev does not serve:\n{self.log.read_text()}")
            time.sleep(0.05)

    def stop(self) -> None:
        if self.process:
            self.process.stdin.close()
            self.process.wait(timeout=60)
            self.process = None

    def pids(self) -> list[int]:
        return [node["pid"] for node in json.loads(self.file.read_text())["nodes"]]


class Peer(System):
    """A system with a script of its own below `peers/`."""

    def __init__(self, script: str, arguments: Callable[[], list[str]], **description):
        self.script = HERE / "peers" / f"{script}.sh"
        # Made when the peer starts, and not before.
        self.arguments = arguments
        self.pid_file = PEER_DATA / script / "pids"
        super().__init__(subscriber=["--subscriber", "load/#"], **description)

    def start(self) -> None:
        subprocess.run([self.script, "start", *self.arguments()], check=True)

    def stop(self) -> None:
        subprocess.run([self.script, "stop"], check=True)

    def pids(self) -> list[int]:
        return [int(pid) for pid in self.pid_file.read_text().split()]


class Pki:
    """An authority and a certificate for TLS peers on 127.0.0.1, made with the project's own tool."""

    def __init__(self, binary: Path):
        self.binary = binary
        self.folder = DATA / "pki"
        self.authority = self.folder / "ca.pem"

    def server(self) -> list[str]:
        """Files of the certificate and its key."""
        certificate, key = self.folder / "server.pem", self.folder / "server-key.pem"
        if not key.exists():
            pki, folder = [self.binary, "pki"], ["--pki", self.folder]
            quiet = {"check": True, "stdout": subprocess.DEVNULL}
            subprocess.run([*pki, "init", *folder, "--hub", "bench.local"], **quiet)
            subprocess.run([*pki, "issue", "server", *folder, "--ip", "127.0.0.1"], **quiet)
        return [str(certificate), str(key)]


def all_systems(binary: Path) -> list[System]:
    pki = Pki(binary)
    return [
        Roost(binary),
        Peer(
            "nats",
            lambda: ["always"],
            name="NATS JetStream, 3 nodes, R3",
            transport="plaintext",
            promise="on disk (fsync) on a majority of 3",
            target=["--target", "127.0.0.1:11831,127.0.0.1:11832,127.0.0.1:11833"],
        ),
        Peer(
            "mosquitto",
            lambda: [],
            name="mosquitto, 1 node",
            transport="plaintext",
            promise="in memory of one process",
            target=["--target", "127.0.0.1:18830"],
        ),
        Peer(
            "mosquitto",
            pki.server,
            name="mosquitto, 1 node",
            transport="TLS",
            promise="in memory of one process",
            target=["--target", "127.0.0.1:18883", "--ca", str(pki.authority)],
        ),
    ]


def etcd() -> System:
    """A peer for twins: it stores values and says when they are durable."""
    return Peer(
        "etcd",
        lambda: [],
        name="etcd, 3 nodes",
        transport="plaintext",
        promise="on disk (fsync) on a majority of 3",
        target=["--target", "127.0.0.1:23791,127.0.0.1:23792,127.0.0.1:23793"],
    )
