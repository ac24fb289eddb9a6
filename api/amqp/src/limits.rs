//! Every bound of the engine, on one page. What a client may ask for and does not get stands here.

use std::time::Duration;

/// Levels of lists, maps, arrays and described values inside one another. The deepest value that an
/// SDK sends is a filter in a source in an attach: six.
pub const MAX_DEPTH: u8 = 16;

/// Values that one performative, or one section of a message, may unfold into. A value takes 40
/// bytes in memory and can be one byte on the wire, so that this bounds the memory by 320 KiB.
pub const MAX_VALUES: u32 = 8_192;

/// The smallest max-frame-size that a peer may announce [2.7.1].
pub const MIN_MAX_FRAME_SIZE: u32 = 512;

/// Largest frame in bytes that we take, and that we write however much the peer would take.
pub const MAX_FRAME_SIZE: u32 = 65_536;

/// Largest SASL frame in bytes. The standard says 512 [5.3.1]; a token in a PLAIN response can be
/// longer, and four kilobytes hurt nobody.
pub const MAX_SASL_FRAME_SIZE: u32 = 4_096;

/// Highest channel that we take: 8,192 sessions. A multiplexing client opens one for each device.
pub const CHANNEL_MAX: u16 = 8_191;

/// Highest handle of a link that we take.
pub const HANDLE_MAX: u32 = 65_535;

/// Bytes of the name of a link. It is kept until the host has decided about the link.
pub const MAX_LINK_NAME: usize = 1_024;

/// Links of one connection over all its sessions.
pub const MAX_LINKS: usize = 8_192;

/// Transfer frames that a session may send before we have said that it may go on.
pub const INCOMING_WINDOW: u32 = 2_048;

/// Transfer frames that we say we may send. It is of no use to a peer and only has to be large.
pub const OUTGOING_WINDOW: u32 = u32::MAX >> 1;

/// Largest message in bytes of a link whose host names no other.
pub const MAX_MESSAGE_SIZE: u64 = 1_048_576;

/// Bytes of unfinished multi-frame deliveries over all links of a connection.
pub const MAX_ASSEMBLY_BYTES: usize = 8 * 1_048_576;

/// Bytes of a delivery tag [2.8.7].
pub const MAX_DELIVERY_TAG: usize = 32;

/// Unsettled deliveries to a peer on one link. Beyond that the link has no credit for the host,
/// however much the peer has given, until the peer settles some.
pub const MAX_UNSETTLED: usize = 16_384;

/// Deliveries of one link that wait because the peer's session window is shut.
pub const MAX_WAITING: usize = 64;

/// Silence after which a peer is taken for dead. Half of it is announced, as the standard asks
/// [2.4.5].
pub const IDLE_TIMEOUT: Duration = Duration::from_secs(240);

/// The shortest idle-time-out of a peer that we serve. A shorter one makes us write more than it is
/// worth.
pub const MIN_PEER_IDLE_TIMEOUT: Duration = Duration::from_secs(1);

/// From the first byte to the open frame, authentication included.
pub const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(30);

/// How long the peer may take to answer our close.
pub const CLOSE_TIMEOUT: Duration = Duration::from_secs(5);
