//! Moments in time. There is no clock here: a moment always arrives as an argument.

use std::fmt::{self, Write as _};
use std::str::FromStr;
use std::time::Duration;

use ::time::{Date, Month, OffsetDateTime, PrimitiveDateTime, Time, UtcOffset};
use thiserror::Error;

/// How IoT Hub prints "never" in identity documents (.NET's `DateTime.MinValue`).
const NEVER_TEXT: &str = "0001-01-01T00:00:00";

/// 9999-12-31T23:59:59.999Z: the last millisecond with a four-digit year.
const LAST_PRINTABLE: u64 = 253_402_300_799_999;

/// Why a text is not a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not an iso 8601 date and time between 1970 and 9999")]
pub struct InvalidTimestamp;

/// Milliseconds since the Unix epoch, in UTC.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Default,
    bincode::Encode,
    bincode::Decode,
)]
pub struct Timestamp(pub u64);

impl Timestamp {
    /// What has not happened yet. Smaller than any real moment.
    pub const NEVER: Self = Self(0);
    /// Later than any moment.
    pub const MAX: Self = Self(u64::MAX);

    /// From whole seconds since the Unix epoch; [`Timestamp::MAX`] if that overflows.
    pub const fn from_secs(seconds: u64) -> Self {
        Self(seconds.saturating_mul(1000))
    }

    /// Whole seconds since the Unix epoch, rounded down.
    pub const fn as_secs(self) -> u64 {
        self.0 / 1000
    }

    pub const fn as_millis(self) -> u64 {
        self.0
    }

    pub const fn is_never(self) -> bool {
        self.0 == Self::NEVER.0
    }

    /// This moment and a while later; [`Timestamp::MAX`] if that overflows.
    pub fn saturating_add(self, duration: Duration) -> Self {
        let millis = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        Self(self.0.saturating_add(millis))
    }

    /// This moment and a while earlier; [`Timestamp::NEVER`] if that is before the Unix epoch.
    pub fn saturating_sub(self, duration: Duration) -> Self {
        let millis = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        Self(self.0.saturating_sub(millis))
    }

    /// How long after `earlier` this is; zero if it is not after it.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }

    /// `2026-11-21T08:00:00.0000000Z`: seven digits of a second, as IoT Hub prints. [`Self::NEVER`]
    /// is `0001-01-01T00:00:00`, and a year past 9999 prints as the end of 9999.
    pub fn to_iso(self) -> String {
        if self.is_never() {
            return NEVER_TEXT.to_owned();
        }
        let millis = self.0.min(LAST_PRINTABLE);
        let seconds = i64::try_from(millis / 1000).unwrap_or(i64::MAX);
        let moment =
            OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH);
        let (date, clock) = (moment.date(), moment.time());
        let mut text = String::with_capacity(28);
        // Writing to a String can't fail.
        let _ = write!(
            text,
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}0000Z",
            date.year(),
            u8::from(date.month()),
            date.day(),
            clock.hour(),
            clock.minute(),
            clock.second(),
            millis % 1000,
        );
        text
    }

    /// Reads `YYYY-MM-DDThh:mm:ss[.fraction][Z|±hh:mm]`. No zone means UTC (SDKs leave it out), digits
    /// past the millisecond are dropped, and year 1 is [`Self::NEVER`].
    ///
    /// Refused: other moments before 1970, and what is no date.
    pub fn parse_iso(text: &str) -> Result<Self, InvalidTimestamp> {
        let (date, rest) = text.split_at_checked(10).ok_or(InvalidTimestamp)?;
        let rest = rest.strip_prefix(['T', 't', ' ']).ok_or(InvalidTimestamp)?;
        let (clock, rest) = rest.split_at_checked(8).ok_or(InvalidTimestamp)?;
        let (millis, rest) = parse_fraction(rest)?;
        let offset = parse_offset(rest)?;
        let date = parse_date(date)?;
        let moment = PrimitiveDateTime::new(date, parse_clock(clock)?).assume_offset(offset);
        if date.year() == 1 {
            return Ok(Self::NEVER);
        }
        let seconds = u64::try_from(moment.unix_timestamp()).map_err(|_| InvalidTimestamp)?;
        Ok(Self(seconds * 1000 + u64::from(millis)))
    }
}

