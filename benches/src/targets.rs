use std::net::SocketAddr;
use std::str::FromStr;

/// Addresses that get load. All of them are on this machine: a load generator that can be pointed
/// elsewhere by a typing error is a weapon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Targets(Vec<SocketAddr>);

impl Targets {
    /// # Errors
    /// There is none, or one is not a loopback address.
    pub(crate) fn new(addresses: Vec<SocketAddr>) -> Result<Self, String> {
        if addresses.is_empty() {
            return Err("no target".to_owned());
        }
        match addresses.iter().find(|address| !address.ip().is_loopback()) {
            Some(foreign) => Err(format!("{foreign} is not a loopback address")),
            None => Ok(Self(addresses)),
        }
    }

    /// The target of connection `number`: each in turn.
    pub(crate) fn of(&self, number: usize) -> SocketAddr {
        self.0[number % self.0.len()]
    }
}

impl FromStr for Targets {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let addresses: Result<Vec<SocketAddr>, _> = text.split(',').map(str::parse).collect();
        Self::new(addresses.map_err(|_| format!("{text}: not a list of ip:port"))?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_take_the_targets_in_turn() {
        let targets: Targets = "127.0.0.1:1,[::1]:2".parse().unwrap();
        let ports: Vec<u16> = (0..4).map(|number| targets.of(number).port()).collect();
        assert_eq!(ports, [1, 2, 1, 2]);
    }

    #[test]
    fn everything_but_loopback_is_refused() {
        for text in [
            "10.0.0.1:1883",
            "127.0.0.1:1,8.8.8.8:1",
            "localhost:1883",
            "",
        ] {
            assert!(text.parse::<Targets>().is_err(), "{text}");
        }
    }
}
