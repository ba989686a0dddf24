use clap::Args;
use serde_json::{Value, json};

use crate::cli::arguments::{NarrowingArguments, ProjectArguments, TargetArguments};
use crate::cli::output::{Role, View};
use crate::cli::progress::Bar;
use crate::cli::project::{Network, Wanted, load, open};
use crate::cli::runtime::block_on;
use crate::cli::{CliError, Context, ExitStatus};
use crate::engine::{OpenRequest, Session, Settled, Verdict};

/// Find out what became of the requests of an interrupted run
#[derive(Debug, Args)]
#[command(
    after_help = "Every apply does this before it sends anything. A request whose answer was lost is sent again with
its key, so that Stripe answers with what it did; one that is older than Stripe remembers keys is looked
for. What can't be found out is listed here with what to look at, its record is left alone, and a person
says what became of it.

Examples:
  sheetflow settle                                  settle what can be, and list what is left
  sheetflow settle --done sheetflow-4f1c=in_1Q2     it was carried out, and made in_1Q2
  sheetflow settle --done sheetflow-4f1c            it was carried out, and made no object
  sheetflow settle --never-sent sheetflow-4f1c      it was not, so it may be sent again"
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) project: ProjectArguments,
    #[command(flatten)]
    pub(crate) target: TargetArguments,
    /// The request with this idempotency key was carried out; with the id of what it made
    #[arg(long, value_name = "KEY[=ID]")]
    pub(crate) done: Vec<String>,
    /// The request with this idempotency key was never carried out
    #[arg(long, value_name = "KEY")]
    pub(crate) never_sent: Vec<String>,
}

impl Arguments {
    /// Gives what the person says of each request, by its key.
    fn verdicts(&self) -> Vec<(&str, Verdict)> {
        let done = self.done.iter().map(|said| match said.split_once('=') {
            Some((key, id)) => (key, Verdict::Done(Some(id.to_owned()))),
            None => (said.as_str(), Verdict::Done(None)),
        });
        let never = self
            .never_sent
            .iter()
            .map(|key| (key.as_str(), Verdict::NeverSent));
        done.chain(never).collect()
    }
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments, context: &mut Context) -> Result<ExitStatus, CliError> {
    let project = load(&arguments.project.path, context)?;
    block_on(async {
        let all = NarrowingArguments::default();
        let wanted = Wanted {
            target: &arguments.target,
            narrowing: &all,
            network: Network::Online,
            refresh: false,
        };
        let session = open(project, wanted, context).await?;
        let settled = settle(arguments, &session, context).await;
        session.close().await?;
        let settled = settled?;
        context
            .output
            .report(|view| render(&settled, view), || to_json(&settled))?;
        Ok(match settled.open.is_empty() {
            true => ExitStatus::Success,
            false => ExitStatus::RecordsFailed,
        })
    })
}

async fn settle(
    arguments: &Arguments,
    session: &Session,
    context: &mut Context,
) -> Result<Settled, CliError> {
    let lock = session.lock()?;
    for (key, verdict) in arguments.verdicts() {
        let intent = session.close_request(&lock, key, verdict).await?;
        context.output.message(&format!(
            "closed `{} {}` of {} ({})",
            intent.method, intent.path, intent.key, intent.place
        ))?;
    }
    let bar = Bar::start(&context.output);
    let settled = session.settle(&lock, &bar.progress()).await;
    bar.finish().await;
    Ok(settled?)
}

/// Says beside another command's report what was settled, and what a person must look at.
pub(super) fn tell(settled: &Settled, context: &mut Context) -> Result<(), CliError> {
    if settled.closed > 0 {
        let count = counted(settled.closed);
        let verb = if settled.closed == 1 { "is" } else { "are" };
        context
            .output
            .message(&format!("{count} of an interrupted run {verb} settled"))?;
    }
    if !settled.open.is_empty() {
        let count = counted(settled.open.len());
        context.output.message(&format!(
            "what became of {count} of an interrupted run is not known; `sheetflow settle` shows what to look at"
        ))?;
    }
    Ok(())
}

fn counted(count: usize) -> String {
    match count {
        1 => "1 request".to_owned(),
        several => format!("{several} requests"),
    }
}

fn render(settled: &Settled, view: View) -> String {
    let mut text = match settled.closed {
        0 if settled.open.is_empty() => "nothing is open\n".to_owned(),
        0 => String::new(),
        closed => format!("{} settled\n", counted(closed)),
    };
    for OpenRequest { intent, why } in &settled.open {
        text.push_str(&format!(
            "\n{}  {} {}\n  flow {}, record {}, step {} ({}), written {}\n  {why}\n",
            view.paint(Role::Name, &intent.idempotency_key),
            intent.method,
            intent.path,
            intent.flow,
            intent.key,
            intent.step,
            intent.place,
            intent.created.strftime("%Y-%m-%d %H:%M:%S UTC"),
        ));
    }
    if !settled.open.is_empty() {
        text.push_str(
            "\nLook whether each was carried out, then say so: `sheetflow settle --done KEY=ID` or `--never-sent KEY`.\n",
        );
    }
    text
}

fn to_json(settled: &Settled) -> Value {
    let open: Vec<Value> = settled
        .open
        .iter()
        .map(|OpenRequest { intent, why }| json!({ "request": intent, "why": why }))
        .collect();
    json!({ "settled": settled.closed, "open": open })
}
