use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use crate::eval::Plugins;
use crate::model::Value;

use super::call_error::CallFailure;
use super::host::Plugin;
use super::worker::Worker;

/// Plugins with workers for as many threads as call them at once. A worker serves one call at a time and
/// then waits for the next one, on whichever thread that is.
#[derive(Default)]
pub struct Pool {
    plugins: BTreeMap<Arc<str>, Pooled>,
}

struct Pooled {
    plugin: Plugin,
    idle: Mutex<Vec<Worker>>,
}

impl Pool {
    /// Adds a plugin under its name.
    pub fn add(&mut self, plugin: Plugin) {
        let pooled = Pooled {
            idle: Mutex::new(Vec::new()),
            plugin,
        };
        self.plugins.insert(pooled.plugin.name().into(), pooled);
    }

    /// Calls a function, and tells the fuel that the call used.
    pub(super) fn call_measured(
        &self,
        plugin: &str,
        function: usize,
        arguments: &[Value],
    ) -> (Result<Value, String>, u64) {
        let Some(pooled) = self.plugins.get(plugin) else {
            return (Err(CallFailure::NoFunction.to_string()), 0);
        };
        let mut worker = pooled.take();
        let result = worker.call(function, arguments);
        let fuel = worker.fuel_used();
        pooled.put_back(worker);
        (result.map_err(|error| error.failure.to_string()), fuel)
    }
}

impl Plugins for Pool {
    fn call(&self, plugin: &str, function: usize, arguments: &[Value]) -> Result<Value, String> {
        self.call_measured(plugin, function, arguments).0
    }

    fn takes_many(&self, plugin: &str, function: usize) -> bool {
        let called = self.plugins.get(plugin).map(|pooled| pooled.plugin.functions());
        called
            .and_then(|functions| functions.get(function))
            .is_some_and(|function| function.has_batch)
    }

    fn call_many(&self, plugin: &str, function: usize, rows: &[Vec<Value>]) -> Vec<Result<Value, String>> {
        let Some(pooled) = self.plugins.get(plugin) else {
            return Vec::new();
        };
        let mut worker = pooled.take();
        let results = worker.call_batch(function, rows);
        pooled.put_back(worker);
        results
            .into_iter()
            .map(|result| result.map_err(|error| error.failure.to_string()))
            .collect()
    }
}

impl Pooled {
    fn take(&self) -> Worker {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = idle.pop();
        drop(idle);
        waiting.unwrap_or_else(|| self.plugin.worker())
    }

    fn put_back(&self, worker: Worker) {
        self.idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(worker);
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.plugins.keys()).finish()
    }
}
