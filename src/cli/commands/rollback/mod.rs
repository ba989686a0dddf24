//! `sheetflow rollback`: takes a run back.

mod view;

use std::path::PathBuf;
use std::time::Instant;

use clap::{Args, ValueHint};

use crate::cli::arguments::{Format, TargetArguments};
use crate::cli::confirm::{Question, confirmed};
use crate::cli::progress::Bar;
use crate::cli::project::{describe, load, open_with, stop_signal};
use crate::cli::runtime::block_on;
use crate::cli::{CliError, Context, ExitStatus};
use crate::engine::{RollbackPlan, RollbackWish, Selection, Session};
use crate::ledger::RunId;

use super::plan::limits;
use super::settle;
use view::Report;

/// Take a run back as far as Stripe allows: the plan, a question, and then it is sent
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sheetflow rollback 7 --dry-run       what would happen to each object, and what can't be taken back
  sheetflow rollback 7                 the same, a question, and then it is sent
  sheetflow rollback 7 --delete-customers
                                       and delete the customers that the run made
  sheetflow rollback 7 --sandbox --yes
                                       against the Stripe inside the program, without the question

What the run made is deleted, voided, cancelled or archived, the last first; what it changed gets its former
values. Customers stay unless `--delete-customers` asks for more. What a later run, or somebody in Stripe, changed
since is left alone and named, unless `--force` says otherwise. A rollback that was stopped is gone on with by
saying it again.")]
pub(crate) struct Arguments {
    /// The run's number, as `sheetflow runs` shows it
    #[arg(value_name = "N", value_parser = clap::value_parser!(i64).range(1..))]
    pub(crate) run: i64,
    /// A directory with `.flow` files, or one such file
    #[arg(default_value = ".", value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub(crate) path: PathBuf,
    #[command(flatten)]
    pub(crate) target: TargetArguments,
    /// Show what would happen, and send nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Answer the question with yes
    #[arg(short, long, conflicts_with = "dry_run")]
    pub(crate) yes: bool,
    /// Delete the customers, too, that the run made; their subscriptions end with them
    #[arg(long)]
    pub(crate) delete_customers: bool,
    /// Take back, too, what a later run or other hands changed since
    #[arg(long)]
    pub(crate) force: bool,
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments, context: &mut Context) -> Result<ExitStatus, CliError> {
    let project = load(&arguments.path, context)?;
    block_on(async {
        let wanted = (&arguments.target, Selection::default());
        let session = open_with(project, wanted, context).await?;
        let status = match arguments.dry_run {
            true => show_plan(arguments, &session, context).await,
            false => roll_back(arguments, &session, context).await,
        };
        session.close().await?;
        status
    })
}

fn wish(arguments: &Arguments) -> RollbackWish {
    RollbackWish {
        run: RunId(arguments.run),
        delete_customers: arguments.delete_customers,
        force: arguments.force,
    }
}

async fn plan(
    arguments: &Arguments,
    session: &Session,
    context: &mut Context,
) -> Result<RollbackPlan, CliError> {
    let bar = Bar::start(&context.output);
    let progress = bar.progress();
    let plan = session.plan_rollback(&wish(arguments), &progress).await;
    drop(progress);
    bar.finish().await;
    Ok(plan?)
}

async fn show_plan(
    arguments: &Arguments,
    session: &Session,
    context: &mut Context,
) -> Result<ExitStatus, CliError> {
    let mut plan = plan(arguments, session, context).await?;
    match context.output.format() {
        Format::Human => show(&mut plan, arguments, session, context)?,
        Format::Json => view::plan_json(&mut plan, context)?,
    }
    Ok(match plan.totals.not_undone {
        0 => ExitStatus::Success,
        _ => ExitStatus::RecordsFailed,
    })
}

fn show(
    plan: &mut RollbackPlan,
    arguments: &Arguments,
    session: &Session,
    context: &mut Context,
) -> Result<(), CliError> {
    let to = describe(session.connection.as_deref(), &arguments.target);
    view::show(plan, (&to, limits(session)), context)
}

async fn roll_back(
    arguments: &Arguments,
    session: &Session,
    context: &mut Context,
) -> Result<ExitStatus, CliError> {
    let started = Instant::now();
    let lock = session.lock_as(&format!("rollback {}", arguments.run))?;
    let bar = Bar::start(&context.output);
    let progress = bar.progress();
    let settled = session.settle(&lock, &progress).await;
    drop(progress);
    bar.finish().await;
    settle::tell(&settled?, context)?;
    let mut plan = plan(arguments, session, context).await?;
    if context.output.format() == Format::Human && !context.output.is_quiet() {
        show(&mut plan, arguments, session, context)?;
    }
    if plan.totals.acts() {
        let question = Question {
            yes: arguments.yes,
            test: "Take this back? [y/N] ",
            live: "Take this back? It changes a live account. [y/N] ",
        };
        if !confirmed(question, session, context)? {
            context.output.message("nothing was sent")?;
            return Ok(ExitStatus::Success);
        }
    }
    let bar = Bar::start(&context.output);
    let progress = bar.progress();
    let rolled_back = session.rollback(&lock, plan, &progress, stop_signal()?).await;
    drop(progress);
    bar.finish().await;
    let report = Report {
        of: RunId(arguments.run),
        rolled_back: rolled_back?,
        seconds: started.elapsed().as_secs_f64(),
    };
    report.show(session, context).await?;
    Ok(report.status())
}
