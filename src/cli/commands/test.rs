use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::PathBuf;

use clap::{Args, ValueHint};
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};
use serde_json::{Value, json};

use crate::cli::arguments::ProjectArguments;
use crate::cli::output::{Role, View};
use crate::cli::project::{load, today};
use crate::cli::{CliError, Context, ExitStatus};
use crate::diag::{Diagnostic, Sources, Style, conceal, render_human};
use crate::engine::{Failure, FieldFailure, Project, Trial};

/// Run the tests of the flows, without an account and without a request
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sheetflow test                       all tests of the project in this directory
  sheetflow test --filter address      those with this word in their name
  sheetflow test --junit tests.xml     a report for a server that runs tests, too
  sheetflow test --format json         for a script

Exit status:
  0 all tests pass, 1 some fail, 2 the flow or the command is wrong")]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) project: ProjectArguments,
    /// Only tests with this text in their name, in any case
    #[arg(long, value_name = "TEXT")]
    filter: Option<String>,
    /// Write the results to this file as JUnit XML, too
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    junit: Option<PathBuf>,
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments, context: &mut Context) -> Result<ExitStatus, CliError> {
    let project = load(&arguments.project.path, context)?;
    let trials = project.run_tests(arguments.filter.as_deref().unwrap_or_default(), today())?;
    if let (Some(filter), true) = (&arguments.filter, trials.is_empty()) {
        let program = project.program()?;
        let names = program.tests.iter().map(|test| &*test.name);
        return Err(CliError::unknown_name("test", filter, names));
    }
    if let Some(path) = &arguments.junit {
        let problem = |problem| CliError::file("write", path, problem);
        let report = junit(&trials, &project.texts).map_err(problem)?;
        std::fs::write(path, report).map_err(problem)?;
    }
    context.output.report(
        |view| render(&trials, &project, view),
        || to_json(&trials, &project.texts),
    )?;
    Ok(match trials.iter().all(Trial::passed) {
        true => ExitStatus::Success,
        false => ExitStatus::RecordsFailed,
    })
}

fn render(trials: &[Trial], project: &Project, view: View) -> String {
    let mut text = String::new();
    for (flow, trials) in by_flow(trials) {
        let _ = writeln!(text, "{}", view.paint(Role::Heading, &format!("flow {flow}")));
        for trial in trials {
            let verdict = match trial.passed() {
                true => view.paint(Role::Good, "passed"),
                false => view.paint(Role::Bad, "failed"),
            };
            let _ = writeln!(text, "  {verdict}  {}", printable(&trial.name));
        }
    }
    let problems: Vec<Diagnostic> = trials
        .iter()
        .flat_map(|trial| &trial.failures)
        .map(Failure::diagnostic)
        .collect();
    if !text.is_empty() {
        text.push('\n');
    }
    text.push_str(&render_human(&problems, &project.texts, view.style));
    let failed = failed(trials);
    let passed = trials.len() - failed;
    let summary = match (trials.len(), failed) {
        (0, _) => view.paint(Role::Warning, "the project has no tests"),
        (_, 0) => view.paint(Role::Good, &format!("tests: {passed} passed")),
        _ => view.paint(Role::Bad, &format!("tests: {passed} passed, {failed} failed")),
    };
    text.push_str(&summary);
    text.push('\n');
    text
}

fn failed(trials: &[Trial]) -> usize {
    trials.iter().filter(|trial| !trial.passed()).count()
}

/// Puts together the tests of each flow, in the order in which the flows come first.
fn by_flow(trials: &[Trial]) -> Vec<(&str, Vec<&Trial>)> {
    let mut places = BTreeMap::new();
    let mut flows: Vec<(&str, Vec<&Trial>)> = Vec::new();
    for trial in trials {
        let place = *places.entry(&*trial.flow).or_insert(flows.len());
        match flows.get_mut(place) {
            Some((_, trials)) => trials.push(trial),
            None => flows.push((&trial.flow, vec![trial])),
        }
    }
    flows
}

