//! What `-v` shows: the program's own events, on stderr.

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// Starts logging to stderr: nothing without `-v`, then more of the program's own events with each
/// further one; from the third on those of the libraries too.
pub(super) fn start(verbosity: u8, stderr_is_terminal: bool) {
    let (own, others) = match verbosity {
        0 => return,
        1 => (LevelFilter::INFO, LevelFilter::OFF),
        2 => (LevelFilter::DEBUG, LevelFilter::OFF),
        _ => (LevelFilter::TRACE, LevelFilter::DEBUG),
    };
    let format = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(stderr_is_terminal)
        .with_timer(tracing_subscriber::fmt::time::uptime())
        .log_internal_errors(false);
    let wanted = Targets::new()
        .with_default(others)
        .with_target(env!("CARGO_CRATE_NAME"), own);
    // A second start, as in tests that share a process, changes nothing.
    let _ = tracing_subscriber::registry()
        .with(wanted)
        .with(format)
        .try_init();
}
