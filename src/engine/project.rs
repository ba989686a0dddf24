use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::catalog::Catalog;
use crate::diag::{Diagnostic, Severity, Sources};
use crate::eval;
use crate::lang::program::Program;
use crate::lang::{self, Environment, FlowOutline, OftenEmpty, SourceColumns};
use crate::model::{Header, PluginSpec, SourceSpec};
use crate::plugin::Compilation;
use crate::source::{self, OpenSource};

use super::EngineError;
use super::plugins::{LoadedPlugins, Shelf};

/// A project that was read and checked. It may have problems.
#[derive(Debug)]
pub struct Project {
    /// The directory that paths of sheets are relative to, and beside which state is kept.
    pub root: PathBuf,
    /// What the marks of objects call the project: the directory's name.
    pub name: String,
    /// The texts of all flows.
    pub texts: Sources,
    /// The checked program; `None` when there are errors.
    pub program: Option<Program>,
    /// All flows that have a name, also those that have problems, in the order of files and places.
    pub flows: Vec<FlowOutline>,
    /// All problems of all files, in the order of files and places.
    pub diagnostics: Vec<Diagnostic>,
    /// The sources that were declared, and what their headers say; `Err` holds why one can't be read.
    pub sources: Vec<(SourceSpec, Result<Arc<Header>, String>)>,
    /// The plugins that were declared, compiled and known to start.
    pub(super) plugins: LoadedPlugins,
}

impl Project {
    /// Reads and checks all flows of a directory, or one flow. Opens every sheet as far as its header, and
    /// compiles every plugin, whose code is kept in the project's `.sheetflow/plugins`; `on_compile` is told of
    /// those that are compiled now.
    pub fn load(
        path: &Path,
        on_compile: impl Fn(Compilation<'_>) + Send + Sync + 'static,
    ) -> Result<Project, EngineError> {
        Project::load_with(path, &mut Shelf::new(on_compile))
    }

    /// Reads and checks as [`Project::load`] does; plugins that stand on the shelf are not compiled again.
    pub(super) fn load_with(path: &Path, shelf: &mut Shelf) -> Result<Project, EngineError> {
        let (root, files) = flow_files(path)?;
        let (texts, trees) = read_trees(&files)?;
        // `check` gives the problems of declarations again, among all others.
        let (declarations, _) = lang::declare(&trees);
        let mut columns = BTreeMap::new();
        let mut sources = Vec::new();
        for declared in declarations.sources {
            let spec = declared.spec;
            let (known, header) = read_header(&spec, &root);
            columns.insert(Arc::clone(&spec.name), known);
            sources.push((spec, header));
        }
        let (plugins, known_plugins) = LoadedPlugins::load(declarations.plugins, &root, shelf);
        let functions = eval::signatures();
        let environment = Environment {
            catalog: Catalog::embedded(),
            functions: &functions,
            columns,
            plugins: known_plugins,
        };
        let checked = lang::check(&trees, &environment);
        let diagnostics = checked.diagnostics;
        let failed = diagnostics
            .iter()
            .any(|diagnostic| diagnostic.severity == Severity::Error);
        let program = checked.program.filter(|_| !failed);
        Ok(Project {
            name: directory_name(&root),
            root,
            texts,
            program,
            flows: checked.flows,
            diagnostics,
            sources,
            plugins,
        })
    }

    /// Gives the checked program, or all problems as an error.
    pub fn program(&self) -> Result<&Program, EngineError> {
        self.program.as_ref().ok_or_else(|| EngineError::Check {
            diagnostics: self.diagnostics.clone(),
            texts: Box::new(self.texts.clone()),
        })
    }

    /// Gives the plugins as they were declared, each name once.
    pub(super) fn plugin_specs(&self) -> &[PluginSpec] {
        self.plugins.specs()
    }

    /// Finds a source and its header.
    pub fn source(&self, name: &str) -> Option<(&SourceSpec, &Arc<Header>)> {
        self.sources.iter().find_map(|(spec, header)| match header {
            Ok(header) if *spec.name == *name => Some((spec, header)),
            _ => None,
        })
    }
}

/// Reads and parses flows. What can't be understood is left out here, and told by a check.
pub(super) fn read_trees(files: &[PathBuf]) -> Result<(Sources, Vec<lang::syntax::File>), EngineError> {
    let mut texts = Sources::default();
    let mut trees = Vec::new();
    for file in files {
        let text = fs::read(file).map_err(|source| EngineError::Read {
            path: file.clone(),
            source,
        })?;
        let text = String::from_utf8_lossy(&text).into_owned();
        let id = texts.add(file.display().to_string(), text);
        trees.push(lang::parse(id, texts.text(id)));
    }
    Ok((texts, trees))
}

fn read_header(spec: &SourceSpec, root: &Path) -> (SourceColumns, Result<Arc<Header>, String>) {
    match source::open(spec, root) {
        Ok(open) => {
            let header = Arc::clone(open.header());
            let types = open.types();
            (
                SourceColumns::Known {
                    header: Arc::clone(&header),
                    types,
                    often_empty: often_empty(open),
                },
                Ok(header),
            )
        }
        Err(error) => (
            SourceColumns::Unreadable(error.to_string()),
            Err(error.to_string()),
        ),
    }
}

/// How many rows are looked at for columns that are often empty.
const ROWS_LOOKED_AT: usize = 1_000;

/// Finds the columns that at least one row in ten, and more than one, leaves empty. What can't be read is told
/// when it is planned, not here.
fn often_empty(open: OpenSource) -> Vec<OftenEmpty> {
    let Ok((of, gaps)) = source::gaps(open, ROWS_LOOKED_AT) else {
        return Vec::new();
    };
    gaps.into_iter()
        .enumerate()
        .filter(|(_, gap)| gap.empty > 1 && gap.empty * 10 >= of)
        .map(|(column, gap)| OftenEmpty {
            column,
            empty: gap.empty,
            of,
            rows: gap.rows,
        })
        .collect()
}

/// Finds the directory of a project, or of one flow, and its flows, sorted by name.
pub fn flow_files(path: &Path) -> Result<(PathBuf, Vec<PathBuf>), EngineError> {
    let failed = |source| EngineError::Read {
        path: path.to_owned(),
        source,
    };
    let metadata = fs::metadata(path).map_err(failed)?;
    if metadata.is_file() {
        if path.extension().is_none_or(|extension| extension != "flow") {
            return Err(EngineError::NotAFlow {
                path: path.to_owned(),
            });
        }
        let root = match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
            _ => PathBuf::from("."),
        };
        return Ok((root, vec![path.to_owned()]));
    }
    let mut files = Vec::new();
    for entry in fs::read_dir(path).map_err(failed)? {
        let file = entry.map_err(failed)?.path();
        let is_flow = file.extension().is_some_and(|extension| extension == "flow");
        if is_flow && file.is_file() {
            files.push(file);
        }
    }
    files.sort();
    match files.is_empty() {
        true => Err(EngineError::NoFlows {
            path: path.to_owned(),
        }),
        false => Ok((path.to_owned(), files)),
    }
}

fn directory_name(root: &Path) -> String {
    let absolute = fs::canonicalize(root).unwrap_or_else(|_| root.to_owned());
    absolute.file_name().map_or_else(
        || "project".to_owned(),
        |name| name.to_string_lossy().into_owned(),
    )
}
