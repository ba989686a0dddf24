use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueHint};
use serde_json::{Value, json};

use crate::cli::output::{Cell, Role, Table, View};
use crate::cli::project::load;
use crate::cli::runtime::block_on;
use crate::cli::{CliError, Context, ExitStatus};
use crate::engine::{Connection, EngineError};
use crate::model::{AccountSpec, KeySource};
use crate::stripe::{self, AccountInfo};

/// List the accounts of the flows, or ask Stripe whether their keys work
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Examples:
  sheetflow accounts              all accounts of this project
  sheetflow accounts test         ask Stripe who the keys belong to
  sheetflow accounts test main    ask for one account"
)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) test: Option<Test>,
    /// A directory with `.flow` files, or one such file
    #[arg(default_value = ".", value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub(crate) path: PathBuf,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Test {
    /// Ask Stripe who a key belongs to, in which mode, and what it may do
    Test {
        /// The account's name in the flow; all without it
        #[arg(value_name = "NAME")]
        name: Option<String>,
        /// A directory with `.flow` files, or one such file
        #[arg(long, default_value = ".", value_name = "PATH", value_hint = ValueHint::AnyPath)]
        path: PathBuf,
    },
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments, context: &mut Context) -> Result<ExitStatus, CliError> {
    match &arguments.test {
        None => list(&arguments.path, context),
        Some(Test::Test { name, path }) => test(name.as_deref(), path, context),
    }
}

fn list(path: &Path, context: &mut Context) -> Result<ExitStatus, CliError> {
    let project = load(path, context)?;
    let accounts = &project.program()?.accounts;
    context.output.report(
        |view| {
            if accounts.is_empty() {
                return "no account is declared: the flows run against the sandbox inside the program\n"
                    .to_owned();
            }
            let mut table = Table::with_headings(["account", "mode", "key"]);
            for account in accounts {
                table.row([
                    Cell::new(Role::Name, &account.name),
                    Cell::from(account.mode.as_str()),
                    Cell::from(key_source(account)),
                ]);
            }
            table.render(view)
        },
        || {
            let shown = accounts.iter().map(|account| {
                json!({"name": account.name, "mode": account.mode.as_str(), "key": key_source(account)})
            });
            shown.collect()
        },
    )?;
    Ok(ExitStatus::Success)
}

/// Says where a key comes from, never what it is.
fn key_source(account: &AccountSpec) -> String {
    match &account.key {
        KeySource::Environment(name) => format!("env(\"{name}\")"),
        KeySource::File(path) => format!("file(\"{path}\")"),
    }
}

fn test(name: Option<&str>, path: &Path, context: &mut Context) -> Result<ExitStatus, CliError> {
    let project = load(path, context)?;
    let accounts = &project.program()?.accounts;
    let wanted: Vec<&AccountSpec> = accounts
        .iter()
        .filter(|account| name.is_none_or(|name| *account.name == *name))
        .collect();
    if let (Some(name), []) = (name, wanted.as_slice()) {
        return Err(CliError::unknown_name(
            "account",
            name,
            accounts.iter().map(|account| &*account.name),
        ));
    }
    let answers: Vec<(&AccountSpec, Result<AccountInfo, EngineError>)> = block_on(async {
        let mut answers = Vec::new();
        for account in wanted {
            answers.push((account, who(account).await));
        }
        Ok(answers)
    })?;
    context.output.report(
        |view| {
            answers
                .iter()
                .map(|(account, answer)| render(account, answer, view))
                .collect()
        },
        || {
            answers
                .iter()
                .map(|(account, answer)| to_json(account, answer))
                .collect()
        },
    )?;
    let usable = answers.iter().all(|(_, answer)| answer.is_ok());
    Ok(if usable {
        ExitStatus::Success
    } else {
        ExitStatus::AccountUnusable
    })
}

/// Asks who a key belongs to. Nothing is sent but that question, so a live account needs no permission.
async fn who(account: &AccountSpec) -> Result<AccountInfo, EngineError> {
    let client = Connection::client_of(account)?;
    stripe::whoami(&client)
        .await
        .map_err(|error| EngineError::Account {
            message: error.to_string(),
        })
}

fn render(account: &AccountSpec, answer: &Result<AccountInfo, EngineError>, view: View) -> String {
    let mut text = format!("{}\n", view.paint(Role::Heading, &account.name));
    match answer {
        Err(problem) => text.push_str(&format!("  {}\n", view.paint(Role::Bad, &problem.to_string()))),
        Ok(info) => {
            let mut table = Table::new().indented(2);
            for (label, value) in facts(info) {
                table.row([Cell::new(Role::Faint, label), Cell::from(value)]);
            }
            text.push_str(&table.render(view));
        }
    }
    text
}

/// Gives what is known of an account, in the order in which a person asks.
fn facts(info: &AccountInfo) -> Vec<(&'static str, String)> {
    let yes_or_no = |flag: bool| if flag { "yes" } else { "no" }.to_owned();
    let known = [
        ("account", info.id.clone()),
        ("name", info.name.clone()),
        ("mode", Some(info.mode.as_str().to_owned())),
        ("version", Some(info.version.clone())),
        ("country", info.country.clone()),
        ("currency", info.default_currency.clone()),
        ("takes payments", info.charges_enabled.map(yes_or_no)),
        ("pays out", info.payouts_enabled.map(yes_or_no)),
        ("but", info.refusal.clone()),
    ];
    known
        .into_iter()
        .filter_map(|(label, value)| Some((label, value?)))
        .collect()
}

fn to_json(account: &AccountSpec, answer: &Result<AccountInfo, EngineError>) -> Value {
    match answer {
        Err(problem) => json!({"name": account.name, "error": problem.to_string()}),
        Ok(info) => json!({
            "name": account.name,
            "account": info.id,
            "display_name": info.name,
            "mode": info.mode.as_str(),
            "version": info.version,
            "country": info.country,
            "currency": info.default_currency,
            "charges_enabled": info.charges_enabled,
            "payouts_enabled": info.payouts_enabled,
            "refusal": info.refusal,
        }),
    }
}
