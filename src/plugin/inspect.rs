use wasmtime::Engine;
use wasmtime::component::types::{ComponentFunc, ComponentItem};
use wasmtime::component::{Component, ComponentExportIndex};

use super::error::PluginError;
use super::function::{Function, Parameter, Uncallable, snake_case};
use super::limits::{EXPORTS, TYPE_PARTS};
use super::plugin_type::{PluginType, TypeReader};

/// What a component gives to flows.
pub(super) struct Inspected {
    /// The functions, in the order of their exports.
    pub(super) functions: Vec<Function>,
    /// Where each of them is found in an instance.
    pub(super) exports: Vec<Exports>,
    /// The rest, each with its reason.
    pub(super) uncallable: Vec<Uncallable>,
}

/// Where a function is found in an instance.
pub(super) struct Exports {
    /// The function for one row.
    pub(super) single: ComponentExportIndex,
    /// The function for many rows.
    pub(super) batch: Option<ComponentExportIndex>,
}

/// An exported function, before it is known whether flows can call it.
struct Candidate {
    name: String,
    interface: Option<String>,
    function: ComponentFunc,
    index: ComponentExportIndex,
}

impl Candidate {
    fn place(&self) -> String {
        match &self.interface {
            Some(interface) => format!("{interface}#{}", self.name),
            None => self.name.clone(),
        }
    }
}

/// Sorts a component's exports into those that flows can call and the others. Errors when nothing can be
/// called.
pub(super) fn inspect(
    plugin: &str,
    engine: &Engine,
    component: &Component,
) -> Result<Inspected, PluginError> {
    let candidates = candidates(plugin, engine, component)?;
    let mut inspected = Inspected {
        functions: Vec::new(),
        exports: Vec::new(),
        uncallable: Vec::new(),
    };
    for candidate in &candidates {
        let rivals = rivals(candidate, &candidates);
        let read = if rivals.is_empty() {
            read_function(candidate)
        } else {
            Err(format!("has a name that {} takes too", rivals.join(" and ")))
        };
        match read {
            Ok(function) => {
                inspected.functions.push(function);
                inspected.exports.push(Exports {
                    single: candidate.index,
                    batch: None,
                });
            }
            Err(reason) => inspected.uncallable.push(Uncallable {
                name: candidate.place(),
                reason,
            }),
        }
    }
    join_batches(&mut inspected);
    if inspected.functions.is_empty() {
        return Err(PluginError::NothingCallable {
            plugin: plugin.to_owned(),
            uncallable: inspected.uncallable,
        });
    }
    Ok(inspected)
}

/// Collects the functions at the top level and those of exported interfaces.
fn candidates(plugin: &str, engine: &Engine, component: &Component) -> Result<Vec<Candidate>, PluginError> {
    let component_type = component.component_type();
    let mut found = Vec::new();
    let mut seen = 0_usize;
    for (name, export) in component_type.exports(engine) {
        seen += 1;
        match export.ty {
            ComponentItem::ComponentFunc(function) => {
                found.extend(candidate(component, None, (name, function)));
            }
            ComponentItem::ComponentInstance(instance) => {
                for (inner, export) in instance.exports(engine) {
                    seen += 1;
                    if let ComponentItem::ComponentFunc(function) = export.ty {
                        found.extend(candidate(component, Some(name), (inner, function)));
                    }
                }
            }
            ComponentItem::CoreFunc(_)
            | ComponentItem::Module(_)
            | ComponentItem::Component(_)
            | ComponentItem::Type(_)
            | ComponentItem::Resource(_) => {}
        }
        if seen > EXPORTS {
            return Err(PluginError::TooManyExports {
                plugin: plugin.to_owned(),
                limit: EXPORTS,
            });
        }
    }
    Ok(found)
}

