mod object;

use std::path::PathBuf;

use clap::{Args, ValueHint};
use serde_json::{Value, json};

use crate::cli::arguments::SandboxArguments;
use crate::cli::output::{Cell, Role, Table, View};
use crate::cli::project::history;
use crate::cli::runtime::block_on;
use crate::cli::{CliError, Context, ExitStatus};
use crate::diag::Code;
use crate::lang;

/// Explain the code of a problem, or tell where an object of Stripe comes from
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sheetflow explain                        all codes
  sheetflow explain E0001                  what it means and how to mend it
  sheetflow explain E0001 --format json    for an editor
  sheetflow explain cus_B9SKR7gbwm77fF     which row, cell, binding and run made this customer
  sheetflow explain in_1aB2 billing --sandbox
                                           an invoice of the project in `billing`, in the sandbox

Neither needs a key or makes a request. The row is read again: what has changed since is said.")]
pub(crate) struct Arguments {
    /// The code, such as E0001, or an object's id; all codes without it
    #[arg(value_name = "CODE or ID")]
    pub(crate) subject: Option<String>,
    /// For an object: a directory with `.flow` files, or one such file
    #[arg(default_value = ".", value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub(crate) path: PathBuf,
    #[command(flatten)]
    pub(crate) sandbox: SandboxArguments,
}

/// Shows the page of a code, or the list of all.
pub(crate) fn run(arguments: &Arguments, context: &mut Context) -> Result<ExitStatus, CliError> {
    let codes = lang::codes();
    match &arguments.subject {
        None => context.output.report(
            |view| render_all(codes, view),
            || json!({ "codes": codes.iter().map(|code| code_json(code)).collect::<Vec<_>>() }),
        )?,
        Some(id) if !is_code(id) => return explain_object(id, arguments, context),
        Some(id) => {
            let code = find(codes, id)?;
            context
                .output
                .report(|view| render_one(code, view), || code_json(code))?;
        }
    }
    Ok(ExitStatus::Success)
}

/// Tells a code, perhaps misspelt, from an object's id. No id of Stripe's own making is a letter and digits, and a
/// name that a person gave to a coupon is rarely.
fn is_code(text: &str) -> bool {
    let digits = text.strip_prefix(['E', 'e', 'W', 'w']);
    digits.is_some_and(|digits| digits.len() <= 5 && digits.bytes().all(|byte| byte.is_ascii_digit()))
}

fn explain_object(id: &str, arguments: &Arguments, context: &mut Context) -> Result<ExitStatus, CliError> {
    let traced = block_on(async {
        let history = history(&arguments.path, &arguments.sandbox, context).await?;
        let traced = object::trace(&history, id, &arguments.path).await;
        let place = history.place().display().to_string();
        history.close().await;
        match traced? {
            Some(traced) => Ok(traced),
            None => Err(CliError::UnknownObject {
                id: id.to_owned(),
                ledger: place,
            }),
        }
    })?;
    traced.show(context)?;
    Ok(ExitStatus::Success)
}

fn find<'a>(codes: &[&'a Code], id: &str) -> Result<&'a Code, CliError> {
    let found = codes.iter().find(|code| code.id.eq_ignore_ascii_case(id));
    found
        .copied()
        .ok_or_else(|| CliError::unknown_name("code", id, codes.iter().map(|code| code.id)))
}

fn render_all(codes: &[&Code], view: View) -> String {
    let mut table = Table::new();
    for code in codes {
        table.row([Cell::new(Role::Name, code.id), code.title.into()]);
    }
    format!(
        "{}\n`sheetflow explain CODE` shows one with examples.\n",
        table.render(view)
    )
}

fn render_one(code: &Code, view: View) -> String {
    let heading = view.paint(Role::Heading, &format!("{}: {}", code.id, code.title));
    format!("{heading}\n\n{}\n", code.explanation.trim_end())
}

fn code_json(code: &Code) -> Value {
    json!({ "code": code.id, "title": code.title, "explanation": code.explanation })
}

#[cfg(test)]
mod tests {
    use super::{find, render_one};
    use crate::cli::output::View;
    use crate::diag::{Code, Style};

    static CODE: Code = Code {
        id: "E9998",
        title: "a brick is missing",
        explanation: "Put one there.\n",
    };

    #[test]
    fn a_code_is_found_in_small_letters_too() {
        let code = find(&[&CODE], "e9998").expect("it is there");
        let view = View {
            style: Style::Plain,
            width: None,
        };
        assert_eq!(
            render_one(code, view),
            "E9998: a brick is missing\n\nPut one there.\n"
        );
    }

    #[test]
    fn an_unknown_code_is_met_with_the_nearest() {
        let problem = find(&[&CODE], "E9989").expect_err("there is none");
        assert_eq!(problem.hints(), ["did you mean `E9998`?"]);
    }
}
