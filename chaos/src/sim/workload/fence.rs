//! One who decided something a term ago and was slow since, as an actor may be that its machine left no
//! time: it proposes that only now.

use roost_cluster::{PartitionHandle, Role};
use roost_model::PartitionId;
use roost_partition::{Command, DeleteCheckpoint};

use super::Client;
use crate::sim::history::{Call, Outcome, Value};

/// Proposes where this node leads, in the term before.
pub(super) async fn run(mut client: Client) {
    while !client.is_stopping() {
        client.idle(1_000).await;
        let Some((partition, term)) = led(&mut client) else {
            continue;
        };
        let open = client.begin(Call::Propose {
            partition: partition.id(),
            term: term - 1,
        });
        // There is no such group: what is written changes nothing.
        let group = "fence".to_owned();
        let command = Command::DeleteCheckpoint(DeleteCheckpoint { group });
        let written = partition.propose(term - 1, command).await;
        open.end(match written {
            Ok(_) => Outcome::Done(Value::Nothing),
            Err(_) => Outcome::Unknown,
        });
    }
}

/// A partition that this node leads, if the one that is looked at is, and the term.
fn led(client: &mut Client) -> Option<(PartitionHandle, u64)> {
    let cluster = client.services.system.cluster().clone();
    let partitions = client.services.system.hub().partition_count();
    let number = client
        .random
        .between(0, u64::from(partitions.saturating_sub(1)));
    let partition = cluster.partition(PartitionId(number as u16))?;
    let role = *partition.role().borrow();
    match role {
        Role::Leader { term } if term > 0 => Some((partition, term)),
        _ => None,
    }
}
