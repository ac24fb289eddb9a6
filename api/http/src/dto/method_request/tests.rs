use super::*;

fn call(json: &str) -> Result<MethodCall, u32> {
    let request: MethodRequest = serde_json::from_str(json).unwrap();
    request.into_call(16).map_err(|error| error.code().number)
}

#[test]
fn a_name_alone_is_a_call() {
    let call = call(r#"{"methodName":"m","payload":null,"connectTimeoutInSeconds":null}"#).unwrap();
    assert_eq!((call.name.as_str(), &*call.payload), ("m", &b"null"[..]));
    let usual = limits::DEFAULT_METHOD_RESPONSE_SECONDS.into();
    assert_eq!(call.response_timeout, Duration::from_secs(usual));
    assert_eq!(call.connect_timeout, Duration::ZERO);
}

#[test]
fn a_payload_is_passed_on_as_it_was_written() {
    let call = call(r#"{"methodName":"m","payload":{"b":1.0, "a":1}}"#).unwrap();
    assert_eq!(call.payload, br#"{"b":1.0, "a":1}"#);
}

#[test]
fn times_are_taken_at_their_ends_and_refused_one_past() {
    for (field, low, high) in [
        ("responseTimeoutInSeconds", 5, 300),
        ("timeoutInSeconds", 5, 300),
        ("connectTimeoutInSeconds", 0, 300),
    ] {
        let with = |seconds: u32| call(&format!(r#"{{"methodName":"m","{field}":{seconds}}}"#));
        assert!(with(low).is_ok() && with(high).is_ok(), "{field}");
        assert_eq!(with(high + 1), Err(400_004), "{field}");
        if low > 0 {
            assert_eq!(with(low - 1), Err(400_004), "{field}");
        }
    }
}

#[test]
fn a_name_is_needed_and_has_a_limit() {
    assert_eq!(call("{}"), Err(400_005));
    assert_eq!(call(r#"{"methodName":""}"#), Err(400_005));
    let named = |chars: usize| call(&format!(r#"{{"methodName":"{}"}}"#, "m".repeat(chars)));
    assert!(named(limits::MAX_METHOD_NAME_CHARS).is_ok());
    assert_eq!(named(limits::MAX_METHOD_NAME_CHARS + 1), Err(400_004));
}

#[test]
fn a_payload_is_taken_at_the_limit_and_refused_one_past() {
    let with = |bytes: usize| {
        let text = "x".repeat(bytes - 2);
        call(&format!(r#"{{"methodName":"m","payload":"{text}"}}"#))
    };
    assert!(with(16).is_ok());
    assert_eq!(with(17), Err(413_001));
}
