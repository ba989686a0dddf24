//! Tree to program: every name resolved, every binding held against Stripe's API, all problems at once.
//!
//! | file | what it checks |
//! | --- | --- |
//! | `declare`, `accounts`, `sources`, `plugins`, `options`, `ranges` | accounts, sources and plugins, as they are declared |
//! | `project` | names that the files share, and the order of flows |
//! | `constants` | values bound at the top of files |
//! | `flow`, `statements`, `gaps`, `schedule`, `results` | flows, their statements, keys, when they run, what they leave |
//! | `step`, `call_step`, `request`, `matching`, `removal` | what finds or sends something |
//! | `functions`, `rows` | the project's own functions; lines of groups, look-ups |
//! | `test_blocks` | tests |
//! | `parameters`, `bindings`, `requirements` | paths of fields, what they are bound to, what is missing |
//! | `fit` | whether a value can be what a field takes |
//! | `scope`, `typed`, `expression`, `members`, `calls`, `plugin_calls`, `operators` | expressions and their types |
//! | `presence` | what may be empty, and what may fail |
//! | `secrets` | keys that stand in the text |
//! | `hash` | the program's identity |

mod accounts;
mod bindings;
mod call_step;
mod calls;
mod constants;
mod declare;
mod expression;
mod fit;
mod flow;
mod functions;
mod gaps;
mod hash;
mod matching;
mod members;
mod operators;
mod options;
mod parameters;
mod plugin_calls;
mod plugins;
mod presence;
mod project;
mod ranges;
mod removal;
mod request;
mod requirements;
mod results;
mod rows;
mod schedule;
mod scope;
mod secrets;
mod sources;
mod statements;
mod step;
mod test_blocks;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
mod typed;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::catalog::Catalog;
use crate::diag::{Diagnostic, Severity, Span};
use crate::model::{Header, Type};

use super::program::{Flow, Program};
use super::signature::{PluginFunctions, Signature};
use super::syntax::{self, File, Function, Item};

pub use declare::{Declarations, Declared, declare};

/// What a check needs to know from outside.
#[derive(Clone, Debug)]
pub struct Environment<'a> {
    /// Stripe's API.
    pub catalog: &'static Catalog,
    /// The functions that flows may call.
    pub functions: &'a [&'static Signature],
    /// The columns of the declared sources, by their names. A source that is not in it is a problem.
    pub columns: BTreeMap<Arc<str>, SourceColumns>,
    /// What the declared plugins give to flows, by their names.
    pub plugins: BTreeMap<Arc<str>, PluginFunctions>,
}

/// What is known of the columns of a source.
#[derive(Clone, Debug)]
pub enum SourceColumns {
    /// They were read.
    Known {
        /// Their names.
        header: Arc<Header>,
        /// Their types, in the header's order; [`Type::Any`] where cells differ.
        types: Vec<Type>,
        /// The columns that are often empty; none where nobody looked.
        often_empty: Vec<OftenEmpty>,
    },
    /// They could not be read, and why, in lower case and without a full stop.
    Unreadable(String),
}

/// A column that is often empty in the rows that were looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OftenEmpty {
    /// The column, as an index into the header.
    pub column: usize,
    /// In how many rows it is empty.
    pub empty: u64,
    /// How many rows were looked at, from the first.
    pub of: u64,
    /// The first few rows in which it is empty, as the file counts them.
    pub rows: Vec<u32>,
}

/// What a check gives.
#[derive(Clone, Debug)]
pub struct Checked {
    /// The program; `None` when there are errors.
    pub program: Option<Program>,
    /// All flows that have a name, in the order of files and places.
    pub flows: Vec<FlowOutline>,
    /// All problems of all files, in the order of files and places; warnings too.
    pub diagnostics: Vec<Diagnostic>,
}

/// A flow of a project, as far as it could be read.
#[derive(Clone, Debug)]
pub struct FlowOutline {
    /// Its name.
    pub name: Arc<str>,
    /// The whole declaration.
    pub span: Span,
    /// How many errors lie in it.
    pub errors: usize,
    /// What became of it. `None` when it can't become a program; with errors it may lack parts.
    pub flow: Option<Arc<Flow>>,
}

/// Checks all files of a project.
pub fn check(files: &[File], environment: &Environment) -> Checked {
    let (program, mut diagnostics) = read(files, environment);
    sort(&mut diagnostics);
    Checked {
        flows: outlines(files, &program, &diagnostics),
        program: (!has_errors(&diagnostics)).then_some(program),
        diagnostics,
    }
}

