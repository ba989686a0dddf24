use std::fmt::Write;

use serde_json::{Map, Value, json};

use crate::cli::arguments::Format;
use crate::cli::commands::runs::clock_time;
use crate::cli::output::{Role, View, printable};
use crate::cli::{CliError, Context, ExitStatus, results};
use crate::engine::{PlannedUndo, RollbackPlan, RolledBack, Session, UndoRequest, UndoTotals, Undoing};
use crate::ledger::{RecordOutcome, RecordResult, RunId, RunState};
use crate::model::{Form, FormValue};
use crate::plan::{Change, Limits};

/// Shows what would happen to a person: first what can't be taken back, then the rest.
pub(super) fn show(
    plan: &mut RollbackPlan,
    (to, limits): (&str, Limits),
    context: &mut Context,
) -> Result<(), CliError> {
    let view = context.output.view();
    let start = &plan.run.start;
    let heading = format!("rollback of run {} on {to}", plan.run.id);
    let heading = view.paint(Role::Heading, &heading);
    let run = format!("{}, {}", start.command, clock_time(start.started));
    context.output.text(&format!("{heading}\n  ({run})\n\n"))?;
    for item in plan.items()? {
        let item = item?;
        if matches!(item.undoing, Undoing::Impossible { .. }) {
            context.output.text(&render(&item, view))?;
        }
    }
    if plan.totals.not_undone > 0 {
        context.output.text("\n")?;
    }
    let mut flow = String::new();
    for item in plan.items()? {
        let item = item?;
        if matches!(item.undoing, Undoing::Impossible { .. }) {
            continue;
        }
        if item.change.flow != flow {
            flow.clone_from(&item.change.flow);
            let name = view.paint(Role::Heading, &printable(&format!("flow {flow}")));
            context.output.text(&format!("{name}\n"))?;
        }
        context.output.text(&render(&item, view))?;
    }
    context.output.text(&summary(plan, limits))
}

fn summary(plan: &RollbackPlan, limits: Limits) -> String {
    let mut text = format!(
        "\n{} changes: {}\n",
        plan.totals.changes,
        planned_words(&plan.totals)
    );
    if plan.requests > 0 {
        let _ = write!(text, "requests that change something: {}", plan.requests);
        let rate = limits.account.map(u64::from).filter(|rate| *rate > 0);
        if let Some(rate) = rate {
            let _ = write!(
                text,
                " (at least {} s within the limits)",
                plan.requests.div_ceil(rate)
            );
        }
        text.push('\n');
    }
    text
}

fn planned_words(totals: &UndoTotals) -> String {
    words(&[
        (totals.taken_back, "to take back"),
        (totals.restored, "to restore"),
        (totals.kept, "to leave as they are"),
        (totals.not_undone, "that can't be taken back"),
    ])
}

fn words(parts: &[(u64, &str)]) -> String {
    let shown: Vec<String> = parts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, words)| format!("{count} {words}"))
        .collect();
    match shown.is_empty() {
        true => "nothing to take back".to_owned(),
        false => shown.join(", "),
    }
}

/// Shows what becomes of one change.
fn render(item: &PlannedUndo, view: View) -> String {
    let change = &item.change;
    let (sign, role, verb, reason) = headline(&item.undoing);
    let mut line = format!(
        "  {sign} {verb} {}, {} {}",
        change.stripe_id, change.resource, change.key
    );
    if change.step != change.resource {
        let _ = write!(line, ", step {}", change.step);
    }
    match &item.place {
        Some(place) => {
            let _ = write!(line, "  ({place})");
        }
        None => {
            let _ = write!(line, "  (flow {})", change.flow);
        }
    }
    if let Some(reason) = reason {
        let _ = write!(line, ": {reason}");
    }
    let mut text = format!("{}\n", view.paint(role, &printable(&line)));
    if let Undoing::Restore { fields, lost, .. } = &item.undoing {
        for field in fields {
            let _ = writeln!(text, "      {}", printable(&field_words(field)));
        }
        for name in lost {
            let _ = writeln!(
                text,
                "      {}: nobody noted what it was; it stays",
                printable(name)
            );
        }
    }
    text
}

fn headline(undoing: &Undoing) -> (char, Role, &str, Option<String>) {
    match undoing {
        Undoing::TakeBack { verb, .. } => ('-', Role::Warning, verb, None),
        Undoing::Restore { request: Some(_), .. } => ('~', Role::Warning, "restore", None),
        Undoing::Restore { request: None, .. } => (
            '~',
            Role::Warning,
            "note as restored",
            Some("Stripe has its former values already".to_owned()),
        ),
        Undoing::Revive { .. } => ('+', Role::Good, "put to use again", None),
        Undoing::Reverse { verb, .. } => ('>', Role::Warning, verb, None),
        Undoing::Forget { reason } => ('-', Role::Warning, "forget", Some(reason.clone())),
        Undoing::With { id } => (
            '-',
            Role::Warning,
            "let go",
            Some(format!("with its invoice {id}")),
        ),
        Undoing::Nothing { reason } => ('=', Role::Plain, "leave", Some(reason.clone())),
        Undoing::Keep { reason } => ('=', Role::Plain, "keep", Some(reason.clone())),
        Undoing::Impossible { reason } => ('!', Role::Bad, "can't take back", Some(reason.clone())),
    }
}

fn field_words(field: &Change) -> String {
    let name = Form::flow_path(&field.field);
    let old = field
        .old
        .as_ref()
        .map_or_else(|| "nothing".to_owned(), |old| format!("{old:?}"));
    match &field.new {
        FormValue::Text(text) if text.is_empty() => format!("{name}: {old} -> cleared"),
        new => format!("{name}: {old} -> {new}"),
    }
}

