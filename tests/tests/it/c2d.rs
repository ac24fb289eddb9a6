//! Cloud-to-device messages, from a back end over HTTPS to devices over MQTT and HTTPS.

pub(crate) mod back_end;
mod delivery;
mod feedback;
mod life;
mod limits;
mod refused;
