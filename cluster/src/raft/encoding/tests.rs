use proptest::prelude::*;

use super::*;

fn vote(term: u64, node: u64, committed: bool) -> Vote {
    Vote {
        leader_id: leader_id_std::LeaderId {
            term,
            voted_for: node,
        },
        committed,
    }
}

fn membership() -> Membership {
    let config = BTreeSet::from([1, 2, 3]);
    let nodes = [1, 2, 3, 4].into_iter().map(|id| (id, EmptyNode {}));
    let nodes: std::collections::BTreeMap<_, _> = nodes.collect();
    Membership::new(vec![config], nodes).unwrap()
}

#[test]
fn entries_read_back_as_they_were_written() {
    let payloads = [
        EntryPayload::Blank,
        EntryPayload::Normal(Proposal(Bytes::from_static(b"command"))),
        EntryPayload::Membership(membership()),
    ];
    for payload in payloads {
        let entry = Entry::new(log_id(3, 17), payload);
        assert_eq!(entry_from(17, entry_bytes(&entry)).unwrap(), entry);
    }
}

#[test]
fn the_stored_form_of_a_command_does_not_change() {
    let command = EntryPayload::Normal(Proposal(Bytes::from_static(b"xy")));
    let entry = Entry::new(log_id(0x0102, 9), command);
    assert_eq!(
        &entry_bytes(&entry)[..],
        [1, 1, 2, 1, 0, 0, 0, 0, 0, 0, b'x', b'y']
    );
}

#[test]
fn an_append_request_survives_the_wire() {
    let request = AppendEntriesRequest::<TypeConfig> {
        vote: vote(5, 2, true),
        prev_log_id: Some(log_id(4, 10)),
        entries: vec![
            Entry::new(log_id(5, 11), EntryPayload::Blank),
            Entry::new(
                log_id(5, 12),
                EntryPayload::Normal(Proposal(Bytes::from_static(b"c"))),
            ),
        ],
        leader_commit: Some(log_id(4, 9)),
    };
    let read = append_request_from(append_request_bytes(&request)).unwrap();
    assert_eq!(read.vote, request.vote);
    assert_eq!(read.prev_log_id, request.prev_log_id);
    assert_eq!(read.leader_commit, request.leader_commit);
    assert_eq!(read.entries, request.entries);
}

#[test]
fn append_results_survive_the_wire() {
    let results: [StreamAppendResult<TypeConfig>; 4] = [
        Ok(None),
        Ok(Some(log_id(2, 7))),
        Err(StreamAppendError::Conflict(log_id(1, 3))),
        Err(StreamAppendError::HigherVote(vote(9, 1, false))),
    ];
    for result in results {
        assert_eq!(
            append_result_from(append_result_bytes(&result)).unwrap(),
            result
        );
    }
}

#[test]
fn a_snapshot_header_survives_the_wire() {
    let meta = SnapshotMeta {
        last_log_id: Some(log_id(8, 100)),
        last_membership: StoredMembership::new(Some(log_id(1, 2)), membership()),
    };
    let mut out = BytesMut::new();
    put_snapshot_meta(&mut out, &meta);
    assert_eq!(get_snapshot_meta(&mut out.freeze()).unwrap(), meta);
}

proptest! {
    #[test]
    fn arbitrary_bytes_are_refused_or_read_but_never_panic(bytes: Vec<u8>) {
        let bytes = Bytes::from(bytes);
        let _ = entry_from(1, bytes.clone());
        let _ = append_request_from(bytes.clone());
        let _ = append_result_from(bytes.clone());
        let _ = vote_request_from(&mut bytes.clone());
        let _ = vote_response_from(bytes.clone());
        let _ = transfer_request_from(&mut bytes.clone());
        let _ = get_snapshot_meta(&mut bytes.clone());
    }

    #[test]
    fn votes_read_back_as_they_were_written(term: u64, node: u64, committed: bool) {
        let vote = vote(term, node, committed);
        prop_assert_eq!(get_vote(&mut vote_bytes(&vote)).unwrap(), vote);
    }
}
