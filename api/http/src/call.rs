use actix_web::HttpRequest;
use actix_web::http::header::HeaderMap;
use actix_web::web::{self, Bytes};
use roost_actors::client::HubClient;
use roost_edge::{Edge, Principal};
use roost_model::{DeviceId, Identity, ModuleId, PartitionId};
use serde::de::DeserializeOwned;
use tokio_util::sync::CancellationToken;

use crate::body;
use crate::error::{ApiError, Code};
use crate::query::Query;
use crate::router::Params;
use crate::state::{HttpState, Shared};

/// One request on its way through its handler.
pub(crate) struct Call {
    pub(crate) request: HttpRequest,
    pub(crate) params: Params,
    /// Who calls; none where the credential is checked further in.
    pub(crate) principal: Option<Principal>,
    payload: Option<web::Payload>,
    shared: web::Data<Shared>,
}

impl Call {
    pub(crate) fn new(
        request: HttpRequest,
        payload: web::Payload,
        params: Params,
        principal: Option<Principal>,
        shared: web::Data<Shared>,
    ) -> Self {
        Call {
            request,
            params,
            principal,
            payload: Some(payload),
            shared,
        }
    }

    pub(crate) fn state(&self) -> &HttpState {
        &self.shared.state
    }

    pub(crate) fn edge(&self) -> &Edge {
        &self.shared.state.edge
    }

    pub(crate) fn hub(&self) -> &HubClient {
        &self.shared.state.hub
    }

    pub(crate) fn shutdown(&self) -> &CancellationToken {
        &self.shared.shutdown
    }

    pub(crate) fn headers(&self) -> &HeaderMap {
        self.request.headers()
    }

    pub(crate) fn query(&self) -> Result<Query, ApiError> {
        Query::parse(self.request.query_string())
    }

    /// The parameter `{id}` of the path as a device.
    pub(crate) fn device_id(&self) -> Result<DeviceId, ApiError> {
        DeviceId::parse(self.params.get("id")).map_err(|error| ApiError::invalid(error.to_string()))
    }

    /// The parameters `{id}` and `{mid}` of the path as a module of a device.
    pub(crate) fn module_id(&self) -> Result<(DeviceId, ModuleId), ApiError> {
        let module = ModuleId::parse(self.params.get("mid"))
            .map_err(|error| ApiError::invalid(error.to_string()))?;
        Ok((self.device_id()?, module))
    }

    pub(crate) fn device(&self) -> Result<Identity, ApiError> {
        self.device_id().map(Identity::device)
    }

    pub(crate) fn module(&self) -> Result<Identity, ApiError> {
        self.module_id()
            .map(|(device, module)| Identity::module(device, module))
    }

    /// The parameter `{p}` of the path; 404 when the hub has no such partition.
    pub(crate) fn partition(&self) -> Result<PartitionId, ApiError> {
        partition(self.params.get("p"), self.hub().partition_count())
    }

    /// Reads the whole body, once.
    pub(crate) async fn body(&mut self) -> Result<Bytes, ApiError> {
        let payload = self.take_payload()?;
        body::read(&self.request, payload, self.shared.body).await
    }

    /// Reads the body as a JSON document, once.
    pub(crate) async fn json<T: DeserializeOwned>(&mut self) -> Result<T, ApiError> {
        let payload = self.take_payload()?;
        body::read_json(&self.request, payload, self.shared.body).await
    }

    /// The bytes that follow the head, for a handler that reads them itself.
    pub(crate) fn take_payload(&mut self) -> Result<web::Payload, ApiError> {
        let again = || ApiError::internal("the body of a request was read twice");
        self.payload.take().ok_or_else(again)
    }
}

fn partition(text: &str, count: u16) -> Result<PartitionId, ApiError> {
    match text.parse::<u16>() {
        Ok(number) if number < count => Ok(PartitionId(number)),
        Ok(number) => {
            let text = format!("there is no partition {number}, the hub has {count}");
            Err(ApiError::new(Code::NOT_FOUND, text))
        }
        Err(_) => Err(ApiError::invalid(format!(
            "{text} is not the number of a partition"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use roost_model::PartitionId;

    use super::partition;

    #[test]
    fn partitions_are_counted_from_zero() {
        assert_eq!(partition("3", 4).unwrap(), PartitionId(3));
        assert_eq!(partition("4", 4).unwrap_err().code().number, 404_000);
        for bad in ["", "x", "-1", "65536"] {
            assert_eq!(
                partition(bad, 4).unwrap_err().code().number,
                400_004,
                "{bad}"
            );
        }
    }
}
