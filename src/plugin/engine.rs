use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use wasmtime::{Config, Engine};

use super::error::PluginError;
use super::limits::STACK;

/// How often the engine's epoch moves on: the grain of deadlines.
const TICK: Duration = Duration::from_millis(20);

/// Makes the engine: everything that could make two machines differ is off, everything that ends a call
/// is on.
pub(super) fn engine() -> Result<Engine, PluginError> {
    let mut config = Config::new();
    config
        .consume_fuel(true)
        .epoch_interruption(true)
        .max_wasm_stack(STACK)
        .cranelift_nan_canonicalization(true)
        .wasm_relaxed_simd(false)
        .wasm_memory64(false)
        .wasm_backtrace_max_frames(None)
        .generate_address_map(false)
        .native_unwind_info(false);
    Engine::new(&config).map_err(|error| PluginError::Engine {
        detail: format!("{error:#}"),
    })
}

/// Gives the number of ticks after which at least this time has passed: the first may come at once.
pub(super) fn ticks(time: Duration) -> u64 {
    let whole = time.as_millis().div_ceil(TICK.as_millis());
    u64::try_from(whole).unwrap_or(u64::MAX / 2).saturating_add(1)
}

/// The thread that moves the engine's epoch on. It ends when this value goes.
pub(super) struct Ticker {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Ticker {
    pub(super) fn start(engine: &Engine) -> Result<Self, PluginError> {
        let (stop, stopped) = channel();
        let engine = engine.clone();
        let thread = Builder::new()
            .name("plugin deadlines".to_owned())
            .spawn(move || tick_until(&engine, &stopped))
            .map_err(|error| PluginError::Engine {
                detail: error.to_string(),
            })?;
        Ok(Ticker {
            stop: Some(stop),
            thread: Some(thread),
        })
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.stop.take();
        if let Some(thread) = self.thread.take() {
            // The thread can't panic, and nothing could be done here if it had.
            let _ = thread.join();
        }
    }
}

fn tick_until(engine: &Engine, stopped: &Receiver<()>) {
    while stopped.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
        engine.increment_epoch();
    }
}
