//! What commands that wait for the network run in, and the signals that end them.

use std::future::Future;

#[cfg(unix)]
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::CliError;

/// Threads for what waits or computes long: readers of sheets, and records whose plugins are at work. Without a bound
/// as many would be started as there are records at work, and each keeps memory of its own.
const BLOCKING_THREADS: usize = 32;

/// Runs a command's future to its end, on all processors.
///
/// # Errors
///
/// The system's refusal to start threads, or what the future ends with.
pub(crate) fn block_on<T>(future: impl Future<Output = Result<T, CliError>>) -> Result<T, CliError> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .max_blocking_threads(BLOCKING_THREADS)
        .build()
        .map_err(CliError::System)?
        .block_on(future)
}

/// Requests to end the program. From [`StopSignals::listen`] on, they no longer end it by themselves.
#[derive(Debug)]
pub(crate) struct StopSignals {
    #[cfg(unix)]
    interrupt: Signal,
    #[cfg(unix)]
    terminate: Signal,
}

impl StopSignals {
    /// Begins to listen. Needs a running tokio.
    ///
    /// # Errors
    ///
    /// The system's refusal.
    pub(crate) fn listen() -> Result<Self, CliError> {
        Ok(StopSignals {
            #[cfg(unix)]
            interrupt: signal(SignalKind::interrupt()).map_err(CliError::System)?,
            #[cfg(unix)]
            terminate: signal(SignalKind::terminate()).map_err(CliError::System)?,
        })
    }

    /// Waits for the next request to end.
    #[cfg(unix)]
    pub(crate) async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }

    /// Waits for the next request to end.
    #[cfg(not(unix))]
    pub(crate) async fn next(&mut self) {
        // A system without Ctrl-C leaves no way to ask: wait for ever.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending().await
        }
    }
}

/// Requests to read everything again. From [`HangUps::listen`] on, they no longer end the program.
#[derive(Debug)]
pub(crate) struct HangUps {
    #[cfg(unix)]
    hang_up: Signal,
}

impl HangUps {
    /// Begins to listen. Needs a running tokio.
    ///
    /// # Errors
    ///
    /// The system's refusal.
    pub(crate) fn listen() -> Result<Self, CliError> {
        Ok(HangUps {
            #[cfg(unix)]
            hang_up: signal(SignalKind::hangup()).map_err(CliError::System)?,
        })
    }

    /// Waits for the next one; for ever where the system has none.
    pub(crate) async fn next(&mut self) {
        #[cfg(unix)]
        if self.hang_up.recv().await.is_some() {
            return;
        }
        std::future::pending().await
    }
}
