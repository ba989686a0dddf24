use clap::{Args, ValueEnum};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};

use crate::cli::arguments::{ProjectArguments, SandboxArguments};
use crate::cli::output::{Cell, Role, Table, View};
use crate::cli::progress::compilations;
use crate::cli::project::reading_options;
use crate::cli::runtime::block_on;
use crate::cli::{CliError, Context, ExitStatus};
use crate::diag::Severity;
use crate::engine::{FlowOutline, FlowRuns, LastRun, Project};
use crate::lang::program::NextRun;
use crate::ledger::RunEnd;
use crate::plan::{Moment, render_schedules, schedules_json};

/// List all flows: when they run, what their last run did, and when the next one comes
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sheetflow flows                        all flows of the project in this directory
  sheetflow flows books --group-by state
                                         those that run by themselves apart from the others
  sheetflow flows --sandbox              with their runs against the Stripe inside the program
  sheetflow flows --format json          for a script

States:
  active        it runs by itself while `sheetflow watch` does
  paused        it has a schedule, and `paused` keeps it from running by itself
  by hand       it has no schedule: it runs with `sheetflow apply`
  has problems  it can't run; `sheetflow check` shows why")]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) project: ProjectArguments,
    /// Show flows of one kind together, in the report for people
    #[arg(long, value_enum, value_name = "WHAT")]
    pub(crate) group_by: Option<GroupBy>,
    #[command(flatten)]
    pub(crate) sandbox: SandboxArguments,
}

/// What flows are grouped by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum GroupBy {
    /// What they do by themselves
    State,
    /// Where their rows come from
    Source,
}

/// What a flow does by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Active,
    Paused,
    ByHand,
    HasProblems,
}

impl State {
    const ALL: [State; 4] = [State::Active, State::Paused, State::ByHand, State::HasProblems];

    fn words(self) -> &'static str {
        match self {
            State::Active => "active",
            State::Paused => "paused",
            State::ByHand => "by hand",
            State::HasProblems => "has problems",
        }
    }

    fn role(self) -> Role {
        match self {
            State::Active => Role::Good,
            State::Paused => Role::Warning,
            State::ByHand => Role::Plain,
            State::HasProblems => Role::Bad,
        }
    }
}

/// A flow with what is shown of it.
struct Shown<'a> {
    outline: &'a FlowOutline,
    last: Option<&'a LastRun>,
    next: NextRun,
    state: State,
}

impl<'a> Shown<'a> {
    fn new(outline: &'a FlowOutline, history: &'a FlowRuns, now: Timestamp) -> Self {
        let last = history.last_run(&outline.name);
        let next = outline.flow.as_ref().map_or(NextRun::ByHand, |flow| {
            flow.next_run(last.map(|last| last.run.start.started), now)
        });
        let state = match next {
            _ if outline.errors > 0 || outline.flow.is_none() => State::HasProblems,
            NextRun::At(_) | NextRun::OnEvent => State::Active,
            NextRun::Paused => State::Paused,
            NextRun::ByHand => State::ByHand,
        };
        Shown {
            outline,
            last,
            next,
            state,
        }
    }

    fn source(&self) -> &str {
        self.outline.flow.as_ref().map_or("", |flow| &*flow.source)
    }

    /// Tells whether it belongs to a group.
    fn is_in(&self, group: &Group) -> bool {
        match group {
            Group::All => true,
            Group::State(state) => self.state == *state,
            Group::Source(source) => self.source() == source,
        }
    }
}

/// Flows that are shown together.
enum Group {
    All,
    State(State),
    Source(String),
}

impl Group {
    fn heading(&self) -> Option<String> {
        match self {
            Group::All => None,
            Group::State(state) => Some(state.words().to_owned()),
            Group::Source(source) if source.is_empty() => Some("no source".to_owned()),
            Group::Source(source) => Some(format!("from {source}")),
        }
    }
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments, context: &mut Context) -> Result<ExitStatus, CliError> {
    let project = Project::load(&arguments.project.path, compilations(&context.output))?;
    let options = reading_options(arguments.sandbox.target(), context);
    let history = block_on(async { Ok(FlowRuns::of_project(&project, &options).await?) })?;
    let moment = Moment {
        now: options.clock.now(),
        zone: TimeZone::system(),
    };
    let flows = project.flows.iter();
    let flows: Vec<Shown> = flows
        .map(|outline| Shown::new(outline, &history, moment.now))
        .collect();
    let groups = groups(arguments.group_by, &flows);
    context.output.report(
        |view| {
            let shown = groups
                .iter()
                .map(|group| render_group(group, &flows, &moment, view));
            shown.collect::<Vec<String>>().join("\n")
        },
        || {
            json!(
                flows
                    .iter()
                    .map(|flow| to_json(flow, moment.now))
                    .collect::<Vec<Value>>()
            )
        },
    )?;
    let errors = project
        .diagnostics
        .iter()
        .filter(|found| found.severity == Severity::Error);
    let errors = errors.count();
    if errors == 0 {
        return Ok(ExitStatus::Success);
    }
    let found = if errors == 1 {
        "1 error"
    } else {
        &format!("{errors} errors")
    };
    context.output.message(&format!(
        "{found}: no flow runs before `sheetflow check` finds none"
    ))?;
    Ok(ExitStatus::Invalid)
}

