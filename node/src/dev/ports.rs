//! Checks before anything is started that every port can be bound, and says what to do when not.

use std::fmt::Write;
use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;

use super::DevError;
use super::nodes::{self, AMQP_PORT, CLUSTER_PORT, DevNode, HTTPS_PORT, METRICS_PORT, MQTT_PORT};
use crate::instance;

/// Highest number of nodes that a development folder can hold.
const MAX_NODES: u8 = u8::MAX;

/// A port that a node needs and cannot have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PortProblem {
    address: SocketAddr,
    kind: ErrorKind,
}

/// # Errors
/// The ports that cannot be bound, all of them.
pub(super) fn check(nodes: &[DevNode]) -> Result<(), DevError> {
    let problems: Vec<PortProblem> = nodes
        .iter()
        .flat_map(|node| {
            [MQTT_PORT, AMQP_PORT, HTTPS_PORT, CLUSTER_PORT, METRICS_PORT]
                .map(|port| node.socket(port))
        })
        .filter_map(|address| match TcpListener::bind(address) {
            Ok(_) => None,
            Err(error) => Some(PortProblem {
                address,
                kind: error.kind(),
            }),
        })
        .collect();
    if problems.is_empty() {
        Ok(())
    } else {
        Err(DevError::Ports(problems))
    }
}

/// # Errors
/// A node of this folder is running already.
pub(super) fn check_no_node_runs(directory: &Path) -> Result<(), DevError> {
    for id in 1..=MAX_NODES {
        let storage = nodes::storage_of(directory, id);
        if let Some(pid) = instance::running(&storage) {
            return Err(DevError::StillRunning { id, pid });
        }
    }
    Ok(())
}

impl PortProblem {
    /// What is wrong and what to do about it, for each kind of problem once.
    pub(super) fn explain(problems: &[Self]) -> String {
        let of_kind = |kind: ErrorKind| {
            let addresses: Vec<String> = problems
                .iter()
                .filter(|problem| problem.kind == kind)
                .map(|problem| problem.address.to_string())
                .collect();
            (!addresses.is_empty()).then(|| addresses.join(", "))
        };
        let mut text = "not every port that the nodes need can be bound".to_owned();
        let mut explain = |kind, why: &str| {
            if let Some(addresses) = of_kind(kind) {
                let _ = write!(text, "\n  {addresses}: {why}");
            }
        };
        explain(
            ErrorKind::AddrInUse,
            "another process listens there; `ss -ltnp` shows which. Stop it, or give this cluster \
             other addresses with --first-address 127.0.1.1",
        );
        explain(
            ErrorKind::PermissionDenied,
            "ports below 1024 are reserved; run `sudo sysctl -w \
             net.ipv4.ip_unprivileged_port_start=443` once, or run this command with sudo",
        );
        explain(
            ErrorKind::AddrNotAvailable,
            "this machine has no such address; on macOS add it with `sudo ifconfig lo0 alias \
             ADDRESS`",
        );
        let known = [
            ErrorKind::AddrInUse,
            ErrorKind::PermissionDenied,
            ErrorKind::AddrNotAvailable,
        ];
        for problem in problems
            .iter()
            .filter(|problem| !known.contains(&problem.kind))
        {
            let _ = write!(text, "\n  {}: {}", problem.address, problem.kind);
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(address: &str, kind: ErrorKind) -> PortProblem {
        PortProblem {
            address: address.parse().unwrap(),
            kind,
        }
    }

    #[test]
    fn every_kind_of_problem_is_explained_once_with_all_its_ports() {
        let text = PortProblem::explain(&[
            problem("127.0.0.1:443", ErrorKind::PermissionDenied),
            problem("127.0.0.2:443", ErrorKind::PermissionDenied),
            problem("127.0.0.1:8883", ErrorKind::AddrInUse),
            problem("127.0.0.1:9600", ErrorKind::OutOfMemory),
        ]);
        assert!(
            text.contains("127.0.0.1:443, 127.0.0.2:443: ports below 1024"),
            "{text}"
        );
        assert!(text.contains("127.0.0.1:8883: another process"), "{text}");
        assert!(text.contains("127.0.0.1:9600: out of memory"), "{text}");
        assert_eq!(text.lines().count(), 4);
    }

    #[test]
    fn a_node_that_still_runs_on_the_folder_is_found() {
        let folder = tempfile::tempdir().unwrap();
        check_no_node_runs(folder.path()).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let _held = runtime
            .block_on(instance::Instance::claim(&nodes::storage_of(
                folder.path(),
                2,
            )))
            .unwrap();
        let error = check_no_node_runs(folder.path()).unwrap_err();
        assert!(
            matches!(error, DevError::StillRunning { id: 2, .. }),
            "{error}"
        );
    }
}
