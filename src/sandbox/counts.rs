use std::array;
use std::sync::atomic::{AtomicU64, Ordering};

use super::fault::FaultKind;

/// How many requests a sandbox has had since it started, by method.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Requests that read.
    pub get: u64,
    /// Requests that create, change or act.
    pub post: u64,
    /// Requests that delete.
    pub delete: u64,
    /// Requests with a method that Stripe does not have.
    pub other: u64,
    /// How many of all of them the limits refused.
    pub limited: u64,
    /// How many met each fault, by the place of its kind in [`FaultKind::ALL`].
    pub faults: [u64; FaultKind::ALL.len()],
}

impl Counts {
    /// Gives the number of requests that could have changed something.
    pub fn changing(&self) -> u64 {
        self.post + self.delete
    }

    /// Gives the number of all requests.
    pub fn all(&self) -> u64 {
        self.get + self.post + self.delete + self.other
    }

    /// Gives how many requests met this fault.
    pub fn fault(&self, kind: FaultKind) -> u64 {
        self.faults[kind.index()]
    }
}

#[derive(Debug, Default)]
pub(super) struct Counter {
    get: AtomicU64,
    post: AtomicU64,
    delete: AtomicU64,
    other: AtomicU64,
    limited: AtomicU64,
    faults: [AtomicU64; FaultKind::ALL.len()],
}

impl Counter {
    pub(super) fn count(&self, method: &str) {
        let counter = match method {
            "GET" => &self.get,
            "POST" => &self.post,
            "DELETE" => &self.delete,
            _ => &self.other,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn count_limited(&self) {
        self.limited.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn count_fault(&self, kind: FaultKind) {
        self.faults[kind.index()].fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn read(&self) -> Counts {
        Counts {
            get: self.get.load(Ordering::Relaxed),
            post: self.post.load(Ordering::Relaxed),
            delete: self.delete.load(Ordering::Relaxed),
            other: self.other.load(Ordering::Relaxed),
            limited: self.limited.load(Ordering::Relaxed),
            faults: array::from_fn(|place| self.faults[place].load(Ordering::Relaxed)),
        }
    }
}
