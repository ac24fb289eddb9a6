use roost_model::{DeviceId, EdgeScope};

use super::support::{Replica, create, edge, id, update};
use crate::{Outcome, RegistryLimits, Rejection, Statistics};

fn modules(replica: &Replica, device: &str) -> Vec<String> {
    let device: DeviceId = device.parse().unwrap();
    let modules = replica.reader().modules(&device).unwrap();
    let name = |module: &roost_model::IdentityRecord| module.identity.module.clone().unwrap();
    modules
        .iter()
        .map(|module| name(module).to_string())
        .collect()
}

fn new_edge(name: &str) -> crate::CreateIdentity {
    let mut command = create(name);
    command.draft.edge = Some(edge());
    command
}

#[test]
fn an_edge_device_comes_with_the_modules_of_its_runtime() {
    let mut replica = Replica::new();
    assert!(matches!(replica.run(new_edge("gate")), Outcome::Created(_)));
    assert_eq!(modules(&replica, "gate"), ["$edgeAgent", "$edgeHub"]);
    let agent = replica
        .reader()
        .identity(&id("gate/$edgeAgent"))
        .unwrap()
        .unwrap();
    assert_eq!(agent.managed_by.as_deref(), Some("iotEdge"));
    assert_eq!(
        replica.reject(create("gate/$edgeHub")),
        Rejection::ModuleAlreadyExists
    );
    replica.assert_sound();
}

#[test]
fn a_device_that_becomes_an_edge_device_gets_them_and_loses_them_again() {
    let mut replica = Replica::new();
    let device = replica.create("gate");
    replica.create("gate/own");
    let mut on = update(&device);
    on.edge = Some(edge());
    replica.update(on.clone());
    assert_eq!(modules(&replica, "gate"), ["$edgeAgent", "$edgeHub", "own"]);
    // Again: those that are there stay as they are.
    let before = replica.reader().identity(&id("gate/$edgeHub")).unwrap();
    let device = replica.update(on).record;
    assert_eq!(
        replica.reader().identity(&id("gate/$edgeHub")).unwrap(),
        before
    );
    replica.attach("gate/$edgeHub");

    let mut off = update(&device);
    off.edge = None;
    off.device_scope = None;
    let ended = replica.update(off).ended;
    assert_eq!(ended[0].identity, id("gate/$edgeHub"));
    assert_eq!(modules(&replica, "gate"), ["own"]);
    replica.assert_sound();
}

#[test]
fn the_modules_of_the_runtime_count_against_the_limit() {
    let mut replica = Replica::new();
    let mut command = new_edge("gate");
    let limits = |identities| RegistryLimits {
        identities,
        ..RegistryLimits::default()
    };
    command.limits = limits(2);
    assert_eq!(
        replica.reject(command.clone()),
        Rejection::TooManyIdentities
    );
    assert_eq!(replica.reader().statistics(), Statistics::default());
    command.limits = limits(3);
    assert!(matches!(replica.run(command), Outcome::Created(_)));
    replica.assert_sound();
}

#[test]
fn an_edge_device_of_another_hub_brings_its_scope() {
    let mut replica = Replica::new();
    let scope = "ms-azure-iot-edge://gate-637";
    let mut command = new_edge("gate");
    command.draft.device_scope = Some("ms-azure-iot-edge://other-637".into());
    assert_eq!(replica.reject(command.clone()), Rejection::InvalidScope);
    command.draft.device_scope = Some(scope.into());
    let Outcome::Created(record) = replica.run(command) else {
        panic!("not created")
    };
    assert_eq!(record.device_scope.as_deref(), Some(scope));
    let mut child = new_edge("lower");
    child.draft.parent_scopes = vec![scope.into()];
    let Outcome::Created(record) = replica.run(child) else {
        panic!("not created")
    };
    let own = EdgeScope::parse(record.device_scope.as_deref().unwrap()).unwrap();
    assert_eq!(own.device.as_str(), "lower");
    assert_eq!(record.parent_scopes, [scope]);
    replica.assert_sound();
}
