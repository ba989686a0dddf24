use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use jiff::Timestamp;

use crate::model::Clock;

use super::fault::Faults;

/// How a sandbox is to be run.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The SQLite file that keeps the state; `None` keeps it in memory only.
    pub state: Option<PathBuf>,
    /// Where to listen. Port 0 takes a free one.
    pub address: SocketAddr,
    /// Requests per second that the account may make; `None` sets no limit.
    pub rate: Option<u32>,
    /// Requests per second that each endpoint takes, whatever ids are in its path; `None` sets no limit.
    /// Searches share 20 at most.
    pub endpoint_rate: Option<u32>,
    /// What goes wrong, and how often.
    pub faults: Faults,
    /// What ids are made from, and faults drawn from: the same seed and the same requests give the same, those
    /// with idempotency keys in whatever order.
    pub seed: u64,
    /// Where the time comes from.
    pub clock: Clock,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            state: None,
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            rate: None,
            endpoint_rate: None,
            faults: Faults::default(),
            seed: 0,
            clock: Clock::new(Timestamp::now),
        }
    }
}
