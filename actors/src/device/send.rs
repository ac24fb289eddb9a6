//! Telemetry of devices that have no session: HTTPS.

use bytes::BytesMut;
use roost_model::{
    ConnectionEpoch, ErrorCode, Event, Identity, MessageSource, Origin, encode_record,
};
use roost_partition::{AppendEvents, AppendRejection};

use super::attach::{known, prove};
use crate::credential::Credential;
use crate::leadership::Leadership;
use crate::wire::{Answer, EventParts, Refused};

/// Checks the credential and stores all events in one entry, or none.
pub(super) async fn send_once(
    leadership: Leadership,
    identity: Identity,
    credential: Credential,
    events: Vec<EventParts>,
) -> Result<Answer, Refused> {
    let record = known(&leadership, &identity)?;
    let proof = prove(&leadership, &record, &credential)?;
    let origin = Origin {
        identity: &identity,
        generation: record.generation,
        auth: proof.method,
        source: MessageSource::Telemetry,
        epoch: ConnectionEpoch(0),
        sequence: 0,
    };
    let count = events.len() as u32;
    let mut records = BytesMut::new();
    for event in events {
        encode_record(&mut records, &origin, &Event::from(event));
    }
    let append = AppendEvents {
        count,
        records: records.freeze(),
    };
    let stored = leadership.handle.append(leadership.term, append).await?;
    let exceptions = stored.await.map_err(|_| Refused::Unknown)??;
    match exceptions.first() {
        None => Ok(Answer::Done),
        Some((_, AppendRejection::Disabled)) => Err(Refused::rejected(
            ErrorCode::DeviceDisabled,
            "the device was disabled",
        )),
        Some(_) => Err(Refused::rejected(
            ErrorCode::DeviceNotFound,
            "the device was deleted",
        )),
    }
}
