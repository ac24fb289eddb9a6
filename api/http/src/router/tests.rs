use actix_web::http::Method;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use proptest::prelude::*;

use super::{find, resource};
use crate::routes::ROUTES;

fn template_of(method: &Method, path: &str) -> &'static str {
    find(method, path).unwrap().route.template
}

#[test]
fn a_trailing_slash_is_the_same_route() {
    assert_eq!(template_of(&Method::GET, "/devices/"), "/devices");
    assert_eq!(template_of(&Method::GET, "/devices/a/"), "/devices/{id}");
}

#[test]
fn literals_ignore_case_and_ids_keep_it() {
    let found = find(&Method::GET, "/Devices/DeV/MODULES/mOd").unwrap();
    assert_eq!(found.route.template, "/devices/{id}/modules/{mid}");
    assert_eq!(found.params.get("id"), "DeV");
    assert_eq!(found.params.get("mid"), "mOd");
}

#[test]
fn an_encoded_slash_stays_inside_the_id() {
    let found = find(&Method::GET, "/devices/invalid%2Fname").unwrap();
    assert_eq!(found.params.get("id"), "invalid/name");
}

#[test]
fn an_id_is_decoded_once() {
    let found = find(&Method::GET, "/devices/a%2525b").unwrap();
    assert_eq!(found.params.get("id"), "a%25b");
}

#[test]
fn the_web_socket_path_may_be_encoded() {
    assert_eq!(
        template_of(&Method::GET, "/%24iothub/websocket"),
        "/$iothub/websocket"
    );
}

#[test]
fn an_unknown_path_is_404() {
    for path in [
        "/",
        "/nothing",
        "/devices/a/b",
        "/devices//modules",
        "/devices/a/modules/m/x",
    ] {
        let error = find(&Method::GET, path).unwrap_err();
        assert_eq!(error.code().number, 404_000, "{path}");
    }
}

#[test]
fn a_wrong_method_is_405() {
    let error = find(&Method::PATCH, "/devices/a").unwrap_err();
    assert_eq!(error.code().number, 405_000);
    assert_eq!(error.to_string(), "this path answers GET, PUT, DELETE");
}

#[test]
fn a_path_that_is_not_utf8_is_400() {
    assert_eq!(
        find(&Method::GET, "/devices/%ff")
            .unwrap_err()
            .code()
            .number,
        400_004
    );
}

#[test]
fn the_resource_of_a_token_is_the_path_with_the_ids_filled_in() {
    let found = find(&Method::GET, "/DEVICES/Dev%201/modules").unwrap();
    assert_eq!(
        resource(found.route.template, &found.params),
        ["devices", "Dev 1", "modules"]
    );
}

#[test]
fn no_two_lines_of_the_table_answer_the_same_request() {
    for (n, a) in ROUTES.iter().enumerate() {
        for b in &ROUTES[n + 1..] {
            assert!(
                a.method != b.method || a.template != b.template,
                "{a:?} {b:?}"
            );
        }
    }
}

proptest! {
    #[test]
    fn every_id_comes_through_as_it_was_encoded(id in ".{1,128}") {
        let path = format!("/devices/{}/modules/m", utf8_percent_encode(&id, NON_ALPHANUMERIC));
        let found = find(&Method::GET, &path).unwrap();
        prop_assert_eq!(found.params.get("id"), id);
    }

    #[test]
    fn no_path_makes_the_router_panic(path in ".{0,80}") {
        let _ = find(&Method::GET, &path);
    }
}
