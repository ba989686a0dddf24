use std::path::PathBuf;

use clap::{Args, ValueHint};
use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};

use crate::cli::arguments::{Format, NarrowingArguments, ProjectArguments, TargetArguments};
use crate::cli::output::{Role, View};
use crate::cli::progress::Bar;
use crate::cli::project::{Network, Wanted, describe, load, open};
use crate::cli::runtime::block_on;
use crate::cli::{CliError, Context, ExitStatus};
use crate::engine::{FlowPlan, FlowRuns, Plan, Session};
use crate::plan::{
    Limits, Moment, record_json, render_record, render_standing, render_summary, standing_json, summary_json,
};

/// Show what would happen, record by record, and send nothing
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sheetflow plan                              the project in this directory
  sheetflow plan --flow customers --row 12    one row of one flow
  sheetflow plan --offline                    from what is known already, without a request
  sheetflow plan --refresh                    and what other hands changed in Stripe
  sheetflow plan --out march.plan             keep it; `sheetflow apply march.plan` does that and nothing else
  sheetflow plan --sandbox --format json      for a script")]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) project: ProjectArguments,
    #[command(flatten)]
    pub(crate) target: TargetArguments,
    /// Make no request: what only Stripe knows stays open
    #[arg(long)]
    pub(crate) offline: bool,
    /// Read the objects too that are known already, and show what other hands changed in Stripe
    #[arg(long, conflicts_with = "offline")]
    pub(crate) refresh: bool,
    /// Keep the plan in FILE, for `sheetflow apply FILE`
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, conflicts_with = "offline")]
    pub(crate) out: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) narrowing: NarrowingArguments,
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments, context: &mut Context) -> Result<ExitStatus, CliError> {
    let project = load(&arguments.project.path, context)?;
    let network = if arguments.offline {
        Network::Offline
    } else {
        Network::Online
    };
    block_on(async {
        let wanted = Wanted {
            target: &arguments.target,
            narrowing: &arguments.narrowing,
            network,
            refresh: arguments.refresh,
        };
        let session = open(project, wanted, context).await?;
        let bar = Bar::start(&context.output);
        let plan = session.plan(&bar.progress()).await;
        bar.finish().await;
        let mut plan = plan?;
        match context.output.format() {
            Format::Human => {
                let to = describe(session.connection.as_deref(), &arguments.target);
                context.output.text(&format!("plan for {to}\n\n"))?;
                let showing = Showing::new(&session, u64::MAX).await?;
                show(&mut plan, &showing, context)?;
            }
            Format::Json => {
                let history = session.flow_runs().await?;
                let json = to_json(&mut plan, &session, &history)?;
                context.output.json(&json)?;
            }
        }
        let rejected = plan.summary().totals.rejected;
        // The plan is shown all the same: it tells why the guard does not hold.
        let kept = match plan.check_guards() {
            Ok(()) => keep(arguments, &session, &mut plan, context).await,
            Err(guarded) => Err(guarded.into()),
        };
        session.close().await?;
        kept?;
        Ok(if rejected == 0 {
            ExitStatus::Success
        } else {
            ExitStatus::RecordsFailed
        })
    })
}

/// Keeps the plan, when that was asked for.
async fn keep(
    arguments: &Arguments,
    session: &Session,
    plan: &mut Plan,
    context: &mut Context,
) -> Result<(), CliError> {
    let Some(file) = &arguments.out else {
        return Ok(());
    };
    session.keep(plan, &arguments.project.path, file).await?;
    let file = file.display();
    context.output.message(&format!(
        "kept in {file}; `sheetflow apply {file}` does that and nothing else"
    ))
}

/// Gives the rates that requests are kept below; none offline.
pub(super) fn limits(session: &Session) -> Limits {
    session
        .connection
        .as_ref()
        .map(|connection| connection.limits)
        .unwrap_or_default()
}

/// How a plan is shown to a person.
pub(super) struct Showing {
    limits: Limits,
    /// How many records of each flow are shown.
    most: u64,
    history: FlowRuns,
    moment: Moment,
}

impl Showing {
    /// Asks the session for what a plan is shown with.
    pub(super) async fn new(session: &Session, most: u64) -> Result<Self, CliError> {
        Ok(Showing {
            limits: limits(session),
            most,
            history: session.flow_runs().await?,
            moment: Moment {
                now: session.clock().now(),
                zone: TimeZone::system(),
            },
        })
    }
}

