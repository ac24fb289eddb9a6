//! Records of feedback that wait lie without gaps, and batches are not empty.

use super::Findings;
use crate::error::PartitionError;
use crate::reader::Reader;
use crate::table::{FEEDBACK, feedback};

pub(super) fn check(reader: &Reader, found: &mut Findings) -> Result<(), PartitionError> {
    let row = reader.row();
    let (from, to) = feedback::batches();
    let rows: Vec<_> =
        reader.read(|rows, _| rows.scan_from(FEEDBACK, &[]).collect::<Result<Vec<_>, _>>())?;
    let mut next = row.feedback_begin;
    for (tail, value) in rows {
        let number = feedback::number_of(&tail)?;
        if (from.as_slice()..to.as_slice()).contains(&&*tail) {
            let batch = feedback::decode_batch(&value)?;
            found.require(
                !batch.records.is_empty() && number < row.feedback_begin,
                "a batch of feedback holds what waited before",
                || format!("{number}: {batch:?}"),
            );
            continue;
        }
        feedback::decode_record(&value)?;
        found.require(number == next, "feedback waits without gaps", || {
            format!("{number} at {next}")
        });
        next = number + 1;
    }
    found.require(next == row.feedback_next, "feedback is counted", || {
        format!("{next} of {}", row.feedback_next)
    });
    Ok(())
}
