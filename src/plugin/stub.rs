use wasmtime::component::types::{self, ComponentItem};
use wasmtime::component::{Linker, Resource, ResourceType, Val};
use wasmtime::{Engine, StoreContextMut};

use super::granted::{Granted, NotStubbed};
use super::message::shortened;

/// Bytes that a stream takes in one write.
const WRITE: u64 = 4096;

/// Bytes that a plugin may ask of the random source at once.
const RANDOM: u64 = 65_536;

/// Every resource of the stub: a stream, or what waits for one. There is nothing to tell them apart by.
struct Stub;

/// A function of WASI that a component imports.
struct Wanted {
    /// The interface without its version: `wasi:clocks/wall-clock`.
    interface: String,
    function: String,
}

/// Gives a component the frozen world that it asks for: a clock that stands at zero, a fixed seed, an empty
/// environment, no files, and output that goes to the log. Whatever else it calls traps.
pub(super) fn define_stub(
    linker: &mut Linker<Granted>,
    engine: &Engine,
    component: &types::Component,
) -> wasmtime::Result<()> {
    for (name, import) in component.imports(engine) {
        let ComponentItem::ComponentInstance(instance) = import.ty else {
            continue;
        };
        let interface = name.split('@').next().unwrap_or(name);
        let mut defined = linker.instance(name)?;
        for (item, export) in instance.exports(engine) {
            match export.ty {
                ComponentItem::ComponentFunc(_) => {
                    let wanted = Wanted {
                        interface: interface.to_owned(),
                        function: item.to_owned(),
                    };
                    defined.func_new(item, move |store, _, arguments, results| {
                        answer(store, &wanted, arguments, results)
                    })?;
                }
                ComponentItem::Resource(_) => {
                    defined.resource(item, ResourceType::host::<Stub>(), |_, _| Ok(()))?;
                }
                ComponentItem::CoreFunc(_)
                | ComponentItem::Module(_)
                | ComponentItem::Component(_)
                | ComponentItem::ComponentInstance(_)
                | ComponentItem::Type(_) => {}
            }
        }
    }
    Ok(())
}

/// Tells whether the stub stands in for this import, at least for some of its functions.
pub(super) fn is_stubbed(import: &str) -> bool {
    import.starts_with("wasi:")
}

fn answer(
    mut store: StoreContextMut<'_, Granted>,
    wanted: &Wanted,
    arguments: &[Val],
    results: &mut [Val],
) -> wasmtime::Result<()> {
    let value = match value_of(store.data_mut(), wanted, arguments) {
        Answer::Value(value) => value,
        Answer::Resource => {
            let resource = Resource::<Stub>::new_own(0);
            Val::Resource(resource.try_into_resource_any(&mut store)?)
        }
        Answer::Trap => {
            let function = format!("{}#{}", wanted.interface, wanted.function);
            return Err(wasmtime::Error::new(NotStubbed { function }));
        }
    };
    for argument in arguments {
        give_back(&mut store, argument)?;
    }
    if let Some(result) = results.first_mut() {
        *result = value;
    }
    Ok(())
}

/// Gives the resources back that a component has lent for a call.
fn give_back(store: &mut StoreContextMut<'_, Granted>, argument: &Val) -> wasmtime::Result<()> {
    match argument {
        Val::Resource(resource) => resource.resource_drop(store),
        Val::List(items) => items.iter().try_for_each(|item| give_back(store, item)),
        _ => Ok(()),
    }
}

/// What a function of the stub gives. A function without a result takes any value.
enum Answer {
    Value(Val),
    Resource,
    Trap,
}

fn value_of(granted: &mut Granted, wanted: &Wanted, arguments: &[Val]) -> Answer {
    let interface = wanted.interface.trim_start_matches("wasi:");
    let value = match (interface, wanted.function.as_str()) {
        ("clocks/wall-clock", "now") => moment(0, 0),
        ("clocks/wall-clock", "resolution") => moment(0, 1),
        ("clocks/monotonic-clock", "now") => Val::U64(0),
        ("clocks/monotonic-clock", "resolution") => Val::U64(1),
        ("random/random", "get-random-u64") | ("random/insecure", "get-insecure-random-u64") => {
            Val::U64(granted.next_random())
        }
        ("random/random", "get-random-bytes") | ("random/insecure", "get-insecure-random-bytes") => {
            match arguments {
                [Val::U64(count)] if *count <= RANDOM => random_bytes(granted, *count),
                _ => return Answer::Trap,
            }
        }
        ("random/insecure-seed", _) => Val::Tuple(vec![
            Val::U64(granted.next_random()),
            Val::U64(granted.next_random()),
        ]),
        ("cli/environment", "get-environment" | "get-arguments") | ("filesystem/preopens", _) => {
            Val::List(Vec::new())
        }
        ("cli/environment", "initial-cwd") => Val::Option(None),
        ("cli/stdout" | "cli/stderr" | "cli/stdin", _)
        | ("clocks/monotonic-clock", "subscribe-instant" | "subscribe-duration") => return Answer::Resource,
        // Whoever waits has waited long enough: no time passes here.
        ("io/poll", "poll") => all_ready(arguments),
        ("io/poll", _) => Val::Bool(true),
        ("cli/terminal-stdin" | "cli/terminal-stdout" | "cli/terminal-stderr", _) => Val::Option(None),
        ("io/streams", method) => return stream_value(method, arguments),
        _ => return Answer::Trap,
    };
    Answer::Value(value)
}

/// Writes to the log, and finds every input at its end.
fn stream_value(method: &str, arguments: &[Val]) -> Answer {
    let done = || Val::Result(Ok(None));
    Answer::Value(match method {
        "[method]output-stream.check-write" => Val::Result(Ok(Some(Box::new(Val::U64(WRITE))))),
        "[method]output-stream.write" | "[method]output-stream.blocking-write-and-flush" => {
            let [_, Val::List(bytes)] = arguments else {
                return Answer::Trap;
            };
            log(bytes);
            done()
        }
        "[method]output-stream.flush" | "[method]output-stream.blocking-flush" => done(),
        "[method]input-stream.read" | "[method]input-stream.blocking-read" => {
            let closed = Val::Variant("closed".to_owned(), None);
            Val::Result(Err(Some(Box::new(closed))))
        }
        "[method]output-stream.subscribe" | "[method]input-stream.subscribe" => return Answer::Resource,
        _ => return Answer::Trap,
    })
}

/// Names the place of everything that is waited for.
fn all_ready(arguments: &[Val]) -> Val {
    let count = match arguments {
        [Val::List(waited)] => u32::try_from(waited.len()).unwrap_or(0),
        _ => 0,
    };
    Val::List((0..count).map(Val::U32).collect())
}

fn log(bytes: &[Val]) {
    let bytes: Vec<u8> = bytes
        .iter()
        .filter_map(|byte| match byte {
            Val::U8(byte) => Some(*byte),
            _ => None,
        })
        .collect();
    for line in String::from_utf8_lossy(&bytes).lines() {
        tracing::info!("a plugin writes: {}", shortened(line));
    }
}

fn moment(seconds: u64, nanoseconds: u32) -> Val {
    Val::Record(vec![
        ("seconds".to_owned(), Val::U64(seconds)),
        ("nanoseconds".to_owned(), Val::U32(nanoseconds)),
    ])
}

fn random_bytes(granted: &mut Granted, count: u64) -> Val {
    let mut bytes = Vec::new();
    while (bytes.len() as u64) < count {
        bytes.extend(granted.next_random().to_le_bytes().map(Val::U8));
    }
    bytes.truncate(usize::try_from(count).unwrap_or(0));
    Val::List(bytes)
}
