use roost_model::NodeId;

use crate::call::Call;
use crate::dto::{ErrorBody, JoinRequest};
use crate::error::ApiError;
use crate::respond;
use crate::routes::Answer;

/// Longest `host:port`: a DNS name of 253 characters, a colon and five digits.
const MAX_ADDRESS_CHARS: usize = 259;

/// Shows the cluster as the answering node sees it. Roost's own.
#[utoipa::path(get, path = "/admin/cluster", tag = "admin", operation_id = "getCluster",
    responses(
        (status = 200, body = Object), (status = 401, body = ErrorBody),
        (status = 503, body = ErrorBody)))]
pub(crate) async fn status(call: Call) -> Answer {
    respond::document(&call.state().admin.status().await?)
}

/// Takes a node into the cluster; answers with the cluster as it then is. Roost's own.
#[utoipa::path(post, path = "/admin/cluster/nodes", tag = "admin", operation_id = "joinNode",
    request_body = JoinRequest,
    responses(
        (status = 200, body = Object), (status = 400, body = ErrorBody),
        (status = 401, body = ErrorBody), (status = 409, body = ErrorBody),
        (status = 503, body = ErrorBody)))]
pub(crate) async fn join(mut call: Call) -> Answer {
    let request: JoinRequest = call.json().await?;
    let (Some(id), Some(address)) = (request.id, request.address) else {
        return Err(ApiError::missing("a node has an id and an address"));
    };
    if id == 0 {
        return Err(ApiError::invalid("the id of a node is at least 1"));
    }
    check_address(&address)?;
    respond::document(&call.state().admin.join(NodeId(id), address).await?)
}

/// Takes a node out of the cluster. Roost's own.
#[utoipa::path(delete, path = "/admin/cluster/nodes/{id}", tag = "admin",
    operation_id = "removeNode",
    params(("id" = u64, Path, description = "Id of the node")),
    responses(
        (status = 204), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody),
        (status = 404, body = ErrorBody), (status = 409, body = ErrorBody),
        (status = 503, body = ErrorBody)))]
pub(crate) async fn remove(call: Call) -> Answer {
    let text = call.params.get("id");
    let id = text
        .parse()
        .map_err(|_| ApiError::invalid(format!("{text} is not the id of a node")))?;
    call.state().admin.remove(NodeId(id)).await?;
    respond::nothing()
}

fn check_address(address: &str) -> Result<(), ApiError> {
    let has_port = address
        .rsplit_once(':')
        .is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok_and(|p| p > 0));
    if has_port
        && address.len() <= MAX_ADDRESS_CHARS
        && address.bytes().all(|b| b.is_ascii_graphic())
    {
        Ok(())
    } else {
        Err(ApiError::invalid("the address of a node is host:port"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::check_address;

    #[test]
    fn an_address_has_host_and_port() {
        for good in ["10.0.0.4:7070", "node4.example:1", "[::1]:65535"] {
            check_address(good).unwrap();
        }
        for bad in [
            "",
            "10.0.0.4",
            ":7070",
            "host:0",
            "host:65536",
            "a b:1",
            "host:",
        ] {
            assert!(check_address(bad).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn no_address_makes_it_panic(address in ".{0,40}") {
            let _ = check_address(&address);
        }
    }
}
