#!/usr/bin/env python3
"""Queries twins with the unmodified service SDK: whole twins, projections, groups and pages."""

import argparse
import json

from azure.iot.hub import IoTHubRegistryManager
from azure.iot.hub.models import QuerySpecification, Twin, TwinProperties

COUNT = 7
PAGE = 3


def pages(service: IoTHubRegistryManager, query: str, size: int) -> list:
    """All items of a query, page by page."""
    token, found = None, []
    while True:
        result = service.query_iot_hub(QuerySpecification(query=query), token, size)
        items = result.items
        assert len(items) <= size, len(items)
        found.append(items)
        token = result.continuation_token
        if not token:
            return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--writer", required=True, help="connection string for one node")
    parser.add_argument("--reader", required=True, help="connection string for another one")
    parser.add_argument("--run", required=True, help="prefix of the device ids")
    arguments = parser.parse_args()
    writer = IoTHubRegistryManager.from_connection_string(arguments.writer)
    reader = IoTHubRegistryManager.from_connection_string(arguments.reader)
    run = arguments.run
    ids = [f"{run}-{n}" for n in range(COUNT)]
    for n, device in enumerate(ids):
        writer.create_device_with_sas(device, "", "", "enabled")
        twin = Twin(
            tags={"run": run, "even": n % 2 == 0},
            properties=TwinProperties(desired={"level": n}),
        )
        writer.update_twin(device, twin, "*")
        # What one node has acknowledged, a query at another one finds.
        found = reader.query_iot_hub(
            QuerySpecification(query=f"SELECT * FROM devices WHERE deviceId = '{device}'")
        ).items
        assert [item.device_id for item in found] == [device], found
        assert found[0].tags == {"run": run, "even": n % 2 == 0}, found[0].tags
        assert found[0].properties.desired["level"] == n, found[0].properties.desired

    # The same query twice: the first asks for an index, the second may use it.
    for _ in range(2):
        found = pages(reader, f"SELECT * FROM devices WHERE tags.run = '{run}'", PAGE)
        assert len(found) >= 3, len(found)
        assert sorted(item.device_id for page in found for item in page) == sorted(ids)

    above = pages(
        reader,
        f"SELECT * FROM devices WHERE tags.run = '{run}' AND properties.desired.level > 4",
        PAGE,
    )
    assert {item.device_id for page in above for item in page} == set(ids[5:])
    print(json.dumps({"devices": COUNT}))


if __name__ == "__main__":
    main()
