//! One simulated device: connects, sends at its rate, and starts over when its connection breaks.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use roost_model::{DeviceId, Identity, SymmetricKey};
use roost_mqtt::azure;
use roost_mqtt::client::{Ack, Client, ClientError, ConnectError, ConnectOptions, QoS, Tls};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, ServerName};
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at, sleep, timeout_at};

use super::{Shared, SimulationError, message};
use crate::clock;

/// As the SDKs do: a token for an hour, a new one with each connection.
const TOKEN_LIFETIME: Duration = Duration::from_secs(3600);

const FIRST_RETRY: Duration = Duration::from_millis(100);
const LAST_RETRY: Duration = Duration::from_secs(5);

/// How long the last acknowledgements are waited for.
const DRAIN: Duration = Duration::from_secs(10);

/// A device and its connection's settings.
#[derive(Debug)]
pub(super) struct SimulatedDevice {
    shared: Arc<Shared>,
    identity: Identity,
    key: SymmetricKey,
    address: String,
    tls: Tls,
    topic: String,
    /// Sent and not acknowledged yet, in order.
    pending: VecDeque<Pending>,
    next_number: u64,
}

#[derive(Debug)]
struct Pending {
    due: Instant,
    body: Vec<u8>,
    ack: Ack,
}

/// Why a connection is no longer used.
#[derive(Debug, PartialEq, Eq)]
enum End {
    Finished,
    Lost,
}

impl SimulatedDevice {
    pub(super) fn new(
        shared: Arc<Shared>,
        id: DeviceId,
        key: SymmetricKey,
        host: &str,
        config: Arc<rustls::ClientConfig>,
    ) -> Result<Self, SimulationError> {
        let server_name = ServerName::try_from(host.to_owned())
            .map_err(|_| SimulationError::Host(host.to_owned()))?;
        let identity = Identity::device(id);
        let content = [("$.ct", "application/json"), ("$.ce", "utf-8")];
        Ok(Self {
            address: format!("{host}:{}", shared.plan.port),
            tls: Tls {
                config,
                server_name,
            },
            topic: azure::telemetry_topic(&identity, &content),
            shared,
            identity,
            key,
            pending: VecDeque::new(),
            next_number: 1,
        })
    }

    /// Sends until told to stop and everything is acknowledged.
    pub(super) async fn run(mut self) -> Result<(), SimulationError> {
        let mut schedule = self.schedule();
        loop {
            let Some(client) = self.connect().await? else {
                return Ok(());
            };
            self.shared.stats.device_connected();
            let end = self.send_over(&client, schedule.as_mut()).await;
            self.shared.stats.device_disconnected();
            match end? {
                End::Finished => {
                    client.disconnect().await;
                    return Ok(());
                }
                End::Lost => self.shared.stats.connection_lost(),
            }
        }
    }

    /// When messages are due; none when the next follows at once. Devices start at different
    /// moments of their first interval.
    fn schedule(&self) -> Option<Interval> {
        let period = Duration::from_secs_f64(1.0 / self.shared.plan.rate?);
        let start = Instant::now() + period.mul_f64(rand::random::<f64>());
        let mut schedule = interval_at(start, period);
        schedule.set_missed_tick_behavior(MissedTickBehavior::Burst);
        Some(schedule)
    }

    /// A connection, however many attempts it takes; none when the simulation ends meanwhile.
    async fn connect(&self) -> Result<Option<Client>, SimulationError> {
        let mut retry = FIRST_RETRY;
        loop {
            let attempt = async {
                let _turn = self.shared.connecting.acquire().await;
                Client::connect(self.options()).await
            };
            let connected = tokio::select! {
                connected = attempt => connected,
                () = self.shared.stop.cancelled() => return Ok(None),
            };
            match connected {
                Ok(client) => return Ok(Some(client)),
                // Bad credentials and a certificate that is not trusted don't mend themselves.
                Err(source) if is_final(&source) => {
                    return Err(SimulationError::Connect {
                        device: self.identity.device.clone(),
                        address: self.address.clone(),
                        source,
                    });
                }
                Err(error) => tracing::debug!(device = %self.identity, %error, "no connection"),
            }
            tokio::select! {
                () = sleep(retry) => {}
                () = self.shared.stop.cancelled() => return Ok(None),
            }
            retry = LAST_RETRY.min(retry * 2);
        }
    }

