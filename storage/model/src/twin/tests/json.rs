//! What clients read.

use super::*;
use crate::id::Generation;
use crate::identity::{Authentication, IdentityRecord, Status};

fn record() -> IdentityRecord {
    IdentityRecord {
        identity: "d".parse().unwrap(),
        generation: Generation(1),
        etag: ETag(1),
        status: Status::Enabled,
        status_reason: None,
        status_updated_at: Timestamp::NEVER,
        authentication: Authentication::None,
        iot_edge: false,
        device_scope: None,
        parent_scopes: Vec::new(),
        created_at: AT,
        connection_state_updated_at: Timestamp::NEVER,
        last_activity_at: AT,
        last_ending: None,
        managed_by: None,
        subscriptions: None,
    }
}

fn document<'a>(twin: TwinRef<'a>, record: &'a IdentityRecord) -> TwinDocument<'a> {
    TwinDocument {
        twin,
        record,
        status: Status::Enabled,
        connected: true,
        model_id: None,
        cloud_to_device_messages: 0,
    }
}

#[test]
fn a_new_twin_looks_as_the_services_do() {
    let record = record();
    let json = serde_json::to_string(&document(TwinRef::NEW, &record)).unwrap();
    let never = "0001-01-01T00:00:00Z";
    let section = format!(r#"{{"$metadata":{{"$lastUpdated":"{never}"}},"$version":1}}"#);
    let expected = format!(
        concat!(
            r#"{{"deviceId":"d","etag":"AAAAAAAAAAE=","deviceEtag":"AAAAAAAAAAE=","#,
            r#""status":"enabled","statusUpdateTime":"{never}","connectionState":"Connected","#,
            r#""lastActivityTime":"2026-11-21T08:00:00.0000000Z","cloudToDeviceMessageCount":0,"#,
            r#""authenticationType":"none","x509Thumbprint":{{"primaryThumbprint":null,"#,
            r#""secondaryThumbprint":null}},"modelId":"","version":2,"tags":{{}},"#,
            r#""properties":{{"desired":{section},"reported":{section}}},"#,
            r#""capabilities":{{"iotEdge":false}}}}"#
        ),
        never = never,
        section = section
    );
    assert_eq!(json, expected);
}

#[test]
fn metadata_mirrors_the_properties() {
    let bytes = after(&[
        TwinUpdate {
            desired: merge(r#"{"o":{"a":1},"l":[{"x":1}]}"#),
            reported: merge(r#"{"o":{"a":1}}"#),
            ..TwinUpdate::default()
        },
        desired(merge(r#"{"o":{"a":2}}"#)),
    ]);
    let twin = TwinRef::parse(&bytes).unwrap();
    let json = |object, version, metadata| {
        serde_json::to_string(&SectionJson {
            object,
            version,
            metadata,
        })
        .unwrap()
    };
    let first = r#""$lastUpdated":"2026-11-21T08:00:00.0000000Z""#;
    let second = r#""$lastUpdated":"2026-11-21T08:00:00.0010000Z""#;
    assert_eq!(
        json(twin.desired, twin.desired_version, true),
        format!(
            concat!(
                r#"{{"l":[{{"x":1}}],"o":{{"a":2}},"#,
                r#""$metadata":{{{second},"$lastUpdatedVersion":3,"#,
                r#""l":{{{first},"$lastUpdatedVersion":2}},"#,
                r#""o":{{{second},"$lastUpdatedVersion":3,"#,
                r#""a":{{{second},"$lastUpdatedVersion":3}}}}}},"$version":3}}"#
            ),
            first = first,
            second = second
        )
    );
    assert_eq!(
        json(twin.reported, twin.reported_version, true),
        format!(
            r#"{{"o":{{"a":1}},"$metadata":{{{first},"o":{{{first},"a":{{{first}}}}}}},"$version":2}}"#
        )
    );
    assert_eq!(
        json(twin.reported, twin.reported_version, false),
        r#"{"o":{"a":1},"$version":2}"#
    );
}

#[test]
fn a_change_event_holds_the_patch_with_its_nulls_and_the_new_metadata() {
    let (tags, reported) = (patch(r#"{"t":1}"#), patch(r#"{"gone":null,"o":{"a":1.0}}"#));
    let notice = ChangeNotice {
        version: 7,
        tags: Some(&tags),
        desired: None,
        reported: Some((&reported, 6)),
        at: AT,
    };
    let at = r#""$lastUpdated":"2026-11-21T08:00:00.0000000Z""#;
    assert_eq!(
        serde_json::to_string(&notice).unwrap(),
        format!(
            concat!(
                r#"{{"version":7,"tags":{{"t":1}},"properties":{{"reported":"#,
                r#"{{"gone":null,"o":{{"a":1.0}},"$metadata":{{{at},"o":{{{at},"a":{{{at}}}}}}},"#,
                r#""$version":6}}}}}}"#
            ),
            at = at
        )
    );
}

#[test]
fn a_desired_notification_is_the_patch_and_its_version() {
    let told = patch(r#"{"a":null,"b":{"c":[1]}}"#);
    let notice = DesiredNotice {
        patch: told.view(),
        version: 4,
    };
    assert_eq!(
        serde_json::to_string(&notice).unwrap(),
        r#"{"a":null,"b":{"c":[1]},"$version":4}"#
    );
}
