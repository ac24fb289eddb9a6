use tokio::io::AsyncReadExt;

use crate::connect::connect_all;
use crate::options::Idle;
use crate::seat::Seat;

/// Connects, says `ready`, and holds the connections until standard input closes.
///
/// # Errors
/// A connection cannot be made.
pub(crate) async fn run(options: &Idle) -> anyhow::Result<()> {
    let seats = Seat::all(&options.broker).await?;
    // The registry is warm now; the caller may measure before the connections come.
    println!("registered");
    wait_for_line().await?;
    let connections = connect_all(seats, options.broker.connect_rate, 1).await?;
    println!("ready");
    wait_for_line().await?;
    let lost = futures::future::join_all(connections.iter().map(|connection| async {
        let ended = connection.client.closed();
        tokio::time::timeout(std::time::Duration::ZERO, ended)
            .await
            .is_ok()
    }));
    let lost = lost.await.into_iter().filter(|lost| *lost).count();
    println!("lost {lost}");
    Ok(())
}

/// Waits for a line on standard input, or for its end.
async fn wait_for_line() -> anyhow::Result<()> {
    let mut input = tokio::io::stdin();
    while let Ok(byte) = input.read_u8().await {
        if byte == b'\n' {
            break;
        }
    }
    Ok(())
}
