use std::sync::Arc;

use wasmtime::Store;
use wasmtime::component::{Func, Val};

use crate::model::Value;

use super::call_error::{CallError, CallFailure};
use super::function::Function;
use super::granted::{Granted, failure, grant};
use super::host::Shared;
use super::lift::lift_result;
use super::limits::Limits;
use super::lower::{Lowered, lower_arguments};

/// Calls a plugin's functions from one thread, through an instance that it replaces when needed.
///
/// Store, instance and functions stay together here: a function of one store that meets another store
/// would end the program.
pub struct Worker {
    pub(super) shared: Arc<Shared>,
    live: Option<Live>,
    fuel_used: u64,
}

/// An instance with its store.
struct Live {
    store: Store<Granted>,
    functions: Vec<LiveFunction>,
    rows: u32,
}

/// A function of one instance, and its twin for many rows.
struct LiveFunction {
    single: Func,
    batch: Option<Func>,
}

/// One call of the component.
pub(super) struct Attempt<'a> {
    /// The function's index.
    pub(super) function: usize,
    /// Which of the two twins.
    pub(super) twin: Twin,
    /// What the twin takes.
    pub(super) arguments: &'a [Val],
    /// The rows that it stands for.
    pub(super) rows: u32,
}

/// The two forms that a function may have in the component.
#[derive(Clone, Copy)]
pub(super) enum Twin {
    /// For one row.
    Single,
    /// For many rows.
    Batch,
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
        self.fuel_used = 0;
        let shared = Arc::clone(&self.shared);
        let Some(called) = shared.functions.get(function) else {
            return Err(shared.error(None, CallFailure::NoFunction));
        };
        lower_arguments(called, arguments)
            .and_then(|lowered| self.call_lowered(function, called, lowered))
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

    pub(super) fn call_lowered(
        &mut self,
        function: usize,
        called: &Function,
        lowered: Lowered,
    ) -> Result<Value, CallFailure> {
        let arguments = match lowered {
            Lowered::Call(arguments) => arguments,
            Lowered::Value(value) => return Ok(value),
        };
        let attempt = Attempt {
            function,
            twin: Twin::Single,
            arguments: &arguments,
            rows: 1,
        };
        let was_used = self.live.as_ref().is_some_and(|live| live.rows > 0);
        let mut result = self.attempt(&attempt);
        if was_used && result.as_ref().is_err_and(CallFailure::may_come_of_earlier_rows) {
            // What an instance kept of other rows must not decide what becomes of this one.
            result = self.attempt(&attempt);
        }
        lift_result(&called.result, result?)
    }

    /// Makes one call. An instance that failed, or has served long enough, is dropped.
    pub(super) fn attempt(&mut self, attempt: &Attempt<'_>) -> Result<Val, CallFailure> {
        let limits = &self.shared.limits;
        let mut live = match self.live.take() {
            Some(live) => live,
            None => Live::start(&self.shared)?,
        };
        let result = live.call(limits, attempt)?;
        self.fuel_used = limits.fuel.saturating_sub(live.store.get_fuel().unwrap_or(0));
        if limits.keeps_instance_after(live.rows) && !live.store.data().is_half_used() {
            self.live = Some(live);
        }
        Ok(result)
    }
}

impl Live {
    fn start(shared: &Shared) -> Result<Self, CallFailure> {
        let limits = &shared.limits;
        let engine = shared.prepared.component().engine();
        let mut store = Store::new(engine, Granted::new(limits));
        store.limiter(|granted| granted);
        grant(&mut store, limits);
        let instance = shared
            .prepared
            .instantiate(&mut store)
            .map_err(|error| failure(&error, limits))?;
        store.data_mut().has_started();
        let mut functions = Vec::with_capacity(shared.exports.len());
        for exports in &shared.exports {
            let single = instance.get_func(&mut store, exports.single);
            let batch = exports.batch.as_ref();
            functions.push(LiveFunction {
                single: single.ok_or(CallFailure::NoFunction)?,
                batch: batch.and_then(|batch| instance.get_func(&mut store, batch)),
            });
        }
        Ok(Live {
            store,
            functions,
            rows: 0,
        })
    }

    fn call(&mut self, limits: &Limits, attempt: &Attempt<'_>) -> Result<Val, CallFailure> {
        let function = self
            .functions
            .get(attempt.function)
            .and_then(|function| match attempt.twin {
                Twin::Single => Some(function.single),
                Twin::Batch => function.batch,
            })
            .ok_or(CallFailure::NoFunction)?;
        grant(&mut self.store, limits);
        self.rows = self.rows.saturating_add(attempt.rows);
        let mut results = [Val::Bool(false)];
        function
            .call(&mut self.store, attempt.arguments, &mut results)
            .map_err(|error| failure(&error, limits))?;
        let [result] = results;
        Ok(result)
    }
}

impl CallFailure {
    /// Tells whether an instance that had served other rows may have failed because of them.
    fn may_come_of_earlier_rows(&self) -> bool {
        match self {
            CallFailure::Trap(_)
            | CallFailure::OutOfFuel { .. }
            | CallFailure::Memory { .. }
            | CallFailure::Tables { .. }
            | CallFailure::Instances { .. }
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
    pub(super) fn error(&self, function: Option<&Function>, failure: CallFailure) -> CallError {
        CallError {
            plugin: Arc::clone(&self.name),
            function: function.map(|function| Arc::clone(&function.name)),
            failure,
        }
    }
}
