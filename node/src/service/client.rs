//! Requests to a hub, each with a fresh token.

mod query;

use std::path::Path;
use std::time::Duration;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::header::AUTHORIZATION;
use reqwest::{Body, Certificate, Method, RequestBuilder, Response};
use roost_model::{ConnectionString, sign};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::error::Refusal;
use super::{ServiceError, Target};
use crate::clock;
use crate::files;

/// The version that the service SDKs of the time send.
const API_VERSION: &str = "2021-04-12";

/// How long a token is valid; each request has its own, and a stream is checked when it starts.
const TOKEN_LIFETIME: Duration = Duration::from_secs(3600);

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// For a whole request and its answer; streams have none.
pub(super) const REQUEST_TIMEOUT: Duration = Duration::from_secs(60);

/// Everything but the unreserved characters of RFC 3986.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Talks to one hub in the name of one policy.
#[derive(Debug, Clone)]
pub(crate) struct ServiceClient {
    http: reqwest::Client,
    dial: String,
    identity: ConnectionString,
    policy: String,
}

/// A successful answer.
#[derive(Debug)]
pub(crate) struct Answer {
    response: Response,
    dial: String,
}

impl ServiceClient {
    /// # Errors
    /// The connection string is a device's; the authority's file is unusable.
    pub(crate) fn new(target: &Target) -> Result<Self, ServiceError> {
        let mut builder = reqwest::Client::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .user_agent(concat!("roost/", env!("CARGO_PKG_VERSION")));
        if let Some(ca) = target.ca() {
            builder = builder.tls_certs_only(certificates(ca)?);
        }
        Ok(Self {
            http: builder.build().map_err(ServiceError::Client)?,
            dial: target.dial.clone(),
            policy: target.policy()?.to_owned(),
            identity: target.connection_string.clone(),
        })
    }

    /// The host that connection strings of this hub name.
    pub(crate) fn host(&self) -> &roost_model::HubName {
        &self.identity.host
    }

    /// `GET` of a path; segments are encoded, queries are pairs.
    ///
    /// # Errors
    /// The hub cannot be reached or refuses.
    pub(crate) async fn get(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
    ) -> Result<Answer, ServiceError> {
        self.send(
            self.request(Method::GET, path, query)
                .timeout(REQUEST_TIMEOUT),
        )
        .await
    }

    /// `PUT` or `POST` of a JSON document.
    ///
    /// # Errors
    /// The hub cannot be reached or refuses.
    pub(crate) async fn send_json(
        &self,
        method: Method,
        path: &[&str],
        body: &(impl Serialize + Sync),
    ) -> Result<Answer, ServiceError> {
        self.send_json_within(method, path, body, REQUEST_TIMEOUT)
            .await
    }

    /// As [`ServiceClient::send_json`], under the condition that what is there has this entity tag.
    ///
    /// # Errors
    /// The hub cannot be reached or refuses.
    pub(crate) async fn send_json_if(
        &self,
        method: Method,
        path: &[&str],
        body: &(impl Serialize + Sync),
        etag: Option<&str>,
    ) -> Result<Answer, ServiceError> {
        let mut request = self.request(method, path, &[]).json(body);
        if let Some(etag) = etag {
            request = request.header("If-Match", format!("\"{}\"", etag.trim_matches('"')));
        }
        self.send(request.timeout(REQUEST_TIMEOUT)).await
    }

    /// As [`ServiceClient::send_json`], for a request that the hub may take long to answer.
    ///
    /// # Errors
    /// The hub cannot be reached or refuses.
    pub(crate) async fn send_json_within(
        &self,
        method: Method,
        path: &[&str],
        body: &(impl Serialize + Sync),
        limit: Duration,
    ) -> Result<Answer, ServiceError> {
        self.send(self.request(method, path, &[]).json(body).timeout(limit))
            .await
    }

