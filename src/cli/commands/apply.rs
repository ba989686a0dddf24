use std::io::{self, BufRead, IsTerminal};
use std::time::Instant;

use clap::Args;
use serde_json::{Value, json};

use super::plan::{Showing, show};
use super::settle;
use crate::cli::arguments::{Format, NarrowingArguments, ProjectArguments, TargetArguments};
use crate::cli::output::Role;
use crate::cli::progress::Bar;
use crate::cli::project::{Network, describe, load, open, stop_signal};
use crate::cli::runtime::block_on;
use crate::cli::{CliError, Context, ExitStatus};
use crate::engine::{Applied, Plan, Session};
use crate::ledger::{RecordOutcome, RecordResult};
use crate::model::Mode;
use crate::plan::{Moved, Totals};

/// How many records of each flow are shown before the question.
const SHOWN_RECORDS: u64 = 20;

/// Show the plan, ask, and send it
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sheetflow apply --sandbox               try it against the Stripe inside the program
  sheetflow apply --limit 1               send one record
  sheetflow apply billing --yes           without the question
  sheetflow apply billing --live --yes    to the account with real money")]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) project: ProjectArguments,
    #[command(flatten)]
    pub(crate) target: TargetArguments,
    /// Answer the question with yes
    #[arg(short, long)]
    pub(crate) yes: bool,
    #[command(flatten)]
    pub(crate) narrowing: NarrowingArguments,
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments, context: &mut Context) -> Result<ExitStatus, CliError> {
    let project = load(&arguments.project.path, context)?;
    block_on(async {
        let wanted = (&arguments.target, &arguments.narrowing);
        let session = open(project, wanted, Network::Online, context).await?;
        let status = apply(arguments, &session, context).await;
        session.close().await?;
        status
    })
}

async fn apply(
    arguments: &Arguments,
    session: &Session,
    context: &mut Context,
) -> Result<ExitStatus, CliError> {
    let started = Instant::now();
    let lock = session.lock()?;
    let bar = Bar::start(&context.output);
    let progress = bar.progress();
    let settled = session.settle(&lock, &progress).await;
    let plan = match &settled {
        Ok(_) => Some(session.plan(&progress).await),
        Err(_) => None,
    };
    // The bar ends when nobody can write to it any more.
    drop(progress);
    bar.finish().await;
    let settled = settled?;
    let Some(plan) = plan else {
        return Ok(ExitStatus::Invalid);
    };
    let mut plan = plan?;
    settle::tell(&settled, context)?;
    if context.output.format() == Format::Human && !context.output.is_quiet() {
        let to = describe(session.connection.as_deref(), &arguments.target);
        context.output.text(&format!("plan for {to}\n\n"))?;
        let showing = Showing::new(session, SHOWN_RECORDS).await?;
        show(&mut plan, &showing, context)?;
    }
    plan.check_guards()?;
    if plan.summary().totals.changing() > 0 && !confirmed(arguments, session, context)? {
        context.output.message("nothing was sent")?;
        return Ok(ExitStatus::Success);
    }
    let money = plan.summary().money;
    let bar = Bar::start(&context.output);
    let applied = send(session, &lock, plan, &bar).await;
    let results = bar.finish().await;
    let report = Report {
        applied: applied?,
        results,
        money,
        seconds: started.elapsed().as_secs_f64(),
    };
    report.show(context)?;
    Ok(report.status())
}

async fn send(
    session: &Session,
    lock: &crate::ledger::ProjectLock,
    plan: Plan,
    bar: &Bar,
) -> Result<Applied, CliError> {
    Ok(session.apply(lock, plan, &bar.progress(), stop_signal()?).await?)
}

/// Asks before anything is sent. Where nobody can answer, test mode goes on and live mode does not.
fn confirmed(arguments: &Arguments, session: &Session, context: &mut Context) -> Result<bool, CliError> {
    if arguments.yes {
        return Ok(true);
    }
    let live = session
        .connection
        .as_ref()
        .is_some_and(|connection| connection.mode == Mode::Live);
    if !io::stdin().is_terminal() {
        return match live {
            false => Ok(true),
            true => Err(CliError::NobodyToAsk),
        };
    }
    let question = if live {
        "Send this? It moves real money. [y/N] "
    } else {
        "Send this? [y/N] "
    };
    context.output.prompt(question)?;
    let mut answer = String::new();
    io::stdin()
        .lock()
        .read_line(&mut answer)
        .map_err(CliError::System)?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}

/// What an apply did, for the person or the program that asked for it.
struct Report {
    applied: Applied,
    results: Vec<RecordResult>,
    money: Moved,
    seconds: f64,
}

impl Report {
    fn status(&self) -> ExitStatus {
        let totals = self.applied.totals();
        match totals.rejected + totals.failed == 0 && !self.applied.interrupted {
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
        if self.applied.interrupted {
            text.push_str(&format!(
                "stopped: {} records were not begun; the next apply goes on from here\n",
                self.applied.left
            ));
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
            "money": money,
            "interrupted": self.applied.interrupted,
            "left": self.applied.left,
            "flows": flows,
        })
    }
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

fn result_json(result: &RecordResult) -> Value {
    json!({
        "key": result.key.as_ref().map(ToString::to_string),
        "place": result.place,
        "outcome": result.outcome.as_str(),
        "step": result.step,
        "message": result.message,
        "code": result.code,
        "param": result.param,
        "request_id": result.request_id,
        "status": result.status,
    })
}
