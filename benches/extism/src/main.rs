//! Calls `e164` through sheetflow and through Extism, in turns, and prints medians and their ratio.

use std::error::Error;
use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use extism::{Manifest, PluginBuilder, Wasm};
use sheetflow::model::Value;
use sheetflow::plugin::{Host, Limits};

const ROUNDS: usize = 15;
const CALLS: u32 = 2_000;
const NUMBER: &str = "+1 (202) 555-0123";

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(component), Some(module)) = (arguments.next(), arguments.next()) else {
        return Err("two paths are wanted: the component and the Extism module".into());
    };

    let module = std::fs::read(module)?;
    let plugin = Host::new()?.load("phone", Path::new(&component), Limits::default())?;
    let (index, _) = plugin.function("e164").ok_or("no e164")?;
    let mut worker = plugin.worker();
    let row = vec![Value::text(NUMBER)];

    // The limits that sheetflow always has: fuel, time and memory. Extism's fuel is for the whole life of a
    // plugin, so it is given enough of it here.
    let limited = || -> Result<extism::Plugin, extism::Error> {
        let manifest = Manifest::new([Wasm::data(module.clone())])
            .with_timeout(Duration::from_secs(1))
            .with_memory_max(1024);
        PluginBuilder::new(manifest)
            .with_wasi(false)
            .with_fuel_limit(u64::MAX / 4)
            .build()
    };
    let mut with_limits = limited()?;
    let mut without = extism::Plugin::new(Manifest::new([Wasm::data(module.clone())]), [], false)?;
    let answer: String = with_limits.call("e164", NUMBER)?;
    assert_eq!(worker.call(index, &row)?, Value::text(answer), "both do the same");

    let (mut ours, mut theirs, mut unlimited) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        ours.push(time(CALLS, || {
            black_box(worker.call(index, &row)).is_ok()
        }));
        theirs.push(time(CALLS, || {
            black_box(with_limits.call::<_, String>("e164", NUMBER)).is_ok()
        }));
        unlimited.push(time(CALLS, || {
            black_box(without.call::<_, String>("e164", NUMBER)).is_ok()
        }));
    }
    let (ours, theirs, unlimited) = (median(ours), median(theirs), median(unlimited));
    report("a call, sheetflow, all limits", ours, ours);
    report("a call, extism, fuel and time", theirs, ours);
    report("a call, extism, no limits", unlimited, ours);

    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        ours.push(time(20, || black_box(plugin.worker().call(index, &row)).is_ok()));
        theirs.push(time(1, || {
            limited().is_ok_and(|mut plugin| black_box(plugin.call::<_, String>("e164", NUMBER)).is_ok())
        }));
    }
    let (ours, theirs) = (median(ours), median(theirs));
    report("instance and call, sheetflow", ours, ours);
    report("instance and call, extism", theirs, ours);
    Ok(())
}

fn time(calls: u32, mut call: impl FnMut() -> bool) -> Duration {
    let start = Instant::now();
    for _ in 0..calls {
        assert!(call(), "the call succeeds");
    }
    start.elapsed() / calls
}

fn median(mut rounds: Vec<Duration>) -> Duration {
    rounds.sort();
    rounds[ROUNDS / 2]
}

fn report(what: &str, elapsed: Duration, ours: Duration) {
    let ratio = elapsed.as_secs_f64() / ours.as_secs_f64();
    println!("{what:<32}{:>12}{ratio:>8.2}", format!("{elapsed:.2?}"));
}
