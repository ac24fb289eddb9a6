//! Whose child a device is.

use roost_model::limits::MAX_PARENT_SCOPES;
use roost_model::{DeviceId, EdgeScope, Generation};

use crate::rejection::Rejection;

/// `deviceScope` and `parentScopes` of a device.
///
/// Whether the named parents exist is for the proposer to look at: they live in other partitions.
///
/// Source: IoT Hub developer guide, identity registry; the service SDK's description of the two.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Scopes {
    pub(super) own: Option<String>,
    pub(super) parents: Vec<String>,
}

impl Scopes {
    /// Of a leaf device: its parent's scope stands in both.
    pub(super) fn of_leaf(device: &DeviceId, given: Option<String>) -> Result<Self, Rejection> {
        if let Some(parent) = &given {
            check_parent(device, parent)?;
        }
        Ok(Self {
            parents: given.iter().cloned().collect(),
            own: given,
        })
    }

    /// Of an Edge device: a scope of its own, which it keeps, and its parent's. Another hub's is taken
    /// over with the device.
    pub(super) fn of_edge(
        device: &DeviceId,
        generation: Generation,
        kept: Option<&str>,
        given: Option<String>,
        parents: Vec<String>,
    ) -> Result<Self, Rejection> {
        if parents.len() > MAX_PARENT_SCOPES {
            return Err(Rejection::InvalidScope);
        }
        for parent in &parents {
            check_parent(device, parent)?;
        }
        let own = match (kept, given) {
            (Some(kept), Some(given)) if kept != given => return Err(Rejection::InvalidScope),
            (Some(kept), _) => kept.to_owned(),
            (None, None) => EdgeScope::new(device.clone(), generation).to_string(),
            (None, Some(given)) => match EdgeScope::parse(&given) {
                Ok(scope) if scope.device == *device => given,
                _ => return Err(Rejection::InvalidScope),
            },
        };
        Ok(Self {
            own: Some(own),
            parents,
        })
    }
}

fn check_parent(device: &DeviceId, parent: &str) -> Result<(), Rejection> {
    match EdgeScope::parse(parent) {
        Ok(scope) if scope.device != *device => Ok(()),
        _ => Err(Rejection::InvalidScope),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARENT: &str = "ms-azure-iot-edge://parent-1";

    fn id(text: &str) -> DeviceId {
        text.parse().unwrap()
    }

    fn edge(
        kept: Option<&str>,
        given: Option<&str>,
        parents: &[&str],
    ) -> Result<Scopes, Rejection> {
        let parents = parents.iter().map(ToString::to_string).collect();
        let given = given.map(str::to_owned);
        Scopes::of_edge(&id("edge"), Generation(7), kept, given, parents)
    }

    #[test]
    fn a_leafs_parent_stands_in_both_members() {
        let scopes = Scopes::of_leaf(&id("leaf"), Some(PARENT.into())).unwrap();
        assert_eq!(scopes.own.as_deref(), Some(PARENT));
        assert_eq!(scopes.parents, [PARENT]);
        let none = Scopes::of_leaf(&id("leaf"), None).unwrap();
        assert_eq!((none.own, none.parents.len()), (None, 0));
    }

    #[test]
    fn nobody_is_his_own_parent() {
        let own = "ms-azure-iot-edge://edge-7";
        assert_eq!(
            Scopes::of_leaf(&id("parent"), Some(PARENT.into())),
            Err(Rejection::InvalidScope)
        );
        assert_eq!(edge(None, None, &[own]), Err(Rejection::InvalidScope));
    }

    #[test]
    fn an_edge_device_is_given_a_scope_or_brings_its_own_from_another_hub() {
        let own = |given| edge(None, given, &[]).unwrap().own;
        assert_eq!(own(None).as_deref(), Some("ms-azure-iot-edge://edge-7"));
        let brought = "ms-azure-iot-edge://edge-637";
        assert_eq!(own(Some(brought)).as_deref(), Some(brought));
        for wrong in ["edge-637", "ms-azure-iot-edge://other-637"] {
            assert_eq!(edge(None, Some(wrong), &[]), Err(Rejection::InvalidScope));
        }
    }

    #[test]
    fn an_edge_device_keeps_its_scope() {
        let kept = "ms-azure-iot-edge://edge-637";
        assert_eq!(
            edge(Some(kept), None, &[]).unwrap().own.as_deref(),
            Some(kept)
        );
        assert!(edge(Some(kept), Some(kept), &[PARENT]).is_ok());
        let other = "ms-azure-iot-edge://edge-638";
        assert_eq!(
            edge(Some(kept), Some(other), &[]),
            Err(Rejection::InvalidScope)
        );
    }

    #[test]
    fn an_edge_device_has_one_parent_at_most() {
        assert!(edge(None, None, &[PARENT]).is_ok());
        let other = "ms-azure-iot-edge://other-2";
        assert_eq!(
            edge(None, None, &[PARENT, other]),
            Err(Rejection::InvalidScope)
        );
    }
}