fn parse_date(text: &str) -> Result<Date, InvalidTimestamp> {
    let [year, month, day] = numbers(text, '-', [4, 2, 2])?;
    let month = u8::try_from(month)
        .ok()
        .and_then(|month| Month::try_from(month).ok());
    let day = u8::try_from(day).map_err(|_| InvalidTimestamp)?;
    Date::from_calendar_date(i32::from(year), month.ok_or(InvalidTimestamp)?, day)
        .map_err(|_| InvalidTimestamp)
}

fn parse_clock(text: &str) -> Result<Time, InvalidTimestamp> {
    let parts = numbers(text, ':', [2, 2, 2])?;
    let [hour, minute, second] = parts.map(|part| u8::try_from(part).unwrap_or(u8::MAX));
    Time::from_hms(hour, minute, second).map_err(|_| InvalidTimestamp)
}

/// Exactly as many digit groups of exactly these widths.
fn numbers<const N: usize>(
    text: &str,
    separator: char,
    widths: [usize; N],
) -> Result<[u16; N], InvalidTimestamp> {
    let mut found = [0; N];
    let mut parts = text.split(separator);
    for (slot, width) in found.iter_mut().zip(widths) {
        let part = parts.next().ok_or(InvalidTimestamp)?;
        if part.len() != width || !part.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(InvalidTimestamp);
        }
        *slot = part.parse().map_err(|_| InvalidTimestamp)?;
    }
    if parts.next().is_some() {
        Err(InvalidTimestamp)
    } else {
        Ok(found)
    }
}

/// Milliseconds of an optional `.digits`, and what follows it.
fn parse_fraction(text: &str) -> Result<(u16, &str), InvalidTimestamp> {
    let Some(rest) = text.strip_prefix('.') else {
        return Ok((0, text));
    };
    let end = rest
        .bytes()
        .position(|byte| !byte.is_ascii_digit())
        .unwrap_or(rest.len());
    let (digits, rest) = rest.split_at_checked(end).ok_or(InvalidTimestamp)?;
    if digits.is_empty() {
        return Err(InvalidTimestamp);
    }
    let millis = digits
        .bytes()
        .chain(std::iter::repeat(b'0'))
        .take(3)
        .fold(0, |sum, digit| sum * 10 + u16::from(digit - b'0'));
    Ok((millis, rest))
}

fn parse_offset(text: &str) -> Result<UtcOffset, InvalidTimestamp> {
    let (sign, rest) = match text.split_at_checked(1) {
        None => return Ok(UtcOffset::UTC),
        Some(("Z" | "z", "")) => return Ok(UtcOffset::UTC),
        Some(("+", rest)) => (1, rest),
        Some(("-", rest)) => (-1, rest),
        Some(_) => return Err(InvalidTimestamp),
    };
    let [hours, minutes] = numbers(rest, ':', [2, 2])?;
    let hours = i8::try_from(hours).map_err(|_| InvalidTimestamp)?;
    let minutes = i8::try_from(minutes).map_err(|_| InvalidTimestamp)?;
    UtcOffset::from_hms(sign * hours, sign * minutes, 0).map_err(|_| InvalidTimestamp)
}

/// As [`Timestamp::to_iso`].
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.to_iso())
    }
}

