use clap::Args;
use serde_json::{Value, json};

use crate::cli::output::{Cell, Role, Table, View};
use crate::cli::{CliError, Context, ExitStatus};
use crate::eval;
use crate::lang::{ParameterKind, Returns, Signature, line_forms, special_forms};

/// The groups in the order of the reference; others follow.
const GROUPS: [&str; 5] = ["text", "number", "money", "date", "list"];

/// List the functions that flows can use, or explain one
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sheetflow functions                  all of them
  sheetflow functions cents            one, with worked examples
  sheetflow functions --format json    for an editor or a script")]
pub(crate) struct Arguments {
    /// A function's name
    #[arg(value_name = "NAME")]
    pub(crate) name: Option<String>,
}

/// Shows the functions, or the one that is named.
pub(crate) fn run(arguments: &Arguments, context: &mut Context) -> Result<ExitStatus, CliError> {
    let mut table = eval::signatures();
    table.extend(special_forms());
    table.sort_by_key(|signature| signature.name);
    match &arguments.name {
        None => context.output.report(
            |view| render_all(&table, view),
            || json!({ "functions": table.iter().map(|signature| signature_json(signature)).collect::<Vec<_>>() }),
        )?,
        Some(name) => {
            let signature = find(&table, name)?;
            context
                .output
                .report(|view| render_one(signature, view), || signature_json(signature))?;
        }
    }
    Ok(ExitStatus::Success)
}

fn find<'a>(table: &[&'a Signature], name: &str) -> Result<&'a Signature, CliError> {
    let found = table.iter().find(|signature| signature.name == name);
    found
        .copied()
        .ok_or_else(|| CliError::unknown_name("function", name, table.iter().map(|signature| signature.name)))
}

fn render_all(table: &[&Signature], view: View) -> String {
    let mut groups: Vec<&str> = GROUPS.to_vec();
    for signature in table {
        if !groups.contains(&signature.group) {
            groups.push(signature.group);
        }
    }
    let mut text = String::new();
    for group in groups {
        let mut rows = Table::new().indented(2);
        for signature in table.iter().filter(|signature| signature.group == group) {
            rows.row([
                Cell::new(Role::Name, call_form(signature)),
                first_sentence(signature.summary).into(),
            ]);
        }
        text.push_str(&format!(
            "{}\n{}\n",
            view.paint(Role::Heading, group),
            rows.render(view)
        ));
    }
    text.push_str(&render_lines_of_groups(table, view));
    text.push_str("`x | f(a)` is `f(x, a)`. `sheetflow functions NAME` shows one with examples.\n");
    text
}

/// Shows what can be called over the lines of a group, which are `rows`.
fn render_lines_of_groups(table: &[&Signature], view: View) -> String {
    let mut rows = Table::new().indented(2);
    rows.row([
        Cell::new(Role::Name, "rows.COLUMN"),
        "a list: the column's cell in each line".into(),
    ]);
    for signature in table {
        for (call, meaning) in line_forms(signature.name) {
            rows.row([Cell::new(Role::Name, call), meaning.into()]);
        }
    }
    let heading = view.paint(
        Role::Heading,
        "rows: with `group by` the lines of the group, in a guard all rows of the flow",
    );
    format!("{heading}\n{}\n", rows.render(view))
}

fn render_one(signature: &Signature, view: View) -> String {
    let mut examples = Table::new().indented(2);
    for example in signature.examples {
        let role = if example.value.starts_with("error: ") {
            Role::Bad
        } else {
            Role::Good
        };
        examples.row([example.expression.into(), Cell::new(role, example.value)]);
    }
    let mut text = format!(
        "{}\n\n{}\n",
        view.paint(
            Role::Heading,
            &format!("{} -> {}", call_form(signature), returns_words(signature))
        ),
        signature.summary,
    );
    let mut lines = Table::new().indented(2);
    for (call, meaning) in line_forms(signature.name) {
        lines.row([Cell::new(Role::Name, call), meaning.into()]);
    }
    let has_lines = !line_forms(signature.name).is_empty();
    let parts = [
        ("over the lines of a group", lines, has_lines),
        ("examples", examples, !signature.examples.is_empty()),
    ];
    for (heading, rows, _) in parts.iter().filter(|(_, _, shown)| *shown) {
        let heading = view.paint(Role::Heading, heading);
        text.push_str(&format!("\n{heading}\n{}", rows.render(view)));
    }
    text
}

