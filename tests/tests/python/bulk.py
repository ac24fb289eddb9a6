#!/usr/bin/env python3
"""Bulk operations, modules, statistics, export and import, told with the unmodified service SDK.

What the SDK has no call for (streams of devices.txt lines) is told with requests and a token that the
SDK signs. Any surprise ends the script with a traceback and exit status 1.
"""

import argparse
import base64
import json
import uuid

import requests
from azure.iot.hub import IoTHubRegistryManager
from azure.iot.hub.models import (
    AuthenticationMechanism,
    DeviceCapabilities,
    ExportImportDevice,
    SymmetricKey,
)
from azure.iot.hub.sastoken import SasToken

COUNT = 100


def key() -> str:
    return base64.b64encode(uuid.uuid4().bytes * 2).decode()


def keys() -> AuthenticationMechanism:
    return AuthenticationMechanism(
        type="sas", symmetric_key=SymmetricKey(primary_key=key(), secondary_key=key())
    )


def operations(prefix: str, mode: str, **rest) -> list:
    return [
        ExportImportDevice(id=f"{prefix}-{n}", import_mode=mode, **rest) for n in range(COUNT)
    ]


def bulk_story(registry: IoTHubRegistryManager, prefix: str) -> None:
    devices = operations(prefix, "create", status="enabled")
    for device in devices:
        device.authentication = keys()
    result = registry.bulk_create_or_update_devices(devices)
    assert result.is_successful and not result.errors, result
    after = registry.get_device_registry_statistics()
    # Other stories create and delete devices at the same time, so only what is certain is said.
    assert after.total_device_count >= COUNT
    found = registry.get_device(f"{prefix}-7")
    wanted = devices[7].authentication.symmetric_key.primary_key
    assert found.authentication.symmetric_key.primary_key == wanted

    result = registry.bulk_create_or_update_devices(operations(prefix, "create"))
    assert not result.is_successful and len(result.errors) == COUNT, result
    assert {error.error_code for error in result.errors} == {"DeviceAlreadyExists"}

    update = operations(prefix, "update", status="disabled", status_reason="story")
    assert registry.bulk_create_or_update_devices(update).is_successful
    found = registry.get_device(f"{prefix}-99")
    assert (found.status, found.status_reason) == ("disabled", "story")
    # The keys are as they were.
    found = registry.get_device(f"{prefix}-7")
    assert found.authentication.symmetric_key.primary_key == wanted

    stale = [ExportImportDevice(id=f"{prefix}-1", e_tag="AAAA", import_mode="updateIfMatchETag")]
    result = registry.bulk_create_or_update_devices(stale)
    assert [error.error_code for error in result.errors] == ["PreconditionFailed"]
    current = registry.get_device(f"{prefix}-1").etag
    fresh = [
        ExportImportDevice(id=f"{prefix}-1", e_tag=current, import_mode="deleteIfMatchETag"),
        ExportImportDevice(id=f"{prefix}-2", import_mode="delete"),
    ]
    assert registry.bulk_create_or_update_devices(fresh).is_successful


def module_story(registry: IoTHubRegistryManager, device_id: str) -> None:
    module = registry.create_module_with_sas(device_id, "pump", "operator", key(), key())
    assert module.managed_by == "operator"
    found = registry.get_module(device_id, "pump")
    assert found.managed_by == "operator" and found.etag == module.etag
    updated = registry.update_module_with_sas(
        device_id, "pump", "other", found.etag, key(), key()
    )
    assert updated.managed_by == "other"
    devices = [
        ExportImportDevice(id=device_id, module_id=f"valve-{n}", import_mode="create")
        for n in range(3)
    ]
    assert registry.bulk_create_or_update_devices(devices).is_successful
    names = {found.module_id for found in registry.get_modules(device_id)}
    assert names == {"pump", "valve-0", "valve-1", "valve-2"}, names


def edge_story(registry: IoTHubRegistryManager, device_id: str) -> None:
    edge = registry.create_device_with_sas(device_id, key(), key(), "enabled", iot_edge=True)
    assert edge.capabilities.iot_edge and edge.device_scope
    names = {found.module_id for found in registry.get_modules(device_id)}
    assert names == {"$edgeAgent", "$edgeHub"}, names
    leaf = registry.create_device_with_sas(
        f"{device_id}-leaf", key(), key(), "enabled", device_scope=edge.device_scope
    )
    assert leaf.device_scope == edge.device_scope
    lower = ExportImportDevice(
        id=f"{device_id}-lower",
        import_mode="create",
        capabilities=DeviceCapabilities(iot_edge=True),
        parent_scopes=[edge.device_scope],
    )
    assert registry.bulk_create_or_update_devices([lower]).is_successful


def transfer_story(connection_string: str, hosts: list, prefix: str) -> None:
    parts = dict(part.split("=", 1) for part in connection_string.split(";"))
    token = SasToken(
        parts["HostName"], parts["SharedAccessKey"], parts["SharedAccessKeyName"]
    )
    headers = {"Authorization": str(token)}
    lines = "".join(
        json.dumps({"id": f"{prefix}-{n}", "importMode": "createOrUpdate"}) + "\r\n"
        for n in range(1000)
    )

    def pieces():
        yield b"\xef\xbb\xbf"
        for start in range(0, len(lines), 777):
            yield lines[start : start + 777].encode()

    url = f"https://{hosts[0]}/admin/import"
    with requests.post(url, data=pieces(), headers=headers, stream=True, timeout=60) as answer:
        assert answer.status_code == 200, answer.text
        told = [json.loads(line) for line in answer.iter_lines() if line]
    assert told[-1]["type"] == "result" and told[-1]["complete"], told[-1]
    assert (told[-1]["succeeded"], told[-1]["failed"]) == (1000, 0), told[-1]

    url = f"https://{hosts[1]}/admin/export?excludeKeys=true"
    with requests.get(url, headers=headers, stream=True, timeout=60) as answer:
        assert answer.status_code == 200
        found = [json.loads(line) for line in answer.iter_lines() if line]
    ours = {line["id"] for line in found if line["id"].startswith(f"{prefix}-")}
    assert ours == {f"{prefix}-{n}" for n in range(1000)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--connection-string", required=True)
    parser.add_argument("--prefix", required=True, help="of the device ids; no device has it yet")
    parser.add_argument("--host", action="append", required=True, help="of a node; twice")
    arguments = parser.parse_args()
    registry = IoTHubRegistryManager.from_connection_string(arguments.connection_string)
    prefix = arguments.prefix
    bulk_story(registry, f"{prefix}-bulk")
    module_story(registry, f"{prefix}-bulk-3")
    edge_story(registry, f"{prefix}-edge")
    transfer_story(arguments.connection_string, arguments.host, f"{prefix}-lines")
    print("ok")


if __name__ == "__main__":
    main()