/// Gives the groups that have flows, in order.
fn groups(by: Option<GroupBy>, flows: &[Shown]) -> Vec<Group> {
    let all = match by {
        None => vec![Group::All],
        Some(GroupBy::State) => State::ALL.map(Group::State).into(),
        Some(GroupBy::Source) => {
            let mut sources: Vec<&str> = flows.iter().map(Shown::source).collect();
            sources.sort_unstable();
            sources.dedup();
            sources
                .into_iter()
                .map(|source| Group::Source(source.to_owned()))
                .collect()
        }
    };
    let has_flows = |group: &Group| flows.iter().any(|flow| flow.is_in(group));
    all.into_iter().filter(has_flows).collect()
}

fn render_group(group: &Group, flows: &[Shown], moment: &Moment, view: View) -> String {
    let heading = group.heading();
    let indent = if heading.is_some() { 2 } else { 0 };
    let heading = heading.map(|words| format!("{}\n", view.paint(Role::Heading, &words)));
    let shown = flows.iter().filter(|flow| flow.is_in(group));
    let flows = shown.map(|flow| render_flow(flow, moment, (view, indent)));
    heading.unwrap_or_default() + &flows.collect::<Vec<String>>().join("\n")
}

fn render_flow(flow: &Shown, moment: &Moment, (view, indent): (View, usize)) -> String {
    let mut head = Table::new().indented(indent);
    let read = flow.outline.flow.as_ref();
    let ends = [
        read.map(|flow| format!("from {}", flow.source)),
        read.and_then(|flow| {
            flow.account
                .as_ref()
                .map(|account| format!("to account {account}"))
        }),
    ];
    head.row([
        Cell::new(Role::Name, &flow.outline.name),
        Cell::new(flow.state.role(), flow.state.words()),
        Cell::from(ends.into_iter().flatten().collect::<Vec<String>>().join(" ")),
    ]);
    let next = match (flow.state, flow.next) {
        (State::Active, NextRun::At(time)) => Some(moment.render_next_run(time)),
        _ => None,
    };
    let facts = [
        ("runs", read.and_then(|flow| render_schedules(flow))),
        ("next", next),
        ("last", Some(last_words(flow.last, moment))),
    ];
    let mut table = Table::new().indented(indent + 2);
    for (label, words) in facts {
        if let Some(words) = words {
            table.row([Cell::new(Role::Faint, label), Cell::from(words)]);
        }
    }
    head.render(view) + &table.render(view)
}

fn last_words(last: Option<&LastRun>, moment: &Moment) -> String {
    let Some(last) = last else {
        return "never".to_owned();
    };
    let run = &last.run;
    let counts: Vec<String> = last
        .outcomes
        .iter()
        .map(|(outcome, count)| format!("{} {count}", outcome.as_str()))
        .collect();
    let counts = match counts.as_slice() {
        [] => "nothing to do".to_owned(),
        counts => counts.join(", "),
    };
    let began = moment.render_time(run.start.started);
    format!(
        "run {}, {began}, {}: {counts}",
        run.id,
        ending_words(run.end.as_ref())
    )
}

/// Says how a run ended. One without an end is under way, or its process was killed.
fn ending_words(end: Option<&RunEnd>) -> &'static str {
    end.map_or("not ended", |end| end.state.as_str())
}

fn to_json(flow: &Shown, now: Timestamp) -> Value {
    let state = match flow.state {
        State::Active => "active",
        State::Paused => "paused",
        State::ByHand => "by_hand",
        State::HasProblems => "has_problems",
    };
    let read = flow.outline.flow.as_ref();
    let last = flow.last.map(|last| last.run.start.started);
    let mut shown = Map::new();
    shown.insert("name".to_owned(), json!(flow.outline.name));
    shown.insert("state".to_owned(), json!(state));
    shown.insert("errors".to_owned(), json!(flow.outline.errors));
    shown.insert("source".to_owned(), json!(read.map(|flow| &flow.source)));
    shown.insert(
        "account".to_owned(),
        json!(read.and_then(|flow| flow.account.as_ref())),
    );
    shown.extend(
        read.map(|flow| schedules_json(flow, last, now))
            .unwrap_or_default(),
    );
    shown.insert("last_run".to_owned(), flow.last.map_or(Value::Null, last_json));
    Value::Object(shown)
}

fn last_json(last: &LastRun) -> Value {
    let run = &last.run;
    let counts = last
        .outcomes
        .iter()
        .map(|(outcome, count)| (outcome.as_str().to_owned(), json!(count)));
    json!({
        "run": run.id,
        "command": run.start.command,
        "began": run.start.started,
        "ended": run.end.as_ref().map(|end| end.ended),
        "ending": run.end.as_ref().map(|end| end.state.as_str()),
        "outcomes": Value::Object(counts.collect()),
    })
}
