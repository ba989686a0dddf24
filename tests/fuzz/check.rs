//! Any text as a project: it is checked, its problems stand inside it, and they can be shown.
#![no_main]

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use libfuzzer_sys::fuzz_target;
use rooms::catalog::Catalog;
use rooms::diag::{Severity, Sources, Style, render_human, render_json};
use rooms::eval::signatures;
use rooms::lang::{Environment, Signature, SourceColumns, check, declare, parse};
use rooms::model::{Header, Type};

static FUNCTIONS: LazyLock<Vec<&Signature>> = LazyLock::new(signatures);

/// The columns of every source.
static COLUMNS: LazyLock<SourceColumns> = LazyLock::new(|| {
    let columns = [
        ("Customer no", Type::Text),
        ("Email", Type::Text),
        ("Name", Type::Any),
        ("Country", Type::Text),
        ("Status", Type::Text),
        ("Invoice", Type::Text),
        ("Item", Type::Text),
        ("Quantity", Type::Integer),
        ("Amount", Type::Decimal),
        ("Currency", Type::Text),
        ("Active", Type::Boolean),
        ("Due", Type::Date),
    ];
    let header = Header {
        file: "books/billing.xlsx".into(),
        sheet: Some("Customers".into()),
        columns: columns.iter().map(|(name, _)| (*name).into()).collect(),
        positions: (0..).take(columns.len()).collect(),
        row: 1,
    };
    SourceColumns::Known {
        header: Arc::new(header),
        types: columns.into_iter().map(|(_, value_type)| value_type).collect(),
        often_empty: Vec::new(),
    }
});

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    let mut texts = Sources::default();
    let tree = parse(texts.add("a.flow", text.as_ref()), &text);
    let trees = [tree];
    let (declarations, _) = declare(&trees);
    let sources = declarations.sources.iter();
    let environment = Environment {
        catalog: Catalog::embedded(),
        functions: &FUNCTIONS,
        columns: sources
            .map(|source| (source.spec.name.clone(), COLUMNS.clone()))
            .collect(),
        plugins: BTreeMap::new(),
    };
    let checked = check(&trees, &environment);
    rooms::check_places(&checked.diagnostics, &texts);
    let mut problems = checked.diagnostics.iter();
    let failed = problems.any(|problem| problem.severity == Severity::Error);
    assert_eq!(checked.program.is_none(), failed);
    let _ = render_human(&checked.diagnostics, &texts, Style::Plain);
    let _ = render_json(&checked.diagnostics, &texts);
    if let Some(program) = checked.program {
        // What was not understood was reported, and is never part of a program.
        assert!(!format!("{program:?}").contains("Literal(Unknown)"), "{text:?}");
    }
});
