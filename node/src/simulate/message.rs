//! What a simulated thermostat says.

use roost_model::DeviceId;

/// The body of message `number` of a device: JSON of exactly `size` bytes, or as short as it can be.
pub(super) fn body(device: &DeviceId, number: u64, size: usize) -> Vec<u8> {
    // A slow wave around 21 degrees.
    let temperature = 21.0 + 4.0 * ((number % 360) as f64).to_radians().sin();
    let device = serde_json::Value::from(device.as_str());
    let mut text =
        format!("{{\"device\":{device},\"number\":{number},\"temperature\":{temperature:.2}");
    text.push('}');
    let mut body = text.into_bytes();
    // White space after a document is part of JSON, and disturbs nobody who reads along.
    body.resize(body.len().max(size), b' ');
    body
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_json_of_the_size_asked_for() {
        let device = DeviceId::parse("sim-'0001").unwrap();
        for size in (60..300).chain([262_144 - 100]) {
            let body = body(&device, 123_456, size);
            let document: serde_json::Value = serde_json::from_slice(&body).unwrap();
            assert_eq!(document["number"], 123_456);
            assert_eq!(body.len(), size);
        }
        serde_json::from_slice::<serde_json::Value>(&body(&device, 1, 0)).unwrap();
    }
}
