use crate::diag::{Diagnostic, Span};
use crate::lang::syntax::{File, Item};
use crate::model::{AccountSpec, PluginSpec, SourceSpec};

use super::{accounts, plugins, sources};

/// What the files declare, before any source is opened.
#[derive(Clone, Debug, Default)]
pub struct Declarations {
    /// The accounts, in the order of files and lines.
    pub accounts: Vec<Declared<AccountSpec>>,
    /// The sources.
    pub sources: Vec<Declared<SourceSpec>>,
    /// The plugins.
    pub plugins: Vec<Declared<PluginSpec>>,
    /// The account that flows write to when they name none; `None` when that is not clear.
    pub default_account: Option<usize>,
}

/// A declaration and its place.
#[derive(Clone, Debug)]
pub struct Declared<Spec> {
    /// What is declared.
    pub spec: Spec,
    /// Its name's place.
    pub span: Span,
}

/// Reads the accounts, sources and plugins of a project. Those that can't be understood are left out, with a
/// problem; [`super::check`] gives the same problems again.
pub fn declare(files: &[File]) -> (Declarations, Vec<Diagnostic>) {
    let mut declarations = Declarations::default();
    let mut diagnostics = Vec::new();
    let mut active = Vec::new();
    for item in files.iter().flat_map(|file| &file.items) {
        match item {
            Item::Account(account) => {
                if let Some(read) = accounts::account(account, &mut diagnostics) {
                    if read.active {
                        active.push(declarations.accounts.len());
                    }
                    declarations.accounts.push(read.declared);
                }
            }
            Item::Source(source) => {
                declarations
                    .sources
                    .extend(sources::source(source, &mut diagnostics));
            }
            Item::Plugin(plugin) => {
                declarations
                    .plugins
                    .extend(plugins::plugin(plugin, &mut diagnostics));
            }
            Item::Constant(_) | Item::Function(_) | Item::Flow(_) | Item::Test(_) | Item::Broken(_) => {}
        }
    }
    declarations.default_account = match (active.as_slice(), declarations.accounts.len()) {
        ([one], _) => Some(*one),
        ([], 1) => Some(0),
        _ => None,
    };
    (declarations, diagnostics)
}
