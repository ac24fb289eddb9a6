use std::fmt;

use roost_model::Timestamp;
use uuid::Uuid;

use crate::clock;

/// What ties an answer to its line in the log.
#[derive(Debug, Clone)]
pub(crate) struct Tracking {
    id: Uuid,
    at: Timestamp,
}

impl Tracking {
    pub(crate) fn new() -> Self {
        Tracking {
            id: Uuid::new_v4(),
            at: clock::now(),
        }
    }

    /// The bare id, as in `x-ms-request-id`.
    pub(crate) fn id(&self) -> String {
        self.id.to_string()
    }
}

/// `Tracking ID:<guid>-G:0-TimeStamp:11/21/2026 08:00:00`
impl fmt::Display for Tracking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let iso = self.at.to_iso();
        let part = |range: std::ops::Range<usize>| iso.get(range).unwrap_or_default();
        let (year, month, day, time) = (part(0..4), part(5..7), part(8..10), part(11..19));
        write!(
            f,
            "Tracking ID:{}-G:0-TimeStamp:{month}/{day}/{year} {time}",
            self.id
        )
    }
}

#[cfg(test)]
mod tests {
    use roost_model::Timestamp;
    use uuid::Uuid;

    use super::Tracking;

    #[test]
    fn the_tracking_line_has_the_american_date() {
        let tracking = Tracking {
            id: Uuid::nil(),
            at: Timestamp(1_795_248_000_000),
        };
        assert_eq!(
            tracking.to_string(),
            "Tracking ID:00000000-0000-0000-0000-000000000000-G:0-TimeStamp:11/21/2026 08:00:00"
        );
    }
}
