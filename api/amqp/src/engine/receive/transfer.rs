//! Transfer [2.7.5].

use bytes::{Bytes, BytesMut};

use super::super::event::{Delivery, Event};
use super::super::fault::{Fault, Handled};
use super::super::id::{DeliveryId, LinkId};
use super::super::link::{LinkEnd, LinkState, Partial, Receiving};
use crate::codec::performative::{Transfer, condition};
use crate::engine::Engine;
use crate::limits;

impl Engine {
    pub(super) fn receive_transfer(
        &mut self,
        channel: u16,
        transfer: Transfer,
        payload: Bytes,
    ) -> Handled {
        let Some(session) = self.sessions.get_mut(&channel) else {
            return Ok(());
        };
        session.inbound.count()?;
        if session.inbound.is_low() && !self.low_windows.contains(&channel) {
            self.low_windows.push(channel);
        }
        let handle = transfer.handle;
        let Some(link) = session.links.get_mut(&handle) else {
            return Err(Fault::unattached(handle));
        };
        if matches!(link.state, LinkState::Detaching) {
            return Ok(());
        }
        let id = link.id;
        let LinkEnd::Receiving(receiving) = &mut link.end else {
            let description = "a transfer comes from the receiver of the link";
            return Err(Fault::link(handle, condition::NOT_ALLOWED, description));
        };
        let before = receiving
            .partial
            .as_ref()
            .map_or(0, |partial| partial.payload.len());
        let max_assembly = self.config.max_assembly_bytes - (self.assembled - before);
        let delivery = assemble(id, receiving, transfer, payload, max_assembly);
        let after = receiving
            .partial
            .as_ref()
            .map_or(0, |partial| partial.payload.len());
        self.assembled = self.assembled - before + after;
        if let Some(delivery) = delivery? {
            if !delivery.settled {
                session
                    .inbound
                    .unsettled
                    .insert(delivery.delivery.0, handle);
            }
            self.events.push_back(Event::Delivery(Box::new(delivery)));
        }
        Ok(())
    }
}

/// Adds a frame to the delivery of a link, and hands the delivery out when it is whole.
fn assemble(
    link: LinkId,
    receiving: &mut Receiving,
    transfer: Transfer,
    payload: Bytes,
    max_assembly: usize,
) -> Result<Option<Delivery>, Fault> {
    let started = receiving.partial.take();
    if let Some(partial) = &started
        && !partial.goes_on_with(&transfer)
    {
        let description = "a delivery begins before the one before it has ended";
        return Err(Fault::link(
            link.handle,
            condition::NOT_ALLOWED,
            description,
        ));
    }
    let (more, aborted, settled) = (transfer.more, transfer.aborted, transfer.settled);
    let mut partial = match started {
        Some(partial) => partial,
        None => Box::new(first(link.handle, receiving, transfer)?),
    };
    if aborted {
        // It is as if it had never been, and it is settled.
        return Ok(None);
    }
    partial.settled |= settled.unwrap_or(false);
    let size = partial.payload.len() + payload.len();
    if size as u64 > receiving.max_message_size {
        let description = format!("a message exceeds {} bytes", receiving.max_message_size);
        return Err(Fault::link(
            link.handle,
            condition::MESSAGE_SIZE_EXCEEDED,
            description,
        ));
    }
    if more {
        if size > max_assembly {
            let description = "the unfinished deliveries of the connection are too large";
            return Err(Fault::link(
                link.handle,
                condition::RESOURCE_LIMIT_EXCEEDED,
                description,
            ));
        }
        partial.payload.extend_from_slice(&payload);
        receiving.partial = Some(partial);
        return Ok(None);
    }
    Ok(Some(whole(link, *partial, payload)))
}

/// The delivery with the payload of its last frame.
fn whole(link: LinkId, partial: Partial, last: Bytes) -> Delivery {
    let payload = if partial.payload.is_empty() {
        last
    } else {
        let mut payload = partial.payload;
        payload.extend_from_slice(&last);
        payload.freeze()
    };
    Delivery {
        link,
        delivery: DeliveryId(partial.delivery_id),
        tag: partial.tag,
        message_format: partial.message_format,
        settled: partial.settled,
        payload,
    }
}

/// The first frame of a delivery.
fn first(handle: u32, receiving: &mut Receiving, transfer: Transfer) -> Result<Partial, Fault> {
    if transfer.resume {
        let description = "links are not resumed";
        return Err(Fault::link(handle, condition::NOT_IMPLEMENTED, description));
    }
    let (Some(delivery_id), Some(tag)) = (transfer.delivery_id, transfer.delivery_tag) else {
        let description = "the first transfer of a delivery has no id or no tag";
        return Err(Fault::link(handle, condition::INVALID_FIELD, description));
    };
    if tag.len() > limits::MAX_DELIVERY_TAG {
        let description = "a delivery tag has at most 32 bytes";
        return Err(Fault::link(handle, condition::INVALID_FIELD, description));
    }
    if !receiving.use_credit() {
        let description = "a delivery exceeds the credit of the link";
        return Err(Fault::link(
            handle,
            condition::TRANSFER_LIMIT_EXCEEDED,
            description,
        ));
    }
    Ok(Partial {
        delivery_id,
        tag: Bytes::copy_from_slice(&tag),
        message_format: transfer.message_format.unwrap_or(0),
        settled: false,
        payload: BytesMut::new(),
    })
}
