#!/usr/bin/env python3
"""Twins with the unmodified SDKs: a back end and a device, and the same with one of its modules."""

import argparse
import json
import queue

from azure.iot.device import IoTHubDeviceClient, IoTHubModuleClient
from azure.iot.hub import IoTHubRegistryManager
from azure.iot.hub.models import Twin, TwinProperties

MODULE = "meter"
PATIENCE = 30


class Device:
    """The device's side: a client, and the patches that it was told."""

    def __init__(self, client) -> None:
        self.client = client
        self.patches: queue.Queue = queue.Queue()
        client.on_twin_desired_properties_patch_received = self.patches.put

    def told(self, expected: dict) -> None:
        patch = self.patches.get(timeout=PATIENCE)
        assert patch == expected, (patch, expected)

    def hears_nothing(self) -> None:
        assert self.patches.empty(), self.patches.get()


class BackEnd:
    """The back end's side: the twin of one device or module."""

    def __init__(self, registry: IoTHubRegistryManager, device_id: str, module_id: str | None) -> None:
        self.registry = registry
        self.names = [device_id] if module_id is None else [device_id, module_id]
        self.kind = "twin" if module_id is None else "module_twin"

    def get(self) -> Twin:
        return getattr(self.registry, f"get_{self.kind}")(*self.names)

    def update(self, etag: str | None = None, tags=None, desired=None) -> Twin:
        twin = Twin(tags=tags, properties=TwinProperties(desired=desired))
        return getattr(self.registry, f"update_{self.kind}")(*self.names, twin, etag)

    def replace(self, etag: str | None = None, tags=None, desired=None) -> Twin:
        twin = Twin(tags=tags, properties=TwinProperties(desired=desired))
        return getattr(self.registry, f"replace_{self.kind}")(*self.names, twin, etag)


def refused(status: int, call, *arguments, **named) -> None:
    try:
        call(*arguments, **named)
    except Exception as error:  # the SDK's kinds of errors differ from version to version
        response = getattr(error, "response", None)
        code = getattr(response, "status_code", None) or getattr(error, "status_code", None)
        assert code == status, (code, error)
        return
    raise AssertionError(f"{status} was expected")


def story(device: Device, back_end: BackEnd) -> None:
    """Everything that both sides can do with one twin."""
    fresh = back_end.get()
    assert fresh.etag == "AAAAAAAAAAE=" and fresh.version == 2, fresh
    assert device.client.get_twin() == {"desired": {"$version": 1}, "reported": {"$version": 1}}

    # A patch reaches the device with its nulls.
    updated = back_end.update(tags={"site": "north"}, desired={"rate": 5, "o": {"a": 1}, "gone": None})
    device.told({"rate": 5, "o": {"a": 1}, "gone": None, "$version": 2})
    assert updated.tags == {"site": "north"}, updated
    assert updated.properties.desired["rate"] == 5, updated
    assert updated.properties.desired["$metadata"]["o"]["a"]["$lastUpdatedVersion"] == 2
    twin = device.client.get_twin()
    assert twin["desired"] == {"rate": 5, "o": {"a": 1}, "$version": 2}, twin
    assert "tags" not in twin, twin

    # What the device reports is merged, and reads back with what the hub adds.
    device.client.patch_twin_reported_properties({"t": 20.5, "o": {"b": [1, "ä", {"c": True}]}, "n": 1})
    device.client.patch_twin_reported_properties({"n": None, "t": 21})
    reported = back_end.get().properties.reported
    assert reported["t"] == 21 and "n" not in reported, reported
    assert reported["o"] == {"b": [1, "ä", {"c": True}]}, reported
    assert reported["$version"] == 3 and "$lastUpdated" in reported["$metadata"]["t"], reported
    assert back_end.get().etag == updated.etag

    # Tags alone are none of the device's business.
    tagged = back_end.update(etag=updated.etag, tags={"site": None, "floor": 3})
    assert tagged.tags == {"floor": 3} and tagged.etag != updated.etag, tagged
    refused(412, back_end.update, etag=updated.etag, desired={"rate": 6})
    refused(412, back_end.replace, etag="abc", desired={"rate": 6})
    refused(400, back_end.update, desired={"a.b": 1})
    refused(413, back_end.update, tags={str(n): "x" * 4000 for n in range(3)})
    device.hears_nothing()

    # A replacement is told as a whole; what is not named stays.
    replaced = back_end.replace(etag=tagged.etag, desired={"only": "this"})
    device.told({"only": "this", "$version": 3})
    assert replaced.tags == {"floor": 3}, replaced
    assert "rate" not in replaced.properties.desired, replaced

    # Many in a row arrive in their order, none is missing.
    for count in range(4, 24):
        back_end.update(desired={"count": count})
    for count in range(4, 24):
        device.told({"count": count, "$version": count})
    device.hears_nothing()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", required=True, help="the device's connection string")
    parser.add_argument("--service", required=True, help="the service's connection string")
    parser.add_argument("--ca", required=True, help="file with the certificate to trust")
    parser.add_argument("--websockets", action="store_true")
    arguments = parser.parse_args()
    with open(arguments.ca, encoding="ascii") as file:
        trust = file.read()
    options = {"server_verification_cert": trust, "websockets": arguments.websockets}

    registry = IoTHubRegistryManager.from_connection_string(arguments.service)
    parts = dict(part.split("=", 1) for part in arguments.device.split(";"))
    device_id = parts["DeviceId"]
    module = registry.create_module_with_sas(device_id, MODULE, None, "", "")
    module_string = ";".join(
        [
            f"HostName={parts['HostName']}",
            f"DeviceId={device_id}",
            f"ModuleId={MODULE}",
            f"SharedAccessKey={module.authentication.symmetric_key.primary_key}",
            f"GatewayHostName={parts['GatewayHostName']}",
        ]
    )
    clients = [
        (None, IoTHubDeviceClient.create_from_connection_string(arguments.device, **options)),
        (MODULE, IoTHubModuleClient.create_from_connection_string(module_string, **options)),
    ]
    try:
        for module_id, client in clients:
            client.connect()
            story(Device(client), BackEnd(registry, device_id, module_id))
    finally:
        for _, client in clients:
            client.shutdown()
    print(json.dumps({"twins": len(clients)}))


if __name__ == "__main__":
    main()
