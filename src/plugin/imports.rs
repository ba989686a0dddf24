use wasmtime::Engine;
use wasmtime::component::types::{self, ComponentItem};

/// Names everything that a component wants of the host, in order. Types alone are no authority.
pub(super) fn wanted_imports(engine: &Engine, component: &types::Component) -> Vec<String> {
    component
        .imports(engine)
        .filter(|(_, import)| wants_something(engine, &import.ty))
        .map(|(name, _)| name.to_owned())
        .collect()
}

fn wants_something(engine: &Engine, item: &ComponentItem) -> bool {
    match item {
        ComponentItem::Type(_) => false,
        ComponentItem::ComponentInstance(instance) => instance
            .exports(engine)
            .any(|(_, export)| wants_something(engine, &export.ty)),
        ComponentItem::ComponentFunc(_)
        | ComponentItem::CoreFunc(_)
        | ComponentItem::Module(_)
        | ComponentItem::Component(_)
        | ComponentItem::Resource(_) => true,
    }
}

/// Tells whether a name is an interface or a module of WASI.
pub(super) fn is_wasi(name: &str) -> bool {
    name.starts_with("wasi:") || name.starts_with("wasi_")
}

/// Says, for each tool chain, how a plugin is built that asks for nothing.
pub(super) fn build_without(imports: &[String]) -> String {
    if imports
        .iter()
        .any(|name| name.starts_with("wasi:") || name.starts_with("wasi_"))
    {
        "build it without WASI. Rust: `--target wasm32-unknown-unknown`. C: `zig cc -target wasm32-freestanding`. \
         JavaScript: `componentize-qjs --stub-wasi`, or componentize-js with its features off. \
         Python: `componentize-py componentize --stub-wasi`"
            .to_owned()
    } else {
        "take the import out of the plugin's WIT, and pass what it needs as arguments".to_owned()
    }
}
