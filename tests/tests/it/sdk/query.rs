use super::method::service_string;
use super::python;

#[tokio::test]
async fn queries_find_at_one_node_what_another_one_has_acknowledged() {
    for reader in 0..3 {
        let arguments = vec![
            "--writer".to_owned(),
            service_string((reader + 1) % 3),
            "--reader".to_owned(),
            service_string(reader),
            "--run".to_owned(),
            format!("sdk-query-{reader}"),
        ];
        let told = python::run("query.py", &arguments).await.unwrap();
        println!("node {reader}: {}", told.trim());
    }
}
