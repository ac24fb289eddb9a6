use roost_model::{AuthKind, AuthMethod, AuthScope, Generation, Grant, Incarnation, NodeId};

use super::*;

fn state(epoch: u64) -> SessionState {
    SessionState {
        epoch: ConnectionEpoch(epoch),
        generation: Generation(1),
        node: NodeId(1),
        incarnation: Incarnation(1),
        auth: AuthMethod::new(AuthScope::Device, AuthKind::Sas),
        grant: Grant::Own,
        protocol: 0,
        clean: true,
        channels: Channels::NONE,
        model_id: None,
        key: None,
        expires_at: None,
        will: None,
        connected_since: Timestamp(10),
        last_activity_at: Timestamp(10),
        last_sequence: 0,
    }
}

fn admit(sessions: &mut Sessions, epoch: u64, sequence: u64) -> Verdict {
    sessions.admit(b"dev", ConnectionEpoch(epoch), sequence, Timestamp(20))
}

#[test]
fn a_session_admits_its_next_number_only() {
    let mut sessions = Sessions::default();
    sessions.insert(b"dev", state(5));
    let out_of_order = |expected| Verdict::Refuse(AppendRejection::OutOfOrder { expected });
    for (sequence, verdict) in [
        (2, out_of_order(1)),
        (1, Verdict::Store),
        (1, Verdict::Duplicate),
        (0, Verdict::Duplicate),
        (2, Verdict::Store),
        (u64::MAX, out_of_order(3)),
    ] {
        assert_eq!(admit(&mut sessions, 5, sequence), verdict, "{sequence}");
    }
    for epoch in [4, 6] {
        assert_eq!(
            admit(&mut sessions, epoch, 3),
            Verdict::Refuse(AppendRejection::Superseded),
            "{epoch}"
        );
    }
    assert_eq!(sessions.get(b"dev").unwrap().last_sequence, 2);
    assert_eq!(
        sessions.get(b"dev").unwrap().last_activity_at,
        Timestamp(20)
    );
}

#[test]
fn rows_are_written_for_sessions_that_progressed_and_are_still_there() {
    let mut sessions = Sessions::default();
    for key in [b"dev".as_slice(), b"idle", b"gone", b"again"] {
        sessions.insert(key, state(5));
    }
    for key in [b"gone".as_slice(), b"again", b"dev"] {
        sessions.admit(key, ConnectionEpoch(5), 1, Timestamp(20));
    }
    sessions.remove(b"gone");
    sessions.insert(b"again", state(6));
    sessions.admit(b"again", ConnectionEpoch(6), 1, Timestamp(20));
    let written = |sessions: &mut Sessions| {
        let mut written = Vec::new();
        sessions.write_dirty(|key, state| written.push((key.to_vec(), state.last_sequence)));
        written
    };
    let expected = vec![(b"again".to_vec(), 1), (b"dev".to_vec(), 1)];
    assert_eq!(written(&mut sessions), expected);
    assert_eq!(written(&mut sessions), []);
}