    /// `PUT` or `POST` of bytes as they are.
    ///
    /// # Errors
    /// The hub cannot be reached or refuses.
    pub(crate) async fn send_bytes(
        &self,
        method: Method,
        path: &[&str],
        body: Vec<u8>,
    ) -> Result<Answer, ServiceError> {
        let request = self.request(method, path, &[]).body(body);
        self.send(request.timeout(REQUEST_TIMEOUT)).await
    }

    /// `DELETE`, whatever the version of what is there.
    ///
    /// # Errors
    /// The hub cannot be reached or refuses.
    pub(crate) async fn delete(&self, path: &[&str]) -> Result<Answer, ServiceError> {
        let request = self
            .request(Method::DELETE, path, &[])
            .header("If-Match", "*");
        self.send(request.timeout(REQUEST_TIMEOUT)).await
    }

    /// `GET` of a stream of server-sent events, which goes on until one side ends it.
    ///
    /// # Errors
    /// The hub cannot be reached or refuses.
    pub(crate) async fn stream(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
    ) -> Result<Response, ServiceError> {
        let request = self
            .request(Method::GET, path, query)
            .header("Accept", "text/event-stream");
        Ok(self.send(request).await?.response)
    }

    /// `GET` of a body of any length.
    ///
    /// # Errors
    /// The hub cannot be reached or refuses.
    pub(crate) async fn download(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
    ) -> Result<Response, ServiceError> {
        let request = self.request(Method::GET, path, query);
        Ok(self.send(request).await?.response)
    }

    /// `POST` of a body of any length, whose answer may begin before it has been sent.
    ///
    /// # Errors
    /// The hub cannot be reached or refuses.
    pub(crate) async fn upload(
        &self,
        path: &[&str],
        query: &[(&str, &str)],
        body: Body,
    ) -> Result<Response, ServiceError> {
        let request = self.request(Method::POST, path, query).body(body);
        Ok(self.send(request).await?.response)
    }

    /// Sorts an error that happened while a stream was read.
    pub(crate) fn stream_error(&self, error: &reqwest::Error) -> ServiceError {
        ServiceError::transport(&self.dial, error)
    }

    pub(super) fn request(
        &self,
        method: Method,
        path: &[&str],
        query: &[(&str, &str)],
    ) -> RequestBuilder {
        let mut url = format!("https://{}", self.dial);
        for segment in path {
            url.push('/');
            url.extend(utf8_percent_encode(segment, SEGMENT));
        }
        let resource = utf8_percent_encode(self.identity.host.as_str(), SEGMENT).to_string();
        let expires = clock::after(TOKEN_LIFETIME);
        let token = sign(&resource, &self.identity.key, expires, Some(&self.policy));
        self.http
            .request(method, url)
            .query(&[("api-version", API_VERSION)])
            .query(query)
            .header(AUTHORIZATION, token)
    }

    pub(super) async fn send(&self, request: RequestBuilder) -> Result<Answer, ServiceError> {
        let failed = |error| ServiceError::transport(&self.dial, &error);
        let response = request.send().await.map_err(failed)?;
        let status = response.status();
        if status.is_success() {
            return Ok(Answer {
                response,
                dial: self.dial.clone(),
            });
        }
        let body = response.text().await.unwrap_or_default();
        Err(ServiceError::Refused(Refusal::new(status, &body)))
    }
}

impl Answer {
    /// A header of the answer.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.response.headers().get(name)?.to_str().ok()
    }

    /// The document in the answer.
    ///
    /// # Errors
    /// It is not what was expected.
    pub(crate) async fn json<T: DeserializeOwned>(self) -> Result<T, ServiceError> {
        let broken = |reason: String| ServiceError::Answer {
            address: self.dial.clone(),
            reason,
        };
        let body = self
            .response
            .bytes()
            .await
            .map_err(|error| broken(error.to_string()))?;
        serde_json::from_slice(&body).map_err(|error| broken(error.to_string()))
    }
}

/// The certificates in a PEM file.
fn certificates(file: &Path) -> Result<Vec<Certificate>, ServiceError> {
    let pem = files::read(file)?;
    match Certificate::from_pem_bundle(pem.as_bytes()) {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        _ => Err(ServiceError::NoCertificate(file.to_owned())),
    }
}
