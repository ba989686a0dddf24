//! Reports for people: a line for each thing that happens, with the time in front, and details below it.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::cli::commands::apply::{trouble, words};
use crate::cli::commands::plan::coloured;
use crate::cli::error::causes;
use crate::cli::output::{Role, View};
use crate::diag::render_human;
use crate::engine::{Because, News, PlannedFlow, Problem, Reached, Report, Standing, Upcoming};
use crate::model::Mode;
use crate::plan::{render_record, render_summary};
use crate::watch::{Difference, DifferenceKind};

/// Writes a report; nothing for one that a person need not see. With `-q` only what was sent, and trouble, is shown.
pub(super) fn render(report: &Report, view: View, is_quiet: bool) -> String {
    if is_quiet && !is_result(&report.news) {
        return String::new();
    }
    let (line, details) = written(&report.news, view);
    if line.is_empty() {
        return details;
    }
    let time = view.paint(Role::Faint, &clock(report.at));
    format!("{time}  {line}\n{details}")
}

fn is_result(news: &News) -> bool {
    match news {
        News::Applied { .. } | News::Failed { .. } | News::Kept { .. } | News::NotBuilt { .. } => true,
        News::Watching { .. }
        | News::Notice(_)
        | News::Changed { .. }
        | News::Reread
        | News::Building { .. }
        | News::Compiling { .. }
        | News::Replaced { .. }
        | News::Planned { .. }
        | News::Declined { .. }
        | News::Upcoming { .. }
        | News::Stopping
        | News::Stopped => false,
    }
}

/// Gives the line of a report and what stands below it.
fn written(news: &News, view: View) -> (String, String) {
    let line = |text: String| (text, String::new());
    match news {
        News::Watching { flows, .. } => line(format!("watching {}; {}", listed(flows), watching_words(news))),
        News::Notice(notice) => line(view.paint(Role::Warning, &notice.to_string())),
        News::Changed { files } => line(changed_words(files)),
        News::Reread => line("reading everything again".to_owned()),
        News::Building { plugin } => line(format!("building the plugin `{plugin}`")),
        News::NotBuilt { problem } => problem_text(problem, view, "is used as it was built before"),
        News::Compiling { plugin, bytes } => line(format!(
            "compiling the plugin `{plugin}` ({} KB), once",
            bytes / 1_000
        )),
        News::Replaced {
            generation,
            milliseconds,
            reached,
            paused,
            warnings,
        } => {
            let mut text = format!(
                "generation {generation}, after {milliseconds} ms: {}",
                reached_words(reached)
            );
            if !paused.is_empty() {
                text.push_str(&format!("; {} paused", listed(paused)));
            }
            (text, warnings_text(warnings, view))
        }
        News::Kept { running, problem } => kept(*running, problem, view),
        News::Planned { flows, sums, .. } => planned(flows, &render_summary(&sums.0, sums.1), view),
        News::Declined { flows } => line(format!("{}: nothing was sent", listed(flows))),
        News::Applied { .. } => applied(news, view),
        News::Failed {
            flows,
            problem,
            again_in,
            ..
        } => {
            let then = match again_in {
                Some(seconds) => format!("tried again in {seconds} s"),
                None => "tried again with the next save".to_owned(),
            };
            let (problem, details) = problem_text(problem, view, &then);
            (format!("{}: {problem}", listed(flows)), details)
        }
        News::Upcoming { runs } => line(upcoming_words(runs)),
        News::Stopping => line("stopping: what is in flight comes to its end".to_owned()),
        News::Stopped => line("stopped".to_owned()),
    }
}

fn watching_words(news: &News) -> String {
    let News::Watching {
        account,
        sandbox,
        mode,
        sources,
        plugins,
        ..
    } = news
    else {
        return String::new();
    };
    let plugins = match plugins {
        0 => String::new(),
        1 => ", 1 plugin".to_owned(),
        more => format!(", {more} plugins"),
    };
    let sheets = match sources {
        1 => "1 sheet".to_owned(),
        more => format!("{more} sheets"),
    };
    let to = match (sandbox, mode) {
        (true, _) => "the sandbox inside the program".to_owned(),
        (false, Mode::Live) => format!("account {account}, with real money"),
        (false, Mode::Test) => format!("account {account} in test mode"),
    };
    format!("{sheets}{plugins}; to {to}")
}

fn changed_words(files: &[Difference]) -> String {
    /// Files that are named; the others are counted.
    const NAMED: usize = 4;
    let words: Vec<String> = files
        .iter()
        .take(NAMED)
        .map(|file| {
            let what = match file.kind {
                DifferenceKind::New => "is new",
                DifferenceKind::Changed => "changed",
                DifferenceKind::Gone => "is gone",
            };
            format!("{} {what}", file.path.display())
        })
        .collect();
    let more = files.len().saturating_sub(NAMED);
    match more {
        0 => words.join(", "),
        _ => format!("{}, and {more} more", words.join(", ")),
    }
}

