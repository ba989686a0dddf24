//! The flow language as people meet it: `broken_flows.md` is a page of flows with mistakes in them, each
//! with all that is said of it. `UPDATE_EXPECT=1 cargo test` writes the answers anew.

use std::collections::BTreeMap;
use std::sync::Arc;

use expect_test::expect_file;
use sheetflow::catalog::Catalog;
use sheetflow::diag::{Sources, Style, render_human};
use sheetflow::eval::signatures;
use sheetflow::lang::program::{Presence, Statement};
use sheetflow::lang::{Checked, Environment, SourceColumns, check, declare, format, parse};
use sheetflow::model::{Header, Type};

const PAGE: &str = include_str!("broken_flows.md");

#[test]
fn every_broken_flow_is_answered_as_the_page_says() {
    let mut answered = String::new();
    for section in PAGE.split_inclusive("\n```flow\n") {
        let Some((flow, rest)) = section.split_once("\n```\n") else {
            answered.push_str(section);
            continue;
        };
        let behind = match rest
            .strip_prefix("\n```text\n")
            .and_then(|rest| rest.split_once("```\n"))
        {
            Some((_, behind)) => behind,
            None => rest,
        };
        answered.push_str(&format!(
            "{flow}\n```\n\n```text\n{}```\n{behind}",
            problems(flow)
        ));
    }
    expect_file!["broken_flows.md"].assert_eq(&answered);
}

#[test]
fn the_page_shows_at_least_fifteen_flows_and_none_without_a_problem() {
    let answers: Vec<&str> = PAGE.split("\n```text\n").skip(1).collect();
    assert!(answers.len() >= 15);
    assert!(
        answers
            .iter()
            .all(|answer| answer.starts_with("error") || answer.starts_with("warning")),
        "a flow without a problem"
    );
}

#[test]
fn the_flows_of_the_reference_have_no_problems() {
    let flows: Vec<&str> = include_str!("../docs/language.md")
        .split("\n```flow\n")
        .skip(1)
        .filter_map(|rest| rest.split("\n```").next())
        .collect();
    assert!(flows.len() >= 3);
    for flow in flows {
        assert_eq!(problems(flow).trim(), "", "{flow}");
    }
}

#[test]
fn the_flows_of_the_reference_stand_in_their_one_form() {
    let page = include_str!("../docs/language.md");
    let mut formatted = String::new();
    for section in page.split_inclusive("\n```flow\n") {
        let Some((flow, rest)) = section.split_once("\n```\n") else {
            formatted.push_str(section);
            continue;
        };
        let text = format!("{flow}\n");
        let tree = parse(Sources::default().add("a.flow", text.as_str()), &text);
        formatted.push_str(&format(&tree, &text));
        formatted.push_str(&format!("```\n{rest}"));
    }
    expect_file!["../docs/language.md"].assert_eq(&formatted);
}

#[test]
fn functions_are_never_said_to_give_more_than_their_examples_show() {
    let mut compared = 0;
    for example in signatures().iter().flat_map(|signature| signature.examples) {
        let flow = format!(
            "source s = csv(\"a.csv\")\nflow a {{\n  from s\n  let found = {}\n}}\n",
            example.expression
        );
        // Some of those that fail are refused by the check.
        let Some(program) = checked(&flow).0.program else {
            continue;
        };
        let statements = program.flows.iter().flat_map(|flow| &flow.body);
        for statement in statements {
            let Statement::Let { value, .. } = statement else {
                continue;
            };
            let failed = example.value.starts_with("error: ");
            assert!(value.may_fail || !failed, "{} may fail", example.expression);
            let empty = matches!(example.value, "null" | "\"\"");
            let sure = value.presence == Presence::Always;
            assert!(!sure || !empty, "{} may be empty", example.expression);
            compared += 1;
        }
    }
    assert!(compared > 50, "{compared}");
}

/// Gives all problems of a flow as a person sees them.
fn problems(flow: &str) -> String {
    let (checked, sources) = checked(&format!("{flow}\n"));
    render_human(&checked.diagnostics, &sources, Style::Plain)
        .trim_end()
        .to_owned()
        + "\n"
}

fn checked(text: &str) -> (Checked, Sources) {
    let mut sources = Sources::default();
    let file = sources.add("billing.flow", text);
    let files = [parse(file, text)];
    let functions = signatures();
    let environment = Environment {
        catalog: Catalog::embedded(),
        functions: &functions,
        columns: columns(&files),
        plugins: BTreeMap::new(),
    };
    (check(&files, &environment), sources)
}

/// Every source of the page has the same columns.
fn columns(files: &[sheetflow::lang::syntax::File]) -> BTreeMap<Arc<str>, SourceColumns> {
    let columns = [
        ("Customer no", Type::Text),
        ("Email", Type::Text),
        ("Name", Type::Text),
        ("Street", Type::Text),
        ("Country", Type::Text),
        ("Status", Type::Text),
        ("Item", Type::Text),
        ("Quantity", Type::Integer),
        ("Amount", Type::Decimal),
        ("Currency", Type::Text),
        ("Due", Type::Date),
    ];
    let header = Header {
        file: "books/billing.xlsx".into(),
        sheet: Some("Customers".into()),
        columns: columns.iter().map(|(name, _)| (*name).into()).collect(),
        positions: (0..).take(columns.len()).collect(),
        row: 1,
    };
    let known = SourceColumns::Known {
        header: Arc::new(header),
        types: columns.iter().map(|(_, value_type)| value_type.clone()).collect(),
        often_empty: Vec::new(),
    };
    let (declarations, _) = declare(files);
    declarations
        .sources
        .iter()
        .map(|source| (source.spec.name.clone(), known.clone()))
        .collect()
}
