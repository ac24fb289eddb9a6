//! What a device can ask the hub to send it.

/// One kind of thing that a hub sends to a device or module. The numbers are stored: append only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Channel {
    /// Cloud-to-device messages, each acknowledged by the device.
    DeviceBound = 0,
    /// Messages for a module's inputs.
    Inputs = 1,
    /// Answers to twin requests.
    TwinResponses = 2,
    /// Changes of the desired properties.
    DesiredProperties = 3,
    /// Direct method calls.
    Methods = 4,
    /// Device stream requests and their answers.
    Streams = 5,
    /// Cloud-to-device messages that count as done when they were handed over: a subscription of
    /// QoS 0. Never together with [`Channel::DeviceBound`].
    DeviceBoundUnacknowledged = 6,
}

/// What a device has subscribed to: a set of channels in one byte.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, bincode::Encode, bincode::Decode)]
pub struct Channels(u8);

impl Channels {
    /// Nothing.
    pub const NONE: Channels = Channels(0);

    #[must_use]
    pub const fn with(self, channel: Channel) -> Self {
        Self(self.0 | 1 << channel as u8)
    }

    #[must_use]
    pub const fn without(self, channel: Channel) -> Self {
        Self(self.0 & !(1 << channel as u8))
    }

    pub const fn contains(self, channel: Channel) -> bool {
        self.0 & 1 << channel as u8 != 0
    }

    /// Whether cloud-to-device messages are to be delivered, acknowledged or not.
    pub const fn wants_messages(self) -> bool {
        self.contains(Channel::DeviceBound) || self.contains(Channel::DeviceBoundUnacknowledged)
    }

    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
}

impl FromIterator<Channel> for Channels {
    fn from_iter<I: IntoIterator<Item = Channel>>(channels: I) -> Self {
        channels.into_iter().fold(Self::NONE, Self::with)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec;

    #[test]
    fn a_set_of_channels_remembers_what_was_put_in() {
        let set: Channels = [Channel::Methods, Channel::Streams].into_iter().collect();
        assert!(set.contains(Channel::Methods) && set.contains(Channel::Streams));
        assert!(!set.contains(Channel::DeviceBound));
        assert!(!set.without(Channel::Methods).contains(Channel::Methods));
        assert!(Channels::NONE.is_empty() && !set.is_empty());
    }

    #[test]
    fn messages_are_wanted_with_and_without_acknowledgement() {
        for channel in [Channel::DeviceBound, Channel::DeviceBoundUnacknowledged] {
            assert!(Channels::NONE.with(channel).wants_messages());
        }
        assert!(!Channels::NONE.with(Channel::Inputs).wants_messages());
    }

    #[test]
    fn a_set_is_stored_in_one_byte() {
        let set: Channels = [Channel::DeviceBound, Channel::DesiredProperties]
            .into_iter()
            .collect();
        assert_eq!(codec::encode(1, &set), [1, 0b1001]);
        assert_eq!(codec::decode(1, &[1, 0b1001]), Ok((1, set)));
    }
}
