use wasmparser::{ComponentInstance, Parser, Payload};

use super::error::PluginError;
use super::imports::is_wasi;

/// How deep components may lie inside a plugin. What tool chains make is 1 or 2 deep.
const DEPTH: usize = 4;

/// How many instances of inner components a plugin may make, all levels together. Each may make further
/// ones, and the compiler unfolds them all: a kilobyte can ask for a billion.
const INSTANCES: usize = 100;

/// What can be seen of a binary without compiling it.
#[derive(Default)]
struct Survey {
    wasi_imports: Vec<String>,
    depth: usize,
    deepest: usize,
    instances: usize,
}

/// Looks through a binary before it is compiled, which takes half a minute for a large one and for ever for
/// one that is meant to. Gives the names of what it imports of WASI.
///
/// Bytes that can't be read are passed over: the compiler says what is wrong with them.
pub(super) fn survey(plugin: &str, binary: &[u8]) -> Result<Vec<String>, PluginError> {
    let mut survey = Survey::default();
    for payload in Parser::new(0).parse_all(binary) {
        let Ok(payload) = payload else { break };
        survey.note(&payload);
        if let Some(detail) = survey.excess() {
            return Err(PluginError::TooIntricate {
                plugin: plugin.to_owned(),
                detail,
            });
        }
    }
    Ok(survey.wasi_imports)
}

impl Survey {
    fn note(&mut self, payload: &Payload<'_>) {
        match payload {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => {
                self.depth += 1;
                self.deepest = self.deepest.max(self.depth);
            }
            Payload::End(_) => self.depth = self.depth.saturating_sub(1),
            Payload::ComponentInstanceSection(section) => {
                let instances = section.clone().into_iter().flatten();
                self.instances += instances
                    .filter(|instance| matches!(instance, ComponentInstance::Instantiate { .. }))
                    .count();
            }
            Payload::ComponentImportSection(section) if self.depth == 0 => {
                let names = section.clone().into_iter().flatten();
                self.import(names.map(|import| import.name.name.to_owned()));
            }
            Payload::ImportSection(section) if self.depth == 0 => {
                let names = section.clone().into_imports().flatten();
                self.import(names.map(|import| format!("{}#{}", import.module, import.name)));
            }
            _ => {}
        }
    }

    fn import(&mut self, names: impl Iterator<Item = String>) {
        self.wasi_imports.extend(names.filter(|name| is_wasi(name)));
    }

    /// Says what there is too much of.
    fn excess(&self) -> Option<String> {
        if self.deepest > DEPTH {
            Some(format!("components inside components, more than {DEPTH} deep"))
        } else if self.instances > INSTANCES {
            Some(format!("more than {INSTANCES} instances of inner components"))
        } else {
            None
        }
    }
}
