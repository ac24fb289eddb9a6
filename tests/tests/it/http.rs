//! The service API and the device side over HTTPS.

mod device_side;
mod reading;
mod refused;

pub(crate) use refused::expect;
