#!/usr/bin/env python3
"""One story of the identity registry, told with the unmodified service SDK over HTTPS.

Any surprise ends the script with a traceback and exit status 1.
"""

import argparse
import base64
import uuid
from contextlib import contextmanager

from azure.iot.hub import IoTHubRegistryManager
from msrest.exceptions import HttpOperationError


@contextmanager
def refused(status: int, code: int, name: str):
    """The call inside must fail with this HTTP status and this error of the service."""
    try:
        yield
    except HttpOperationError as error:
        response = error.response
        assert response.status_code == status, (response.status_code, response.text)
        assert response.json()["errorCode"] == code, response.text
        assert response.headers["iothub-errorcode"] == name, response.headers
    else:
        raise AssertionError(f"expected {status} {name}")


def key() -> str:
    return base64.b64encode(uuid.uuid4().bytes * 2).decode()


def create_with_keys(registry: IoTHubRegistryManager, device_id: str) -> None:
    primary, secondary = key(), key()
    device = registry.create_device_with_sas(device_id, primary, secondary, "enabled")
    assert device.device_id == device_id
    assert device.authentication.symmetric_key.primary_key == primary
    assert device.authentication.symmetric_key.secondary_key == secondary
    assert device.authentication.type == "sas"
    assert device.status == "enabled" and device.connection_state == "Disconnected"
    assert device.generation_id and device.etag

    with refused(409, 409001, "DeviceAlreadyExists"):
        registry.create_device_with_sas(device_id, primary, secondary, "enabled")
    found = registry.get_device(device_id)
    assert found.etag == device.etag and found.generation_id == device.generation_id
    assert found.authentication.symmetric_key.primary_key == primary


def create_without_keys(registry: IoTHubRegistryManager, device_id: str) -> None:
    device = registry.create_device_with_sas(device_id, None, None, "enabled")
    keys = device.authentication.symmetric_key
    assert keys.primary_key != keys.secondary_key
    for generated in (keys.primary_key, keys.secondary_key):
        assert len(base64.b64decode(generated)) == 32, generated
    found = registry.get_device(device_id).authentication.symmetric_key
    assert found.primary_key == keys.primary_key


def create_other_kinds(registry: IoTHubRegistryManager, device_id: str) -> None:
    thumbprints = ("A" * 40, "B" * 40)
    device = registry.create_device_with_x509(f"{device_id}-x509", *thumbprints, "enabled")
    assert device.authentication.type == "selfSigned"
    assert device.authentication.x509_thumbprint.primary_thumbprint == thumbprints[0]
    device = registry.create_device_with_certificate_authority(f"{device_id}-ca", "enabled")
    assert device.authentication.type == "certificateAuthority"


def update(registry: IoTHubRegistryManager, device_id: str) -> None:
    before = registry.get_device(device_id)
    primary, secondary = key(), key()

    with refused(412, 412001, "PreconditionFailed"):
        registry.update_device_with_sas(device_id, "AAAA", primary, secondary, "enabled")
    assert registry.get_device(device_id).etag == before.etag

    after = registry.update_device_with_sas(
        device_id, before.etag, primary, secondary, "disabled", status_reason="maintenance"
    )
    assert after.etag != before.etag and after.generation_id == before.generation_id
    found = registry.get_device(device_id)
    assert found.status == "disabled" and found.status_reason == "maintenance"
    assert found.authentication.symmetric_key.primary_key == primary

    with refused(412, 412001, "PreconditionFailed"):
        registry.update_device_with_sas(device_id, before.etag, primary, secondary, "enabled")
    # No ETag means any version.
    registry.update_device_with_sas(device_id, None, primary, secondary, "enabled")
    assert registry.get_device(device_id).status == "enabled"

    with refused(404, 404001, "DeviceNotFound"):
        registry.update_device_with_sas(f"{device_id}-none", "*", primary, secondary, "enabled")


def module_story(registry: IoTHubRegistryManager, device_id: str) -> None:
    module = registry.create_module_with_sas(device_id, "pump", "", key(), key())
    assert (module.device_id, module.module_id) == (device_id, "pump")
    with refused(409, 409301, "ModuleAlreadyExistsOnDevice"):
        registry.create_module_with_sas(device_id, "pump", "", key(), key())
    assert [found.module_id for found in registry.get_modules(device_id)] == ["pump"]
    registry.delete_module(device_id, "pump")
    with refused(404, 404010, "ModuleNotFound"):
        registry.get_module(device_id, "pump")


def enumerate_devices(registry: IoTHubRegistryManager, prefix: str, expected: set) -> None:
    found = {device.device_id for device in registry.get_devices(1000)}
    assert {name for name in found if name.startswith(prefix)} == expected, found
    assert len(registry.get_devices(2)) == 2
    statistics = registry.get_device_registry_statistics()
    assert statistics.total_device_count >= len(expected)
    total = statistics.enabled_device_count + statistics.disabled_device_count
    assert statistics.total_device_count == total
    assert registry.get_service_statistics().connected_device_count >= 0


def delete(registry: IoTHubRegistryManager, device_id: str) -> None:
    first = registry.get_device(device_id)
    with refused(412, 412001, "PreconditionFailed"):
        registry.delete_device(device_id, "AAAA")
    registry.delete_device(device_id, first.etag)
    with refused(404, 404001, "DeviceNotFound"):
        registry.get_device(device_id)
    with refused(404, 404001, "DeviceNotFound"):
        registry.delete_device(device_id)
    # The name is free again, and its new bearer is another device.
    second = registry.create_device_with_sas(device_id, None, None, "enabled")
    assert second.generation_id != first.generation_id
    registry.delete_device(device_id)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--connection-string", required=True)
    parser.add_argument("--prefix", required=True, help="of the device ids; no device has it yet")
    arguments = parser.parse_args()
    registry = IoTHubRegistryManager.from_connection_string(arguments.connection_string)
    with_keys, without_keys = f"{arguments.prefix}-keys", f"{arguments.prefix}-none"
    other = f"{arguments.prefix}-other"

    with refused(404, 404001, "DeviceNotFound"):
        registry.get_device(with_keys)
    create_with_keys(registry, with_keys)
    create_without_keys(registry, without_keys)
    create_other_kinds(registry, other)
    update(registry, with_keys)
    module_story(registry, with_keys)
    enumerate_devices(
        registry,
        arguments.prefix,
        {with_keys, without_keys, f"{other}-x509", f"{other}-ca"},
    )
    for device_id in (with_keys, without_keys):
        delete(registry, device_id)
    for device_id in (f"{other}-x509", f"{other}-ca"):
        registry.delete_device(device_id)
    print("ok")


if __name__ == "__main__":
    main()
