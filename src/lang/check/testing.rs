//! What the tests of this room share: one environment, and one function that shows problems.

use std::sync::Arc;

use expect_test::Expect;

use crate::catalog::Catalog;
use crate::diag::{Sources, Style, render_human};
use crate::lang::program::Program;
use crate::lang::signature::{ParameterKind, Parameters, Returns, Signature};
use crate::lang::syntax::parse;
use crate::model::{Header, Type};

use super::{Checked, Environment, OftenEmpty, SourceColumns, check};

const TEXT: (&str, ParameterKind) = ("text", ParameterKind::Text);
const NUMBER: (&str, ParameterKind) = ("number", ParameterKind::Number);

const fn function(name: &'static str, required: Kinds, optional: Kinds, returns: Returns) -> Signature {
    Signature {
        name,
        group: "other",
        summary: "",
        parameters: Parameters {
            required,
            optional,
            rest: None,
        },
        returns,
        examples: &[],
        check_literals: None,
    }
}

type Kinds = &'static [(&'static str, ParameterKind)];

/// A few functions, enough to check calls of every kind.
static FUNCTIONS: &[&Signature] = &[
    &function("trim", &[TEXT], &[], Returns::Type(Type::Text)),
    &function("lower", &[TEXT], &[], Returns::Type(Type::Text)),
    &function("upper", &[TEXT], &[], Returns::Type(Type::Text)),
    &function(
        "replace",
        &[TEXT, ("old", ParameterKind::Text), ("new", ParameterKind::Text)],
        &[],
        Returns::Type(Type::Text),
    ),
    &function(
        "extract",
        &[TEXT, ("pattern", ParameterKind::Text)],
        &[],
        Returns::Type(Type::Text),
    ),
    &function(
        "join",
        &[("list", ParameterKind::List)],
        &[("separator", ParameterKind::Text)],
        Returns::Type(Type::Text),
    ),
    &function(
        "split",
        &[TEXT, ("separator", ParameterKind::Text)],
        &[],
        Returns::ListOf(Type::Text),
    ),
    &function("sum", &[("value", ParameterKind::Any)], &[], Returns::Number),
    &function(
        "count",
        &[("value", ParameterKind::Any)],
        &[],
        Returns::Type(Type::Integer),
    ),
    &function("today", &[], &[], Returns::Type(Type::Date)),
    &function("first", &[("list", ParameterKind::List)], &[], Returns::ItemOf(0)),
    &function(
        "round",
        &[NUMBER],
        &[("decimals", ParameterKind::Integer)],
        Returns::Number,
    ),
    &function(
        "cents",
        &[NUMBER, ("currency", ParameterKind::Text)],
        &[],
        Returns::Type(Type::Integer),
    ),
    &function(
        "add_days",
        &[("date", ParameterKind::Date), ("days", ParameterKind::Integer)],
        &[],
        Returns::SameAs(0),
    ),
    &Signature {
        name: "max",
        group: "other",
        summary: "",
        parameters: Parameters {
            required: &[NUMBER],
            optional: &[],
            rest: Some(NUMBER),
        },
        check_literals: Some(|values| match values {
            [Some(crate::model::Value::Integer(13)), ..] => Err((0, "13 is refused".to_owned())),
            _ => Ok(()),
        }),
        returns: Returns::Number,
        examples: &[],
    },
];

/// The columns of every source in these tests.
const COLUMNS: &[(&str, Type)] = &[
    ("Customer no", Type::Text),
    ("Email", Type::Text),
    ("Name", Type::Text),
    ("First name", Type::Text),
    ("First", Type::Text),
    ("name", Type::Text),
    ("Street", Type::Text),
    ("Country", Type::Text),
    ("Currency", Type::Text),
    ("Status", Type::Text),
    ("Active", Type::Boolean),
    ("Amount", Type::Decimal),
    ("Quantity", Type::Integer),
    ("Due", Type::Date),
    ("Größe", Type::Text),
    ("Other", Type::Any),
    ("at", Type::Text),
    ("group", Type::Text),
    ("call", Type::Text),
    ("given", Type::Text),
    ("status", Type::Text),
    ("test", Type::Text),
];

/// Gives the columns that these tests know, for sources that any of `texts` declares.
pub(crate) fn environment(texts: &[&str]) -> Environment<'static> {
    let header = Header {
        file: "customers.csv".into(),
        sheet: None,
        columns: COLUMNS.iter().map(|(name, _)| (*name).into()).collect(),
        positions: (0..).take(COLUMNS.len()).collect(),
        row: 1,
    };
    let known = SourceColumns::Known {
        header: Arc::new(header),
        types: COLUMNS.iter().map(|(_, value_type)| value_type.clone()).collect(),
        often_empty: vec![OftenEmpty {
            column: 4,
            empty: 12,
            of: 40,
            rows: vec![3, 7, 9],
        }],
    };
    let mut sources = Sources::default();
    let files: Vec<_> = texts
        .iter()
        .map(|text| parse(sources.add("a.flow", *text), text))
        .collect();
    let columns = super::sources::names(&files)
        .into_iter()
        .map(|name| (name, known.clone()))
        .collect();
    Environment {
        catalog: Catalog::embedded(),
        functions: FUNCTIONS,
        columns,
        plugins: Default::default(),
    }
}

/// Checks a project of one file.
pub(crate) fn checked(text: &str) -> (Sources, Checked) {
    let mut sources = Sources::default();
    let tree = parse(sources.add("a.flow", text), text);
    let checked = check(&[tree], &environment(&[text]));
    (sources, checked)
}

/// Checks a file, and compares what is said of it: place, code, message, then labels, notes and hints, one
/// a line.
pub(crate) fn check_problems(text: &str, expected: &Expect) {
    let (sources, checked) = checked(text);
    let mut told = String::new();
    for problem in &checked.diagnostics {
        let place = problem
            .labels
            .first()
            .map(|label| sources.slice(label.span))
            .unwrap_or_default();
        told.push_str(&format!("{} `{place}`: {}\n", problem.code.id, problem.message));
        let labels = problem
            .labels
            .iter()
            .map(|label| &label.text)
            .filter(|text| !text.is_empty());
        for further in labels.chain(&problem.notes).chain(&problem.hints) {
            let short: String = further.chars().take(100).collect();
            told.push_str(&format!("  {short}\n"));
        }
    }
    expected.assert_eq(&told);
}

/// Gives the program of a file without errors.
pub(crate) fn program(text: &str) -> Program {
    let mut sources = Sources::default();
    let tree = parse(sources.add("a.flow", text), text);
    let (program, diagnostics) = super::read(&[tree], &environment(&[text]));
    let shown = render_human(&diagnostics, &sources, Style::Plain);
    assert!(
        !super::has_errors(&diagnostics),
        "the flow has problems:\n{shown}"
    );
    program
}

/// Puts lines into a flow over the source `customers`.
pub(crate) fn in_flow(lines: &str) -> String {
    format!(
        "source customers = csv(\"customers.csv\")\nflow a {{\n  from customers\n  key Email\n{lines}\n}}\n"
    )
}

/// Puts bindings into a step that upserts a customer.
pub(crate) fn in_step(lines: &str) -> String {
    in_flow(&format!(
        "  upsert customer by metadata.no {{\n    metadata.no = `Customer no`\n{lines}\n  }}"
    ))
}
