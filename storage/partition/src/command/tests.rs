mod queues;

use proptest::prelude::*;
use roost_model::twin::{SectionChange, TwinLimits, TwinUpdate};
use roost_model::{
    AuthKind, AuthMethod, AuthScope, Authentication, Channels, ConnectionEpoch, ETag, Event,
    EventSources, Generation, Grant, Incarnation, Limits, NodeId, Patch, Precondition,
    SequenceNumber, Status, SymmetricKey, SymmetricKeys,
};

use super::*;
use crate::DetachReason;
use crate::hub_events::HubEvents;
use crate::op::{EdgeKeys, ImportedTwin, NewIdentity, PutMode, RegistryLimits, WhichKey};
use crate::will::Will;

fn symmetric(byte: u8) -> SymmetricKeys {
    let key = |byte| SymmetricKey::from_bytes(vec![byte; 16]).unwrap();
    SymmetricKeys {
        primary: key(byte),
        secondary: key(byte + 1),
    }
}

/// One command of each kind, with every field set.
fn commands() -> Vec<Command> {
    let identity: roost_model::Identity = "d/m".parse().unwrap();
    let draft = NewIdentity {
        identity: identity.clone(),
        status: Status::Disabled,
        status_reason: Some("why".into()),
        authentication: Authentication::Sas(symmetric(1)),
        edge: Some(Box::new(EdgeKeys {
            agent: symmetric(3),
            hub: symmetric(5),
        })),
        device_scope: Some("s".into()),
        parent_scopes: vec!["p".into()],
        managed_by: Some("o".into()),
    };
    let limits = RegistryLimits {
        identities: 1000,
        modules_per_device: 50,
    };
    let update = UpdateIdentity {
        identity: identity.clone(),
        precondition: Precondition::Matches(ETag(7)),
        status: Status::Enabled,
        status_reason: None,
        authentication: Some(Authentication::CertificateAuthority),
        edge: None,
        device_scope: None,
        parent_scopes: Vec::new(),
        managed_by: None,
    };
    let attach = Attach {
        identity: identity.clone(),
        generation: Generation(9),
        identity_etag: ETag(7),
        node: NodeId(3),
        incarnation: Incarnation(4),
        auth: AuthMethod::new(AuthScope::Module, AuthKind::Sas),
        grant: Grant::Own,
        clean: true,
        protocol: 2,
        model_id: Some("dtmi:x;1".into()),
        key: Some(symmetric(7).primary.fingerprint()),
        expires_at: Some(Timestamp(77)),
        will: Some(Will(Event {
            system: vec![(roost_model::SystemProperty::ContentType, "t".into())],
            properties: vec![("k".into(), None)],
            body: Bytes::from_static(b"bye"),
        })),
    };
    let epoch = ConnectionEpoch(12);
    vec![
        CreateIdentity {
            draft: draft.clone(),
            limits,
        }
        .into(),
        update.into(),
        DeleteIdentity {
            identity: identity.clone(),
            precondition: Precondition::Any,
        }
        .into(),
        attach.into(),
        Detach {
            identity,
            epoch,
            why: DetachReason::NodeLost,
        }
        .into(),
        AppendEvents {
            count: 1,
            records: Bytes::from_static(b"rec"),
        }
        .into(),
        SetCheckpoint {
            group: "g".into(),
            sequence: SequenceNumber(5),
        }
        .into(),
        DeleteCheckpoint { group: "g".into() }.into(),
        TrimEvents {
            before: SequenceNumber(300),
        }
        .into(),
        Subscribe {
            identity: "d".parse().unwrap(),
            epoch,
            channels: Channels::NONE.with(roost_model::Channel::Methods),
        }
        .into(),
        UpdateTwin {
            identity: "d".parse().unwrap(),
            precondition: Precondition::Any,
            replace: true,
            tags: Some(SectionChange::Clear),
            desired: Some(SectionChange::Replace(patch(r#"{"a":1}"#))),
            limits: TwinLimits::default(),
        }
        .into(),
        ReportTwin {
            identity: "d".parse().unwrap(),
            epoch,
            expected: Some(6),
            patch: patch(r#"{"a":null}"#),
            limits: TwinLimits::default(),
        }
        .into(),
        RegenerateKeys {
            identity: "d".parse().unwrap(),
            which: WhichKey::Swap,
            fresh: symmetric(1),
        }
        .into(),
        PutIdentity {
            draft,
            replace_authentication: true,
            mode: PutMode::CreateOrUpdate,
            precondition: Precondition::Any,
            twin: Some(ImportedTwin {
                precondition: Precondition::None,
                update: TwinUpdate {
                    tags: Some(SectionChange::Clear),
                    ..TwinUpdate::default()
                },
                limits: TwinLimits::default(),
            }),
            limits,
        }
        .into(),
        Renew {
            identity: "d".parse().unwrap(),
            epoch,
            generation: Generation(3),
            identity_etag: ETag(7),
            auth: AuthMethod::new(AuthScope::Hub, AuthKind::Sas),
            grant: Grant::Own,
            key: None,
            expires_at: Some(Timestamp(77)),
        }
        .into(),
    ]
    .into_iter()
    .chain(queues::commands())
    .collect()
}

/// Bytes that stand in logs on disks: they may never be read otherwise.
const GOLDEN: [&str; 24] = [
    "01fbe8030100016401016d0101037768790010010101010101010101010101010101011002020202\
     02020202020202020202020201100303030303030303030303030303030310040404040404040404\
     04040404040404100505050505050505050505050505050510060606060606060606060606060606\
     0601017301017001016ffbe80332",
    "01fbe8030101016401016d02070000010200000000",
    "01fbe8030102016401016d01",
    "01fbe8030103016401016d090703040200000102010864746d693a783b3101d761d406af2a4a5a01\
     4d010104017401016b0003627965",
    "01fbe8030104016401016d0c04",
    "01fbe80301050103726563",
    "01fbe8030106016705",
    "01fbe80301070167",
    "01fbe8030108fb2c01",
    "01fbe80301090164000c10",
    "01fbe803010a01640001010102010109070400000001610302fb0020fb0080fb0080",
    "01fbe803010b0164000c0106080703000000016100fb0020fb0080fb0080",
    "01fbe803010d01640003100101010101010101010101010101010110020202020202020202020202\
     02020202",
    "01fbe803010e016401016d0101037768790010010101010101010101010101010101011002020202\
     02020202020202020202020201100303030303030303030303030303030310040404040404040404\
     04040404040404100505050505050505050505050505050510060606060606060606060606060606\
     0601017301017001016f010201010001020000fb0020fb0080fb0080fbe80332",
    "01fbe80301100164000c030700000000014d",
    "01fbe803010c00016401016d0c010101016901016b0002676f0403010169014d0102030004000506\
     07000809010c3c00fb2c01",
    "01fbe803010c01016401016d0c3c00fb2c0108010203000400050607000809",
    "01fbe803010c02016401016d0000000000018002800000000000000302010203000400050607000809",
    "01fbe803010c030908010203000400050607000809",
    "01fbe803010c04016401016d08010203000400050607000809",
    "01fbe803010c05016401016d0105",
    "01fbe803010c06016401016d05010203000400050607000809",
    "01fbe803010c07fb2c013c000f00010203000400050607000809",
    "01fbe803010c080000000000018002800000000000000301010203000400050607000809",
];

fn patch(json: &str) -> Patch {
    Patch::new(serde_json::from_str(json).unwrap(), &Limits::default()).unwrap()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn version_one_is_written_as_ever() {
    let commands = commands();
    assert_eq!(commands.len(), GOLDEN.len(), "each command has its bytes");
    for (command, golden) in commands.into_iter().zip(GOLDEN) {
        let envelope = Envelope {
            at: Timestamp(1000),
            commands: vec![command],
            hub: None,
        };
        // Nothing about the hub: one byte at the end.
        let golden = format!("{golden}00");
        assert_eq!(hex(&envelope.encode()), golden, "{envelope:?}");
        assert_eq!(Envelope::decode(&envelope.encode()), Ok(envelope));
    }
}

#[test]
fn what_the_hub_says_of_itself_stands_behind_the_commands() {
    let envelope = Envelope {
        at: Timestamp(1),
        commands: Vec::new(),
        hub: Some(HubEvents {
            hub: "h".into(),
            sources: EventSources::default(),
        }),
    };
    assert_eq!(hex(&envelope.encode()), "01010001016806");
    assert_eq!(Envelope::decode(&envelope.encode()), Ok(envelope));
}

#[test]
fn an_envelope_of_another_version_is_refused() {
    let mut bytes = Envelope {
        at: Timestamp(1),
        commands: commands(),
        hub: None,
    }
    .encode()
    .to_vec();
    bytes[0] = 2;
    assert!(matches!(
        Envelope::decode(&bytes),
        Err(CodecError::UnknownVersion { found: 2, .. })
    ));
}

#[test]
fn an_envelope_cut_anywhere_is_refused() {
    let bytes = Envelope {
        at: Timestamp(1),
        commands: commands(),
        hub: None,
    }
    .encode();
    for end in 0..bytes.len() {
        assert!(Envelope::decode(&bytes[..end]).is_err(), "{end}");
    }
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes: Vec<u8>) {
        let _ = Envelope::decode(&bytes);
    }
}
