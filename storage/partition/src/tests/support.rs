//! A replica in a temporary directory, and short words for what tests say.

pub(super) mod queues;

use std::path::{Path, PathBuf};

use bytes::{Bytes, BytesMut};
use roost_engine::{GroupId, StateOptions, StateStore};
use roost_model::query::{Program, Query, Slot};
use roost_model::twin::{SectionChange, TwinLimits};
use roost_model::{
    AuthKind, AuthMethod, AuthScope, Authentication, ConnectionEpoch, Event, Generation, Grant,
    Identity, IdentityRecord, Incarnation, Limits, MessageSource, NodeId, Origin, PartitionId,
    Patch, Precondition, Status, SymmetricKey, SymmetricKeys, Timestamp, encode_record,
};
use tempfile::TempDir;

use crate::{
    Answer, AppendEvents, Appended, Attach, Attached, Cadence, Command, CreateIdentity, Detach,
    DetachReason, EdgeKeys, Envelope, HubEvents, IndexPath, NewIdentity, Outcome, Partition,
    PartitionSettings, Payload, Position, Reader, RegistryLimits, Rejection, ReportTwin,
    TwinUpdated, UpdateIdentity, UpdateTwin, Updated, Will, invariant,
};

pub(super) const GROUP: GroupId = GroupId(3);
pub(super) const PARTITION: PartitionId = PartitionId(2);
pub(super) const SAS: AuthMethod = AuthMethod::new(AuthScope::Device, AuthKind::Sas);

/// A replica, its disk, and the log that brought it where it is.
pub(super) struct Replica {
    pub(super) partition: Partition,
    pub(super) store: StateStore,
    pub(super) log: Vec<(Position, Payload)>,
    pub(super) now: Timestamp,
    /// What the hub says of itself.
    pub(super) hub: Option<HubEvents>,
    /// Last, so that the database is closed before its directory goes.
    pub(super) dir: TempDir,
}

pub(super) fn settings() -> PartitionSettings {
    // Small, so that short histories cross it often.
    PartitionSettings {
        cadence: Cadence {
            events: 7,
            bytes: 4096,
        },
        ..Default::default()
    }
}

fn open(dir: &Path) -> (StateStore, Partition) {
    let options = StateOptions {
        cache_bytes: 1 << 20,
        write_buffer_bytes: 4 << 20,
        ..StateOptions::default()
    };
    let store = StateStore::open(&dir.join("state"), &crate::tables(), options).unwrap();
    let partition = Partition::open(store.clone(), GROUP, PARTITION, settings()).unwrap();
    (store, partition)
}

impl Replica {
    pub(super) fn new() -> Self {
        Self::in_directory(TempDir::new().unwrap())
    }

    pub(super) fn in_directory(dir: TempDir) -> Self {
        let (store, partition) = open(dir.path());
        Self {
            dir,
            store,
            partition,
            log: Vec::new(),
            now: Timestamp(1_000_000),
            hub: None,
        }
    }

    /// What is on the disk at this moment, opened as if the process had died.
    pub(super) fn crashed(&self) -> Self {
        let dir = TempDir::new().unwrap();
        copy_stable(&self.dir.path().join("state"), &dir.path().join("state"));
        let mut replica = Self::in_directory(dir);
        replica.log.clone_from(&self.log);
        replica.now = self.now;
        replica
    }

    pub(super) fn reader(&self) -> Reader {
        self.partition.reader()
    }

    pub(super) fn staging(&self) -> PathBuf {
        self.dir.path().join("staging")
    }

    pub(super) fn next_position(&self) -> Position {
        let index = self
            .partition
            .applied()
            .position
            .map_or(0, |last| last.index + 1);
        Position { index, term: 1 }
    }

    /// Appends one entry to the log and applies it.
    pub(super) fn apply(&mut self, payload: Payload) -> Answer {
        let entry = (self.next_position(), payload);
        self.log.push(entry.clone());
        self.partition.apply(vec![entry]).unwrap().remove(0)
    }

    pub(super) fn propose(&mut self, commands: Vec<Command>) -> Answer {
        self.now.0 += 1;
        let envelope = Envelope {
            at: self.now,
            commands,
            hub: self.hub.clone(),
        };
        self.apply(Payload::Command(envelope.encode()))
    }

    pub(super) fn run(&mut self, command: impl Into<Command>) -> Outcome {
        self.propose(vec![command.into()]).remove(0)
    }

    pub(super) fn reject(&mut self, command: impl Into<Command>) -> Rejection {
        match self.run(command) {
            Outcome::Rejected(rejection) => rejection,
            other => panic!("not rejected: {other:?}"),
        }
    }

    pub(super) fn create(&mut self, name: &str) -> IdentityRecord {
        match self.run(create(name)) {
            Outcome::Created(record) => *record,
            other => panic!("not created: {other:?}"),
        }
    }

