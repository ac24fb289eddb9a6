//! Claims-based security: a client puts tokens on `$cbs`, before its links and again when they run out.
//! Also what a client says in SASL.
//!
//! Source: `reference/wire.md` §3.1, §3.3.

use std::time::Duration;

use roost_edge::{Credential, Refusal};
use roost_model::{ErrorCode, Identity, SymmetricKey, Timestamp, encode_resource, sign};

use super::{Connection, Done};
use crate::codec::Value;
use crate::codec::message::{Body, Message};
use crate::codec::sasl::SaslCode;
use crate::engine::Delivery;
use crate::grants::Subject;
use crate::link::Service;
use crate::metrics;
use crate::request::{ReplyTo, property};
use crate::sasl::Credentials;

/// How long a raw key in SASL PLAIN is good for. Nothing expires then; the key is looked at again and
/// again, as with any policy.
const KEY_LIFETIME: Duration = Duration::from_secs(10 * 365 * 24 * 3600);

impl Connection {
    /// A token has been put. The request is settled before it is answered: uamqp waits for that.
    pub(super) fn token_put(&mut self, delivery: &Delivery) {
        let Some((session, message)) = self.request(delivery) else {
            return;
        };
        let to = ReplyTo::of(session, &message);
        if let Err(refusal) = self.try_put(&to, &message) {
            self.answer_token(to, Err(refusal));
        }
    }

    fn try_put(&mut self, to: &ReplyTo, message: &Message) -> Result<(), Refusal> {
        let invalid = |reason: &str| Refusal::new(ErrorCode::ArgumentInvalid, reason);
        if property(message, "operation") != Some("put-token") {
            return Err(invalid("the operation must be put-token"));
        }
        let token = token_of(&message.body).ok_or_else(|| invalid("the body must be a token"))?;
        if self.grants.len() >= self.context.config.max_tokens {
            return Err(Refusal::new(
                ErrorCode::ThrottlingException,
                "as many tokens as may be are on this connection (amqp.max_tokens)",
            ));
        }
        match Subject::of(&token)? {
            Subject::Policy(path) => {
                self.grants.keep_policy(&self.context.edge, token, path)?;
                self.answer_token(to.clone(), Ok(()));
            }
            Subject::Device(identity) => self.check_token(to.clone(), identity, token),
        }
        Ok(())
    }

    /// Checks a device's token; a session that it has here goes on with it.
    fn check_token(&self, to: ReplyTo, identity: Identity, token: String) {
        let edge = self.context.edge.clone();
        let device = self.devices.get(&identity);
        let session = device.and_then(|device| device.session.clone());
        let credential = Credential::Sas(token.clone());
        self.begin(async move {
            let result = match session {
                Some(session) => session.renew(credential).await,
                None => {
                    let host = edge.hub().to_string();
                    edge.prove(identity.clone(), &host, credential).await
                }
            };
            Done::Token {
                to,
                identity,
                token,
                result,
            }
        });
    }

    pub(super) fn token_checked(
        &mut self,
        to: ReplyTo,
        identity: Identity,
        token: String,
        result: Result<Timestamp, Refusal>,
    ) {
        let result = result.map(|expires_at| {
            self.grants.keep_device(identity, token, expires_at);
        });
        self.answer_token(to, result);
    }

    fn answer_token(&mut self, to: ReplyTo, result: Result<(), Refusal>) {
        let (status, description) = match &result {
            Ok(()) => (200, "OK".to_owned()),
            Err(refusal) => {
                let peer = &self.peer;
                let code = refusal.code();
                tracing::warn!(%peer, %code, "token refused: {refusal}");
                (
                    i32::from(code.http_status()),
                    format!("{}: {refusal}", code.name()),
                )
            }
        };
        metrics::token(if result.is_ok() {
            "accepted"
        } else {
            "refused"
        });
        let answer = to.answer(status, &description, &Value::Null);
        self.reply(Service::Cbs, to, answer);
    }

    /// The client has chosen a mechanism and said what it has to say.
    pub(super) fn authenticate(&mut self, credentials: Credentials) {
        let accepted = match credentials {
            Credentials::Anonymous | Credentials::External { .. } => Ok(()),
            Credentials::Plain {
                authcid, password, ..
            } => self.plain(&authcid, password.0),
        };
        let code = match accepted {
            Ok(()) => SaslCode::Ok,
            Err(refusal) => {
                let (peer, code) = (&self.peer, refusal.code());
                tracing::warn!(%peer, %code, "connection refused: {refusal}");
                metrics::refused(code.name());
                SaslCode::Auth
            }
        };
        self.engine.authenticate(code);
    }

    /// `{policy}@sas.root.{hub}` and `{device}@sas.{hub}` with a token; a policy's name with its key.
    fn plain(&mut self, authcid: &str, password: String) -> Result<(), Refusal> {
        let edge = &self.context.edge;
        let (token, path) = match Subject::of(&password) {
            Ok(Subject::Policy(path)) => (password, path),
            Ok(Subject::Device(identity)) => {
                let expires_at = edge.now().saturating_add(KEY_LIFETIME);
                // Looked at when the device attaches, as a token of MQTT is.
                self.grants.keep_device(identity, password, expires_at);
                return Ok(());
            }
            Err(refusal) => {
                let policy = authcid.split('@').next().unwrap_or(authcid);
                let key = SymmetricKey::from_base64(&password).map_err(|_| refusal)?;
                let resource = encode_resource(edge.hub(), &[]);
                let expires_at = edge.now().saturating_add(KEY_LIFETIME);
                (sign(&resource, &key, expires_at, Some(policy)), Vec::new())
            }
        };
        self.grants.keep_policy(edge, token, path)
    }
}

fn token_of(body: &Body) -> Option<String> {
    match body {
        Body::Value(_) => match body.to_value()?.ok()? {
            Value::String(token) => Some(token),
            Value::Binary(bytes) => String::from_utf8(bytes.to_vec()).ok(),
            _ => None,
        },
        Body::Data(sections) => match sections.as_slice() {
            [one] => String::from_utf8(one.to_vec()).ok(),
            _ => None,
        },
        _ => None,
    }
}
