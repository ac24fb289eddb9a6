use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::{Bytes, BytesMut};
use parking_lot::Mutex;
use tokio::sync::{Notify, Semaphore, oneshot, watch};

use super::ack::{Ack, Answer, Batch, Waiter};
use super::codec::{EncodeError, QoS, encode};
use super::error::{ClientError, Ended};
use super::inflight::{Answered, Inflight};
use super::options::ConnectOptions;

/// Outgoing bytes above which publishers wait for the writer.
const HIGH_WATER: usize = 1 << 20;

/// Largest window; ids must stay unique even if acknowledgements come out of order.
const MAX_WINDOW: usize = 60_000;

/// What the handles of a connection share with its two tasks.
#[derive(Debug)]
pub(super) struct Link {
    state: Mutex<State>,
    window: Semaphore,
    /// Wakes the writer.
    outgoing: Notify,
    /// Wakes publishers that wait for the writer.
    drained: Notify,
    ended: watch::Sender<Option<Ended>>,
    ping_pending: AtomicBool,
}

#[derive(Debug, Default)]
struct State {
    buffer: BytesMut,
    inflight: Inflight,
    /// No more packets; the writer closes the connection after the last byte.
    finishing: bool,
}

/// What the writer should do next.
#[derive(Debug)]
pub(super) enum Work {
    Write(BytesMut),
    /// Everything is written and DISCONNECT was the last packet.
    Finish,
    Wait,
}

impl Link {
    pub(super) fn new(options: &ConnectOptions) -> Self {
        Self {
            state: Mutex::default(),
            window: Semaphore::new(options.window.clamp(1, MAX_WINDOW)),
            outgoing: Notify::new(),
            drained: Notify::new(),
            ended: watch::Sender::new(None),
            ping_pending: AtomicBool::new(false),
        }
    }

    // === what handles do ===

    pub(super) async fn publish(
        self: &Arc<Self>,
        topic: &str,
        payload: &[u8],
        qos: QoS,
    ) -> Result<Ack, ClientError> {
        self.wait_for_room().await?;
        if qos == QoS::AtMostOnce {
            self.send(|state| Ok(encode::publish(&mut state.buffer, topic, payload, None)?))?;
            return Ok(Ack::immediate());
        }
        let permit = self
            .window
            .acquire()
            .await
            .map_err(|_| self.ended_error())?;
        let (sender, receiver) = oneshot::channel();
        self.send(|state| state.publish(topic, payload, Waiter::Publish(sender)))?;
        // given back when the acknowledgement arrives
        permit.forget();
        Ok(Ack::new(receiver, Arc::clone(self)))
    }

    pub(super) async fn publish_many<T, P>(
        self: &Arc<Self>,
        mut messages: impl ExactSizeIterator<Item = (T, P)> + Send,
    ) -> Result<Ack, ClientError>
    where
        T: AsRef<str>,
        P: AsRef<[u8]>,
    {
        if messages.len() == 0 {
            return Ok(Ack::immediate());
        }
        let (batch, receiver) = Batch::new(messages.len());
        while messages.len() > 0 {
            self.wait_for_room().await?;
            self.window
                .acquire()
                .await
                .map_err(|_| self.ended_error())?
                .forget();
            let more = self.window.available_permits().min(messages.len() - 1);
            let more = u32::try_from(more).unwrap_or(u32::MAX);
            let mut permits = 1;
            if let Ok(taken) = self.window.try_acquire_many(more) {
                taken.forget();
                permits += more as usize;
            }
            let mut sent = 0;
            let result = self.send(|state| {
                for (topic, payload) in messages.by_ref().take(permits) {
                    let waiter = Waiter::Batch(Arc::clone(&batch));
                    state.publish(topic.as_ref(), payload.as_ref(), waiter)?;
                    sent += 1;
                }
                Ok(())
            });
            if result.is_err() {
                self.window.add_permits(permits - sent);
                result?;
            }
        }
        Ok(Ack::new(receiver, Arc::clone(self)))
    }

    pub(super) async fn subscribe(&self, filters: &[(&str, QoS)]) -> Result<Bytes, ClientError> {
        let (sender, receiver) = oneshot::channel();
        self.send(|state| {
            state.request(Waiter::Subscribe(sender), |buffer, id| {
                encode::subscribe(buffer, id, filters)
            })
        })?;
        receiver.await.map_err(|_| self.ended_error())
    }

