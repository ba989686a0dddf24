//! What a call of a plugin costs with all limits on: alone, in batches, with a new instance, on one core.
//!
//! `cargo bench --bench plugin` measures the bundled `phone`; a path and a function of one text measure
//! another plugin: `cargo bench --bench plugin -- vat.wasm check`.
#![expect(
    clippy::disallowed_methods,
    reason = "a bench reads the clock and its arguments"
)]
#![expect(clippy::print_stdout, reason = "a bench says what it measured")]
#![expect(clippy::expect_used, reason = "a bench that can't go on fails")]

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use sheetflow::model::Value;
use sheetflow::plugin::{Host, Limits, Plugin};

/// How often a measurement is repeated; the median counts.
const ROUNDS: usize = 15;

fn main() {
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|word| !word.starts_with("--"))
        .collect();
    let bundled = Path::new(env!("CARGO_MANIFEST_DIR")).join("plugins/phone/phone.wasm");
    let path = arguments.first().map_or(bundled, PathBuf::from);
    let function = arguments.get(1).map_or("e164", String::as_str);

    loading(&path);
    let host = Host::new().expect("the engine starts");
    let plugin = host
        .load("measured", &path, Limits::default())
        .expect("the plugin loads");
    starting(&plugin, function);
    calling(&plugin, function);
}

/// Compiles without a cache, and loads from one.
fn loading(path: &Path) {
    let folder = tempfile::tempdir().expect("a folder");
    let load = || {
        let host = Host::new()
            .and_then(|host| host.with_cache(&folder.path().join("code"), &folder.path().join("key")))
            .expect("the engine starts");
        let start = Instant::now();
        host.load("measured", path, Limits::default())
            .expect("the plugin loads");
        start.elapsed()
    };
    report("load, compiled", load(), 1);
    report("load, cached", median(load), 1);
}

/// Makes an instance and one call; the call itself is below.
fn starting(plugin: &Plugin, function: &str) {
    let (index, _) = plugin.function(function).expect("the plugin has the function");
    let row = row();
    let elapsed = median(|| {
        let start = Instant::now();
        for _ in 0..100 {
            black_box(plugin.worker().call(index, &row)).expect("the call succeeds");
        }
        start.elapsed()
    });
    report("instance and first call", elapsed, 100);
}

fn calling(plugin: &Plugin, function: &str) {
    let (index, found) = plugin.function(function).expect("the plugin has the function");
    let row = row();
    let mut worker = plugin.worker();
    let elapsed = median(|| {
        let start = Instant::now();
        for _ in 0..1_000 {
            black_box(worker.call(index, &row)).expect("the call succeeds");
        }
        start.elapsed()
    });
    report("call", elapsed, 1_000);
    println!("{:<28}{:>12}", "fuel of a call", worker.fuel_used());
    let rows = vec![row; 1_000];
    if found.has_batch {
        let elapsed = median(|| {
            let start = Instant::now();
            black_box(worker.call_batch(index, &rows));
            start.elapsed()
        });
        report("row of a batch", elapsed, 1_000);
    }
    let start = Instant::now();
    for _ in 0..100 {
        for row in &rows {
            for _ in 0..3 {
                black_box(worker.call(index, row)).expect("the call succeeds");
            }
        }
    }
    report("100,000 rows, 3 calls each", start.elapsed(), 1);
}

fn row() -> Vec<Value> {
    vec![Value::text("+1 (202) 555-0123")]
}

fn median(mut measure: impl FnMut() -> Duration) -> Duration {
    let mut rounds: Vec<Duration> = (0..ROUNDS).map(|_| measure()).collect();
    rounds.sort();
    rounds[ROUNDS / 2]
}

fn report(what: &str, elapsed: Duration, count: u32) {
    println!("{what:<28}{:>12}", format!("{:.3?}", elapsed / count));
}
