use clap::Args;
use serde_json::{Value, json};

use crate::cli::output::{Cell, Role, Table, View};
use crate::cli::{CliError, Context, ExitStatus};
use crate::diag::Code;
use crate::lang;

/// Explain the code of a problem
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sheetflow explain                        all codes
  sheetflow explain E0001                  what it means and how to mend it
  sheetflow explain E0001 --format json    for an editor")]
pub(crate) struct Arguments {
    /// The code, such as E0001; all codes without it
    #[arg(value_name = "CODE")]
    pub(crate) code: Option<String>,
}

/// Shows the page of a code, or the list of all.
pub(crate) fn run(arguments: &Arguments, context: &mut Context) -> Result<ExitStatus, CliError> {
    let codes = lang::codes();
    match &arguments.code {
        None => context.output.report(
            |view| render_all(codes, view),
            || json!({ "codes": codes.iter().map(|code| code_json(code)).collect::<Vec<_>>() }),
        )?,
        Some(id) => {
            let code = find(codes, id)?;
            context
                .output
                .report(|view| render_one(code, view), || code_json(code))?;
        }
    }
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
