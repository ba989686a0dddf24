use std::collections::BTreeSet;
use std::sync::Arc;

use crate::diag::Diagnostic;
use crate::lang::codes::{names, settings as codes};
use crate::lang::syntax::{Argument, ColumnType, ExpressionKind, File, Item, Name, Source};
use crate::model::{ColumnDeclaration, ColumnFormat, SourceKind, SourceSpec, TextEncoding};

use super::declare::{Declarations, Declared};
use super::options::{Options, literal_text};
use super::ranges::cell_range;
use super::{Context, SourceColumns, listed, with_nearest};

const KINDS: [&str; 4] = ["csv", "xlsx", "ods", "jsonl"];
const TYPES: [&str; 6] = ["text", "integer", "decimal", "boolean", "date", "time"];
const ENCODINGS: [(&str, TextEncoding); 6] = [
    ("utf-8", TextEncoding::Utf8),
    ("utf8", TextEncoding::Utf8),
    ("utf-16", TextEncoding::Utf16),
    ("utf16", TextEncoding::Utf16),
    ("windows-1252", TextEncoding::Windows1252),
    ("cp1252", TextEncoding::Windows1252),
];

/// Reads a source; `None` when it has no name, or does not say what to read.
pub(super) fn source(tree: &Source, diagnostics: &mut Vec<Diagnostic>) -> Option<Declared<SourceSpec>> {
    let mut options = Options { diagnostics };
    let kind = tree.origin.as_ref().and_then(|origin| {
        let path = path(&origin.kind, &origin.arguments, &mut options);
        let labelled: Vec<(&Name, &Argument)> = origin
            .arguments
            .iter()
            .filter_map(|argument| argument.label.as_ref().map(|label| (label, argument)))
            .collect();
        match &*origin.kind.text {
            "csv" => csv(path, &labelled, &mut options),
            "xlsx" | "ods" => workbook(path, &labelled, &mut options),
            "jsonl" => {
                unknown_options(&labelled, &[], "jsonl", &mut options);
                path.map(|path| SourceKind::JsonLines { path })
            }
            other => {
                let problem = Diagnostic::error(
                    &codes::UNKNOWN_KIND,
                    origin.kind.span,
                    format!("there is no source of the kind `{other}`"),
                )
                .with_note(format!("kinds: {}", listed(KINDS)));
                options.diagnostics.push(match other {
                    "excel" | "xls" | "xlsm" | "xlsb" => problem.with_hint("`xlsx` reads workbooks of Excel"),
                    "json" | "ndjson" => problem.with_hint("`jsonl` reads one JSON object a line"),
                    "tsv" => problem.with_hint("write `csv(…, delimiter: \"\\t\")`"),
                    _ => with_nearest(problem, other, KINDS),
                });
                None
            }
        }
    });
    let columns = columns(tree, &mut options);
    let name = tree.name.as_ref()?;
    let spec = SourceSpec {
        name: name.text.clone(),
        kind: kind?,
        columns,
    };
    Some(Declared {
        spec,
        span: name.span,
    })
}

fn path(kind: &Name, arguments: &[Argument], options: &mut Options) -> Option<String> {
    let mut plain = arguments.iter().filter(|argument| argument.label.is_none());
    let Some(first) = plain.next() else {
        let example = format!("expected the file: `{}(\"books/customers.csv\")`", kind.text);
        options.diagnostics.push(
            Diagnostic::error(&codes::BAD_SETTING, kind.span, "the source names no file").labelled(example),
        );
        return None;
    };
    for further in plain {
        options.diagnostics.push(
            Diagnostic::error(&codes::UNKNOWN_SETTING, further.value.span, "options have names")
                .labelled("expected an option such as `sheet: \"Customers\"`"),
        );
    }
    let path = literal_text(&first.value).map(str::to_owned);
    if path.is_none() && !matches!(first.value.kind, ExpressionKind::Broken(_)) {
        options.diagnostics.push(
            Diagnostic::error(
                &codes::BAD_SETTING,
                first.value.span,
                "a file is named by a text in quotes",
            )
            .labelled("expected the file, such as `\"books/customers.csv\"`"),
        );
    }
    path
}

