use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, bail};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::{Certificate, Method, RequestBuilder, Response};

use roost_model::{
    ConnectionString, ConnectionSubject, DeviceId, HubName, SymmetricKey, Timestamp,
    encode_resource,
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::{ClusterStatus, DevFile, DevNode, DeviceCredential, Event, EventPage, from_now, http};

/// Everything but the unreserved characters of RFC 3986.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');
/// Tokens are made per request, as the SDKs do.
const TOKEN_LIFETIME: Duration = Duration::from_secs(3600);
const REQUEST_LIMIT: Duration = Duration::from_secs(30);
/// Events per page; the most that the service gives.
const PAGE: u64 = 1000;

/// A back end that talks to one node over HTTPS with a shared access policy.
#[derive(Debug, Clone)]
pub struct ServiceClient {
    http: reqwest::Client,
    base: String,
    hub: HubName,
    policy: String,
    key: SymmetricKey,
}

/// An answer other than 2xx.
#[derive(Debug)]
pub struct ServiceRefusal {
    pub status: u16,
    /// The header `iothub-errorcode`.
    pub error: Option<String>,
    pub body: String,
}

impl fmt::Display for ServiceRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the service answered {} {}", self.status, self.body)
    }
}

impl std::error::Error for ServiceRefusal {}

impl ServiceClient {
    /// The hub's owner at `node`.
    ///
    /// # Errors
    /// The connection string or the certificate cannot be read.
    pub fn owner(cluster: &DevFile, node: &DevNode) -> anyhow::Result<Self> {
        Self::new(cluster, node, &cluster.connection_strings.iothubowner)
    }

    /// The bearer of a policy's connection string at `node`, whatever host the string names.
    ///
    /// # Errors
    /// The connection string or the certificate cannot be read.
    pub fn new(cluster: &DevFile, node: &DevNode, connection_string: &str) -> anyhow::Result<Self> {
        Self::at(node.https_address(), &cluster.trust()?, connection_string)
    }

    /// The bearer of a policy's connection string at the node with this address; `trust` is the
    /// PEM text of the certificate to trust.
    ///
    /// # Errors
    /// The connection string or the certificate cannot be read.
    pub fn at(node: SocketAddr, trust: &str, connection_string: &str) -> anyhow::Result<Self> {
        let parsed: ConnectionString = connection_string.parse()?;
        let ConnectionSubject::Policy(policy) = parsed.subject else {
            bail!("a service needs a connection string with SharedAccessKeyName");
        };
        let trust = Certificate::from_pem(trust.as_bytes())?;
        let http = http::builder()
            .tls_certs_only([trust])
            .timeout(REQUEST_LIMIT)
            .build()?;
        let base = format!("https://{node}");
        Ok(Self {
            http,
            base,
            hub: parsed.host,
            policy,
            key: parsed.key,
        })
    }

