use serde_json::{Value, json};

use crate::cli::arguments::Format;
use crate::cli::output::{Role, printable};
use crate::cli::{CliError, Context, ExitStatus, results};
use crate::engine::{Applied, Session, Settled};
use crate::ledger::{RecordOutcome, RecordResult, RunState};
use crate::plan::{Moved, Totals};

/// How many records that went wrong a person is shown.
const SHOWN_TROUBLE: u64 = 1_000;

/// What an apply did, for the person or the program that asked for it.
pub(super) struct Report {
    pub(super) applied: Applied,
    /// What became of the requests of interrupted runs before.
    pub(super) settled: Settled,
    /// What a retry did not find again.
    pub(super) gone: Vec<Value>,
    pub(super) money: Moved,
    pub(super) seconds: f64,
}

impl Report {
    pub(super) fn status(&self) -> ExitStatus {
        let totals = self.applied.totals();
        match totals.rejected + totals.failed == 0 && self.applied.state == RunState::Finished {
            true => ExitStatus::Success,
            false => ExitStatus::RecordsFailed,
        }
    }

    /// Writes it. The results are read from the ledger.
    pub(super) async fn show(&self, session: &Session, context: &mut Context) -> Result<(), CliError> {
        match context.output.format() {
            Format::Human => {
                self.show_trouble(session, context).await?;
                context.output.text(&self.verdict())
            }
            Format::Json => self.show_json(session, context).await,
        }
    }

    async fn show_trouble(&self, session: &Session, context: &mut Context) -> Result<(), CliError> {
        let Some(run) = self.applied.run else {
            return Ok(());
        };
        let view = context.output.view();
        let wanted = results::wanted(vec![RecordOutcome::Failed, RecordOutcome::Rejected], None);
        let text = |_, result: &RecordResult| Some(view.paint(Role::Bad, &trouble(result)?) + "\n");
        let read = async |page: &_| session.results(run, page).await;
        let shown = results::write(read, (wanted, SHOWN_TROUBLE), &mut context.output, text).await?;
        if shown == SHOWN_TROUBLE {
            let all = format!("the first {shown}; `sheetflow runs show {run} --failed` has all of them\n");
            context.output.text(&all)?;
        }
        Ok(())
    }

    async fn show_json(&self, session: &Session, context: &mut Context) -> Result<(), CliError> {
        context.output.text(&results::opening(&self.head(), "flows"))?;
        for (index, (name, totals)) in (0..).zip(&self.applied.flows) {
            let comma = if index == 0 { "" } else { "," };
            let open = format!(
                "{comma}\n    {{\n      \"name\": {},\n      \"totals\": {},\n      \"records\": [",
                json!(name),
                json!(totals)
            );
            context.output.text(&open)?;
            if let Some(run) = self.applied.run {
                let wanted = results::wanted(Vec::new(), Some(name.clone()));
                let read = async |page: &_| session.results(run, page).await;
                let text = |before, result: &_| {
                    Some(results::item(before, "        ", &results::result_json(result)))
                };
                results::write(read, (wanted, u64::MAX), &mut context.output, text).await?;
            }
            context.output.text("]\n    }")?;
        }
        context.output.text("]\n}\n")
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

    /// Gives what a program is told before the records.
    fn head(&self) -> Value {
        let requests = &self.applied.requests;
        let money: Vec<Value> = self
            .money
            .iter()
            .map(|money| json!({"currency": money.currency.code(), "amount": money.to_major().to_string()}))
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
        })
    }
}

/// Says how many records ended in which way.
pub(in crate::cli::commands) fn words(totals: &Totals) -> String {
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
pub(in crate::cli::commands) fn trouble(result: &RecordResult) -> Option<String> {
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
    let line = format!("  ! {word}{key}  {}: {message}{request}", result.place);
    Some(printable(&line))
}

#[cfg(test)]
mod tests {
    use super::trouble;
    use crate::ledger::{RecordOutcome, RecordResult, RunId};
    use crate::model::RecordKey;

    #[test]
    fn what_a_server_or_a_sheet_says_moves_no_cursor() {
        let result = RecordResult {
            run: RunId(1),
            flow: "f".to_owned(),
            key: Some(RecordKey::new(&["a\u{1b}[2J".to_owned()])),
            place: "people.csv, line 2".to_owned(),
            step: None,
            outcome: RecordOutcome::Failed,
            stripe_id: None,
            message: Some("no such\u{1b}[1A coupon".to_owned()),
            code: None,
            param: None,
            request_id: Some("req_1".to_owned()),
            status: Some(400),
        };
        let line = trouble(&result).unwrap();
        assert!(!line.contains('\u{1b}'), "{line:?}");
        assert!(line.ends_with("coupon [req_1]"), "{line:?}");
    }
}
