//! New keys for identities.

use roost_model::{Authentication, ErrorCode, Identity};
use roost_partition::{Outcome, RegenerateKeys, WhichKey};

use super::{Failure, RegistryAnswer, cut_all};
use crate::leadership::Leadership;
use crate::random::symmetric_keys;
use crate::wire::Refused;

/// Replaces or swaps keys. When the answer comes, sessions that rest on a replaced key are cut.
pub(super) async fn run(
    leadership: &Leadership,
    identities: Vec<Identity>,
    which: WhichKey,
) -> Result<RegistryAnswer, Refused> {
    if identities.is_empty() {
        return Ok(RegistryAnswer::Keys(Vec::new()));
    }
    let mut commands = Vec::with_capacity(identities.len());
    for identity in identities {
        let fresh = symmetric_keys()?;
        let command = RegenerateKeys {
            identity,
            which,
            fresh,
        };
        commands.push(command.into());
    }
    let outcomes = leadership
        .handle
        .propose_many(leadership.term, commands)
        .await?;
    let mut ended = Vec::new();
    let mut answers = Vec::with_capacity(outcomes.len());
    for outcome in outcomes {
        answers.push(match outcome {
            Outcome::Updated(updated) => {
                let told = |session| (session, ErrorCode::IotHubUnauthorized);
                ended.extend(updated.ended.into_iter().map(told));
                match updated.record.authentication {
                    Authentication::Sas(keys) => Ok(keys),
                    _ => return Err(Refused::Unknown),
                }
            }
            Outcome::Rejected(rejection) => Err(Failure::from(rejection)),
            _ => return Err(Refused::Unknown),
        });
    }
    cut_all(leadership, ended).await;
    Ok(RegistryAnswer::Keys(answers))
}