    fn options(&self) -> ConnectOptions {
        let host = self.shared.host.as_str();
        let expires = clock::after(TOKEN_LIFETIME);
        let mut options = ConnectOptions::new(&self.address, self.identity.to_string());
        options.tls = Some(self.tls.clone());
        options.username = Some(azure::username(host, &self.identity));
        options.password = Some(azure::password(host, &self.identity, &self.key, expires));
        options.clean_session = false;
        options.window = self.shared.plan.window;
        options
    }

    async fn send_over(
        &mut self,
        client: &Client,
        mut schedule: Option<&mut Interval>,
    ) -> Result<End, SimulationError> {
        for pending in &mut self.pending {
            match client
                .publish(&self.topic, &pending.body, QoS::AtLeastOnce)
                .await
            {
                Ok(ack) => pending.ack = ack,
                Err(error) => return lost(&self.identity, error),
            }
            self.shared.stats.message_resent();
        }
        let shared = Arc::clone(&self.shared);
        while !shared.stop.is_cancelled() {
            let has_room = self.pending.len() < shared.plan.window;
            tokio::select! {
                biased;
                ended = next_ack(&mut self.pending, &shared) => if let Err(error) = ended {
                    return lost(&self.identity, error);
                },
                due = next_due(schedule.as_deref_mut()), if has_room => {
                    if let Err(error) = self.send(client, due).await {
                        return lost(&self.identity, error);
                    }
                }
                () = shared.stop.cancelled() => {}
            }
        }
        let deadline = Instant::now() + DRAIN;
        while !self.pending.is_empty() {
            match timeout_at(deadline, next_ack(&mut self.pending, &shared)).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => return lost(&self.identity, error),
                Err(_) => break,
            }
        }
        Ok(End::Finished)
    }

    async fn send(&mut self, client: &Client, due: Instant) -> Result<(), ClientError> {
        let body = message::body(
            &self.identity.device,
            self.next_number,
            self.shared.plan.size,
        );
        let ack = client.publish(&self.topic, &body, QoS::AtLeastOnce).await?;
        self.shared.stats.message_sent();
        self.next_number += 1;
        self.pending.push_back(Pending { due, body, ack });
        Ok(())
    }
}

/// Resolves when the oldest message is acknowledged; never while there is none. May be dropped.
async fn next_ack(pending: &mut VecDeque<Pending>, shared: &Shared) -> Result<(), ClientError> {
    let Some(oldest) = pending.front_mut() else {
        return std::future::pending().await;
    };
    (&mut oldest.ack).await?;
    shared.stats.message_acknowledged(oldest.due.elapsed());
    pending.pop_front();
    Ok(())
}

/// Resolves when the next message is due, with that moment.
async fn next_due(schedule: Option<&mut Interval>) -> Instant {
    match schedule {
        Some(schedule) => schedule.tick().await,
        None => Instant::now(),
    }
}

/// A message that cannot be written is a fault; a connection that ends is life.
fn lost(identity: &Identity, error: ClientError) -> Result<End, SimulationError> {
    match error {
        ClientError::Ended(_) => Ok(End::Lost),
        source @ ClientError::Encode(_) => Err(SimulationError::Send {
            device: identity.device.clone(),
            source,
        }),
    }
}

fn is_final(error: &ConnectError) -> bool {
    match error {
        ConnectError::Refused(code) => *code != 3,
        ConnectError::Io(error) => error.kind() == std::io::ErrorKind::InvalidData,
        ConnectError::Encode(_) => true,
        ConnectError::Timeout(_) | ConnectError::Closed | ConnectError::Decode(_) => false,
    }
}

/// TLS that trusts the authority in a PEM file.
pub(super) fn tls(ca: &Path) -> Result<Arc<rustls::ClientConfig>, SimulationError> {
    let unusable = || SimulationError::Authority(ca.to_owned());
    let mut roots = rustls::RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(ca).map_err(|_| unusable())? {
        roots
            .add(certificate.map_err(|_| unusable())?)
            .map_err(|_| unusable())?;
    }
    if roots.is_empty() {
        return Err(unusable());
    }
    let config = rustls::ClientConfig::builder().with_root_certificates(roots);
    Ok(Arc::new(config.with_no_client_auth()))
}
