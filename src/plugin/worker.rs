use std::fmt;
use std::sync::Arc;

use wasmtime::component::{Func, Val};
use wasmtime::{ResourceLimiter, Store, Trap};

use crate::model::Value;

use super::call_error::{CallError, CallFailure};
use super::engine::ticks;
use super::function::Function;
use super::host::Shared;
use super::lift::lift_result;
use super::limits::{Limits, STACK};
use super::lower::{Lowered, lower_arguments};

/// Calls a plugin's functions from one thread, through an instance that it replaces when needed.
///
/// Store, instance and functions stay together here: a function of one store that meets another store
/// would end the program.
pub struct Worker {
    shared: Arc<Shared>,
    live: Option<Live>,
    fuel_used: u64,
}

/// An instance with its store.
struct Live {
    store: Store<Granted>,
    functions: Vec<Func>,
    calls: u32,
}

/// Counts what an instance has been granted, and refuses more.
pub(super) struct Granted {
    memory: usize,
    table_elements: usize,
    most_memory: usize,
    most_table_elements: usize,
    instances: usize,
}

impl Worker {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        Worker {
            shared,
            live: None,
            fuel_used: 0,
        }
    }

    /// Calls a function with one row's arguments, under the plugin's limits.
    ///
    /// An empty argument for a parameter that is not optional gives `null` without a call; an argument
    /// that is not known yet gives an unknown value.
    pub fn call(&mut self, function: usize, arguments: &[Value]) -> Result<Value, CallError> {
        let shared = Arc::clone(&self.shared);
        let Some(called) = shared.functions.get(function) else {
            return Err(shared.error(None, CallFailure::NoFunction));
        };
        self.call_function(function, called, arguments)
            .map_err(|failure| shared.error(Some(called), failure))
    }

    /// Gives the fuel that the last call used: the same on every machine.
    pub fn fuel_used(&self) -> u64 {
        self.fuel_used
    }

    /// Makes an instance when there is none.
    pub(super) fn start(&mut self) -> Result<(), CallError> {
        if self.live.is_none() {
            let live = Live::start(&self.shared).map_err(|failure| self.shared.error(None, failure))?;
            self.live = Some(live);
        }
        Ok(())
    }

    fn call_function(
        &mut self,
        index: usize,
        called: &Function,
        arguments: &[Value],
    ) -> Result<Value, CallFailure> {
        let arguments = match lower_arguments(called, arguments)? {
            Lowered::Call(arguments) => arguments,
            Lowered::Value(value) => return Ok(value),
        };
        let was_used = self.live.as_ref().is_some_and(|live| live.calls > 0);
        let mut result = self.attempt(index, &arguments);
        if was_used && result.as_ref().is_err_and(CallFailure::may_come_of_earlier_calls) {
            // What an instance kept of other rows must not decide what becomes of this one.
            result = self.attempt(index, &arguments);
        }
        lift_result(&called.result, result?)
    }

    /// Makes one call. An instance that failed, or has served long enough, is dropped.
    fn attempt(&mut self, index: usize, arguments: &[Val]) -> Result<Val, CallFailure> {
        let limits = &self.shared.limits;
        let mut live = match self.live.take() {
            Some(live) => live,
            None => Live::start(&self.shared)?,
        };
        let result = live.call(limits, index, arguments)?;
        self.fuel_used = limits.fuel.saturating_sub(live.store.get_fuel().unwrap_or(0));
        if live.calls < limits.calls && live.store.data().memory <= limits.memory / 2 {
            self.live = Some(live);
        }
        Ok(result)
    }
}

impl Live {
    fn start(shared: &Shared) -> Result<Self, CallFailure> {
        let limits = &shared.limits;
        let granted = Granted {
            memory: 0,
            table_elements: 0,
            most_memory: limits.memory,
            most_table_elements: limits.table_elements,
            instances: limits.instances,
        };
        let mut store = Store::new(shared.prepared.component().engine(), granted);
        store.limiter(|granted| granted);
        grant(&mut store, limits);
        let instance = shared
            .prepared
            .instantiate(&mut store)
            .map_err(|error| failure(&error, limits))?;
        let mut functions = Vec::with_capacity(shared.exports.len());
        for exports in &shared.exports {
            let function = instance
                .get_func(&mut store, &exports.single)
                .ok_or(CallFailure::NoFunction)?;
            functions.push(function);
        }
        Ok(Live {
            store,
            functions,
            calls: 0,
        })
    }

    fn call(&mut self, limits: &Limits, index: usize, arguments: &[Val]) -> Result<Val, CallFailure> {
        let function = *self.functions.get(index).ok_or(CallFailure::NoFunction)?;
        grant(&mut self.store, limits);
        self.calls += 1;
        let mut results = [Val::Bool(false)];
        function
            .call(&mut self.store, arguments, &mut results)
            .map_err(|error| failure(&error, limits))?;
        let [result] = results;
        Ok(result)
    }
}

/// Grants fuel, time and bytes anew.
fn grant(store: &mut Store<Granted>, limits: &Limits) {
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
fn failure(error: &wasmtime::Error, limits: &Limits) -> CallFailure {
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
        Some(trap) => CallFailure::Trap(trap.to_string().replace("wasm trap: ", "")),
        None => {
            let text = format!("{error:#}");
            // The engine keeps the type of this error to itself.
            if text.contains("fuel allocated for hostcalls has been exhausted") {
                CallFailure::ResultSize { limit: limits.result }
            } else {
                CallFailure::Result(super::message::shortened(&text))
            }
        }
    }
}

impl CallFailure {
    /// Tells whether an instance that had served other rows may have failed because of them.
    fn may_come_of_earlier_calls(&self) -> bool {
        match self {
            CallFailure::Trap(_)
            | CallFailure::OutOfFuel { .. }
            | CallFailure::Memory { .. }
            | CallFailure::Tables { .. }
            | CallFailure::Stack { .. }
            | CallFailure::ResultSize { .. }
            | CallFailure::Result(_) => true,
            // Another second for the same row would be too much.
            CallFailure::Deadline { .. } => false,
            CallFailure::NoFunction
            | CallFailure::ArgumentCount { .. }
            | CallFailure::Argument { .. }
            | CallFailure::Range { .. }
            | CallFailure::Refused(_) => false,
        }
    }
}

impl Shared {
    fn error(&self, function: Option<&Function>, failure: CallFailure) -> CallError {
        CallError {
            plugin: Arc::clone(&self.name),
            function: function.map(|function| Arc::clone(&function.name)),
            failure,
        }
    }
}
