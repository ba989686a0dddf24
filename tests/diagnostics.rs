//! `docs/diagnostics.md`: every problem that a check can find, as it is shown, and its mend. The page is made from
//! the pages of the codes; `UPDATE_EXPECT=1 cargo test` writes it anew.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;

use expect_test::expect_file;
use sheetflow::catalog::Catalog;
use sheetflow::diag::{Code, Sources, Style, render_human};
use sheetflow::eval::signatures;
use sheetflow::lang::{Environment, OftenEmpty, SourceColumns, check, codes, declare, parse};
use sheetflow::model::{Header, Type};

use crate::support::Project;

const INTRODUCTION: &str = "\
# Problems that a check finds

Every code with an example, what is shown of it, and the mend. `sheetflow explain CODE` shows the same pages. A test
writes this page from them, and fails when the two differ.

All problems of a project are found at once; here each stands alone. The sheet of the examples is `customers.csv`,
and lines that are no whole flow stand in this one:

```flow
source customers = csv(\"customers.csv\")

flow customers {
  from customers
  key  Email

  upsert customer by metadata.no {
    metadata.no = `Customer no`
  }
}
```
";

const GROUPS: [(&str, &str); 7] = [
    ("E00", "Writing"),
    ("E01", "Names"),
    ("E02", "Types"),
    ("E03", "Requests"),
    ("E04", "Flows"),
    ("E05", "Accounts, sources and plugins"),
    ("E06", "Tests of flows"),
];

const COLUMNS: [(&str, Type); 16] = [
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
];

#[test]
fn the_gallery_shows_every_code() {
    let mut page = INTRODUCTION.to_owned();
    for (prefix, title) in GROUPS {
        let _ = write!(page, "\n## {title}\n");
        for code in codes().iter().filter(|code| code.id.starts_with(prefix)) {
            page.push_str(&entry(code));
        }
    }
    for code in codes() {
        assert!(
            page.contains(&format!("### {}: ", code.id)),
            "{} has a group",
            code.id
        );
    }
    expect_file!["../docs/diagnostics.md"].assert_eq(&page);
}

#[test]
fn a_source_and_a_plugin_that_can_not_be_read_are_problems_of_the_flow() {
    for (code, line) in [
        ("E0508", "source customers = csv(\"customers.csv\")"),
        ("E0509", "use phone from \"phone.wasm\""),
    ] {
        let shown = program_says(line);
        assert!(shown.starts_with(&format!("error[{code}]")), "{shown}");
    }
}

/// Writes the entry of a code: its page, with what is shown of the first example behind it.
fn entry(code: &Code) -> String {
    let mut entry = format!("\n### {}: {}\n\n", code.id, code.title);
    let mut parts = code.explanation.split("```flow\n");
    let prose = parts.next().unwrap_or_default().trim();
    entry.push_str(prose);
    entry.push('\n');
    let examples: Vec<&str> = parts.filter_map(|part| part.split("\n```").next()).collect();
    match (examples.as_slice(), code.id) {
        ([bad, good], _) => {
            let shown = check_says(&whole(bad));
            assert!(shown.contains(&format!("[{}]", code.id)), "{}:\n{shown}", code.id);
            let mended = check_says(&whole(good));
            assert!(!mended.contains("error["), "{} mended:\n{mended}", code.id);
            let _ = write!(
                entry,
                "\n```flow\n{bad}\n```\n\n```text\n{shown}```\n\nThe mend:\n\n```flow\n{good}\n```\n"
            );
        }
        (_, "E0508") => entry.push_str(&program_example("source customers = csv(\"customers.csv\")")),
        (_, "E0509") => entry.push_str(&program_example("use phone from \"phone.wasm\"")),
        // `sheetflow test` has this problem, not the check.
        _ => assert_eq!(code.id, "E0601"),
    }
    entry
}

/// Makes a whole file of an example: lines of a flow and lines of a step get one around them.
fn whole(example: &str) -> String {
    let starts = |words: &[&str]| words.iter().any(|word| example.starts_with(word));
    if starts(&["account", "source", "let a = "]) || example.lines().any(|line| line.starts_with("flow ")) {
        let missing = example.contains("from customers") && !example.contains("source customers");
        return format!("{}{example}\n", if missing { SOURCE } else { "" });
    }
    let lines = match starts(&["let ", "require ", "create ", "update ", "upsert ", "updsert "]) {
        true => indented(example, "  "),
        false => format!(
            "  upsert customer by metadata.no {{\n    metadata.no = `Customer no`\n{}  }}\n",
            indented(example, "    ")
        ),
    };
    format!("{SOURCE}\nflow customers {{\n  from customers\n  key  Email\n\n{lines}}}\n")
}

const SOURCE: &str = "source customers = csv(\"customers.csv\")\n";

fn indented(lines: &str, by: &str) -> String {
    lines.lines().map(|line| format!("{by}{line}\n")).collect()
}

/// Gives all that a check says of a file.
fn check_says(text: &str) -> String {
    let mut sources = Sources::default();
    let files = [parse(sources.add("billing.flow", text), text)];
    let (declarations, _) = declare(&files);
    let functions = signatures();
    let environment = Environment {
        catalog: Catalog::embedded(),
        functions: &functions,
        columns: declarations
            .sources
            .iter()
            .map(|source| (source.spec.name.clone(), columns()))
            .collect(),
        plugins: BTreeMap::new(),
    };
    let checked = check(&files, &environment);
    let shown = render_human(&checked.diagnostics, &sources, Style::Plain);
    let lines: Vec<&str> = shown.trim_end().lines().map(str::trim_end).collect();
    lines.join("\n") + "\n"
}

fn columns() -> SourceColumns {
    let header = Header {
        file: "customers.csv".into(),
        sheet: None,
        columns: COLUMNS.iter().map(|(name, _)| (*name).into()).collect(),
        positions: (0..).take(COLUMNS.len()).collect(),
        row: 1,
    };
    SourceColumns::Known {
        header: Arc::new(header),
        types: COLUMNS.iter().map(|(_, value_type)| value_type.clone()).collect(),
        often_empty: vec![OftenEmpty {
            column: 4,
            empty: 12,
            of: 40,
            rows: vec![3, 7, 9],
        }],
    }
}

fn program_example(line: &str) -> String {
    format!(
        "\n```flow\n{line}\n```\n\n```text\n{}\n```\n",
        program_says(line).trim_end()
    )
}

/// Gives the first problem that the program finds in a project of one line, without the files that it names.
fn program_says(line: &str) -> String {
    let project = Project::new(&[("billing.flow", &format!("{line}\n"))]);
    let shown = project.run(&["check"]).stdout;
    let folder = project.path("").display().to_string();
    let first = shown.split("\n\n").next().unwrap_or_default();
    first.replace(&folder, "")
}