    /// A request for `path`, which begins with a slash, without credentials.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.base))
    }

    /// A request with a fresh token.
    pub fn authorized(&self, method: Method, path: &str) -> RequestBuilder {
        let token = self.token(&[], from_now(TOKEN_LIFETIME));
        self.request(method, path).header("Authorization", token)
    }

    /// A token of this policy for the resource with these path segments; none: the whole hub.
    pub fn token(&self, resource: &[&str], expires: Timestamp) -> String {
        let resource = encode_resource(&self.hub, resource);
        roost_model::sign(&resource, &self.key, expires, Some(&self.policy))
    }

    /// Sends an authorized request and reads the JSON of a 2xx answer.
    ///
    /// # Errors
    /// No answer, a [`ServiceRefusal`], or something else than JSON.
    pub async fn call<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> anyhow::Result<T> {
        let mut request = self.authorized(method, path);
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = accepted(request.send().await?).await?;
        answer
            .json()
            .await
            .with_context(|| format!("the answer to {path}"))
    }

    /// Creates a device with generated keys.
    ///
    /// # Errors
    /// As for [`ServiceClient::call`].
    pub async fn create_device(&self, device: &DeviceId) -> anyhow::Result<DeviceCredential> {
        let body = json!({ "deviceId": device.as_str() });
        let path = device_path(device);
        let made: Value = self.call(Method::PUT, &path, Some(&body)).await?;
        self.credential(device, &made)
    }

    /// Creates a device unless it exists.
    ///
    /// # Errors
    /// As for [`ServiceClient::call`].
    pub async fn obtain_device(&self, device: &DeviceId) -> anyhow::Result<DeviceCredential> {
        match self.create_device(device).await {
            Err(error) if is_conflict(&error) => {
                let found = self.device(device).await?;
                self.credential(device, &found)
            }
            answer => answer,
        }
    }

    /// A device's credential from its identity document.
    fn credential(&self, device: &DeviceId, document: &Value) -> anyhow::Result<DeviceCredential> {
        let key = document["authentication"]["symmetricKey"]["primaryKey"].as_str();
        let key = SymmetricKey::from_base64(key.context("the answer has no primary key")?)?;
        Ok(DeviceCredential::new(self.hub.clone(), device.clone(), key))
    }

    /// The identity document of a device.
    ///
    /// # Errors
    /// As for [`ServiceClient::call`].
    pub async fn device(&self, device: &DeviceId) -> anyhow::Result<Value> {
        self.call(Method::GET, &device_path(device), None).await
    }

    /// Number of partitions of the hub.
    ///
    /// # Errors
    /// As for [`ServiceClient::call`].
    pub async fn partition_count(&self) -> anyhow::Result<u16> {
        let stream: Value = self.call(Method::GET, "/messages/events", None).await?;
        let count = stream["partitionCount"]
            .as_u64()
            .context("no partitionCount")?;
        Ok(u16::try_from(count)?)
    }

    /// One page of a partition's events; `from` is the part of the query that says where to begin.
    ///
    /// # Errors
    /// As for [`ServiceClient::call`].
    pub async fn page(&self, partition: u16, from: &str) -> anyhow::Result<EventPage> {
        let path = format!("/messages/events/partitions/{partition}?{from}&max={PAGE}&wait=0");
        self.call(Method::GET, &path, None).await
    }

    /// Every event that a partition holds now, from `first` on.
    ///
    /// # Errors
    /// As for [`ServiceClient::call`].
    pub async fn events(&self, partition: u16, first: u64) -> anyhow::Result<Vec<Event>> {
        let mut events = Vec::new();
        let mut next = first;
        loop {
            let page = self
                .page(partition, &format!("from=sequence&value={next}"))
                .await?;
            if page.events.is_empty() {
                return Ok(events);
            }
            next = page.next_sequence_number;
            events.extend(page.events);
        }
    }

    /// Every event that the hub holds now.
    ///
    /// # Errors
    /// As for [`ServiceClient::call`].
    pub async fn everything(&self) -> anyhow::Result<Vec<Event>> {
        let mut events = Vec::new();
        for partition in 0..self.partition_count().await? {
            events.extend(self.events(partition, 0).await?);
        }
        Ok(events)
    }

    /// Where the next event of a partition will stand.
    ///
    /// # Errors
    /// As for [`ServiceClient::call`].
    pub async fn end_of(&self, partition: u16) -> anyhow::Result<u64> {
        Ok(self
            .page(partition, "from=latest")
            .await?
            .next_sequence_number)
    }

    /// Nodes and leaders as this node sees them.
    ///
    /// # Errors
    /// As for [`ServiceClient::call`].
    pub async fn cluster(&self) -> anyhow::Result<ClusterStatus> {
        self.call(Method::GET, "/admin/cluster", None).await
    }
}

/// Path of a device's identity.
pub(super) fn device_path(device: &DeviceId) -> String {
    format!(
        "/devices/{}",
        utf8_percent_encode(device.as_str(), RESERVED)
    )
}

fn is_conflict(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<ServiceRefusal>()
        .is_some_and(|refusal| refusal.status == 409)
}

pub(super) async fn accepted(answer: Response) -> anyhow::Result<Response> {
    if answer.status().is_success() {
        return Ok(answer);
    }
    let status = answer.status().as_u16();
    let error = answer.headers().get("iothub-errorcode");
    let error = error
        .and_then(|value| value.to_str().ok())
        .map(str::to_owned);
    let body = answer.text().await.unwrap_or_default();
    Err(ServiceRefusal {
        status,
        error,
        body,
    }
    .into())
}
