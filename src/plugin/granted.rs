use std::fmt;

use wasmtime::{ResourceLimiter, Store, Trap};

use super::call_error::CallFailure;
use super::engine::ticks;
use super::limits::{Limits, STACK};
use super::message::shortened;

/// Counts what an instance has been granted, and refuses more.
pub(super) struct Granted {
    memory: usize,
    table_elements: usize,
    most_memory: usize,
    most_table_elements: usize,
    instances: usize,
}

impl Granted {
    pub(super) fn new(limits: &Limits) -> Self {
        Granted {
            memory: 0,
            table_elements: 0,
            most_memory: limits.memory,
            most_table_elements: limits.table_elements,
            instances: limits.instances,
        }
    }

    /// Tells whether more than half of the memory has been granted, so that little is left for the next row.
    pub(super) fn is_half_used(&self) -> bool {
        self.memory > self.most_memory / 2
    }
}

/// Grants fuel, time and bytes anew.
pub(super) fn grant(store: &mut Store<Granted>, limits: &Limits) {
    // This fails only in an engine without fuel, and ours has it.
    let _ = store.set_fuel(limits.fuel);
    store.set_epoch_deadline(ticks(limits.time));
    store.set_hostcall_fuel(limits.result);
}

impl ResourceLimiter for Granted {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let total = self.memory.saturating_add(desired.saturating_sub(current));
        if total > self.most_memory {
            return Err(wasmtime::Error::new(LimitReached::Memory));
        }
        self.memory = total;
        Ok(true)
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let total = self
            .table_elements
            .saturating_add(desired.saturating_sub(current));
        if total > self.most_table_elements {
            return Err(wasmtime::Error::new(LimitReached::Tables));
        }
        self.table_elements = total;
        Ok(true)
    }

    fn instances(&self) -> usize {
        self.instances
    }

    fn memories(&self) -> usize {
        self.instances
    }

    fn tables(&self) -> usize {
        self.instances
    }
}

/// A limit of [`Granted`], as it travels through the engine.
#[derive(Clone, Copy, Debug)]
enum LimitReached {
    Memory,
    Tables,
}

impl fmt::Display for LimitReached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            LimitReached::Memory => "too much memory",
            LimitReached::Tables => "too many table elements",
        })
    }
}

impl std::error::Error for LimitReached {}

/// Finds out which limit a failed call met.
pub(super) fn failure(error: &wasmtime::Error, limits: &Limits) -> CallFailure {
    if let Some(reached) = error.downcast_ref::<LimitReached>() {
        return match reached {
            LimitReached::Memory => CallFailure::Memory { limit: limits.memory },
            LimitReached::Tables => CallFailure::Tables {
                limit: limits.table_elements,
            },
        };
    }
    match error.downcast_ref::<Trap>() {
        Some(Trap::OutOfFuel) => CallFailure::OutOfFuel { limit: limits.fuel },
        Some(Trap::Interrupt) => CallFailure::Deadline { limit: limits.time },
        Some(Trap::StackOverflow) => CallFailure::Stack { limit: STACK },
        Some(Trap::UnreachableCodeReached) => {
            CallFailure::Trap("it stopped itself, as a program does that panics".to_owned())
        }
        Some(trap) => CallFailure::Trap(trap.to_string().replace("wasm trap: ", "")),
        None => untyped_failure(&format!("{error:#}"), limits),
    }
}

/// Finds out what an error means whose type the engine keeps to itself.
fn untyped_failure(text: &str, limits: &Limits) -> CallFailure {
    if text.contains("fuel allocated for hostcalls has been exhausted") {
        CallFailure::ResultSize { limit: limits.result }
    } else if text.contains("resource limit exceeded") {
        CallFailure::Instances {
            limit: limits.instances,
        }
    } else {
        CallFailure::Result(shortened(text))
    }
}
