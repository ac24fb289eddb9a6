//! What work comes to.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use roost_actors::client::{EventPage, HubError, ReceivedFeedback};
use roost_edge::{CloseReason, Delivery, Refusal, Session};
use roost_model::{Channels, ConnectionEpoch, Identity, Timestamp};

use super::Connection;
use crate::engine::{Attaching, DeliveryId, LinkId};
use crate::grants::Ground;
use crate::link::Service;
use crate::link::reader::Reader;
use crate::request::ReplyTo;

/// A piece of work.
pub(crate) type Work = Pin<Box<dyn Future<Output = Done> + Send>>;

/// What it came to.
#[derive(Debug)]
pub(crate) enum Done {
    /// A device has its session, or not.
    Connected {
        identity: Identity,
        result: Result<Session, Refusal>,
    },
    /// What a link needs is subscribed to.
    Subscribed {
        attaching: Box<Attaching>,
        result: Result<Channels, Refusal>,
    },
    /// The hub has something for a device.
    ForDevice {
        identity: Identity,
        session: Arc<Session>,
        delivery: Delivery,
    },
    /// The hub ended a device's session.
    Ended {
        identity: Identity,
        epoch: ConnectionEpoch,
        reason: CloseReason,
    },
    /// A client's message is stored, or not.
    Outcome {
        link: LinkId,
        delivery: DeliveryId,
        result: Result<(), Refusal>,
    },
    /// A device's request about its twin has an answer.
    Twin { identity: Identity, answer: Bytes },
    /// A token was checked.
    Token {
        to: ReplyTo,
        identity: Identity,
        token: String,
        result: Result<Timestamp, Refusal>,
    },
    /// A question has an answer.
    Answer {
        service: Service,
        to: ReplyTo,
        answer: Bytes,
    },
    /// Events were read.
    Page {
        link: LinkId,
        result: Result<EventPage, HubError>,
    },
    /// A reader of events has its place, or not.
    Seated {
        attaching: Box<Attaching>,
        ground: Box<Ground>,
        result: Result<Box<Reader>, HubError>,
    },
    /// A reader has lost its place.
    Displaced { link: LinkId, why: HubError },
    /// Feedback was looked for.
    Feedback {
        link: LinkId,
        result: Result<Option<ReceivedFeedback>, HubError>,
    },
    /// Nothing to do any more.
    Nothing,
}

impl Connection {
    pub(super) fn begin(&self, work: impl Future<Output = Done> + Send + 'static) {
        self.work.push(Box::pin(work));
    }

    pub(super) fn done(&mut self, done: Done) {
        match done {
            Done::Connected { identity, result } => self.connected(identity, result),
            Done::Subscribed { attaching, result } => self.subscribed(*attaching, result),
            Done::ForDevice {
                identity,
                session,
                delivery,
            } => self.for_device(identity, session, delivery),
            Done::Ended {
                identity,
                epoch,
                reason,
            } => self.session_ended(&identity, epoch, reason),
            Done::Outcome {
                link,
                delivery,
                result,
            } => self.outcome(link, delivery, result),
            Done::Twin { identity, answer } => self.twin_answer(&identity, answer),
            Done::Token {
                to,
                identity,
                token,
                result,
            } => self.token_checked(to, identity, token, result),
            Done::Answer {
                service,
                to,
                answer,
            } => self.reply(service, to, answer),
            Done::Page { link, result } => self.page(link, result),
            Done::Seated {
                attaching,
                ground,
                result,
            } => self.seated(*attaching, *ground, result),
            Done::Displaced { link, why } => self.displaced(link, why),
            Done::Feedback { link, result } => self.feedback_found(link, result),
            Done::Nothing => {}
        }
    }
}
