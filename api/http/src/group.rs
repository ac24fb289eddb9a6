use roost_actors::client::HubClient;
use roost_model::limits::{DEFAULT_CONSUMER_GROUP, MAX_CONSUMER_GROUP_CHARS};

use crate::error::{ApiError, Code};

/// The name of a consumer group as it was created; names are compared without regard to case.
///
/// Errors: 404 when there is no such group.
pub(crate) fn existing(hub: &HubClient, name: &str) -> Result<String, ApiError> {
    if name.eq_ignore_ascii_case(DEFAULT_CONSUMER_GROUP) {
        return Ok(DEFAULT_CONSUMER_GROUP.to_owned());
    }
    let groups = hub.consumer_groups();
    groups
        .into_iter()
        .find(|group| group.eq_ignore_ascii_case(name))
        .ok_or_else(|| {
            ApiError::new(
                Code::NOT_FOUND,
                format!("there is no consumer group {name}"),
            )
        })
}

/// Checks the name of a group to be made: 1 to 50 of letters, digits, dot, dash and underscore, the
/// first and last a letter or digit.
pub(crate) fn check_name(name: &str) -> Result<(), ApiError> {
    let bytes = name.as_bytes();
    let at_ends = [bytes.first(), bytes.last()];
    let is_name = bytes.len() <= MAX_CONSUMER_GROUP_CHARS
        && at_ends
            .iter()
            .all(|byte| byte.is_some_and(u8::is_ascii_alphanumeric))
        && bytes
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(byte));
    if is_name {
        Ok(())
    } else {
        Err(ApiError::invalid(
            "the name of a consumer group has 1 to 50 letters, digits, dots, dashes and \
             underscores, the first and last a letter or digit",
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::check_name;

    #[test]
    fn names_follow_the_rule_of_event_hubs() {
        let (longest, too_long) = ("x".repeat(50), "x".repeat(51));
        for good in ["a", "my-group_1.x", longest.as_str()] {
            check_name(good).unwrap();
        }
        for bad in ["", "-a", "a-", "a b", "$x", "ü", too_long.as_str()] {
            assert!(check_name(bad).is_err(), "{bad}");
        }
    }
}
