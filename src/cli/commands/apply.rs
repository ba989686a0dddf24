use std::path::PathBuf;
use std::time::Instant;

use clap::{Args, ValueHint};
use serde_json::{Value, json};

use super::plan::{Showing, show};
use super::settle;
use crate::cli::arguments::{Format, NarrowingArguments, TargetArguments};
use crate::cli::confirm::{Question, confirmed};
use crate::cli::kept::{kept_options, kept_plan};
use crate::cli::output::Role;
use crate::cli::progress::Bar;
use crate::cli::project::{Network, Wanted, describe_target, engine_target, load, open, stop_signal};
use crate::cli::runtime::block_on;
use crate::cli::{CliError, Context, ExitStatus};
use crate::engine::{Applied, FlowPlan, KeptPlan, Plan, Progress, Project, Session, Settled};
use crate::ledger::{ProjectLock, RecordOutcome, RecordResult, RunState};
use crate::plan::{Moved, Totals};

/// How many records of each flow are shown before the question.
const SHOWN_RECORDS: u64 = 20;

/// Show the plan, ask, and send it
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sheetflow apply --sandbox               try it against the Stripe inside the program
  sheetflow apply --limit 1               send one record
  sheetflow apply billing --yes           without the question
  sheetflow apply march.plan              what `sheetflow plan --out march.plan` kept, and nothing else
  sheetflow apply --refresh               and put right what other hands changed in Stripe
  sheetflow apply billing --live --yes    to the account with real money")]
pub(crate) struct Arguments {
    /// A directory with `.flow` files, one such file, or a plan that `plan --out` kept
    #[arg(default_value = ".", value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub(crate) path: PathBuf,
    #[command(flatten)]
    pub(crate) target: TargetArguments,
    /// Answer the question with yes
    #[arg(short, long)]
    pub(crate) yes: bool,
    /// Read the objects too that are known already, and show what other hands changed in Stripe
    #[arg(long)]
    pub(crate) refresh: bool,
    #[command(flatten)]
    pub(crate) narrowing: NarrowingArguments,
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments, context: &mut Context) -> Result<ExitStatus, CliError> {
    let kept = kept_plan(&arguments.path)?;
    let project = load(kept.as_ref().map_or(&arguments.path, KeptPlan::project), context)?;
    block_on(async {
        let session = open_session(arguments, (project, kept.as_ref()), context).await?;
        let status = apply((arguments, kept.as_ref()), &session, context).await;
        session.close().await?;
        status
    })
}

async fn open_session(
    arguments: &Arguments,
    (project, kept): (Project, Option<&KeptPlan>),
    context: &Context,
) -> Result<Session, CliError> {
    let wanted = Wanted {
        target: &arguments.target,
        narrowing: &arguments.narrowing,
        network: Network::Online,
        refresh: arguments.refresh,
    };
    match kept {
        None => open(project, wanted, context).await,
        Some(kept) => Ok(Session::open(project, kept_options(kept, wanted, context)?).await?),
    }
}

/// Plans, asks and sends.
pub(super) async fn apply(
    (arguments, kept): (&Arguments, Option<&KeptPlan>),
    session: &Session,
    context: &mut Context,
) -> Result<ExitStatus, CliError> {
    let started = Instant::now();
    let lock = session.lock()?;
    let bar = Bar::start(&context.output);
    let progress = bar.progress();
    let planned = plan(session, (&lock, kept), &progress).await;
    // The bar ends when nobody can write to it any more.
    drop(progress);
    bar.finish().await;
    let Planned { mut plan, settled } = planned?;
    settle::tell(&settled, context)?;
    if kept.is_some() && plan.open_intents > 0 {
        let open = std::mem::take(&mut plan.open_intents);
        context.output.message(&format!(
            "a kept plan settles nothing: {open} requests of an interrupted run stay open; `sheetflow settle` finds out"
        ))?;
    }
    if context.output.format() == Format::Human && !context.output.is_quiet() {
        let target = kept.map_or_else(
            || engine_target(arguments.target.target()),
            |kept| kept.target().clone(),
        );
        let to = describe_target(session.connection.as_deref(), &target);
        context.output.text(&format!("plan for {to}\n\n"))?;
        let showing = Showing::new(session, SHOWN_RECORDS).await?;
        show(&mut plan, &showing, context)?;
    }
    plan.check_guards()?;
    let question = Question {
        yes: arguments.yes,
        test: "Send this? [y/N] ",
        live: "Send this? It moves real money. [y/N] ",
    };
    if plan.summary().totals.changing() > 0 && !confirmed(question, session, context)? {
        context.output.message("nothing was sent")?;
        return Ok(ExitStatus::Success);
    }
    let money = plan.summary().money;
    let gone = gone_json(&plan);
    let bar = Bar::start(&context.output);
    let applied = send(session, &lock, plan, &bar).await;
    let results = bar.finish().await;
    let report = Report {
        applied: applied?,
        settled,
        results,
        gone,
        money,
        seconds: started.elapsed().as_secs_f64(),
    };
    report.show(context)?;
    Ok(report.status())
}

/// A plan, and what came before it.
struct Planned {
    plan: Plan,
    /// Requests of an interrupted run that were settled.
    settled: Settled,
}

/// Makes the plan. A kept one is compared with it, and settles nothing: that would be a request of which the plan
/// does not speak.
async fn plan(
    session: &Session,
    (lock, kept): (&ProjectLock, Option<&KeptPlan>),
    progress: &Progress,
) -> Result<Planned, CliError> {
    match kept {
        None => {
            let settled = session.settle(lock, progress).await?;
            let plan = session.plan(progress).await?;
            Ok(Planned { plan, settled })
        }
        Some(kept) => {
            let plan = session.plan_kept(kept, progress).await?;
            Ok(Planned {
                plan,
                settled: Settled::default(),
            })
        }
    }
}