impl FromStr for Timestamp {
    type Err = InvalidTimestamp;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse_iso(text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// 2026-11-21T08:00:00Z
    const MOMENT: Timestamp = Timestamp::from_secs(1_795_248_000);

    #[test]
    fn a_moment_prints_with_seven_digits_of_a_second() {
        assert_eq!(MOMENT.to_iso(), "2026-11-21T08:00:00.0000000Z");
        assert_eq!(
            Timestamp(MOMENT.0 + 7).to_string(),
            "2026-11-21T08:00:00.0070000Z"
        );
        assert_eq!(Timestamp(1).to_iso(), "1970-01-01T00:00:00.0010000Z");
    }

    #[test]
    fn never_prints_as_year_one_and_reads_back() {
        assert_eq!(Timestamp::NEVER.to_iso(), "0001-01-01T00:00:00");
        assert_eq!(
            Timestamp::parse_iso("0001-01-01T00:00:00"),
            Ok(Timestamp::NEVER)
        );
        assert_eq!(
            Timestamp::parse_iso("0001-01-01T00:00:00Z"),
            Ok(Timestamp::NEVER)
        );
    }

    #[test]
    fn a_moment_past_the_year_9999_prints_as_its_end() {
        assert_eq!(
            Timestamp(LAST_PRINTABLE).to_iso(),
            "9999-12-31T23:59:59.9990000Z"
        );
        assert_eq!(
            Timestamp(LAST_PRINTABLE + 1).to_iso(),
            "9999-12-31T23:59:59.9990000Z"
        );
        assert_eq!(Timestamp::MAX.to_iso(), "9999-12-31T23:59:59.9990000Z");
    }

    #[test]
    fn the_forms_that_sdks_send_are_read() {
        let table = [
            ("2026-11-21T08:00:00.0000000Z", 0),
            ("2026-11-21T08:00:00Z", 0),
            ("2026-11-21T08:00:00", 0),
            ("2026-11-21 08:00:00", 0),
            ("2026-11-21T08:00:00.5", 500),
            ("2026-11-21T08:00:00.123456789z", 123),
            ("2026-11-21T10:00:00+02:00", 0),
            ("2026-11-21T02:30:00.1-05:30", 100),
        ];
        for (text, millis) in table {
            assert_eq!(
                Timestamp::parse_iso(text),
                Ok(Timestamp(MOMENT.0 + millis)),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_no_moment_is_refused() {
        let bad = [
            "",
            "2026-11-21",
            "2026-11-21T08:00",
            "2026-13-01T00:00:00Z",
            "2026-02-29T00:00:00Z",
            "2026-11-21T24:00:00Z",
            "2026-11-21T08:60:00Z",
            "2026-11-21T08:00:00.Z",
            "2026-11-21T08:00:00ZZ",
            "2026-11-21T08:00:00+2",
            "2026-11-21T08:00:00+99:00",
            "1969-12-31T23:59:59Z",
            "+026-11-21T08:00:00Z",
            "2026-11-21T08:00:00 Z",
            "２０２６-11-21T08:00:00Z",
        ];
        for text in bad {
            assert_eq!(Timestamp::parse_iso(text), Err(InvalidTimestamp), "{text}");
        }
    }

    #[test]
    fn arithmetic_stops_at_the_ends() {
        let second = Duration::from_secs(1);
        assert_eq!(Timestamp::MAX.saturating_add(second), Timestamp::MAX);
        assert_eq!(Timestamp(5).saturating_sub(second), Timestamp::NEVER);
        assert_eq!(Timestamp(5).since(Timestamp(9)), Duration::ZERO);
        assert_eq!(Timestamp(1500).since(Timestamp(500)), second);
        assert_eq!(Timestamp::from_secs(u64::MAX), Timestamp::MAX);
        assert_eq!(Timestamp(1999).as_secs(), 1);
    }

    proptest! {
        #[test]
        fn printed_moments_read_back(millis in 0..=LAST_PRINTABLE) {
            prop_assert_eq!(Timestamp(millis).to_iso().parse(), Ok(Timestamp(millis)));
        }

        #[test]
        fn arbitrary_text_never_panics(text in "\\PC{0,40}") {
            let _ = Timestamp::parse_iso(&text);
        }

        #[test]
        fn arbitrary_digits_in_the_right_shape_never_panic(
            text in "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{0,12})?([+-][0-9]{2}:[0-9]{2})?"
        ) {
            let _ = Timestamp::parse_iso(&text);
        }
    }
}
