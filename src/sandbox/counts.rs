use std::sync::atomic::{AtomicU64, Ordering};

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
}

impl Counts {
    /// Gives the number of requests that could have changed something.
    pub fn changing(&self) -> u64 {
        self.post + self.delete
    }
}

#[derive(Debug, Default)]
pub(super) struct Counter {
    get: AtomicU64,
    post: AtomicU64,
    delete: AtomicU64,
    other: AtomicU64,
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

    pub(super) fn read(&self) -> Counts {
        Counts {
            get: self.get.load(Ordering::Relaxed),
            post: self.post.load(Ordering::Relaxed),
            delete: self.delete.load(Ordering::Relaxed),
            other: self.other.load(Ordering::Relaxed),
        }
    }
}
