use jiff::Timestamp;

use super::idempotency::{Kept, Keys};
use super::rate::Limits;
use super::refusal::Refusal;
use super::settings::Settings;
use super::shapes::Shapes;
use super::store::{Record, Store};
use super::writer::{Change, Slot};
use crate::catalog::Operation;

/// Everything that changes.
#[derive(Debug)]
pub(super) struct Books {
    pub(super) store: Store,
    pub(super) keys: Keys,
    limits: Limits,
}

/// What was there when the sandbox started.
#[derive(Debug, Default)]
pub(super) struct Loaded {
    pub(super) records: Vec<Record>,
    pub(super) keys: Vec<Kept>,
    /// The greatest sequence number that was given out.
    pub(super) last: u64,
}

impl Books {
    pub(super) fn new(settings: &Settings, shapes: &Shapes, loaded: Loaded) -> Self {
        let mut store = Store::new(shapes, loaded.last);
        loaded.records.into_iter().for_each(|record| store.put(record));
        let mut keys = Keys::default();
        loaded.keys.into_iter().for_each(|kept| keys.keep(kept));
        let now = settings.clock.now();
        Books {
            store,
            keys,
            limits: Limits::new(settings.rate, settings.endpoint_rate, now),
        }
    }

    /// Takes one request out of the rates of its account and of its endpoint.
    pub(super) fn admit(&mut self, operation: Option<&Operation>, now: Timestamp) -> Result<(), Refusal> {
        match self.limits.take(operation, now) {
            Ok(()) => Ok(()),
            Err(limit) => Err(Refusal::too_many(limit)),
        }
    }

    /// Writes to memory, and to the writer while the books are held, so that both have one order.
    pub(super) fn write(&mut self, records: Vec<Record>, kept: Option<Kept>, slot: Option<Slot<'_>>) {
        let is_change = !records.is_empty() || kept.is_some();
        if let Some(slot) = slot.filter(|_| is_change) {
            slot.send(Change {
                records: records.clone(),
                kept: kept.clone(),
            });
        }
        records.into_iter().for_each(|record| self.store.put(record));
        if let Some(kept) = kept {
            self.keys.keep(kept);
        }
    }
}
