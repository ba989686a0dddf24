use wit_component::ComponentEncoder;

use super::error::PluginError;
use super::survey::survey;

/// The first bytes of every WebAssembly binary.
const MAGIC: &[u8; 4] = b"\0asm";

/// The layer that follows the version: 0 for core modules, 1 for components.
const CORE_VERSION: [u8; 4] = [1, 0, 0, 0];

/// Makes a component's bytes of a file's: a component as it is, text that is assembled, or a core module
/// whose component metadata says how to lift it.
pub(super) fn component_bytes(plugin: &str, file: &[u8]) -> Result<Vec<u8>, PluginError> {
    let refuse = |detail: String| PluginError::NoComponent {
        plugin: plugin.to_owned(),
        detail,
    };
    let binary = if file.starts_with(MAGIC) {
        file.to_vec()
    } else {
        assemble(file).map_err(refuse)?
    };
    if binary.get(4..8) == Some(CORE_VERSION.as_slice()) {
        refuse_wasi(plugin, survey(plugin, &binary)?)?;
        lift(&binary).map_err(refuse)
    } else {
        Ok(binary)
    }
}

/// Refuses what imports WASI. Errors with the names, unless there are none.
pub(super) fn refuse_wasi(plugin: &str, imports: Vec<String>) -> Result<(), PluginError> {
    if imports.is_empty() {
        return Ok(());
    }
    Err(PluginError::Imports {
        plugin: plugin.to_owned(),
        imports,
    })
}

/// Tells whether these are the bytes of a core module without component metadata.
pub(super) fn is_bare_module(binary: &[u8]) -> bool {
    binary.starts_with(MAGIC)
        && binary.get(4..8) == Some(CORE_VERSION.as_slice())
        && matches!(wit_component::metadata::decode(binary), Ok((None, _)))
}

fn assemble(file: &[u8]) -> Result<Vec<u8>, String> {
    let text =
        std::str::from_utf8(file).map_err(|_| "it is neither a WebAssembly binary nor text".to_owned())?;
    wat::parse_str(text).map_err(|error| error.to_string())
}

fn lift(module: &[u8]) -> Result<Vec<u8>, String> {
    let (metadata, _) = wit_component::metadata::decode(module).map_err(|error| format!("{error:#}"))?;
    if metadata.is_none() {
        return Err(
            "it is a core module without component metadata, which wit-bindgen and its likes write"
                .to_owned(),
        );
    }
    ComponentEncoder::default()
        .validate(true)
        .module(module)
        .and_then(|mut encoder| encoder.encode())
        .map_err(|error| format!("it is a core module that can't be lifted: {error:#}"))
}
