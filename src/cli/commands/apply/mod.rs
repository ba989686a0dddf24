mod report;

use std::path::PathBuf;
use std::time::Instant;

use clap::{Args, ValueHint};
use serde_json::{Value, json};

use super::plan::{Showing, show};
use super::settle;
use crate::cli::arguments::{Format, NarrowingArguments, TargetArguments};
use crate::cli::confirm::{Question, confirmed};
use crate::cli::kept::{kept_options, kept_plan};
use crate::cli::progress::Bar;
use crate::cli::project::{Network, Wanted, describe_target, engine_target, load, open, stop_signal};
use crate::cli::runtime::block_on;
use crate::cli::{CliError, Context, ExitStatus};
use crate::engine::{Applied, FlowPlan, KeptPlan, Plan, Progress, Project, Session, Settled};
use crate::ledger::ProjectLock;
use report::Report;
pub(super) use report::{trouble, words};

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
    bar.finish().await;
    let report = Report {
        applied: applied?,
        settled,
        gone,
        money,
        seconds: started.elapsed().as_secs_f64(),
    };
    report.show(session, context).await?;
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
