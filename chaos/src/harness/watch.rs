use std::fmt;
use std::future::Future;
use std::time::Duration;

use anyhow::bail;
use tokio::time::Instant;

/// How long a condition is waited for, and how often it is looked at.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    pub limit: Duration,
    pub interval: Duration,
}

impl Patience {
    /// Looks every 50 ms for at most `seconds`.
    pub const fn seconds(seconds: u64) -> Self {
        Self {
            limit: Duration::from_secs(seconds),
            interval: Duration::from_millis(50),
        }
    }
}

/// Waits until `look` finds something. What it finds meanwhile, `Err(why_not_yet)`, is told if the
/// wait is in vain.
///
/// # Errors
/// Nothing was found in time.
pub async fn until<T, W, F>(
    what: &str,
    patience: Patience,
    mut look: impl FnMut() -> F,
) -> anyhow::Result<T>
where
    W: fmt::Display,
    F: Future<Output = Result<T, W>>,
{
    let deadline = Instant::now() + patience.limit;
    loop {
        let why_not_yet = match look().await {
            Ok(found) => return Ok(found),
            Err(why) => why,
        };
        if Instant::now() >= deadline {
            bail!(
                "waited {:?} in vain for {what}: {why_not_yet}",
                patience.limit
            );
        }
        tokio::time::sleep(patience.interval).await;
    }
}