/// Reads all files of a project. What has problems is left out of the program.
fn read(files: &[File], environment: &Environment) -> (Program, Vec<Diagnostic>) {
    let (declarations, mut diagnostics) = declare(files);
    let mut context = Context {
        environment,
        constants: BTreeMap::new(),
        declared_sources: sources::names(files),
        declared_plugins: plugins::names(files),
        declared_functions: functions::declared(files),
        calling: 0,
        diagnostics: Vec::new(),
        inlined: 0,
    };
    for file in files {
        context.diagnostics.extend(file.problems.iter().cloned());
        secrets::find(file, &mut context.diagnostics);
    }
    project::check_names(files, &mut context.diagnostics);
    sources::check_columns(files, &declarations, &mut context);
    plugins::check_usable(&declarations, &mut context);
    functions::refuse_cycles(&mut context);
    constants::check(files, &mut context);
    functions::check(&mut context);
    let flows = project::order(files, &mut context.diagnostics);
    let flows = flows
        .into_iter()
        .filter_map(|flow| flow::check(flow, &declarations, &mut context))
        .collect::<Vec<flow::CheckedFlow>>();
    let tests = test_blocks::check(files, &flows, &mut context);
    let flows = flows.into_iter().map(|checked| checked.flow).collect();
    diagnostics.append(&mut context.diagnostics);
    let program = Program {
        accounts: declarations
            .accounts
            .into_iter()
            .map(|account| account.spec)
            .collect(),
        sources: declarations
            .sources
            .into_iter()
            .map(|source| source.spec)
            .collect(),
        flows,
        tests,
    };
    (program, diagnostics)
}

fn outlines(files: &[File], program: &Program, diagnostics: &[Diagnostic]) -> Vec<FlowOutline> {
    let errors = diagnostics
        .iter()
        .filter(|problem| problem.severity == Severity::Error);
    let places: Vec<Span> = errors
        .filter_map(|problem| problem.labels.first().map(|label| label.span))
        .collect();
    let items = files.iter().flat_map(|file| &file.items);
    let flows = items.filter_map(|item| match item {
        Item::Flow(flow) => flow.name.as_ref().map(|name| (flow, name)),
        _ => None,
    });
    let outline = |(flow, name): (&syntax::Flow, &syntax::Name)| FlowOutline {
        name: Arc::clone(&name.text),
        span: flow.span,
        errors: places.iter().filter(|place| flow.span.holds(**place)).count(),
        flow: program
            .flows
            .iter()
            .find(|known| known.span == flow.span)
            .cloned(),
    };
    flows.map(outline).collect()
}

fn has_errors(diagnostics: &[Diagnostic]) -> bool {
    diagnostics
        .iter()
        .any(|problem| problem.severity == Severity::Error)
}

/// Sorts by file and place, and says the same thing of the same place once.
fn sort(diagnostics: &mut Vec<Diagnostic>) {
    let place = |problem: &Diagnostic| problem.labels.first().map(|label| label.span);
    diagnostics.sort_by(|a, b| {
        let by_place = match (place(a), place(b)) {
            (Some(a), Some(b)) => (a.file, a.start, a.end).cmp(&(b.file, b.start, b.end)),
            (a, b) => a.is_some().cmp(&b.is_some()),
        };
        by_place.then_with(|| a.code.id.cmp(b.code.id))
    });
    diagnostics.dedup();
}

/// What all parts of a check share.
struct Context<'a> {
    environment: &'a Environment<'a>,
    constants: BTreeMap<Arc<str>, constants::Constant>,
    /// The names of all sources that files declare, those with problems included.
    declared_sources: BTreeSet<Arc<str>>,
    /// The names of all plugins that files declare, with their places.
    declared_plugins: BTreeMap<Arc<str>, Span>,
    /// The functions that files declare, by their names; those that need themselves are left out.
    declared_functions: BTreeMap<Arc<str>, Arc<Function>>,
    /// How many of these functions stand in each other where the check is.
    calling: usize,
    diagnostics: Vec<Diagnostic>,
    /// How many nodes of constants were copied into expressions.
    inlined: usize,
}

impl<'a> Context<'a> {
    fn report(&mut self, problem: Diagnostic) {
        self.diagnostics.push(problem);
    }

    fn catalog(&self) -> &'static Catalog {
        self.environment.catalog
    }

    fn function(&self, name: &str) -> Option<&'static Signature> {
        self.environment
            .functions
            .iter()
            .copied()
            .find(|signature| signature.name == name)
    }

    fn columns(&self, source: &str) -> Option<&'a SourceColumns> {
        self.environment.columns.get(source)
    }
}

/// Adds "did you mean …?" when there is a near name.
fn with_nearest<'n>(problem: Diagnostic, name: &str, known: impl IntoIterator<Item = &'n str>) -> Diagnostic {
    match Catalog::nearest(name, known).first() {
        Some(nearest) => problem.with_hint(format!("did you mean `{nearest}`?")),
        None => problem,
    }
}

/// Writes names in a row, each in backticks, and how many there are beyond the first thirty.
fn listed<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
    const SHOWN: usize = 30;
    let names: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    match names.get(SHOWN..) {
        Some(rest) if !rest.is_empty() => {
            format!(
                "{} and {} more",
                names.get(..SHOWN).unwrap_or_default().join(", "),
                rest.len()
            )
        }
        _ => names.join(", "),
    }
}
