//! Consumer groups: which there are is a setting of the hub, how far each has read is not.

use futures::future::try_join_all;
use roost_cluster::{FIRST_UNIT, MetaCommand, MetaOutcome, MetaRejection};
use roost_model::{ErrorCode, limits};

use super::{HubClient, HubError};
use crate::wire::Request;

impl HubClient {
    /// All consumer groups, `$Default` first.
    pub fn consumer_groups(&self) -> Vec<String> {
        let settings = self.context.settings();
        let named = settings
            .into_iter()
            .flat_map(|settings| settings.consumer_groups.clone());
        std::iter::once(limits::DEFAULT_CONSUMER_GROUP.to_owned())
            .chain(named)
            .collect()
    }

    /// A consumer group's name as it was created; `$Default` is known in any case.
    pub fn consumer_group(&self, name: &str) -> Option<String> {
        self.context
            .settings()?
            .consumer_group(name)
            .map(str::to_owned)
    }

    /// Creates a consumer group.
    ///
    /// # Errors
    /// 400004 when it exists or the hub has as many as it may.
    pub async fn create_consumer_group(&self, name: &str) -> Result<(), HubError> {
        let command = MetaCommand::CreateConsumerGroup {
            unit: FIRST_UNIT,
            name: name.to_owned(),
            limit: self.context.limits.max_consumer_groups,
        };
        self.change(command).await
    }

    /// Deletes a consumer group and its checkpoints.
    ///
    /// # Errors
    /// 400004 when there is none, or for `$Default`.
    pub async fn delete_consumer_group(&self, name: &str) -> Result<(), HubError> {
        let command = MetaCommand::DeleteConsumerGroup {
            unit: FIRST_UNIT,
            name: name.to_owned(),
        };
        self.change(command).await?;
        let forgotten = self
            .all_partitions()
            .map(|partition| self.ask(partition, Request::DeleteCheckpoint(name.to_owned())));
        try_join_all(forgotten).await.map(drop)
    }

    async fn change(&self, command: MetaCommand) -> Result<(), HubError> {
        match self.context.cluster.propose_meta(command).await {
            Ok(MetaOutcome::Done | MetaOutcome::Revised(_)) => Ok(()),
            Ok(MetaOutcome::Rejected(rejection)) => {
                Err(HubError::new(code(&rejection), rejection.to_string()))
            }
            Err(error) => Err(HubError::new(
                ErrorCode::ServiceUnavailable,
                error.to_string(),
            )),
        }
    }
}

fn code(rejection: &MetaRejection) -> ErrorCode {
    match rejection {
        MetaRejection::NotFormed => ErrorCode::ServiceUnavailable,
        _ => ErrorCode::ArgumentInvalid,
    }
}