/// Shows the plan to a program; one change a line, so that a long one fits in any memory.
pub(super) fn plan_json(plan: &mut RollbackPlan, context: &mut Context) -> Result<(), CliError> {
    let head = format!(
        "{{\n  \"run\": null,\n  \"rollback_of\": {},\n  \"totals\": {},\n  \"requests\": {},\n  \"changes\": [",
        plan.run.id,
        json!(plan.totals),
        plan.requests
    );
    context.output.text(&head)?;
    let mut comma = "";
    for item in plan.items()? {
        context
            .output
            .text(&format!("{comma}\n    {}", item_json(&item?)))?;
        comma = ",";
    }
    context.output.text("\n  ]\n}\n")
}

fn item_json(item: &PlannedUndo) -> Value {
    let change = &item.change;
    let (_, _, verb, reason) = headline(&item.undoing);
    let action = match &item.undoing {
        Undoing::TakeBack { .. } => "take_back",
        Undoing::Restore { .. } => "restore",
        Undoing::Revive { .. } => "revive",
        Undoing::Reverse { .. } => "reverse",
        Undoing::Forget { .. } => "forget",
        Undoing::With { .. } => "with",
        Undoing::Nothing { .. } => "nothing",
        Undoing::Keep { .. } => "keep",
        Undoing::Impossible { .. } => "impossible",
    };
    let request = match &item.undoing {
        Undoing::TakeBack { request, .. } | Undoing::Reverse { request, .. } => Some(request),
        Undoing::Restore { request, .. } | Undoing::Revive { request } => request.as_ref(),
        _ => None,
    };
    json!({
        "flow": change.flow,
        "key": change.key.to_string(),
        "step": change.step,
        "resource": change.resource,
        "id": change.stripe_id,
        "place": item.place,
        "done": change.action.as_str(),
        "action": action,
        "verb": verb,
        "reason": reason,
        "request": request.map(request_json),
    })
}

fn request_json(request: &UndoRequest) -> Value {
    let form: Map<String, Value> = request
        .form
        .iter()
        .map(|(name, value)| (name.to_owned(), json!(value.text())))
        .collect();
    json!({"operation": request.operation, "method": request.method, "path": request.path, "form": form})
}

/// What a rollback did, for the person or the program that asked for it.
pub(super) struct Report {
    pub(super) of: RunId,
    pub(super) rolled_back: RolledBack,
    pub(super) seconds: f64,
}

impl Report {
    pub(super) fn status(&self) -> ExitStatus {
        let totals = &self.rolled_back.totals;
        let all_well = totals.failed == 0 && totals.not_undone == 0;
        match all_well && self.rolled_back.state == RunState::Finished {
            true => ExitStatus::Success,
            false => ExitStatus::RecordsFailed,
        }
    }

    /// Writes it. The results are read from the ledger.
    pub(super) async fn show(&self, session: &Session, context: &mut Context) -> Result<(), CliError> {
        let (view, format) = (context.output.view(), context.output.format());
        let outcomes = match format {
            Format::Human => vec![RecordOutcome::Failed],
            Format::Json => {
                context.output.text(&results::opening(&self.head(), "results"))?;
                Vec::new()
            }
        };
        if let Some(run) = self.rolled_back.run {
            let text = |before, result: &RecordResult| {
                Some(match format {
                    Format::Human => trouble(result, view),
                    Format::Json => results::item(before, "    ", &results::result_json_with_flow(result)),
                })
            };
            let read = async |page: &_| session.results(run, page).await;
            let wanted = (results::wanted(outcomes, None), u64::MAX);
            results::write(read, wanted, &mut context.output, text).await?;
        }
        let end = match format {
            Format::Human => self.verdict(),
            Format::Json => "]\n}\n".to_owned(),
        };
        context.output.text(&end)
    }

    fn verdict(&self) -> String {
        let totals = &self.rolled_back.totals;
        let requests = &self.rolled_back.requests;
        let run = self
            .rolled_back
            .run
            .map_or_else(String::new, |run| format!("run {run}: "));
        let done = words(&[
            (totals.taken_back, "taken back"),
            (totals.restored, "restored"),
            (totals.kept, "left as they were"),
            (totals.not_undone, "not taken back"),
            (totals.failed, "failed"),
        ]);
        let mut text = format!(
            "{run}{done} ({:.1} s; requests: {} that change something, {} that read, {} retried)\n",
            self.seconds,
            requests.post + requests.delete,
            requests.get,
            requests.retried
        );
        if self.rolled_back.state == RunState::Interrupted {
            let _ = writeln!(
                text,
                "interrupted: {} changes were not begun; `sheetflow rollback {}` goes on from here",
                self.rolled_back.left, self.of
            );
        }
        text
    }

    /// Gives what a program is told before the results.
    fn head(&self) -> Value {
        let requests = &self.rolled_back.requests;
        json!({
            "run": self.rolled_back.run,
            "rollback_of": self.of,
            "totals": self.rolled_back.totals,
            "requests": {
                "GET": requests.get,
                "POST": requests.post,
                "DELETE": requests.delete,
                "retried": requests.retried,
            },
            "state": self.rolled_back.state.as_str(),
            "left": self.rolled_back.left,
        })
    }
}

fn trouble(result: &RecordResult, view: View) -> String {
    let key = result
        .key
        .as_ref()
        .map(|key| format!(" {key}"))
        .unwrap_or_default();
    let id = result.stripe_id.as_deref().unwrap_or_default();
    let message = result.message.as_deref().unwrap_or("no reason was given");
    let line = printable(&format!("  ! failed{key}, {id}: {message}"));
    format!("{}\n", view.paint(Role::Bad, &line))
}
