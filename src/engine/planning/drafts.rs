//! Invoices that a flow began and never finished, and whose row is gone: nobody would ever finish them.

use crate::engine::EngineError;
use crate::engine::read::{Retrieved, retrieve};
use crate::engine::step_at::StepAt;
use crate::lang::program::{Flow, RemovalRequest, RemovalVerb, RequestMethod, StepDetail};
use crate::ledger::{KnownObject, KnownRecord, Ledger};
use crate::plan::{Action, PlannedRecord, PlannedStep};
use crate::stripe::Client;

use super::planner::Planner;
use super::removal::{PAGE, removal_record};
use super::survey::Survey;

const INVOICE: &str = "invoice";

/// What ends the life of a draft. Where a flow calls none of these, its drafts are what it is for.
const FINISHING: [&str; 3] = [
    "invoices.finalize_invoice",
    "invoices.send_invoice",
    "invoices.pay",
];

/// How a draft and its items are deleted. The items go first: Stripe keeps those of a deleted draft where they are,
/// as recorded answers show.
const REQUESTS: [(&str, RemovalRequest); 2] = [
    (INVOICE, deletion("/v1/invoices/{invoice}")),
    ("invoiceitem", deletion("/v1/invoiceitems/{invoiceitem}")),
];

const fn deletion(path: &'static str) -> RemovalRequest {
    RemovalRequest {
        method: RequestMethod::Delete,
        path,
        field: None,
    }
}

/// Gives the request that deletes a draft or a part of one; `None` for what is neither.
pub(in crate::engine) fn request_of(resource: &str) -> Option<RemovalRequest> {
    let mut requests = REQUESTS.into_iter();
    requests.find_map(|(of, request)| (of == resource).then_some(request))
}

impl<L: Ledger> Planner<'_, L> {
    /// Plans the removal of own drafts that were begun for rows that are gone. Looks at each of them in Stripe, and
    /// plans none offline. What makes a mirror leave everything alone holds here too.
    pub(super) async fn orphans(
        &self,
        survey: &Survey,
        flow: &Flow,
    ) -> Result<Vec<PlannedRecord>, EngineError> {
        let mut orphans = Vec::new();
        let Some(client) = self.client.filter(|_| finishes_invoices(flow)) else {
            return Ok(orphans);
        };
        if !self.selection.is_whole() || survey.is_empty() || survey.unkeyed {
            return Ok(orphans);
        }
        let mut after = None;
        loop {
            let mut keys = self.ledger.unfinished(&flow.name, after.as_ref(), PAGE).await?;
            let Some(last) = keys.last() else {
                return Ok(orphans);
            };
            after = Some(last.clone());
            keys.retain(|key| !survey.has(key));
            for known in self.ledger.known(&flow.name, &keys).await? {
                let steps = removed_steps(flow, &known);
                // What is not settled is settled first.
                if known.intents.is_empty() && have_draft(client, &steps).await? {
                    orphans.push(removal_record(known.key, steps));
                }
            }
        }
    }
}

fn finishes_invoices(flow: &Flow) -> bool {
    flow.steps().any(|step| match &step.detail {
        StepDetail::Call(call) => FINISHING.contains(&call.operation),
        _ => false,
    })
}

/// Tells whether an invoice that these steps made is still a draft, or gone.
async fn have_draft(client: &Client, steps: &[PlannedStep]) -> Result<bool, EngineError> {
    for step in steps.iter().filter(|step| step.resource == INVOICE) {
        let Action::Remove { id, .. } = &step.action else {
            continue;
        };
        let is_draft = match retrieve(client, INVOICE, id).await? {
            Retrieved::Object(invoice) => invoice.get("status").is_some_and(|status| status == "draft"),
            Retrieved::Gone => true,
            Retrieved::Unreadable => false,
        };
        if is_draft {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Gives the parts of a draft in the order in which they were made.
fn removed_steps(flow: &Flow, known: &KnownRecord) -> Vec<PlannedStep> {
    let mut found: Vec<(StepAt<'_>, &KnownObject)> = known
        .objects
        .iter()
        .filter(|object| object.created_by_us && request_of(&object.resource).is_some())
        .filter_map(|object| Some((StepAt::find(flow, &object.step)?, object)))
        .filter(|(at, object)| at.step.resource == object.resource)
        .filter(|(at, _)| !matches!(at.step.detail, StepDetail::Mirror(_)))
        .collect();
    found.sort_by_key(|(at, _)| (at.index(), at.line));
    let steps = found.into_iter().map(|(at, object)| PlannedStep {
        name: at.name.clone(),
        step: Some(at.index()),
        line: at.line,
        resource: object.resource.clone(),
        action: Action::Remove {
            id: object.stripe_id.clone(),
            verb: RemovalVerb::Delete.as_str().to_owned(),
        },
        gone: None,
        drift: Vec::new(),
    });
    steps.collect()
}

#[cfg(test)]
mod tests {
    use super::{FINISHING, REQUESTS};
    use crate::catalog::{Catalog, OperationKind};

    #[test]
    fn the_catalogue_knows_what_is_sent() {
        let catalog = Catalog::embedded();
        for (resource, request) in REQUESTS {
            let resource = catalog.resource(resource).expect("a resource");
            let deletion = resource.operation(OperationKind::Delete).expect("a deletion");
            assert_eq!(
                (deletion.path, deletion.method),
                (request.path, request.method.as_str())
            );
        }
        for operation in FINISHING {
            assert!(catalog.operation(operation).is_some(), "{operation}");
        }
    }
}
