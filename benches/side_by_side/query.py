"""Queries over many twins, beside a table with a JSONB column: one by an indexed tag, one over all."""

import base64
import hashlib
import hmac
import http.client
import json
import ssl
import subprocess
import time
import urllib.parse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import table
from systems import DATA, HERE, Roost

# So many devices share a site, whatever their number.
SHARE = 20
FLOORS = 50
QUICK = 200
SLOW = 5
PSQL = ["psql", "-h", "127.0.0.1", "-p", "54329", "-U", "roost", "-qAt", "postgres"]


@dataclass
class Row:
    devices: int
    what: str
    system: str
    # Milliseconds, sorted.
    times: list[float]


@dataclass
class Filling:
    devices: int
    imported: float
    restarted: float


def site(number: int, devices: int) -> str:
    return f"site-{number % (devices // SHARE)}"


def twin(number: int, devices: int) -> dict:
    return {
        "tags": {"site": site(number, devices), "floor": number % FLOORS, "batch": f"b-{number % 97}"},
        "properties": {"desired": {"interval": number % 60, "mode": "auto"}},
    }


def write_devices(path: Path, devices: int) -> None:
    with open(path, "w", encoding="utf-8") as file:
        for number in range(devices):
            line = {"id": f"query-{number:07}", **twin(number, devices)}
            file.write(json.dumps(line) + "\n")


class Hub:
    """One connection to the query route of the first node."""

    def __init__(self, system: Roost):
        known = json.loads(system.file.read_text())
        fields = dict(f.split("=", 1) for f in known["connection_strings"]["iothubowner"].split(";"))
        context = ssl.create_default_context(cafile=known["ca"])
        self.host = fields["HostName"]
        self.connection = http.client.HTTPSConnection(self.host, 443, context=context, timeout=600)
        resource = urllib.parse.quote(self.host, safe="")
        expiry = int(time.time()) + 86_400
        key = base64.b64decode(fields["SharedAccessKey"])
        signed = hmac.new(key, f"{resource}\n{expiry}".encode(), hashlib.sha256).digest()
        signature = urllib.parse.quote(base64.b64encode(signed), safe="")
        policy = fields["SharedAccessKeyName"]
        self.token = f"SharedAccessSignature sr={resource}&sig={signature}&se={expiry}&skn={policy}"

    def rows(self, text: str) -> int:
        """All pages of a query."""
        count, continuation = 0, None
        while True:
            headers = {"Authorization": self.token, "Content-Type": "application/json"}
            headers["x-ms-max-item-count"] = "1000"
            if continuation:
                headers["x-ms-continuation"] = continuation
            body = json.dumps({"query": text})
            self.connection.request("POST", "/devices/query?api-version=2021-04-12", body, headers)
            answer = self.connection.getresponse()
            found = json.loads(answer.read())
            if answer.status != 200:
                raise SystemExit(f"a query failed: {answer.status} {found}")
            count += len(found)
            continuation = answer.headers.get("x-ms-continuation")
            if not continuation:
                return count


def timed(times: int, run: Callable[[int], int], expected: int) -> list[float]:
    measured = []
    for number in range(times):
        begun = time.perf_counter()
        found = run(number)
        measured.append((time.perf_counter() - begun) * 1000)
        if found != expected:
            raise SystemExit(f"{found} rows instead of {expected}")
    return sorted(measured)


