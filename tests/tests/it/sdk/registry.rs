use super::python;
use crate::fixture::{file, node};

#[tokio::test]
async fn the_service_sdk_manages_identities_with_etags_and_errors_as_documented() {
    let owner = file().connection_strings.iothubowner.clone();
    let arguments = [
        "--connection-string".to_owned(),
        owner,
        "--prefix".into(),
        "sdk-reg".into(),
    ];
    let told = python::run("registry.py", &arguments).await.unwrap();
    assert_eq!(told.trim(), "ok");
}

#[tokio::test]
async fn the_service_sdk_runs_bulk_operations_and_lines_go_in_and_out() {
    let owner = file().connection_strings.iothubowner.clone();
    let mut arguments = vec![
        "--connection-string".to_owned(),
        owner,
        "--prefix".into(),
        "sdk-bulk".into(),
    ];
    for index in 1..3 {
        arguments.extend(["--host".to_owned(), node(index).https_address().to_string()]);
    }
    let told = python::run("bulk.py", &arguments).await.unwrap();
    assert_eq!(told.trim(), "ok");
}
