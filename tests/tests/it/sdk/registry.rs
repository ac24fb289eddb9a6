use super::python;
use crate::fixture::file;

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