fn candidate(
    component: &Component,
    interface: Option<&str>,
    (name, function): (&str, ComponentFunc),
) -> Option<Candidate> {
    let parent = match interface {
        Some(interface) => Some(component.get_export_index(None, interface)?),
        None => None,
    };
    Some(Candidate {
        name: name.to_owned(),
        interface: interface.map(str::to_owned),
        function,
        index: component.get_export_index(parent.as_ref(), name)?,
    })
}

/// Names the other candidates that would have the same name in flows.
fn rivals(candidate: &Candidate, candidates: &[Candidate]) -> Vec<String> {
    let name = snake_case(&candidate.name);
    candidates
        .iter()
        .filter(|other| other.index != candidate.index && snake_case(&other.name) == name)
        .map(|other| format!("`{}`", other.place()))
        .collect()
}

fn read_function(candidate: &Candidate) -> Result<Function, String> {
    if candidate.name.starts_with('[') {
        return Err("belongs to a resource, which can't leave the plugin".to_owned());
    }
    if is_of_quickjs(candidate) {
        return Err("belongs to QuickJS, which runs the plugin".to_owned());
    }
    if candidate.function.async_() {
        return Err("is asynchronous, and flows call nothing that waits".to_owned());
    }
    let mut reader = TypeReader::new(TYPE_PARTS);
    let mut parameters = Vec::new();
    for (name, parameter_type) in candidate.function.params() {
        parameters.push(Parameter {
            name: snake_case(name),
            parameter_type: reader.read_value(&parameter_type)?,
        });
    }
    let result = match candidate.function.results().next() {
        Some(result) => reader.read(&result)?,
        None => return Err("gives nothing back".to_owned()),
    };
    Ok(Function {
        name: snake_case(&candidate.name).into(),
        parameters,
        result,
        has_batch: false,
    })
}

/// Tells whether this is the function through which componentize-qjs hands the engine its script. It is
/// called when the component is built, and would replace the plugin by another.
fn is_of_quickjs(candidate: &Candidate) -> bool {
    candidate.name == "init" && candidate.function.params().any(|(name, _)| name == "script")
}

/// Takes each `f_batch` that fits its `f` out of the list, and remembers it beside `f`.
fn join_batches(inspected: &mut Inspected) {
    let single_of: Vec<Option<usize>> = inspected
        .functions
        .iter()
        .map(|batch| single_of(batch, &inspected.functions))
        .collect();
    for (batch, single) in single_of.iter().enumerate() {
        if let Some(single) = single {
            inspected.functions[*single].has_batch = true;
            inspected.exports[*single].batch = Some(inspected.exports[batch].single);
        }
    }
    let functions = std::mem::take(&mut inspected.functions);
    let exports = std::mem::take(&mut inspected.exports);
    for ((function, exports), single) in functions.into_iter().zip(exports).zip(single_of) {
        if single.is_some() {
            continue;
        }
        if matches!(&function.result, PluginType::List(item) if matches!(**item, PluginType::Fallible(_))) {
            inspected.uncallable.push(Uncallable {
                name: function.name.to_string(),
                reason: "gives a list of results, and is no batch twin of another function".to_owned(),
            });
            continue;
        }
        inspected.functions.push(function);
        inspected.exports.push(exports);
    }
}

/// Finds the function that this one does for many rows at once.
fn single_of(batch: &Function, functions: &[Function]) -> Option<usize> {
    let name = batch.name.strip_suffix("_batch")?;
    functions
        .iter()
        .position(|single| *single.name == *name && is_batch_of(batch, single))
}

/// Tells whether each type of `batch` is a list of what `single` has there.
fn is_batch_of(batch: &Function, single: &Function) -> bool {
    let list_of = |one: &PluginType| PluginType::List(Box::new(one.clone()));
    batch.parameters.len() == single.parameters.len()
        && !single.parameters.is_empty()
        && batch
            .parameters
            .iter()
            .zip(&single.parameters)
            .all(|(many, one)| many.parameter_type == list_of(&one.parameter_type))
        && batch.result == list_of(&single.result)
}
