use actix_web::ResponseError;
use actix_web::body::MessageBody;
use actix_web::http::header;
use roost_model::ErrorCode;
use serde_json::Value;

use super::{ApiError, Code, ERROR_CODE_HEADER, REQUEST_ID_HEADER};

fn body_of(error: &ApiError) -> Value {
    let bytes = error.error_response().into_body().try_into_bytes().unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

#[test]
fn one_body_satisfies_every_parser() {
    let error = ApiError::new(ErrorCode::DeviceNotFound, "E2E_dev1");
    let body = body_of(&error);
    assert_eq!(body["Message"], "ErrorCode:DeviceNotFound;E2E_dev1");
    assert_eq!(body["errorCode"], 404_001);
    let tracking = body["ExceptionMessage"].as_str().unwrap();
    assert!(tracking.starts_with("Tracking ID:"), "{tracking}");
    assert!(body.get("message").is_none());
}

#[test]
fn the_headers_repeat_name_and_tracking_id() {
    let error = ApiError::new(ErrorCode::DeviceNotFound, "dev1");
    let response = error.error_response();
    assert_eq!(response.status(), 404);
    assert_eq!(
        response.headers().get(ERROR_CODE_HEADER).unwrap(),
        "DeviceNotFound"
    );
    assert_eq!(
        response.headers().get(header::CONTENT_TYPE).unwrap(),
        "application/json; charset=utf-8"
    );
    let id = response
        .headers()
        .get(REQUEST_ID_HEADER)
        .unwrap()
        .to_str()
        .unwrap();
    assert!(
        body_of(&error)["ExceptionMessage"]
            .as_str()
            .unwrap()
            .contains(id)
    );
}

#[test]
fn a_semicolon_in_the_text_does_not_cut_it_short() {
    let body = body_of(&ApiError::invalid("first; second"));
    assert_eq!(body["Message"], "ErrorCode:ArgumentInvalid;first, second");
}

#[test]
fn the_text_is_never_empty() {
    let body = body_of(&ApiError::new(ErrorCode::DeviceNotFound, ""));
    assert_eq!(body["Message"], "ErrorCode:DeviceNotFound;DeviceNotFound");
}

#[test]
fn the_client_does_not_see_what_is_for_the_log() {
    let error = ApiError::internal("table 3 is damaged");
    assert!(
        !body_of(&error)["Message"]
            .as_str()
            .unwrap()
            .contains("table")
    );
    assert_eq!(error.to_string(), "table 3 is damaged");
}

#[test]
fn a_wrong_method_names_the_right_ones() {
    let response = ApiError::method_not_allowed("GET, PUT".into()).error_response();
    assert_eq!(response.status(), 405);
    assert_eq!(response.headers().get(header::ALLOW).unwrap(), "GET, PUT");
}

#[test]
fn every_error_status_of_the_framework_has_a_code_of_its_class() {
    for status in 400..600 {
        let status = actix_web::http::StatusCode::from_u16(status).unwrap();
        let code = Code::of_status(status);
        assert_eq!(code.status().as_u16() / 100, status.as_u16() / 100);
        assert_eq!(code.number / 1000, u32::from(code.status().as_u16()));
    }
}