fn csv(path: Option<String>, labelled: &[(&Name, &Argument)], options: &mut Options) -> Option<SourceKind> {
    unknown_options(
        labelled,
        &["delimiter", "quote", "encoding", "header"],
        "csv",
        options,
    );
    let (mut delimiter, mut quote, mut encoding, mut header) = (None, None, None, None);
    for (label, argument) in labelled {
        let value = &argument.value;
        match &*label.text {
            name @ "delimiter" => {
                delimiter = options.character(name, value).filter(|letter| letter.is_ascii());
                if delimiter.is_none() && literal_text(value).is_some_and(|text| !text.is_ascii()) {
                    options.refuse(name, value, "a character of ASCII");
                }
            }
            name @ "quote" => quote = options.character(name, value),
            name @ "encoding" => {
                let text = literal_text(value).unwrap_or("").to_lowercase();
                encoding = ENCODINGS
                    .iter()
                    .find(|(name, _)| *name == text)
                    .map(|(_, encoding)| *encoding);
                if encoding.is_none() {
                    options.refuse(name, value, "`\"utf-8\"`, `\"utf-16\"` or `\"windows-1252\"`");
                }
            }
            name @ "header" => header = options.count(name, value),
            _ => {}
        }
    }
    path.map(|path| SourceKind::Csv {
        path,
        delimiter,
        quote,
        encoding,
        header,
    })
}

fn workbook(
    path: Option<String>,
    labelled: &[(&Name, &Argument)],
    options: &mut Options,
) -> Option<SourceKind> {
    unknown_options(labelled, &["sheet", "range", "header"], "a workbook", options);
    let (mut sheet, mut range, mut header) = (None, None, None);
    for (label, argument) in labelled {
        let value = &argument.value;
        match &*label.text {
            name @ "sheet" => sheet = options.text(name, value),
            name @ "range" => {
                range = literal_text(value).and_then(cell_range);
                if range.is_none() {
                    options.refuse(
                        name,
                        value,
                        "a range of cells, such as `\"B3:F\"` or `\"A1:D20\"`",
                    );
                }
            }
            name @ "header" => header = options.count(name, value),
            _ => {}
        }
    }
    path.map(|path| SourceKind::Workbook {
        path,
        sheet,
        range,
        header,
    })
}

fn unknown_options(labelled: &[(&Name, &Argument)], known: &[&str], kind: &str, options: &mut Options) {
    for (index, (label, _)) in labelled.iter().enumerate() {
        if !known.contains(&&*label.text) {
            let message = format!("{kind} has no option `{}`", label.text);
            let mut problem = Diagnostic::error(&codes::UNKNOWN_SETTING, label.span, message);
            if !known.is_empty() {
                problem = problem.with_note(format!("options: {}", listed(known.iter().copied())));
            }
            options
                .diagnostics
                .push(with_nearest(problem, &label.text, known.iter().copied()));
        } else if labelled
            .iter()
            .take(index)
            .any(|(former, _)| former.text == label.text)
        {
            options.diagnostics.push(Diagnostic::error(
                &crate::lang::codes::flows::TWICE,
                label.span,
                format!("`{}` is said twice", label.text),
            ));
        }
    }
}

fn columns(tree: &Source, options: &mut Options) -> Vec<ColumnDeclaration> {
    let mut columns: Vec<ColumnDeclaration> = Vec::new();
    for declared in &tree.columns {
        if columns.iter().any(|column| column.name == declared.name.text) {
            options.diagnostics.push(Diagnostic::error(
                &names::DUPLICATE,
                declared.name.span,
                format!("the column `{}` is declared twice", declared.name.text),
            ));
            continue;
        }
        if let Some(format) = declared
            .format
            .as_ref()
            .and_then(|format| column_format(format, options))
        {
            columns.push(ColumnDeclaration {
                name: declared.name.text.clone(),
                format,
            });
        }
    }
    columns
}

fn column_format(tree: &ColumnType, options: &mut Options) -> Option<ColumnFormat> {
    for argument in &tree.arguments {
        options.no_label(argument);
    }
    let values: Vec<_> = tree.arguments.iter().map(|argument| &argument.value).collect();
    let format = match (&*tree.name.text, values.as_slice()) {
        ("text", []) => ColumnFormat::Text,
        ("integer", []) => ColumnFormat::Integer,
        ("decimal", []) => ColumnFormat::Decimal,
        ("decimal", [only]) if matches!(&only.kind, ExpressionKind::Name(word) if &**word == "comma") => {
            ColumnFormat::DecimalComma
        }
        ("boolean", []) => ColumnFormat::Boolean {
            yes: "true".to_owned(),
            no: "false".to_owned(),
        },
        ("boolean", [yes, no]) => ColumnFormat::Boolean {
            yes: options.text("boolean", yes)?,
            no: options.text("boolean", no)?,
        },
        ("date", []) => ColumnFormat::Date(None),
        ("date", [format]) => ColumnFormat::Date(Some(date_format(format, options)?)),
        ("time", []) => ColumnFormat::Time,
        (name, _) => {
            refuse_format(name, tree, options);
            return None;
        }
    };
    Some(format)
}

