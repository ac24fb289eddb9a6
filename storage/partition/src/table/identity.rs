//! Rows of devices and modules.

use roost_model::{DeviceId, Identity, IdentityRecord, codec, identity_key};

use crate::error::PartitionError;

/// Follows a device's own key in the keys of its modules.
const SEPARATOR: u8 = 0;

pub(crate) fn encode(record: &IdentityRecord) -> Vec<u8> {
    codec::encode(IdentityRecord::VERSION, record)
}

pub(crate) fn decode(bytes: &[u8]) -> Result<IdentityRecord, PartitionError> {
    codec::decode(IdentityRecord::VERSION, bytes)
        .map(|(_, record)| record)
        .map_err(|error| PartitionError::row("identity", error))
}

pub(crate) fn device_key(device: &DeviceId) -> &[u8] {
    device.as_str().as_bytes()
}

/// The tails between which a device's modules lie.
pub(crate) fn module_range(device: &DeviceId) -> (Vec<u8>, Vec<u8>) {
    let bound = |last| {
        let mut bound = device_key(device).to_vec();
        bound.push(last);
        bound
    };
    (bound(SEPARATOR), bound(SEPARATOR + 1))
}

/// The first tail behind an identity's.
pub(crate) fn after(identity: &Identity) -> Vec<u8> {
    let mut key = identity_key(identity);
    key.push(0);
    key
}

/// The first tail behind a device's and its modules'.
pub(crate) fn after_device(device: &DeviceId) -> Vec<u8> {
    module_range(device).1
}

/// Whether a tail is that of a device, not of a module.
pub(crate) fn is_device(tail: &[u8]) -> bool {
    !tail.contains(&SEPARATOR)
}

/// The ids in a tail, as they lie there.
pub(crate) fn split_key(tail: &[u8]) -> Result<(&str, Option<&str>), PartitionError> {
    let text = std::str::from_utf8(tail).map_err(|error| PartitionError::row("identity", error))?;
    Ok(match text.split_once(char::from(SEPARATOR)) {
        None => (text, None),
        Some((device, module)) => (device, Some(module)),
    })
}

/// The device's own tail in that of one of its modules.
pub(crate) fn device_part(tail: &[u8]) -> &[u8] {
    let end = tail.iter().position(|byte| *byte == SEPARATOR);
    &tail[..end.unwrap_or(tail.len())]
}

/// The identity that a tail names.
pub(crate) fn parse_key(tail: &[u8]) -> Result<Identity, PartitionError> {
    let damaged = |_| PartitionError::row("identity", "a key is not an identity");
    match split_key(tail)? {
        (device, None) => Ok(Identity::device(device.parse().map_err(damaged)?)),
        (device, Some(module)) => Ok(Identity::module(
            device.parse().map_err(damaged)?,
            module.parse().map_err(damaged)?,
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_devices_modules_lie_right_behind_it_and_before_the_next_device() {
        let device: DeviceId = "dev".parse().unwrap();
        let (from, to) = module_range(&device);
        let key = |text: &str| identity_key(&text.parse().unwrap());
        assert!(key("dev") < from);
        for module in ["dev/a", "dev/zz", "dev/!"] {
            assert!(
                (from.clone()..to.clone()).contains(&key(module)),
                "{module}"
            );
        }
        for other in ["dev!", "dev1", "de", "dev!/a"] {
            assert!(!(from.clone()..to.clone()).contains(&key(other)), "{other}");
        }
    }

    #[test]
    fn keys_read_back() {
        for text in ["dev", "dev/mod"] {
            let identity: Identity = text.parse().unwrap();
            assert_eq!(parse_key(&identity_key(&identity)).unwrap(), identity);
        }
        assert_eq!(split_key(b"dev\0mod").unwrap(), ("dev", Some("mod")));
        assert_eq!(device_part(b"dev\0mod"), b"dev");
        assert_eq!(device_part(b"dev"), b"dev");
        assert!(parse_key(b"a\0b\0c").is_err());
        assert!(parse_key(b"").is_err());
        assert!(parse_key(&[0xff]).is_err());
    }
}
