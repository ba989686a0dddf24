use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OwnedMutexGuard;

/// The objects that are being written. Stripe turns away the second of two requests that write one object
/// at once (`lock_timeout`).
#[derive(Debug, Default)]
pub(super) struct Objects {
    used: Mutex<HashMap<Arc<str>, Lock>>,
}

/// An object's lock, kept while somebody holds it or waits for it.
#[derive(Debug)]
struct Lock {
    mutex: Arc<tokio::sync::Mutex<()>>,
    users: usize,
}

/// The right to write an object. Dropping it lets the next one in.
#[derive(Debug)]
pub(super) struct Held<'a> {
    // Dropped first, so that the lock is free before its place in the map may go.
    _guard: OwnedMutexGuard<()>,
    _use: Use<'a>,
}

/// One user of a lock, holding or waiting; counted down however its wait ends.
#[derive(Debug)]
struct Use<'a> {
    objects: &'a Objects,
    id: Arc<str>,
}

impl Objects {
    /// Waits until nobody else writes the object.
    pub(super) async fn hold(&self, id: &str) -> Held<'_> {
        let (used, mutex) = self.join(id);
        Held {
            _guard: mutex.lock_owned().await,
            _use: used,
        }
    }

    fn join(&self, id: &str) -> (Use<'_>, Arc<tokio::sync::Mutex<()>>) {
        let id: Arc<str> = id.into();
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        let lock = used.entry(Arc::clone(&id)).or_insert_with(|| Lock {
            mutex: Arc::default(),
            users: 0,
        });
        lock.users += 1;
        (Use { objects: self, id }, Arc::clone(&lock.mutex))
    }
}

impl Drop for Use<'_> {
    fn drop(&mut self) {
        let mut used = self.objects.used.lock().unwrap_or_else(PoisonError::into_inner);
        if let Entry::Occupied(mut entry) = used.entry(Arc::clone(&self.id)) {
            entry.get_mut().users -= 1;
            if entry.get().users == 0 {
                entry.remove();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;

    use super::Objects;

    const SHORT: Duration = Duration::from_secs(1);

    #[tokio::test(start_paused = true)]
    async fn one_object_is_held_once_and_others_are_free() {
        let objects = Objects::default();
        let held = objects.hold("cus_1").await;
        assert!(timeout(SHORT, objects.hold("cus_1")).await.is_err());
        assert!(timeout(SHORT, objects.hold("cus_2")).await.is_ok());
        drop(held);
        assert!(timeout(SHORT, objects.hold("cus_1")).await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_is_kept_of_what_nobody_uses() {
        let objects = Objects::default();
        let held = objects.hold("cus_1").await;
        let given_up = timeout(SHORT, objects.hold("cus_1")).await;
        assert!(given_up.is_err());
        drop(held);
        assert!(objects.used.lock().expect("no panic").is_empty());
    }
}