fn date_format(value: &crate::lang::syntax::Expression, options: &mut Options) -> Option<String> {
    let format = options.text("date", value)?;
    let sample = jiff::civil::date(2026, 1, 31);
    if !format.contains('%') || jiff::fmt::strtime::format(&format, sample).is_err() {
        options.refuse(
            "date",
            value,
            "a format such as `\"%d/%m/%Y\"`: day `%d`, month `%m`, year `%Y`",
        );
        return None;
    }
    Some(format)
}

fn refuse_format(name: &str, tree: &ColumnType, options: &mut Options) {
    if TYPES.contains(&name) {
        let expected = match name {
            "decimal" => "`decimal`, or `decimal(comma)` for 1.234,56",
            "boolean" => "`boolean`, or the words for true and false: `boolean(\"yes\", \"no\")`",
            "date" => "`date`, or its format: `date(\"%d/%m/%Y\")`",
            _ => "no brackets behind this type",
        };
        options.refuse_at(name, tree.span, expected);
        return;
    }
    let problem = Diagnostic::error(
        &codes::UNKNOWN_TYPE,
        tree.name.span,
        format!("there is no type `{name}`"),
    )
    .with_note(format!("types: {}", listed(TYPES)));
    let likely = match name {
        "number" | "money" | "amount" | "float" | "currency" => Some("decimal"),
        "string" | "str" => Some("text"),
        "int" | "whole" => Some("integer"),
        "bool" => Some("boolean"),
        "datetime" | "timestamp" => Some("time"),
        _ => None,
    };
    options.diagnostics.push(match likely {
        Some(likely) => problem.with_hint(format!("did you mean `{likely}`?")),
        None => with_nearest(problem, name, TYPES),
    });
}

/// Gives the names of all sources that files declare, those with problems included.
pub(super) fn names(files: &[File]) -> BTreeSet<Arc<str>> {
    files
        .iter()
        .flat_map(|file| &file.items)
        .filter_map(|item| match item {
            Item::Source(source) => source.name.as_ref().map(|name| name.text.clone()),
            _ => None,
        })
        .collect()
}

/// Checks that declared columns exist, and says which sources can't be read.
pub(super) fn check_columns(files: &[File], declarations: &Declarations, context: &mut Context) {
    for item in files.iter().flat_map(|file| &file.items) {
        let Item::Source(source) = item else { continue };
        let Some(name) = &source.name else { continue };
        match context.columns(&name.text) {
            Some(SourceColumns::Known { header, .. }) => {
                for declared in &source.columns {
                    if header.index_of(&declared.name.text).is_none() {
                        let problem = Diagnostic::error(
                            &names::UNKNOWN_NAME,
                            declared.name.span,
                            format!("`{}` has no column `{}`", name.text, declared.name.text),
                        )
                        .with_note(columns_note(header));
                        let known = header.columns.iter().map(|column| &**column);
                        context.report(with_nearest(problem, &declared.name.text, known));
                    }
                }
            }
            Some(SourceColumns::Unreadable(reason)) => {
                let place = source.origin.as_ref().map_or(name.span, |origin| origin.span);
                context.report(Diagnostic::error(
                    &codes::UNREADABLE,
                    place,
                    format!("`{}` can't be read: {reason}", name.text),
                ));
            }
            None if declarations
                .sources
                .iter()
                .any(|declared| declared.span == name.span) =>
            {
                let message = format!("the columns of `{}` were not read", name.text);
                context.report(Diagnostic::error(&codes::UNREADABLE, name.span, message));
            }
            // It was declared wrongly, and that was said.
            None => {}
        }
    }
}

/// Lists the columns of a source.
pub(super) fn columns_note(header: &crate::model::Header) -> String {
    format!(
        "columns of {}: {}",
        header.file,
        listed(header.columns.iter().map(|column| &**column))
    )
}
