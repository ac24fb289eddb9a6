//! The progress bars: on standard error, and only when that is a terminal.

use indicatif::{ProgressBar, ProgressStyle};

/// Bytes on their way, cleared when dropped.
#[derive(Debug)]
pub(super) struct Bar(ProgressBar);

impl Bar {
    /// `total` is in bytes.
    pub(super) fn bytes(total: u64) -> Self {
        let template = "{wide_bar} {bytes}/{total_bytes}  {msg}  {eta} left";
        Self(ProgressBar::new(total).with_style(style(template)))
    }

    pub(super) fn devices(total: u64) -> Self {
        let template = "{wide_bar} {pos}/{len} devices  {per_sec}  {eta} left";
        Self(ProgressBar::new(total).with_style(style(template)))
    }

    pub(super) fn at(&self, position: u64) {
        self.0.set_position(position);
    }

    pub(super) fn say(&self, message: String) {
        self.0.set_message(message);
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