/// Shows a plan to a person.
pub(super) fn show(plan: &mut Plan, showing: &Showing, context: &mut Context) -> Result<(), CliError> {
    if plan.open_intents > 0 {
        let count = plan.open_intents;
        context.output.text(&format!(
            "{count} requests of an interrupted run are settled first\n\n"
        ))?;
    }
    for flow in &mut plan.flows {
        show_flow(flow, showing, context)?;
    }
    for flow in &plan.gone_flows {
        context
            .output
            .text(&format!("flow {flow} is no longer in the project\n\n"))?;
    }
    let summary = plan.summary();
    context.output.text(&render_summary(&summary, showing.limits))?;
    Ok(())
}

fn show_flow(flow: &mut FlowPlan, showing: &Showing, context: &mut Context) -> Result<(), CliError> {
    let view = context.output.view();
    let heading = view.paint(Role::Heading, &format!("flow {}", flow.flow.name));
    let description = flow
        .flow
        .description
        .as_deref()
        .map(|text| format!("  {text}"))
        .unwrap_or_default();
    context
        .output
        .text(&format!("{heading}{}\n", view.paint(Role::Faint, &description)))?;
    let last = showing.history.began(&flow.flow.name);
    context
        .output
        .text(&render_standing(&flow.flow, last, &showing.moment))?;
    let mut shown = 0;
    let mut hidden = 0;
    for record in flow.records()? {
        let record = record?;
        if shown < showing.most {
            shown += 1;
            context.output.text(&coloured(&render_record(&record), view))?;
        } else {
            hidden += 1;
        }
    }
    if hidden > 0 {
        context
            .output
            .text(&format!("  … and {hidden} more; `sheetflow plan` shows all\n"))?;
    }
    for key in &flow.gone {
        let line = format!("  ! {key} is no longer in the sheet\n");
        context.output.text(&view.paint(Role::Warning, &line))?;
    }
    let unchanged = flow.summary.totals.unchanged;
    if shown == 0 {
        context
            .output
            .text(&format!("  nothing to do: {unchanged} unchanged\n"))?;
    }
    context.output.text("\n")?;
    Ok(())
}

/// Puts each line in the colour of its sign.
pub(super) fn coloured(text: &str, view: View) -> String {
    text.lines()
        .map(|line| {
            let role = match line.trim_start().chars().next() {
                Some('+') => Role::Good,
                Some('~' | '?') => Role::Warning,
                Some('!') => Role::Bad,
                _ => Role::Plain,
            };
            format!("{}\n", view.paint(role, line))
        })
        .collect()
}

fn to_json(plan: &mut Plan, session: &Session, history: &FlowRuns) -> Result<Value, CliError> {
    let summary = plan.summary();
    let reads = session
        .connection
        .as_ref()
        .map_or(0, |connection| connection.client.counts().get);
    let mut report = summary_json(&summary, limits(session));
    report.insert(
        "requests".to_owned(),
        json!({"GET": reads, "POST": summary.request_count(), "DELETE": 0, "retried": 0}),
    );
    report.insert("open_intents".to_owned(), json!(plan.open_intents));
    let mut flows = Vec::new();
    for flow in &mut plan.flows {
        let totals = flow.summary.totals;
        let name = flow.flow.name.to_string();
        let standing = standing_json(&flow.flow, history.began(&name), session.clock().now());
        let records = records_json(flow)?;
        let mut shown = Map::new();
        shown.insert("name".to_owned(), json!(name));
        shown.extend(standing);
        shown.insert("totals".to_owned(), json!(totals));
        shown.insert("records".to_owned(), records);
        flows.push(Value::Object(shown));
    }
    report.insert("flows".to_owned(), Value::Array(flows));
    Ok(Value::Object(report))
}

/// Shows the records of a flow to a program.
pub(super) fn records_json(flow: &mut FlowPlan) -> Result<Value, CliError> {
    let records = flow
        .records()?
        .map(|record| record.map(|record| record_json(&record)));
    Ok(Value::Array(records.collect::<Result<Vec<_>, _>>()?))
}
