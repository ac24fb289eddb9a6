//! Rows of a query as a table.

use roost_model::query::{Query, Source};
use serde_json::Value;

use crate::output::Table;

/// Characters of a cell; what is cut off ends in three dots.
const MAX_CELL: usize = 60;

/// Columns in the order of the query. Of whole twins those that tell most.
pub(super) fn table(query: &Query, rows: &[Value]) -> Table {
    let names = query.column_names();
    let columns: Vec<&str> = if names.is_empty() {
        let identity = match query.source {
            Source::Devices => &["deviceId"][..],
            Source::Modules => &["deviceId", "moduleId"],
        };
        let rest = ["status", "connectionState", "version", "tags"];
        identity.iter().copied().chain(rest).collect()
    } else {
        names.iter().map(String::as_str).collect()
    };
    let mut table = Table::with_header(columns.iter().map(|&name| name.to_owned()).collect());
    for row in rows {
        table.push(columns.iter().map(|name| cell(row.get(name))).collect());
    }
    table
}

fn cell(value: Option<&Value>) -> String {
    let text = match value {
        None => return String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    let mut line: String = text
        .chars()
        .map(|char| if char.is_control() { ' ' } else { char })
        .take(MAX_CELL + 1)
        .collect();
    if line.chars().count() > MAX_CELL {
        line = line.chars().take(MAX_CELL - 3).collect();
        line.push_str("...");
    }
    line
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn printed(query: &str, rows: &[Value]) -> String {
        table(&Query::parse(query).unwrap(), rows).to_string()
    }

    #[test]
    fn columns_stand_in_the_order_of_the_query_and_may_be_empty() {
        let rows = [json!({"n": 2, "site": "north"}), json!({"n": 1})];
        let text = printed(
            "SELECT tags.site AS site, COUNT() AS n FROM devices GROUP BY tags.site",
            &rows,
        );
        assert_eq!(text, "site   n\nnorth  2\n       1\n");
    }

    #[test]
    fn whole_twins_show_what_tells_most() {
        let twin = json!({"deviceId": "d", "moduleId": "m", "status": "enabled",
            "connectionState": "Disconnected", "version": 2, "tags": {"a": 1}});
        let text = printed("SELECT * FROM devices.modules", &[twin]);
        assert!(text.starts_with("deviceId  moduleId  status"), "{text}");
        assert!(text.ends_with("2        {\"a\":1}\n"), "{text}");
    }

    #[test]
    fn long_and_many_lined_values_become_one_short_line() {
        assert_eq!(cell(Some(&json!("a\nb"))), "a b");
        let cut = cell(Some(&json!("x".repeat(61))));
        assert_eq!(cut, format!("{}...", "x".repeat(57)));
        assert_eq!(cell(Some(&json!("x".repeat(60)))), "x".repeat(60));
    }
}
