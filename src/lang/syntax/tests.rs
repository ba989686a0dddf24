use std::sync::LazyLock;

use proptest::prelude::{Strategy, any, prop};
use proptest::{prop_assert, proptest};
use regex::Regex;

use super::{File, parse};
use crate::diag::Sources;

/// Every span that the debug form of a tree shows.
static SPAN: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"start: (\d+), end: (\d+)").expect("the pattern is well formed"));

/// What flows are made of, so that chance makes things that are nearly flows.
const WORDS: &[&str] = &[
    "account",
    "source",
    "let",
    "flow",
    "after",
    "on",
    "from",
    "where",
    "key",
    "require",
    "else",
    "create",
    "update",
    "upsert",
    "as",
    "by",
    "newest",
    "if",
    "then",
    "match",
    "is",
    "not",
    "in",
    "empty",
    "and",
    "or",
    "true",
    "null",
    "guard",
    "each row {",
    "find",
    "mirror",
    "removing by",
    "at most",
    "delete",
    "call",
    "request POST",
    "refresh",
    "ensure",
    "stop after",
    "every 5m",
    "at 12:10",
    "cron",
    "cron \"0 6 * * *\" in",
    "on change",
    "paused",
    "group by",
    "write back {",
    "report to",
    "fn",
    "test",
    "given {",
    "expect",
    "rejected",
    "within fuel",
    "skip",
    "12:10",
    "5%",
    "name",
    "email",
    "customer",
    "row",
    "`Customer no`",
    "`",
    "'raw'",
    "'",
    "\"text\"",
    "\"",
    "\"{",
    "\"{name}\"",
    "\\n",
    "\\",
    "12",
    "12.50",
    "1_000",
    "1.2.3",
    "2026-01-31",
    "30s",
    "20/s",
    "#",
    "## doc",
    "=",
    "==",
    "=>",
    "!=",
    "<",
    "<=",
    "??",
    "|",
    "+",
    "-",
    "*",
    "/",
    "%",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ",",
    ":",
    ";",
    ".",
    "..",
    "é",
    "Größe",
    "\u{feff}",
    "\u{a0}",
    "😀",
    "\0",
    "\r\n",
    "\n",
    "\n",
    "\n",
    " ",
    "\t",
];

fn parsed(text: &str) -> File {
    let mut sources = Sources::default();
    parse(sources.add("a.flow", text), text)
}

fn soup() -> impl Strategy<Value = String> {
    let word = prop::sample::select(WORDS);
    let spaced =
        (word, any::<bool>()).prop_map(|(word, blank)| format!("{word}{}", if blank { " " } else { "" }));
    prop::collection::vec(spaced, 0..120).prop_map(|words| words.concat())
}

/// Finds a span that leaves the text or cuts a character.
fn bad_span(text: &str) -> Option<String> {
    let tree = format!("{:?}", parsed(text));
    SPAN.captures_iter(&tree).find_map(|found| {
        let offset = |index: usize| {
            found
                .get(index)
                .and_then(|digits| digits.as_str().parse::<usize>().ok())
        };
        match (offset(1), offset(2)) {
            (Some(start), Some(end)) if text.get(start..end).is_some() => None,
            _ => Some(format!(
                "{} of {text:?}",
                found.get(0).map_or("", |span| span.as_str())
            )),
        }
    })
}

proptest! {
    #[test]
    fn any_text_has_a_tree_whose_spans_lie_in_it(text in any::<String>()) {
        prop_assert!(bad_span(&text).is_none(), "{:?}", bad_span(&text));
    }

    #[test]
    fn what_is_nearly_a_flow_has_a_tree_whose_spans_lie_in_it(text in soup()) {
        prop_assert!(bad_span(&text).is_none(), "{:?}", bad_span(&text));
    }

    #[test]
    fn what_stands_in_a_step_does_not_reach_the_next_declaration(text in soup()) {
        let whole = format!("flow a {{\n upsert customer by email {{\n email = {text}\n\nflow last {{ }}\n");
        let tree = format!("{:?}", parsed(&whole).items.last());
        prop_assert!(tree.contains("text: \"last\""), "{tree}");
    }
}

/// Inputs that a careless parser follows for ever, or until its stack ends.
fn hostile() -> Vec<String> {
    const MANY: usize = 600;
    let repeated = [
        "(",
        "[",
        "{",
        ")",
        "]",
        "}",
        "\"",
        "\"{",
        "'",
        "`",
        "f(",
        "[a, ",
        "{ a: ",
        "a.",
        "a[",
        "- ",
        "not ",
        "a + ",
        "a | ",
        "| trim ",
        "a == ",
        "a ?? ",
        "if a then ",
        "if a then b else ",
        "match a { b => ",
        "a, ",
        "a ",
        "=",
        "\\",
        "\n",
        "#",
        "# x\n",
        "a = (\n",
        "guard\n",
        "guard {\n",
        "\"{'",
        "a\n| b",
        "x: ",
        "é",
        "1.",
        "1_",
        ";",
        ",",
        "require a else ",
        "create x { ",
        "if a { ",
        "if a { } else ",
        "each row { ",
        "find a by b = ",
        "a, b = ",
        "call a.b(",
        "request POST \"",
        "given { a: ",
        "expect a { ",
        "write back { ",
        "fn f(",
        "at 12:10, ",
        "12:",
        "5% ",
        "flow a { ",
        "flow a\n",
        "by ",
        "..",
        "{ \"a\": [",
        "(\"{",
        "a => ",
        "}\n{",
    ];
    repeated.iter().map(|part| part.repeat(MANY)).collect()
}

#[test]
fn lines_of_a_hundred_thousand_characters_are_read() {
    for part in ["(", "a ", "x", "- ", "a, ", "\"{", "# "] {
        let text = format!("let x = {}\nlet y = 1\n", part.repeat(100_000 / part.len()));
        let tree = parsed(&text);
        let last = tree.items.last().map(|item| format!("{item:?}"));
        assert!(
            last.is_some_and(|last| last.contains("\"y\"")),
            "{part:?} hides the next line"
        );
    }
}

#[test]
fn hostile_text_is_read_and_does_not_reach_the_next_flow() {
    for text in hostile() {
        let places = [
            text.clone(),
            format!("let x = {text}"),
            format!("flow a {{\n  from b where {text}\n}}"),
            format!("flow a {{\n  upsert customer by email {{\n    email = {text}\n  }}\n}}"),
            format!("let x = \"{{{text}}}\""),
        ];
        for place in places {
            let tree = parsed(&format!("{place}\n\nflow last {{ }}\n"));
            let last = tree.items.last().map(|item| format!("{item:?}"));
            assert!(
                last.is_some_and(|last| last.contains("\"last\"")),
                "lost behind {}…",
                place.chars().take(60).collect::<String>()
            );
        }
    }
}

#[test]
fn what_nests_too_deep_is_said_once() {
    let text = format!("let a = {}\nlet b = 1\n", "(".repeat(1000));
    let tree = parsed(&text);
    let messages: Vec<&str> = tree
        .problems
        .iter()
        .map(|problem| problem.message.as_str())
        .collect();
    assert_eq!(messages, ["brackets stand too deep in each other"]);
    assert_eq!(tree.items.len(), 2);
}

#[test]
fn long_chains_are_cut_before_they_become_deep_trees() {
    for chain in ["a + ", "not ", "-", "a.b | trim or ", "if a then b else "] {
        let text = format!("let a = {}1\n", chain.repeat(1000));
        let problems = parsed(&text).problems;
        assert!(
            problems.iter().any(|problem| problem.code.id == "E0007"),
            "{chain}: {problems:?}"
        );
    }
}
