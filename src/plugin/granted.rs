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
    /// The memory that the instance was made with.
    memory_at_start: usize,
    /// Where the fixed sequence of `wasi_stub` stands; at its start again with every call.
    random: u64,
}

impl Granted {
    pub(super) fn new(limits: &Limits) -> Self {
        Granted {
            memory: 0,
            table_elements: 0,
            most_memory: limits.memory,
            most_table_elements: limits.table_elements,
            instances: limits.instances,
            memory_at_start: 0,
            random: 0,
        }
    }

    /// Remembers what the instance was made with.
    pub(super) fn has_started(&mut self) {
        self.memory_at_start = self.memory;
    }

    /// Tells whether rows have used more than half of the memory that they could, so that little is left for
    /// the next one. What an instance is made with, which is most of it for Python, is no row's fault.
    pub(super) fn is_half_used(&self) -> bool {
        let used = self.memory.saturating_sub(self.memory_at_start);
        used > self.most_memory.saturating_sub(self.memory_at_start) / 2
    }

    /// Gives the next number of a fixed sequence (SplitMix64).
    pub(super) fn next_random(&mut self) -> u64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.random;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

/// Grants fuel, time and bytes anew.
pub(super) fn grant(store: &mut Store<Granted>, limits: &Limits) {
    // This fails only in an engine without fuel, and ours has it.
    let _ = store.set_fuel(limits.fuel);
    store.set_epoch_deadline(ticks(limits.time));
    store.set_hostcall_fuel(limits.result);
    store.data_mut().random = 0;
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

/// A function of WASI that `wasi_stub` does not have.
#[derive(Debug)]
pub(super) struct NotStubbed {
    /// Its interface and its name.
    pub(super) function: String,
}

impl fmt::Display for NotStubbed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "it calls `{}`, which `wasi_stub` does not have", self.function)
    }
}

impl std::error::Error for NotStubbed {}

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
    if let Some(call) = error.downcast_ref::<NotStubbed>() {
        return CallFailure::Trap(call.to_string());
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