def roost(binary: Path, devices: int, note: Callable) -> tuple[list[Row], Filling]:
    system = Roost(binary)
    system.start()
    try:
        lines = DATA / "query-devices.txt"
        write_devices(lines, devices)
        begun = time.perf_counter()
        subprocess.run(
            [binary, "import", lines, "--data", system.folder],
            check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        imported = time.perf_counter() - begun
        note(f"  {devices:,} devices imported in {imported:.1f} s")
        lines.unlink()
        system.stop()
        begun = time.perf_counter()
        system.resume()
        restarted = time.perf_counter() - begun
        note(f"  restarted in {restarted:.1f} s")

        hub = Hub(system)
        by_site = lambda n: hub.rows(f"SELECT * FROM devices WHERE tags.site = '{site(n * 37, devices)}'")
        # The first one has the index built; the next ones use it once it is there.
        deadline = time.monotonic() + 600
        while timed(1, by_site, SHARE)[0] > 50 and time.monotonic() < deadline:
            pass
        rows = [Row(devices, "one tag, indexed", "Roost, 3 nodes", timed(QUICK, by_site, SHARE))]
        whole = "SELECT tags.floor AS floor, COUNT() AS n FROM devices GROUP BY tags.floor"
        rows.append(
            Row(devices, "count by floor, all twins", "Roost, 3 nodes",
                timed(SLOW, lambda _: hub.rows(whole), FLOORS))
        )
        return rows, Filling(devices, imported, restarted)
    finally:
        system.stop()


class Sql:
    """One session; each statement is answered before the next one is sent."""

    def __init__(self):
        self.process = subprocess.Popen(
            PSQL, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )

    def rows(self, statement: str) -> int:
        self.process.stdin.write(statement + ";\n\\echo -- end\n")
        self.process.stdin.flush()
        count = 0
        for line in self.process.stdout:
            if line == "-- end\n":
                return count
            count += 1
        raise SystemExit("psql ended")

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait(timeout=60)


def postgres(devices: int, note: Callable) -> list[Row]:
    script = HERE / "peers" / "postgres.sh"
    subprocess.run([script, "start"], check=True)
    try:
        sql = Sql()
        sql.rows("CREATE TABLE devices (id text PRIMARY KEY, twin jsonb NOT NULL)")
        begun = time.perf_counter()
        sql.process.stdin.write("COPY devices FROM STDIN;\n")
        for number in range(devices):
            sql.process.stdin.write(f"query-{number:07}\t{json.dumps(twin(number, devices))}\n")
        sql.process.stdin.write("\\.\n")
        sql.rows("CREATE INDEX by_twin ON devices USING gin (twin jsonb_path_ops)")
        sql.rows("VACUUM ANALYZE devices")
        note(f"  {devices:,} rows copied and indexed in {time.perf_counter() - begun:.1f} s")

        def by_site(number: int) -> int:
            wanted = json.dumps({"tags": {"site": site(number * 37, devices)}})
            return sql.rows(f"SELECT id, twin FROM devices WHERE twin @> '{wanted}'")

        by_site(0)
        rows = [Row(devices, "one tag, indexed", "PostgreSQL 15", timed(QUICK, by_site, SHARE))]
        whole = "SELECT twin->'tags'->'floor' AS floor, count(*) FROM devices GROUP BY 1"
        rows.append(
            Row(devices, "count by floor, all twins", "PostgreSQL 15",
                timed(SLOW, lambda _: sql.rows(whole), FLOORS))
        )
        sql.close()
        return rows
    finally:
        subprocess.run([script, "stop"], check=True)


def measure(binaries: Path, sizes: list[int], note: Callable) -> tuple[list[Row], list[Filling]]:
    rows, fillings = [], []
    for devices in sizes:
        note(f"Roost, {devices:,} twins")
        found, filling = roost(binaries / "roost", devices, note)
        rows += found
        fillings.append(filling)
        note(f"PostgreSQL, {devices:,} twins")
        rows += postgres(devices, note)
    return rows, fillings


def lines(rows: list[Row], fillings: list[Filling]) -> list[str]:
    text = [
        table.row("twins", "query", "system", "p50 ms", "p99 ms", "times as fast as PostgreSQL"),
        table.row(*["---"] * 3, *["---:"] * 3),
    ]
    middle = lambda row: row.times[len(row.times) // 2]
    for row in rows:
        other = next(o for o in rows if (o.devices, o.what) == (row.devices, row.what) and "Postgre" in o.system)
        late = row.times[min(len(row.times) - 1, len(row.times) * 99 // 100)]
        text.append(
            table.row(
                f"{row.devices:,}", row.what, row.system, f"{middle(row):.2f}", f"{late:.2f}",
                f"{middle(other) / middle(row):.1f}",
            )
        )
    text += ["", table.row("twins", "imported in", "per second", "restart of three nodes until they serve")]
    text.append(table.row("---:", "---:", "---:", "---:"))
    for filling in fillings:
        text.append(
            table.row(
                f"{filling.devices:,}", f"{filling.imported:.1f} s",
                f"{filling.devices / filling.imported:,.0f}", f"{filling.restarted:.1f} s",
            )
        )
    return text
