//! Queries.

use reqwest::Method;
use serde_json::{Value, json};

use super::{REQUEST_TIMEOUT, ServiceClient};
use crate::service::ServiceError;

/// One page of rows.
#[derive(Debug)]
pub(crate) struct QueryPage {
    pub(crate) rows: Vec<Value>,
    /// What asks for the next page.
    pub(crate) continuation: Option<String>,
    /// How rows were found, as the hub tells it.
    pub(crate) plan: Option<String>,
}

impl ServiceClient {
    /// A page of at most so many rows.
    ///
    /// # Errors
    /// The hub cannot be reached or refuses.
    pub(crate) async fn query(
        &self,
        query: &str,
        most: usize,
        continuation: Option<&str>,
    ) -> Result<QueryPage, ServiceError> {
        let mut request = self
            .request(Method::POST, &["devices", "query"], &[])
            .header("x-ms-max-item-count", most)
            .json(&json!({ "query": query }))
            .timeout(REQUEST_TIMEOUT);
        if let Some(token) = continuation {
            request = request.header("x-ms-continuation", token);
        }
        let answer = self.send(request).await?;
        let header = |name| {
            let value = answer.response.headers().get(name)?;
            value.to_str().ok().map(str::to_owned)
        };
        let (continuation, plan) = (header("x-ms-continuation"), header("roost-query-plan"));
        Ok(QueryPage {
            rows: answer.json().await?,
            continuation,
            plan,
        })
    }
}
