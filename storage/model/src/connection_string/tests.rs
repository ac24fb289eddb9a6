use proptest::prelude::*;

use super::*;

const KEY: &str = "AAECAwQFBgcICQoLDA0ODw==";

#[test]
fn a_policys_string_reads_and_displays() {
    let text =
        format!("HostName=hub.example;SharedAccessKeyName=iothubowner;SharedAccessKey={KEY}");
    let parsed = ConnectionString::parse(&text).unwrap();
    assert_eq!(parsed.host.as_str(), "hub.example");
    assert_eq!(
        parsed.subject,
        ConnectionSubject::Policy("iothubowner".into())
    );
    assert_eq!(parsed.key.to_base64(), KEY);
    assert_eq!(parsed.to_string(), text);
}

#[test]
fn a_devices_and_a_modules_string_read_and_display() {
    for ids in ["DeviceId=dev1", "DeviceId=dev=1;ModuleId=$edgeHub"] {
        let text = format!("HostName=hub.example;{ids};SharedAccessKey={KEY}");
        let parsed = ConnectionString::parse(&text).unwrap();
        assert_eq!(parsed.to_string(), text);
        assert!(parsed.event_hub("x").is_none());
    }
}

#[test]
fn order_case_of_names_and_surplus_pairs_do_not_matter() {
    let text = format!(
        " sharedaccesskey={KEY};GatewayHostName=gw;DEVICEID=d;hostname=Hub.Example;ModuleId=m; "
    );
    let parsed = ConnectionString::parse(&text).unwrap();
    assert_eq!(parsed.host.as_str(), "hub.example");
    assert_eq!(
        parsed.subject,
        ConnectionSubject::Identity("d/m".parse().unwrap())
    );
}

#[test]
fn a_policy_has_an_event_hubs_string() {
    let key = SymmetricKey::from_base64(KEY).unwrap();
    let host = HubName::parse("hub.example").unwrap();
    let string = ConnectionString::policy(host, "service", key);
    assert_eq!(
        string.event_hub("hub").unwrap().to_string(),
        format!(
            "Endpoint=sb://hub.example/;SharedAccessKeyName=service;SharedAccessKey={KEY};EntityPath=hub"
        ),
    );
}

#[test]
fn what_is_no_connection_string_is_refused_with_its_reason() {
    use InvalidConnectionString as Invalid;
    let table = [
        ("".to_owned(), Invalid::Missing("HostName")),
        ("HostName".to_owned(), Invalid::NotPairs),
        (
            format!("HostName=h;SharedAccessKey={KEY}"),
            Invalid::Missing("SharedAccessKeyName or DeviceId"),
        ),
        (
            format!("HostName=h;ModuleId=m;SharedAccessKey={KEY}"),
            Invalid::Missing("DeviceId"),
        ),
        (
            "HostName=h;DeviceId=d".to_owned(),
            Invalid::Missing("SharedAccessKey"),
        ),
        (
            format!("HostName=h;HostName=h;DeviceId=d;SharedAccessKey={KEY}"),
            Invalid::Duplicate("HostName"),
        ),
        (
            format!("HostName=h;DeviceId=d;SharedAccessKeyName=p;SharedAccessKey={KEY}"),
            Invalid::Ambiguous,
        ),
        (
            format!("HostName=h;SharedAccessKeyName=;SharedAccessKey={KEY}"),
            Invalid::Missing("SharedAccessKeyName"),
        ),
        (
            format!("HostName=h/;DeviceId=d;SharedAccessKey={KEY}"),
            InvalidHubName::Character('/').into(),
        ),
        (
            format!("HostName=h;DeviceId=;SharedAccessKey={KEY}"),
            InvalidId::Empty.into(),
        ),
        (
            "HostName=h;DeviceId=d;SharedAccessKey=AA==".to_owned(),
            InvalidKey::Length(1).into(),
        ),
        (
            "HostName=h;DeviceId=d;SharedAccessKey=?".to_owned(),
            InvalidKey::NotBase64.into(),
        ),
    ];
    for (text, error) in table {
        assert_eq!(ConnectionString::parse(&text), Err(error), "{text}");
    }
}

#[test]
fn debug_shows_no_key() {
    let text = format!("HostName=h;DeviceId=d;SharedAccessKey={KEY}");
    let parsed = ConnectionString::parse(&text).unwrap();
    assert!(!format!("{parsed:?}").contains(KEY));
}

proptest! {
    #[test]
    fn arbitrary_text_never_panics(text in "\\PC{0,80}") {
        let _ = ConnectionString::parse(&text);
    }

    #[test]
    fn arbitrary_pairs_never_panic(
        text in "((HostName|DeviceId|ModuleId|SharedAccessKey|SharedAccessKeyName)=[a-zA-Z0-9=+/.]{0,24};?){0,6}"
    ) {
        if let Ok(parsed) = ConnectionString::parse(&text) {
            prop_assert_eq!(ConnectionString::parse(&parsed.to_string()), Ok(parsed));
        }
    }

    #[test]
    fn identities_round_trip(
        device in "[A-Za-z0-9\\-.+%_#*?!(),:=@$']{1,128}",
        module in proptest::option::of("[A-Za-z0-9\\-.+%_#*?!(),:=@$']{1,128}"),
        key in proptest::collection::vec(any::<u8>(), 16..=64),
    ) {
        let string = ConnectionString::identity(
            HubName::parse("hub.example").unwrap(),
            Identity {
                device: DeviceId::parse(&device).unwrap(),
                module: module.map(|module| ModuleId::parse(&module).unwrap()),
            },
            SymmetricKey::from_bytes(key).unwrap(),
        );
        prop_assert_eq!(string.to_string().parse(), Ok(string));
    }
}