    pub(super) async fn unsubscribe(&self, filters: &[&str]) -> Result<(), ClientError> {
        let (sender, receiver) = oneshot::channel();
        self.send(|state| {
            state.request(Waiter::Unsubscribe(sender), |buffer, id| {
                encode::unsubscribe(buffer, id, filters)
            })
        })?;
        receiver.await.map_err(|_| self.ended_error())
    }

    pub(super) fn disconnect(&self) {
        let _ = self.send(|state| {
            encode::disconnect(&mut state.buffer);
            state.finishing = true;
            Ok(())
        });
    }

    pub(super) fn in_flight(&self) -> usize {
        self.state.lock().inflight.len()
    }

    async fn wait_for_room(&self) -> Result<(), ClientError> {
        loop {
            let drained = self.drained.notified();
            if self.ended.borrow().is_some() {
                return Err(self.ended_error());
            }
            if self.state.lock().buffer.len() < HIGH_WATER {
                return Ok(());
            }
            drained.await;
        }
    }

    /// Appends to the outgoing bytes and wakes the writer.
    fn send(
        &self,
        append: impl FnOnce(&mut State) -> Result<(), ClientError>,
    ) -> Result<(), ClientError> {
        let mut state = self.state.lock();
        if state.finishing {
            return Err(ClientError::Ended(Ended::Disconnected));
        }
        if self.ended.borrow().is_some() {
            return Err(self.ended_error());
        }
        let result = append(&mut state);
        drop(state);
        self.outgoing.notify_one();
        result
    }

    // === what the tasks do ===

    pub(super) fn next_work(&self) -> Work {
        let mut state = self.state.lock();
        if !state.buffer.is_empty() {
            let buffer = state.buffer.split();
            drop(state);
            self.drained.notify_waiters();
            return Work::Write(buffer);
        }
        if state.finishing {
            Work::Finish
        } else {
            Work::Wait
        }
    }

    pub(super) async fn wait_for_work(&self) {
        self.outgoing.notified().await;
    }

    /// False if the packet id is unknown.
    pub(super) fn answer(&self, id: u16, answer: Answer) -> bool {
        match self.state.lock().inflight.answer(id, answer) {
            Answered::Freed(places) => {
                self.window.add_permits(places);
                true
            }
            Answered::Unknown => false,
        }
    }

    pub(super) fn acknowledge(&self, id: u16) {
        let _ = self.send(|state| {
            encode::puback(&mut state.buffer, id);
            Ok(())
        });
    }

    /// False if the last ping is still unanswered.
    pub(super) fn ping(&self) -> bool {
        if self.ping_pending.swap(true, Ordering::AcqRel) {
            return false;
        }
        let _ = self.send(|state| {
            encode::pingreq(&mut state.buffer);
            Ok(())
        });
        true
    }

    pub(super) fn pong(&self) {
        self.ping_pending.store(false, Ordering::Release);
    }

    // === the end ===

    /// The first reason stays.
    pub(super) fn end(&self, reason: Ended) {
        let first = self.ended.send_if_modified(|ended| {
            let first = ended.is_none();
            if first {
                *ended = Some(reason);
            }
            first
        });
        if first {
            self.window.close();
            self.state.lock().inflight.clear();
            self.drained.notify_waiters();
            self.outgoing.notify_one();
        }
    }

    pub(super) async fn ended(&self) -> Ended {
        let mut receiver = self.ended.subscribe();
        let ended = receiver.wait_for(Option::is_some).await;
        ended
            .ok()
            .and_then(|ended| ended.clone())
            .unwrap_or(Ended::Dropped)
    }

    pub(super) fn ended_error(&self) -> ClientError {
        ClientError::Ended(self.ended.borrow().clone().unwrap_or(Ended::Dropped))
    }
}

impl State {
    fn publish(&mut self, topic: &str, payload: &[u8], waiter: Waiter) -> Result<(), ClientError> {
        self.request(waiter, |buffer, id| {
            encode::publish(buffer, topic, payload, Some(id))
        })
    }

    /// Gives the packet an id; takes it back if the packet can't be written.
    fn request(
        &mut self,
        waiter: Waiter,
        write: impl FnOnce(&mut BytesMut, u16) -> Result<(), EncodeError>,
    ) -> Result<(), ClientError> {
        let id = self.inflight.push(waiter).ok_or(EncodeError::NoPacketId)?;
        write(&mut self.buffer, id).map_err(|error| {
            self.inflight.pop();
            error.into()
        })
    }
}
