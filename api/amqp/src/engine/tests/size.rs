use super::super::link::Link;
use super::super::session::Session;
use super::client::Client;
use crate::engine::{Engine, Event};

/// What a device costs while nothing happens: CBS pair, telemetry, messages, twin pair, method pair.
#[test]
fn an_idle_device_takes_a_few_kilobytes() {
    let mut client = Client::running();
    for handle in [0, 2, 4, 6] {
        client.sender(handle, 100);
        client.receiver(handle + 1, 100);
    }
    let (engine, session, link) = (size_of::<Engine>(), size_of::<Session>(), size_of::<Link>());
    let nodes = (16 + 12 * 11) * 2 + 16 * 11;
    let total = engine + session + 8 * link + nodes;
    println!(
        "engine {engine}, session {session}, link {link}, event {}",
        size_of::<Event>()
    );
    println!("with eight links {total} bytes");
    assert!(total < 4_096, "{total}");
    assert_eq!(client.engine.output.len(), 0);
    assert_eq!(client.engine.events.capacity(), 0);
    assert_eq!(client.engine.low_windows.capacity(), 0);
    assert!(size_of::<Event>() <= 128, "{}", size_of::<Event>());
}