    pub(super) fn update(&mut self, update: UpdateIdentity) -> Updated {
        match self.run(update) {
            Outcome::Updated(updated) => *updated,
            other => panic!("not updated: {other:?}"),
        }
    }

    pub(super) fn update_twin(&mut self, update: UpdateTwin) -> TwinUpdated {
        match self.run(update) {
            Outcome::TwinUpdated(updated) => *updated,
            other => panic!("not updated: {other:?}"),
        }
    }

    /// The patch of the desired properties that this JSON is.
    pub(super) fn desire(&mut self, name: &str, json: &str) -> TwinUpdated {
        self.update_twin(UpdateTwin {
            desired: merge(json),
            ..update_twin(name)
        })
    }

    pub(super) fn attach(&mut self, name: &str) -> Attached {
        self.attach_with(name, |_| {})
    }

    pub(super) fn attach_with(&mut self, name: &str, change: impl FnOnce(&mut Attach)) -> Attached {
        let record = self.reader().identity(&id(name)).unwrap().unwrap();
        let mut command = attach(&record);
        change(&mut command);
        match self.run(command) {
            Outcome::Attached(attached) => attached,
            other => panic!("not attached: {other:?}"),
        }
    }

    pub(super) fn detach(&mut self, name: &str, why: DetachReason) -> Outcome {
        let epoch = self
            .reader()
            .session(&id(name))
            .map_or(ConnectionEpoch(0), |s| s.epoch);
        self.run(Detach {
            identity: id(name),
            epoch,
            why,
        })
    }

    pub(super) fn append(&mut self, records: &[Bytes]) -> Appended {
        match self.run(append(records)) {
            Outcome::Appended(appended) => appended,
            other => panic!("not appended: {other:?}"),
        }
    }

    /// Stores the next event of an attached identity.
    pub(super) fn say(&mut self, name: &str, body: &str) {
        let session = self.reader().session(&id(name)).unwrap();
        let record = record(name, session.epoch, session.last_sequence + 1, body);
        assert_eq!(self.append(&[record]).exceptions, []);
    }

    pub(super) fn bodies(&self) -> Vec<String> {
        bodies(&self.reader())
    }

    /// Takes in another replica's export.
    pub(super) fn adopt(&mut self, chunks: &[Bytes]) {
        let mut import = self.partition.import(&self.staging()).unwrap();
        for chunk in chunks {
            import.push(chunk.clone()).unwrap();
        }
        import.finish().unwrap();
        self.partition.adopt(import).unwrap();
    }

    pub(super) fn export(&self) -> Vec<Bytes> {
        let mut export = self.partition.export().unwrap();
        std::iter::from_fn(|| export.next_chunk().unwrap()).collect()
    }

    pub(super) fn assert_sound(&self) {
        assert_eq!(invariant::check(&self.reader()).unwrap(), []);
    }

    /// The same rows, and the same state in memory.
    pub(super) fn assert_equals(&self, other: &Self) {
        let (ours, theirs) = (self.partition.dump(), other.partition.dump());
        for (one, two) in ours.iter().zip(&theirs) {
            assert_eq!(one, two);
        }
        assert_eq!(ours.len(), theirs.len());
        assert_eq!(self.partition.applied(), other.partition.applied());
        let (ours, theirs) = (self.reader(), other.reader());
        assert_eq!(ours.sessions().unwrap(), theirs.sessions().unwrap());
        assert_eq!(ours.bounds(), theirs.bounds());
        assert_eq!(ours.fingerprint().unwrap(), theirs.fingerprint().unwrap());
    }
}

pub(super) fn bodies(reader: &Reader) -> Vec<String> {
    let batches = reader
        .events(reader.bounds().begin, usize::MAX, usize::MAX)
        .unwrap();
    let records = batches
        .iter()
        .flat_map(|batch| batch.iter())
        .map(|record| record.unwrap().1);
    records
        .map(|record| String::from_utf8(record.event().unwrap().body.to_vec()).unwrap())
        .collect()
}

pub(super) fn id(name: &str) -> Identity {
    name.parse().unwrap()
}

pub(super) fn keys(seed: u8) -> Authentication {
    Authentication::Sas(symmetric(seed))
}

pub(super) fn symmetric(seed: u8) -> SymmetricKeys {
    let key = |seed| SymmetricKey::from_bytes(vec![seed; 32]).unwrap();
    SymmetricKeys {
        primary: key(seed),
        secondary: key(seed ^ 0xff),
    }
}

/// Keys for the modules of an Edge device.
pub(super) fn edge() -> Box<EdgeKeys> {
    Box::new(EdgeKeys {
        agent: symmetric(8),
        hub: symmetric(9),
    })
}