fn to_json(trials: &[Trial], texts: &Sources) -> Value {
    let failed = failed(trials);
    json!({
        "passed": trials.len() - failed,
        "failed": failed,
        "tests": trials.iter().map(|trial| trial_json(trial, texts)).collect::<Vec<_>>(),
    })
}

fn trial_json(trial: &Trial, texts: &Sources) -> Value {
    let failures: Vec<Value> = trial
        .failures
        .iter()
        .map(|failure| {
            let fields: Vec<Value> = failure
                .fields
                .iter()
                .map(|field| field_json(field, texts))
                .collect();
            json!({
                "message": conceal(&failure.message),
                "line": texts.position(failure.span.file, failure.span.start).line,
                "fields": fields,
                "notes": failure.notes.iter().map(|note| conceal(note)).collect::<Vec<_>>(),
            })
        })
        .collect();
    json!({
        "name": trial.name,
        "flow": trial.flow,
        "file": texts.path(trial.span.file),
        "line": texts.position(trial.span.file, trial.span.start).line,
        "passed": trial.passed(),
        "failures": failures,
    })
}

fn field_json(field: &FieldFailure, texts: &Sources) -> Value {
    let stages: Vec<Value> = field
        .stages
        .iter()
        .map(|stage| json!({ "stage": stage.text, "value": conceal(&stage.value) }))
        .collect();
    json!({
        "field": field.field,
        "line": texts.position(field.span.file, field.span.start).line,
        "expected": conceal(&field.expected),
        "found": conceal(&field.found),
        "stages": stages,
    })
}

/// Writes the results as the XML that servers which run tests read: a suite for each flow, a case for each test.
fn junit(trials: &[Trial], texts: &Sources) -> std::io::Result<Vec<u8>> {
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let seconds = |trials: &[&Trial]| {
        let total = trials
            .iter()
            .map(|trial| trial.duration)
            .sum::<std::time::Duration>();
        format!("{}.{:03}", total.as_secs(), total.subsec_millis())
    };
    let (tests, failures) = (trials.len().to_string(), failed(trials).to_string());
    let all = [("name", "sheetflow"), ("tests", &tests), ("failures", &failures)];
    writer
        .create_element("testsuites")
        .with_attributes(all)
        .write_inner_content(|writer| {
            for (flow, trials) in by_flow(trials) {
                let failed = trials.iter().filter(|trial| !trial.passed()).count();
                writer
                    .create_element("testsuite")
                    .with_attribute(("name", flow))
                    .with_attribute(("tests", &*trials.len().to_string()))
                    .with_attribute(("failures", &*failed.to_string()))
                    .with_attribute(("time", &*seconds(&trials)))
                    .write_inner_content(|writer| {
                        trials
                            .iter()
                            .try_for_each(|trial| junit_case(writer, trial, (&seconds(&[trial]), texts)))
                    })?;
            }
            Ok(())
        })?;
    let mut report = writer.into_inner();
    report.push(b'\n');
    Ok(report)
}

fn junit_case(
    writer: &mut Writer<Vec<u8>>,
    trial: &Trial,
    (time, texts): (&str, &Sources),
) -> std::io::Result<()> {
    let line = texts.position(trial.span.file, trial.span.start).line.to_string();
    let case = writer.create_element("testcase").with_attributes([
        ("name", &*printable(&trial.name)),
        ("classname", &trial.flow),
        ("file", texts.path(trial.span.file)),
        ("line", &line),
        ("time", time),
    ]);
    if trial.passed() {
        case.write_empty()?;
        return Ok(());
    }
    case.write_inner_content(|writer| {
        for failure in &trial.failures {
            let shown = render_human(&[failure.diagnostic()], texts, Style::Plain);
            writer
                .create_element("failure")
                .with_attribute(("message", &*printable(&conceal(&failure.message))))
                .write_text_content(BytesText::new(&printable(shown.trim_end())))?;
        }
        Ok(())
    })?;
    Ok(())
}

/// Leaves out what XML has no place for: control characters of a test's own text.
fn printable(text: &str) -> String {
    text.chars()
        .filter(|letter| match letter {
            '\n' | '\t' => true,
            '\u{fffe}' | '\u{ffff}' => false,
            letter => !letter.is_control(),
        })
        .collect()
}
