use std::collections::VecDeque;
use std::time::Instant;

use futures::FutureExt;
use roost_mqtt::client::{Ack, ClientError, QoS};

use crate::connect::Connection;
use crate::measurement::Recorder;

/// Messages of one connection that wait for their acknowledgement. Brokers acknowledge in the order of
/// receipt, so only the oldest needs to be awaited.
#[derive(Debug)]
pub(crate) struct InFlight<'a> {
    connection: &'a Connection,
    payload: &'a [u8],
    waiting: VecDeque<(Instant, Ack)>,
}

impl<'a> InFlight<'a> {
    pub(crate) fn new(connection: &'a Connection, payload: &'a [u8]) -> Self {
        Self {
            connection,
            payload,
            waiting: VecDeque::new(),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.waiting.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Publishes one message whose latency counts from `begin`.
    pub(crate) async fn publish(&mut self, begin: Instant) -> Result<(), ClientError> {
        let Connection { client, topic } = self.connection;
        let ack = client
            .publish(topic, self.payload, QoS::AtLeastOnce)
            .await?;
        self.waiting.push_back((begin, ack));
        Ok(())
    }

    /// Waits for the oldest acknowledgement and takes every other one that is there already.
    /// Nothing is lost when the future is dropped.
    pub(crate) async fn acknowledged(
        &mut self,
        recorder: &mut Recorder,
    ) -> Result<(), ClientError> {
        if let Some((_, ack)) = self.waiting.front_mut() {
            ack.await?;
            self.take_oldest(recorder);
        }
        while let Some((_, ack)) = self.waiting.front_mut() {
            match ack.now_or_never() {
                Some(result) => result?,
                None => break,
            }
            self.take_oldest(recorder);
        }
        Ok(())
    }

    fn take_oldest(&mut self, recorder: &mut Recorder) {
        if let Some((begin, _)) = self.waiting.pop_front() {
            recorder.acknowledged(begin);
        }
    }
}
