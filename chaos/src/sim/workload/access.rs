//! An operator who disables, deletes, registers and enables devices again.

use roost_actors::IdentityDraft;
use roost_model::{Precondition, Status};

use super::Client;
use crate::sim::history::{Access, Call, Outcome, Value};

/// Has the guests come and go.
pub(super) async fn run(mut client: Client) {
    while !client.is_stopping() {
        let device = client.pick_guest();
        let access = *client.random.pick(&[
            Access::Granted,
            Access::Granted,
            Access::Disabled,
            Access::Deleted,
        ]);
        let open = client.begin(Call::Admit {
            device: device.name.clone(),
            access,
        });
        let hub = client.services.system.hub();
        let done = match access {
            Access::Deleted => {
                let deleted = hub.delete_identity(&device.identity, Precondition::None);
                deleted.await.map(|()| Value::Nothing)
            }
            Access::Granted | Access::Disabled => {
                let status = match access {
                    Access::Disabled => Status::Disabled,
                    _ => Status::Enabled,
                };
                let draft = IdentityDraft {
                    status,
                    ..device.draft()
                };
                let updated = hub.update_identity(draft.clone(), Precondition::None).await;
                match updated {
                    // Not registered at the moment.
                    Err(error) if !error.is_transient() => hub.create_identity(draft).await,
                    updated => updated,
                }
                .map(|_| Value::Nothing)
            }
        };
        open.end(Outcome::of(done));
        client.idle(1_500).await;
    }
}
