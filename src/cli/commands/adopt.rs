use std::sync::Arc;

use clap::Args;
use serde_json::{Map, Value, json};

use super::plan::{coloured, records_json};
use crate::cli::arguments::{Format, NarrowingArguments, ProjectArguments, TargetArguments};
use crate::cli::confirm::{Question, confirmed};
use crate::cli::output::Role;
use crate::cli::progress::Bar;
use crate::cli::project::{Network, Wanted, describe, load, open};
use crate::cli::runtime::block_on;
use crate::cli::{CliError, Context, ExitStatus};
use crate::engine::{Adopted, FlowPlan, Plan, Session};
use crate::lang::program::{Flow, StepKind};
use crate::plan::{AdoptionCounts, render_record};

/// Take objects that exist in Stripe into the ledger, and change nothing
#[derive(Debug, Args)]
#[command(
    after_help = "Each row takes the object that its step finds by `by`. From then on it is the row's own: a plan says what
differs, and an apply changes that. Rows for which nothing or more than one object is found are reported.

Examples:
  sheetflow adopt --dry-run             which row would take which object
  sheetflow adopt --flow customers      take those of one flow
  sheetflow adopt billing --yes         without the question"
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) project: ProjectArguments,
    #[command(flatten)]
    pub(crate) target: TargetArguments,
    /// Answer the question with yes
    #[arg(short, long)]
    pub(crate) yes: bool,
    /// Show what would be taken, and take nothing
    #[arg(long, conflicts_with = "yes")]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) narrowing: NarrowingArguments,
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments, context: &mut Context) -> Result<ExitStatus, CliError> {
    let project = load(&arguments.project.path, context)?;
    block_on(async {
        let wanted = Wanted {
            target: &arguments.target,
            narrowing: &arguments.narrowing,
            network: Network::Online,
            refresh: false,
        };
        let session = open(project, wanted, context).await?;
        let status = adopt(arguments, &session, context).await;
        session.close().await?;
        status
    })
}

async fn adopt(
    arguments: &Arguments,
    session: &Session,
    context: &mut Context,
) -> Result<ExitStatus, CliError> {
    let lock = session.lock()?;
    let bar = Bar::start(&context.output);
    let plan = session.plan_adoption(&bar.progress()).await;
    bar.finish().await;
    let mut plan = plan?;
    let summary = plan.summary();
    let is_human = context.output.format() == Format::Human;
    let mut report = Value::Null;
    if is_human {
        let to = describe(session.connection.as_deref(), &arguments.target);
        context.output.text(&format!("adoption from {to}\n\n"))?;
        show(&mut plan, context)?;
    } else {
        report = to_json(&mut plan)?;
    }
    let counts = summary.adoption;
    let wanted = !arguments.dry_run && counts.adopted > 0;
    let words = words(counts);
    let question = Question {
        yes: arguments.yes,
        test: &words,
        live: &words,
    };
    let taken = match wanted && confirmed(question, session, context)? {
        true => {
            let bar = Bar::start(&context.output);
            let adopted = session.adopt(&lock, plan, &bar.progress()).await;
            bar.finish().await;
            Some(adopted?)
        }
        false => None,
    };
    if is_human {
        context.output.text(&verdict(taken))?;
    } else {
        report["run"] = json!(taken.and_then(|adopted| adopted.run));
        context.output.json(&report)?;
    }
    Ok(match summary.totals.rejected {
        0 => ExitStatus::Success,
        _ => ExitStatus::RecordsFailed,
    })
}

fn words(counts: AdoptionCounts) -> String {
    format!(
        "Take {} into the ledger? Nothing in Stripe is changed. [y/N] ",
        objects(counts.adopted)
    )
}

fn verdict(taken: Option<Adopted>) -> String {
    match taken {
        Some(Adopted {
            run: Some(run),
            counts,
        }) => format!("run {run}: took {}\n", objects(counts.adopted)),
        Some(_) | None => "nothing was taken\n".to_owned(),
    }
}

fn objects(count: u64) -> String {
    match count {
        1 => "1 object".to_owned(),
        several => format!("{several} objects"),
    }
}

fn show(plan: &mut Plan, context: &mut Context) -> Result<(), CliError> {
    for flow in &mut plan.flows {
        show_flow(flow, context)?;
    }
    let summary = plan.summary();
    let counts = summary.adoption;
    let mut parts = vec![format!("{} to adopt", objects(counts.adopted))];
    let others = [
        (counts.differing, "of them not as the rows say"),
        (counts.unmatched, "not found"),
        (summary.totals.rejected, "rejected"),
    ];
    parts.extend(
        others
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, words)| format!("{count} {words}")),
    );
    context.output.text(&format!("{}\n", parts.join(", ")))
}

fn show_flow(plan: &mut FlowPlan, context: &mut Context) -> Result<(), CliError> {
    let view = context.output.view();
    let heading = view.paint(Role::Heading, &format!("flow {}", plan.flow.name));
    context.output.text(&format!("{heading}\n"))?;
    let flow = Arc::clone(&plan.flow);
    let steps = Steps::of(&flow);
    context.output.text(&steps.words())?;
    for record in plan.records()? {
        let shown = render_record(&record?);
        context.output.text(&coloured(&shown, view))?;
    }
    if plan.is_empty() && !steps.by.is_empty() {
        context.output.text("  nothing is new to the ledger\n")?;
    }
    context.output.text("\n")
}

/// The steps of a flow that leave objects behind.
struct Steps<'f> {
    by: Vec<&'f str>,
    without_by: Vec<&'f str>,
}

impl<'f> Steps<'f> {
    fn of(flow: &'f Flow) -> Self {
        let leaving = flow.steps().filter(|step| match step.kind {
            StepKind::Create | StepKind::Update | StepKind::Upsert | StepKind::Mirror => true,
            StepKind::Find | StepKind::Delete | StepKind::Call | StepKind::Request => false,
        });
        let (by, without): (Vec<_>, Vec<_>) = leaving.partition(|step| step.matching.is_some());
        let names =
            |steps: Vec<&'f crate::lang::program::Step>| steps.into_iter().map(|step| &*step.name).collect();
        Steps {
            by: names(by),
            without_by: names(without),
        }
    }

    fn words(&self) -> String {
        match (self.by.as_slice(), self.without_by.as_slice()) {
            (_, []) => String::new(),
            ([], _) => "  no step has a `by`: nothing tells which objects are its own\n".to_owned(),
            (_, without) => {
                let names: Vec<String> = without.iter().map(|name| format!("`{name}`")).collect();
                format!(
                    "  no `by`, so nothing tells which objects are its own: {}\n",
                    names.join(", ")
                )
            }
        }
    }
}

fn to_json(plan: &mut Plan) -> Result<Value, CliError> {
    let summary = plan.summary();
    let mut flows = Vec::new();
    for flow in &mut plan.flows {
        let mut shown = Map::new();
        shown.insert("name".to_owned(), json!(&*flow.flow.name));
        shown.insert("without_by".to_owned(), json!(Steps::of(&flow.flow).without_by));
        shown.insert("adoption".to_owned(), json!(flow.summary.adoption));
        shown.insert("records".to_owned(), records_json(flow)?);
        flows.push(Value::Object(shown));
    }
    Ok(json!({
        "run": null,
        "adoption": summary.adoption,
        "rejected": summary.totals.rejected,
        "flows": flows,
    }))
}
