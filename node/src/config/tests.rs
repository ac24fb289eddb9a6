use std::path::{Path, PathBuf};
use std::time::Duration;

use figment::Jail;
use roost_model::limits::{DEFAULT_PARTITIONS, MAX_PARTITIONS};

use super::*;

#[expect(
    clippy::result_large_err,
    reason = "figment's own error type in its test harness"
)]
fn with_file(toml: &str, check: impl FnOnce(&mut Jail, &Path)) {
    Jail::expect_with(|jail| {
        jail.clear_env();
        jail.create_file("node.toml", toml)?;
        let file = jail.directory().join("node.toml");
        check(jail, &file);
        Ok(())
    });
}

/// The example with every commented-out setting switched on.
fn example_with_defaults_spelt_out() -> String {
    let is_setting = |line: &str| {
        line.strip_prefix("# ").is_some_and(|rest| {
            rest.split_once(" = ")
                .is_some_and(|(key, _)| key.chars().all(|c| c.is_ascii_lowercase() || c == '_'))
        })
    };
    EXAMPLE
        .lines()
        .map(|line| if is_setting(line) { &line[2..] } else { line })
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn the_example_loads_and_paths_start_at_its_folder() {
    with_file(EXAMPLE, |jail, file| {
        let config = NodeConfig::load(file).unwrap();
        assert_eq!(config.cluster.node_id, 1);
        assert_eq!(config.cluster.peers.len(), 3);
        assert_eq!(config.cluster.advertised(), "10.0.0.1:7600");
        assert_eq!(
            config.cluster.certificates.ca,
            jail.directory().join("ca.pem")
        );
        assert_eq!(config.storage.dir, PathBuf::from("/var/lib/roost"));
        assert_eq!(
            config.mqtt.tunnel_socket,
            Some(PathBuf::from("/var/lib/roost/mqtt.sock"))
        );
        assert_eq!(config.hub.partitions, DEFAULT_PARTITIONS);
        assert_eq!(config.hub.retention.age, Duration::from_secs(86_400));
        assert_eq!(config.mqtt.listen[0].port(), 8883);
        assert_eq!(config.https.listen[0].port(), 443);
    });
}

#[test]
fn the_defaults_that_the_example_shows_are_the_real_ones() {
    let mut plain = None;
    with_file(EXAMPLE, |jail, file| {
        plain = Some(printed_without_folder(jail, file));
    });
    with_file(&example_with_defaults_spelt_out(), |jail, file| {
        assert_eq!(Some(printed_without_folder(jail, file)), plain);
    });
}

fn printed_without_folder(jail: &Jail, file: &Path) -> String {
    let folder = jail.directory().display().to_string();
    NodeConfig::load(file)
        .unwrap()
        .to_toml()
        .unwrap()
        .replace(&folder, "")
}

#[test]
fn what_is_printed_loads_as_the_same_configuration() {
    with_file(EXAMPLE, |jail, file| {
        let printed = NodeConfig::load(file).unwrap().to_toml().unwrap();
        jail.create_file("printed.toml", &printed).unwrap();
        let again = NodeConfig::load(&jail.directory().join("printed.toml")).unwrap();
        assert_eq!(again.to_toml().unwrap(), printed);
    });
}

#[test]
fn the_environment_overrides_the_file() {
    with_file(EXAMPLE, |jail, file| {
        jail.set_env("ROOST_CLUSTER__NODE_ID", "3");
        jail.set_env("ROOST_MQTT__LISTEN", "[\"127.0.0.1:18883\"]");
        jail.set_env("ROOST_HUB__RETENTION__AGE", "2h");
        jail.set_env("ROOST_HUB__RETENTION__PARTITION_SIZE", "32 MiB");
        jail.set_env("ROOST_CONNECTION_STRING", "belongs to the commands");
        let config = NodeConfig::load(file).unwrap();
        assert_eq!(config.cluster.node_id, 3);
        assert_eq!(config.cluster.advertised(), "10.0.0.3:7600");
        assert_eq!(config.mqtt.listen[0].to_string(), "127.0.0.1:18883");
        assert_eq!(config.hub.retention.age, Duration::from_secs(7200));
        assert_eq!(config.hub.retention.partition_size, ByteSize::mebibytes(32));
    });
}

#[test]
fn an_unknown_key_is_an_error_that_names_it() {
    for (section, line) in [
        ("[storage]", "[storage]\ndirr = \"/x\""),
        ("[hub.retention]", "[hub.retention]\nages = \"1day\""),
        ("[mqtt]", "[mqtt]\nlisten_on = \"0.0.0.0:1\""),
        ("[log]", "[log]\nformt = \"json\""),
    ] {
        let key = line.lines().nth(1).unwrap().split(' ').next().unwrap();
        with_file(&EXAMPLE.replace(section, line), |_, file| {
            let error = NodeConfig::load(file).unwrap_err().to_string();
            assert!(error.contains(key), "{error}");
        });
    }
    with_file(EXAMPLE, |jail, file| {
        jail.set_env("ROOST_MQTT__PORT", "1");
        let error = NodeConfig::load(file).unwrap_err().to_string();
        assert!(error.contains("port"), "{error}");
    });
}

#[test]
fn a_hub_has_1_to_128_partitions() {
    for (partitions, fits) in [
        (0, false),
        (1, true),
        (MAX_PARTITIONS, true),
        (MAX_PARTITIONS + 1, false),
    ] {
        let line = format!("partitions = {partitions}");
        with_file(
            &EXAMPLE.replacen("# partitions = 16", &line, 1),
            |_, file| {
                let loaded = NodeConfig::load(file);
                assert_eq!(loaded.is_ok(), fits, "{partitions}");
            },
        );
    }
}

#[test]
fn values_out_of_range_are_errors_that_name_the_key() {
    for (from, to, key) in [
        ("node_id = 1 ", "node_id = 0 ", "cluster.node_id"),
        ("id = 2, address", "id = 1, address", "cluster.peers"),
        ("10.0.0.2:7600", "10.0.0.1:7600", "cluster.peers"),
        ("10.0.0.2:7600", "10.0.0.2", "cluster.peers"),
        ("node_id = 1 ", "node_id = 4 ", "cluster.advertise"),
        ("policies_file = \"policies.toml\"", "", "hub.policies_file"),
        ("# replication = 3", "replication = 0", "hub.replication"),
        (
            "[log]",
            "[limits]\nmax_policies = 0\n[log]",
            "limits.max_policies",
        ),
        ("# partitions = 16", "partitions = 129", "hub.partitions"),
        ("# partitions = 16", "partitions = 0", "hub.partitions"),
        ("# age = \"1day\"", "age = \"1s\"", "hub.retention.age"),
        (
            "# partition_size = \"4 GiB\"",
            "partition_size = 5",
            "hub.retention.partition_size",
        ),
        ("[log]", "[log]\nfilter = \"a=b=c\"", "log.filter"),
    ] {
        assert!(EXAMPLE.contains(from), "{from}");
        with_file(&EXAMPLE.replacen(from, to, 1), |_, file| {
            let error = NodeConfig::load(file).unwrap_err().to_string();
            assert!(error.starts_with(key), "{to}: {error}");
        });
    }
}

#[test]
fn a_node_outside_the_founding_list_needs_an_address_of_its_own() {
    let joining = EXAMPLE
        .replacen("node_id = 1 ", "node_id = 4 ", 1)
        .replacen(
            "# advertise = \"10.0.0.1:7600\"",
            "advertise = \"10.0.0.4:7600\"",
            1,
        );
    with_file(&joining, |_, file| {
        let config = NodeConfig::load(file).unwrap();
        assert_eq!(config.cluster.advertised(), "10.0.0.4:7600");
    });
}

#[test]
fn a_missing_file_is_an_error_that_says_where_to_start() {
    let error = NodeConfig::load(Path::new("/no/such/node.toml"))
        .unwrap_err()
        .to_string();
    assert!(error.contains("/no/such/node.toml") && error.contains("roost config example"));
}

#[test]
fn addresses_are_host_and_port() {
    use super::cluster::is_host_and_port;
    for good in [
        "h:1",
        "10.0.0.1:7600",
        "[::1]:7600",
        "node-1.example.com:65535",
    ] {
        assert!(is_host_and_port(good), "{good}");
    }
    for bad in ["", "h", ":1", "h:0", "h:65536", "::1:7600", "a b:1", "h:x"] {
        assert!(!is_host_and_port(bad), "{bad}");
    }
}