fn reached_words(reached: &[Reached]) -> String {
    if reached.is_empty() {
        return "nothing to plan".to_owned();
    }
    let words: Vec<String> = reached
        .iter()
        .map(|reached| {
            let because: Vec<String> = reached.because.iter().map(because_words).collect();
            format!("{} ({})", reached.flow, because.join(", "))
        })
        .collect();
    words.join(", ")
}

fn because_words(because: &Because) -> String {
    match because {
        Because::New => "new".to_owned(),
        Because::Flow => "the flow".to_owned(),
        Because::Plugin(name) => format!("plugin {name}"),
        Because::Rows(name) => format!("rows of {name}"),
        Because::Account => "the account".to_owned(),
        Because::Schedule => "its time".to_owned(),
        Because::Again => "once more".to_owned(),
    }
}

fn planned(flows: &[PlannedFlow], summary: &str, view: View) -> (String, String) {
    let mut details = String::new();
    for flow in flows {
        let records: String = flow.records.iter().map(render_record).collect();
        details.push_str(&coloured(&records, view));
        if flow.more > 0 {
            details.push_str(&format!(
                "  … and {} more; `sheetflow plan` shows all\n",
                flow.more
            ));
        }
        if let Some(guard) = &flow.guard {
            let text = format!("  guard of {}: {guard}", flow.reached.flow);
            details.push_str(&format!("{}\n", view.paint(Role::Bad, &text)));
        }
    }
    let names: Vec<String> = flows
        .iter()
        .map(|flow| match flow.reached.because.as_slice() {
            [Because::Schedule] => format!("{} (its time has come)", flow.reached.flow),
            _ => flow.reached.flow.to_string(),
        })
        .collect();
    let mut sums = summary.lines();
    let first = sums.next().unwrap_or_default();
    details.extend(sums.map(|line| format!("  {line}\n")));
    (format!("{}: {first}", names.join(", ")), details)
}

fn applied(news: &News, view: View) -> (String, String) {
    let News::Applied {
        run,
        totals,
        requests,
        interrupted,
        left,
        milliseconds,
        trouble: results,
        ..
    } = news
    else {
        return (String::new(), String::new());
    };
    let mut text = format!(
        "run {run}: {} ({milliseconds} ms; requests: {} that change something, {} that read, {} retried)",
        words(totals),
        requests.post + requests.delete,
        requests.get,
        requests.retried
    );
    if *interrupted {
        text.push_str(&format!("; stopped, {left} records were not begun"));
    }
    let role = match totals.failed {
        0 => Role::Good,
        _ => Role::Bad,
    };
    let lines = results.iter().filter_map(trouble);
    let details = lines
        .map(|line| format!("{}\n", view.paint(Role::Bad, &line)))
        .collect();
    (view.paint(role, &text), details)
}

fn kept(running: Option<Standing>, problem: &Problem, view: View) -> (String, String) {
    let goes_on = match running {
        Some(running) => format!(
            "still running generation {} from {}",
            running.generation,
            clock(running.since)
        ),
        None => "nothing runs yet".to_owned(),
    };
    match problem {
        Problem::Diagnostics { diagnostics, texts } => {
            let text = render_human(diagnostics, texts, view.style);
            (view.paint(Role::Warning, &goes_on), text)
        }
        Problem::Error(_) => problem_text(problem, view, &goes_on),
    }
}

/// Gives a problem with what happens then, and what lies behind it.
fn problem_text(problem: &Problem, view: View, then: &str) -> (String, String) {
    match problem {
        Problem::Diagnostics { diagnostics, texts } => {
            (then.to_owned(), render_human(diagnostics, texts, view.style))
        }
        Problem::Error(error) => {
            let causes: String = causes(error)
                .iter()
                .map(|cause| format!("  because: {cause}\n"))
                .collect();
            (
                format!("{}; {then}", view.paint(Role::Bad, &error.to_string())),
                causes,
            )
        }
    }
}

fn warnings_text(warnings: &Problem, view: View) -> String {
    match warnings {
        Problem::Diagnostics { diagnostics, texts } => render_human(diagnostics, texts, view.style),
        Problem::Error(_) => String::new(),
    }
}

fn upcoming_words(runs: &[Upcoming]) -> String {
    if runs.is_empty() {
        return "no flow runs by itself at a time".to_owned();
    }
    let words: Vec<String> = runs
        .iter()
        .map(|run| format!("{} at {}", run.flow, moment(run.at)))
        .collect();
    format!("next: {}", words.join(", "))
}

fn listed(names: &[Arc<str>]) -> String {
    let names: Vec<&str> = names.iter().map(|name| &**name).collect();
    names.join(", ")
}

fn clock(at: Timestamp) -> String {
    at.to_zoned(TimeZone::system()).strftime("%H:%M:%S").to_string()
}

fn moment(at: Timestamp) -> String {
    at.to_zoned(TimeZone::system())
        .strftime("%Y-%m-%d %H:%M:%S")
        .to_string()
}
