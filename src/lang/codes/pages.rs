//! Holds that every page shows its own problem, and the mend.

use crate::diag::{Code, Diagnostic, Severity};
use crate::lang::check::testing::{checked, in_flow, in_step};

/// Gives the blocks of code of a page.
fn examples(code: &Code) -> Vec<&'static str> {
    code.explanation
        .split("```flow\n")
        .skip(1)
        .filter_map(|rest| rest.split("\n```").next())
        .collect()
}

/// Makes a whole file of an example: lines of a flow and lines of a step get one around them.
fn whole(example: &str) -> String {
    let starts = |words: &[&str]| words.iter().any(|word| example.starts_with(word));
    let declares_flow =
        example.lines().any(|line| line.starts_with("flow ")) || starts(&["account", "source"]);
    if declares_flow || example == "let a = 1\nlet b = a + 1" {
        let source = "source customers = csv(\"customers.csv\")\n";
        let missing = example.contains("from customers") && !example.contains("source customers");
        return format!("{}{example}\n", if missing { source } else { "" });
    }
    if starts(&["let ", "require ", "create ", "update ", "upsert ", "updsert "]) {
        return in_flow(example);
    }
    in_step(example)
}

/// Gives what is said of a file.
fn problems(text: &str) -> Vec<Diagnostic> {
    checked(text).1.diagnostics
}

fn show(problems: &[Diagnostic]) -> String {
    problems
        .iter()
        .map(|problem| format!("{}: {}\n", problem.code.id, problem.message))
        .collect()
}

#[test]
fn the_first_example_of_a_page_has_the_problem_and_the_second_has_none() {
    let mut wrong = Vec::new();
    for code in super::codes() {
        let [bad, good] = examples(code)[..] else {
            assert!(
                matches!(code.id, "E0508" | "E0509" | "E0601"),
                "{} needs two examples",
                code.id
            );
            continue;
        };
        let found = problems(&whole(bad));
        if !found.iter().all(|problem| problem.code.id == code.id) || found.is_empty() {
            wrong.push(format!("{} wants only itself:\n{bad}\n{}", code.id, show(&found)));
        }
        let found = problems(&whole(good));
        if found.iter().any(|problem| problem.severity == Severity::Error) {
            wrong.push(format!("{} mends nothing:\n{good}\n{}", code.id, show(&found)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}
