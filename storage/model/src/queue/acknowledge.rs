//! Which outcomes of a message its sender wants to hear about.

use super::FeedbackStatus;

/// `iothub-ack`: for which outcomes of a message a feedback record is kept.
///
/// Source: IoT Hub developer guide, cloud-to-device messages, message feedback.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, bincode::Encode, bincode::Decode)]
pub enum Acknowledge {
    /// For none.
    #[default]
    None,
    /// When the device completed it.
    Positive,
    /// When it became a dead letter or was purged.
    Negative,
    /// For every outcome.
    Full,
}

impl Acknowledge {
    pub const ALL: [Self; 4] = [Self::None, Self::Positive, Self::Negative, Self::Full];

    /// The property's value.
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Positive => "positive",
            Self::Negative => "negative",
            Self::Full => "full",
        }
    }

    /// Reads the property's value in any case.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|one| one.name().eq_ignore_ascii_case(text))
    }

    /// Whether an outcome is one of those that the sender wants to hear about.
    pub const fn wants(self, status: FeedbackStatus) -> bool {
        match self {
            Self::None => false,
            Self::Positive => matches!(status, FeedbackStatus::Success),
            Self::Negative => !matches!(status, FeedbackStatus::Success),
            Self::Full => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_in_any_case_and_unknown_ones_are_none() {
        for one in Acknowledge::ALL {
            assert_eq!(Acknowledge::parse(one.name()), Some(one));
            assert_eq!(Acknowledge::parse(&one.name().to_uppercase()), Some(one));
        }
        assert_eq!(Acknowledge::parse(""), None);
        assert_eq!(Acknowledge::parse("both"), None);
    }

    #[test]
    fn every_outcome_is_wanted_by_exactly_the_kinds_that_name_it() {
        for status in FeedbackStatus::ALL {
            let wanting = Acknowledge::ALL.map(|one| one.wants(status));
            let good = status == FeedbackStatus::Success;
            assert_eq!(wanting, [false, good, !good, true], "{status:?}");
        }
    }
}
