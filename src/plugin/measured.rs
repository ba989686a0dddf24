use std::sync::{Arc, Mutex, PoisonError};

use crate::eval::Plugins;
use crate::model::Value;

use super::pool::Pool;

/// The plugins of a pool, with a note of the fuel that the costliest call used.
#[derive(Debug)]
pub struct Measured {
    pool: Arc<Pool>,
    costliest: Mutex<Option<(String, u64)>>,
}

impl Measured {
    /// Measures what is called from now on through this value.
    pub fn new(pool: Arc<Pool>) -> Self {
        Measured {
            pool,
            costliest: Mutex::new(None),
        }
    }

    /// Gives the costliest call since this was asked before: its plugin and its fuel. Calls that gave no value
    /// don't count.
    pub fn take_costliest(&self) -> Option<(String, u64)> {
        self.costliest
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }
}

impl Plugins for Measured {
    fn call(&self, plugin: &str, function: usize, arguments: &[Value]) -> Result<Value, String> {
        let (result, fuel) = self.pool.call_measured(plugin, function, arguments);
        let mut costliest = self.costliest.lock().unwrap_or_else(PoisonError::into_inner);
        if costliest.as_ref().is_none_or(|(_, most)| *most < fuel) {
            *costliest = Some((plugin.to_owned(), fuel));
        }
        result
    }
}
