use proptest::prelude::{Strategy, any, prop};
use proptest::{prop_assert_eq, proptest};

use crate::lang::check::testing::{checked, in_flow, in_step};

const WORDS: &[&str] = &[
    "Name",
    "Email",
    "Amount",
    "Due",
    "Active",
    "Other",
    "`Customer no`",
    "a",
    "b",
    "\"x\"",
    "\"{Name}\"",
    "1",
    "1.5",
    "true",
    "null",
    "2026-01-31",
    "+",
    "-",
    "*",
    "==",
    "<",
    "in",
    "not",
    "and",
    "or",
    "??",
    "is empty",
    "| trim",
    "| first",
    "rows.Amount",
    "rows",
    "sum(rows, ",
    "lookup(customers, \"Name\", ",
    "5%",
    "own(",
    "plan.creates",
    "trim(",
    "max(",
    "join(",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ",",
    ":",
    ".id",
    ".a",
    "[0]",
    "if",
    "then",
    "else",
    "match",
    "=>",
    "row[\"Name\"]",
    "\n",
    "\nname = ",
    "\nlet a = ",
    "\nrequire ",
    "\naddress.line1 = ",
    "\nmetadata = ",
    "\ncreate customer as b {",
    "\nkey ",
    "\nlet b = a ",
];

fn soup() -> impl Strategy<Value = String> {
    let word = (prop::sample::select(WORDS), any::<bool>());
    let word = word.prop_map(|(word, blank)| format!("{word}{}", if blank { " " } else { "" }));
    prop::collection::vec(word, 0..40).prop_map(|words| words.concat())
}

/// Gives what a program must not hold: places that were not understood.
fn unreported(text: &str) -> Option<String> {
    let program = checked(text).1.program?;
    format!("{program:?}")
        .contains("Literal(Unknown)")
        .then(|| text.to_owned())
}

proptest! {
    #[test]
    fn what_is_not_understood_is_never_part_of_a_program(text in soup()) {
        prop_assert_eq!(unreported(&in_step(&format!("email = {text}"))), None);
        prop_assert_eq!(unreported(&in_flow(&text)), None);
        prop_assert_eq!(unreported(&format!("let a = {text}\nlet b = a")), None);
    }
}

#[test]
fn deep_expressions_are_checked_in_little_stack() {
    let deep = [
        format!("{}Active", "not ".repeat(190)),
        format!("{}1{}", "(1 + ".repeat(25), ")".repeat(25)),
        format!("Name{}", " ?? Name".repeat(190)),
        format!("{}1", "if Active then 2 else ".repeat(60)),
        format!("{}1{}", "[".repeat(25), "]".repeat(25)),
        format!("Other{}", ".a".repeat(190)),
        format!("Name{}", " | trim".repeat(190)),
    ];
    for value in deep {
        let problems = checked(&in_flow(&format!("let deep = {value}"))).1.diagnostics;
        assert!(
            problems.is_empty(),
            "{value}: {:?}",
            problems.first().map(|problem| &problem.message)
        );
    }
}

#[test]
fn constants_in_constants_stay_small() {
    let mut text = String::from("let c0 = [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n");
    for index in 1..12 {
        let former = format!("c{}, ", index - 1).repeat(10);
        text.push_str(&format!("let c{index} = [{former}]\n"));
    }
    let problems = checked(&text).1.diagnostics;
    assert!(problems.iter().any(|problem| problem.code.id == "E0007"));
}

#[test]
fn constants_in_constants_stay_shallow() {
    let mut text = String::from("let c0 = 1\n");
    for index in 1..300 {
        text.push_str(&format!("let c{index} = not (c{} == 1)\n", index - 1));
    }
    let problems = checked(&text).1.diagnostics;
    assert!(problems.iter().any(|problem| problem.code.id == "E0007"));
}