fn signature_json(signature: &Signature) -> Value {
    let parameters = &signature.parameters;
    let listed = |those: &[(&str, ParameterKind)]| -> Vec<Value> {
        those
            .iter()
            .map(|(name, kind)| json!({ "name": name, "type": kind_words(*kind) }))
            .collect()
    };
    let examples: Vec<Value> = signature
        .examples
        .iter()
        .map(|example| json!({ "expression": example.expression, "value": example.value }))
        .collect();
    json!({
        "name": signature.name,
        "group": signature.group,
        "call": call_form(signature),
        "summary": signature.summary,
        "required": listed(parameters.required),
        "optional": listed(parameters.optional),
        "rest": parameters.rest.map(|rest| listed(&[rest])),
        "returns": returns_words(signature),
        "over_rows": line_forms(signature.name).into_iter().map(|(call, _)| call).collect::<Vec<_>>(),
        "examples": examples,
    })
}

/// Writes how a function is called: `round(number, digits?, halves?)`, `max(first, others…)`.
fn call_form(signature: &Signature) -> String {
    let parameters = &signature.parameters;
    let required = parameters.required.iter().map(|(name, _)| (*name).to_owned());
    let optional = parameters.optional.iter().map(|(name, _)| format!("{name}?"));
    let rest = parameters.rest.iter().map(|(name, _)| format!("{name}…"));
    let all: Vec<String> = required.chain(optional).chain(rest).collect();
    format!("{}({})", signature.name, all.join(", "))
}

fn returns_words(signature: &Signature) -> String {
    let parameters = &signature.parameters;
    let name_of = |index: usize| {
        let named = parameters.required.iter().chain(parameters.optional);
        named
            .chain(&parameters.rest)
            .nth(index)
            .map_or("the arguments", |(name, _)| *name)
    };
    match &signature.returns {
        Returns::Type(value_type) => value_type.to_string(),
        Returns::ListOf(item) => format!("list of {item}"),
        Returns::SameAs(index) => format!("the type of {}", name_of(*index)),
        Returns::ItemOf(index) => format!("an item of {}", name_of(*index)),
        Returns::Number => "integer or decimal".to_owned(),
    }
}

fn kind_words(kind: ParameterKind) -> &'static str {
    match kind {
        ParameterKind::Any => "any value",
        ParameterKind::Text => "text",
        ParameterKind::Integer => "integer",
        ParameterKind::Number => "number",
        ParameterKind::Date => "date",
        ParameterKind::DateOrTime => "date or time",
        ParameterKind::Boolean => "boolean",
        ParameterKind::List => "list",
    }
}

fn first_sentence(summary: &str) -> &str {
    summary
        .split_inclusive(". ")
        .next()
        .unwrap_or(summary)
        .trim_end_matches([' ', '.'])
}

#[cfg(test)]
mod tests {
    use super::{find, render_one};
    use crate::cli::output::View;
    use crate::diag::Style;
    use crate::lang::{Example, ParameterKind, Parameters, Returns, Signature};
    use crate::model::Type;
    use expect_test::expect;

    static SIGNATURE: Signature = Signature {
        name: "pad",
        group: "text",
        summary: "Fills up.",
        parameters: Parameters {
            required: &[("text", ParameterKind::Text)],
            optional: &[("with", ParameterKind::Text)],
            rest: Some(("more", ParameterKind::Any)),
        },
        returns: Returns::Type(Type::Text),
        examples: &[Example {
            expression: "pad(\"7\")",
            value: "\"07\"",
        }],
        check_literals: None,
    };

    #[test]
    fn a_function_shows_how_it_is_called_and_what_comes_of_it() {
        let view = View {
            style: Style::Plain,
            width: None,
        };
        expect![[r#"
            pad(text, with?, more…) -> text

            Fills up.

            examples
              pad("7")  "07"
        "#]]
        .assert_eq(&render_one(&SIGNATURE, view));
    }

    #[test]
    fn an_unknown_function_is_met_with_the_nearest() {
        let problem = find(&[&SIGNATURE], "padd").expect_err("there is none");
        assert_eq!(problem.to_string(), "no function is called `padd`");
        assert_eq!(problem.hints(), ["did you mean `pad`?"]);
    }
}
