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
}

impl Plugins for Pool {
    fn call(&self, plugin: &str, function: usize, arguments: &[Value]) -> Result<Value, String> {
        let Some(pooled) = self.plugins.get(plugin) else {
            return Err(CallFailure::NoFunction.to_string());
        };
        let mut worker = pooled.take();
        let result = worker.call(function, arguments);
        pooled.put_back(worker);
        result.map_err(|error| error.failure.to_string())
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