pub(super) fn create(name: &str) -> CreateIdentity {
    CreateIdentity {
        draft: NewIdentity {
            identity: id(name),
            status: Status::Enabled,
            status_reason: None,
            authentication: keys(1),
            edge: None,
            device_scope: None,
            parent_scopes: Vec::new(),
            managed_by: None,
        },
        limits: RegistryLimits::default(),
    }
}

/// An update that changes nothing but the entity tag.
pub(super) fn update(record: &IdentityRecord) -> UpdateIdentity {
    UpdateIdentity {
        identity: record.identity.clone(),
        precondition: Precondition::Any,
        status: record.status,
        status_reason: record.status_reason.clone(),
        authentication: None,
        edge: record.iot_edge.then(edge),
        device_scope: record.device_scope.clone(),
        parent_scopes: record.parent_scopes.clone(),
        managed_by: record.managed_by.clone(),
    }
}

pub(super) fn attach(record: &IdentityRecord) -> Attach {
    Attach {
        identity: record.identity.clone(),
        generation: record.generation,
        identity_etag: record.etag,
        node: NodeId(1),
        incarnation: Incarnation(1),
        auth: SAS,
        grant: Grant::Own,
        clean: false,
        protocol: 0,
        model_id: None,
        key: None,
        expires_at: None,
        will: None,
    }
}

/// Every kind of event that there is.
pub(super) fn every_event() -> HubEvents {
    HubEvents {
        hub: "hub".to_owned(),
        sources: MessageSource::ALL.iter().copied().collect(),
    }
}

pub(super) fn patch(json: &str) -> Patch {
    Patch::new(serde_json::from_str(json).unwrap(), &Limits::default()).unwrap()
}

pub(super) fn merge(json: &str) -> Option<SectionChange> {
    Some(SectionChange::Merge(patch(json)))
}

/// An update that touches nothing.
pub(super) fn update_twin(name: &str) -> UpdateTwin {
    UpdateTwin {
        identity: id(name),
        precondition: Precondition::None,
        replace: false,
        tags: None,
        desired: None,
        limits: TwinLimits::default(),
    }
}

pub(super) fn report(name: &str, epoch: ConnectionEpoch, json: &str) -> ReportTwin {
    ReportTwin {
        identity: id(name),
        epoch,
        expected: None,
        patch: patch(json),
        limits: TwinLimits::default(),
    }
}

pub(super) fn event(body: &str) -> Event {
    Event {
        body: Bytes::copy_from_slice(body.as_bytes()),
        ..Event::default()
    }
}

pub(super) fn will(body: &str) -> Will {
    Will(event(body))
}

/// A record of a session.
pub(super) fn record(name: &str, epoch: ConnectionEpoch, sequence: u64, body: &str) -> Bytes {
    record_of(name, Generation(0), epoch, sequence, body)
}

/// A record of a one-shot request.
pub(super) fn one_shot(record: &IdentityRecord, body: &str) -> Bytes {
    let name = record.identity.to_string();
    record_of(&name, record.generation, ConnectionEpoch(0), 0, body)
}

fn record_of(
    name: &str,
    generation: Generation,
    epoch: ConnectionEpoch,
    sequence: u64,
    body: &str,
) -> Bytes {
    let identity = id(name);
    let source = MessageSource::Telemetry;
    let origin = Origin {
        identity: &identity,
        generation,
        auth: SAS,
        source,
        epoch,
        sequence,
    };
    let mut out = BytesMut::new();
    encode_record(&mut out, &origin, &event(body));
    out.freeze()
}

pub(super) fn append(records: &[Bytes]) -> AppendEvents {
    let count = u32::try_from(records.len()).unwrap();
    AppendEvents {
        count,
        records: records.concat().into(),
    }
}

/// Copies a database directory while background work may go on: again, until nothing moved meanwhile.
fn copy_stable(from: &Path, to: &Path) {
    while !copy_once(from, to) {
        std::fs::remove_dir_all(to).unwrap();
    }
}

fn copy_once(from: &Path, to: &Path) -> bool {
    let before = manifest(from);
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        // A file that vanished shows in the manifest.
        let _ = std::fs::copy(entry.path(), to.join(entry.file_name()));
    }
    manifest(from) == before
}

/// Name and length of the files that tell which others there are.
fn manifest(dir: &Path) -> Vec<(String, u64)> {
    let mut files: Vec<_> = std::fs::read_dir(dir)
        .unwrap()
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let name = entry.file_name().into_string().ok()?;
            let tells = name.starts_with("MANIFEST") || name == "CURRENT";
            if tells {
                Some((name, entry.metadata().ok()?.len()))
            } else {
                None
            }
        })
        .collect();
    files.sort();
    files
}

/// `tags.a` and the like.
pub(super) fn index_path(text: &str) -> IndexPath {
    let query = Query::parse(&format!("SELECT * FROM devices WHERE {text} = 1")).unwrap();
    let program = Program::compile(&query);
    IndexPath::of(program.lookup(Slot(0))).unwrap()
}