async fn send(session: &Session, lock: &ProjectLock, plan: Plan, bar: &Bar) -> Result<Applied, CliError> {
    Ok(session.apply(lock, plan, &bar.progress(), stop_signal()?).await?)
}

/// What an apply did, for the person or the program that asked for it.
struct Report {
    applied: Applied,
    /// What became of the requests of interrupted runs before.
    settled: Settled,
    results: Vec<RecordResult>,
    /// What a retry did not find again.
    gone: Vec<Value>,
    money: Moved,
    seconds: f64,
}

impl Report {
    fn status(&self) -> ExitStatus {
        let totals = self.applied.totals();
        match totals.rejected + totals.failed == 0 && self.applied.state == RunState::Finished {
            true => ExitStatus::Success,
            false => ExitStatus::RecordsFailed,
        }
    }

    fn show(&self, context: &mut Context) -> Result<(), CliError> {
        context.output.report(
            |view| {
                let mut text = String::new();
                for result in &self.results {
                    if let Some(line) = trouble(result) {
                        text.push_str(&view.paint(Role::Bad, &line));
                        text.push('\n');
                    }
                }
                text.push_str(&self.verdict());
                text
            },
            || self.to_json(),
        )?;
        Ok(())
    }

    fn verdict(&self) -> String {
        let totals = self.applied.totals();
        let requests = &self.applied.requests;
        let run = self
            .applied
            .run
            .map_or_else(String::new, |run| format!("run {run}: "));
        let mut text = format!(
            "{run}{} ({:.1} s; requests: {} that change something, {} that read, {} retried)\n",
            words(&totals),
            self.seconds,
            requests.post + requests.delete,
            requests.get,
            requests.retried
        );
        let left = self.applied.left;
        match self.applied.state {
            RunState::Finished => {}
            RunState::Interrupted => text.push_str(&format!(
                "interrupted: {left} records were not begun; the next apply goes on from here\n"
            )),
            RunState::Stopped => text.push_str(&format!(
                "stopped after too many errors (`stop after`): {left} records were not begun; the next apply goes on \
                 from here\n"
            )),
        }
        text
    }

    fn to_json(&self) -> Value {
        let requests = &self.applied.requests;
        let money: Vec<Value> = self
            .money
            .iter()
            .map(|money| json!({"currency": money.currency.code(), "amount": money.to_major().to_string()}))
            .collect();
        let flows: Vec<Value> = self
            .applied
            .flows
            .iter()
            .map(|(name, totals)| {
                let records: Vec<Value> = self
                    .results
                    .iter()
                    .filter(|result| result.flow == *name)
                    .map(result_json)
                    .collect();
                json!({"name": name, "totals": totals, "records": records})
            })
            .collect();
        json!({
            "run": self.applied.run,
            "totals": self.applied.totals(),
            "requests": {
                "GET": requests.get,
                "POST": requests.post,
                "DELETE": requests.delete,
                "retried": requests.retried,
            },
            "settled": self.settled.closed,
            "open": self.settled.open.len(),
            "money": money,
            "state": self.applied.state.as_str(),
            "interrupted": self.applied.state == RunState::Interrupted,
            "left": self.applied.left,
            "gone": self.gone,
            "flows": flows,
        })
    }
}

/// Names the records of a retry whose keys no row has any more, and its flows that are gone.
fn gone_json(plan: &Plan) -> Vec<Value> {
    let flows = plan
        .gone_flows
        .iter()
        .map(|name| json!({"flow": name, "key": null}));
    let of_flow = |flow: &FlowPlan| {
        let keys = flow.gone.iter().map(ToString::to_string);
        let named: Vec<Value> = keys
            .map(|key| json!({"flow": flow.flow.name, "key": key}))
            .collect();
        named
    };
    flows.chain(plan.flows.iter().flat_map(of_flow)).collect()
}

/// Says how many records ended in which way.
pub(super) fn words(totals: &Totals) -> String {
    let parts = [
        ("created", totals.created),
        ("updated", totals.updated),
        ("deleted", totals.deleted),
        ("called", totals.called),
        ("unchanged", totals.unchanged),
        ("rejected", totals.rejected),
        ("failed", totals.failed),
    ];
    let shown: Vec<String> = parts
        .iter()
        .filter(|(_, count)| *count > 0)
        .map(|(word, count)| format!("{word} {count}"))
        .collect();
    match shown.is_empty() {
        true => "no records".to_owned(),
        false => shown.join(", "),
    }
}

/// Says what the plan did not: that a request failed, or that a step rejected the record. Nothing for the others.
pub(super) fn trouble(result: &RecordResult) -> Option<String> {
    let word = match (&result.outcome, &result.step) {
        (RecordOutcome::Failed, _) => "failed",
        (RecordOutcome::Rejected, Some(_)) => "rejected",
        _ => return None,
    };
    let key = result
        .key
        .as_ref()
        .map(|key| format!(" {key}"))
        .unwrap_or_default();
    let message = result.message.as_deref().unwrap_or("no reason was given");
    let request = result
        .request_id
        .as_deref()
        .filter(|id| !message.contains(id))
        .map(|id| format!(" [{id}]"))
        .unwrap_or_default();
    Some(format!("  ! {word}{key}  {}: {message}{request}", result.place))
}

/// Shows a result to a program.
pub(super) fn result_json(result: &RecordResult) -> Value {
    json!({
        "key": result.key.as_ref().map(ToString::to_string),
        "place": result.place,
        "outcome": result.outcome.as_str(),
        "step": result.step,
        "object_id": result.stripe_id,
        "message": result.message,
        "code": result.code,
        "param": result.param,
        "request_id": result.request_id,
        "status": result.status,
    })
}
