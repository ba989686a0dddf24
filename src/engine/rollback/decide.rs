//! What becomes of one change: pure, from what the ledger and Stripe say.

use std::collections::HashSet;

use serde_json::Value;

use crate::catalog::{Catalog, Operation, OperationKind};
use crate::engine::mark::MARK;
use crate::ledger::{ChangeRecord, IntentAction, RunId, StandingObject};
use crate::model::Form;
use crate::stripe;

use super::RollbackWish;
use super::opposites::OPPOSITES;
use super::restore::{Restoring, restore};
use super::rules::{Asks, UndoRule, Way, rule_of, text_at};
use super::undoing::{UndoRequest, Undoing};

/// What Stripe says of an object.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Live {
    /// It has none, or a deleted one.
    Gone,
    /// It has it.
    Here(Value),
    /// Such objects can't be read alone.
    Unread,
}

/// What is known of a change and its object.
pub(super) struct Facts<'a> {
    pub(super) change: &'a ChangeRecord,
    /// What the object stands for.
    pub(super) standing: &'a [StandingObject],
    /// The object now.
    pub(super) live: &'a Live,
    /// The invoice that it is part of: its id, what it is now, and whether the run made it.
    pub(super) invoice: Option<(&'a str, &'a Live, Maker)>,
    /// The fields that other undos of this run will have restored before this one.
    pub(super) expected: Option<&'a Form>,
    /// What the ledger has noted of the object.
    pub(super) noted: Noted,
}

/// Whether the ledger has noted that an object was taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Noted {
    AsUndone,
    Nothing,
}

/// Who made an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Maker {
    /// The run that is taken back.
    ThisRun,
    /// Anybody else.
    Others,
}

/// The run that is taken back, and how far.
pub(super) struct Judge<'a> {
    pub(super) wish: &'a RollbackWish,
    /// Earlier rollbacks of the same run.
    pub(super) own_runs: &'a HashSet<RunId>,
}

impl Judge<'_> {
    /// Decides what becomes of a change.
    pub(super) fn decide(&self, facts: &Facts<'_>) -> Undoing {
        match facts.change.action {
            IntentAction::Create => self.creation(facts),
            IntentAction::Update => self.update(facts),
            IntentAction::Delete => removal(facts),
            IntentAction::Call => self.call(facts),
        }
    }

    fn creation(&self, facts: &Facts<'_>) -> Undoing {
        let change = facts.change;
        let Some(rule) = rule_of(&change.resource) else {
            return impossible(format!("nobody knows how a {} is taken back", change.resource));
        };
        if *facts.live == Live::Gone {
            return forget_or_nothing(facts, "Stripe no longer has it");
        }
        if let Live::Here(object) = facts.live
            && rule.gone.holds(object)
        {
            return out_of_use(facts);
        }
        let Some(way) = fitting(rule, facts.live) else {
            return impossible(rule.otherwise.to_owned());
        };
        if rule.asks == Asks::DeleteCustomers && !self.wish.delete_customers {
            let reason = match change.resource.as_str() {
                "customer" => "customers are deleted with `--delete-customers` alone",
                _ => "its customers would go with it: `--delete-customers` allows that",
            };
            return Undoing::Keep {
                reason: reason.to_owned(),
            };
        }
        if let Some(reason) = self.changed_since(facts) {
            return impossible(reason);
        }
        if let Some(undoing) = part_of_invoice(facts) {
            return undoing;
        }
        take_back(change, way, facts.live)
    }

    fn update(&self, facts: &Facts<'_>) -> Undoing {
        let object = match facts.live {
            Live::Gone => return forget_or_nothing(facts, "Stripe no longer has it"),
            Live::Here(object) => Some(object),
            Live::Unread => None,
        };
        let later = self.changed_since(facts).or_else(|| self.removed_since(facts));
        match restore(facts, object, self.wish) {
            Restoring::Fields(undoing) => match later {
                Some(reason) => impossible(reason),
                None => undoing,
            },
            Restoring::Already(undoing) => undoing,
            Restoring::Not(reason) => impossible(later.unwrap_or(reason)),
        }
    }

    fn call(&self, facts: &Facts<'_>) -> Undoing {
        let change = facts.change;
        let (Some(operation), Some(path)) = (&change.operation, &change.path) else {
            return impossible(
                "an older version of the program called it, and did not note what it called".to_owned(),
            );
        };
        if *facts.live == Live::Gone {
            return forget_or_nothing(facts, "Stripe no longer has it");
        }
        if let Some(opposite) = OPPOSITES.iter().find(|opposite| opposite.call == operation) {
            let stands = matches!(facts.live, Live::Here(object) if opposite.stands.holds(object));
            if !stands {
                return forget_or_nothing(facts, "it no longer is as the call left it");
            }
            if let Some(reason) = self.changed_since(facts) {
                return impossible(reason);
            }
            return match request_of(opposite.by, &change.stripe_id, Form::default()) {
                Some(request) => Undoing::Reverse {
                    verb: opposite.verb.to_owned(),
                    request,
                },
                None => impossible(format!("`{}` is not in the catalogue", opposite.by)),
            };
        }
        if let Some(request) = deletion_beside(operation, path, &change.stripe_id) {
            return Undoing::TakeBack {
                verb: "delete".to_owned(),
                request,
                parts: Vec::new(),
            };
        }
        let name = operation.rsplit('.').next().unwrap_or(operation);
        impossible(match operation.starts_with('/') {
            true => "it was a request to an endpoint of the flow's choice: nobody knows what takes it back"
                .to_owned(),
            false => format!("Stripe has nothing that takes `{name}` back"),
        })
    }

    /// Tells that a later run removed an object, unless that does not matter.
    fn removed_since(&self, facts: &Facts<'_>) -> Option<String> {
        let is_known = self.wish.force || !facts.standing.is_empty();
        (!is_known).then(|| "a later run removed it; `--force` takes this back all the same".to_owned())
    }

    /// Tells which later run has changed an object too, unless that does not matter.
    fn changed_since(&self, facts: &Facts<'_>) -> Option<String> {
        if self.wish.force {
            return None;
        }
        let runs = facts.standing.iter().map(|object| object.provenance.run);
        let later = runs
            .filter(|run| *run > self.wish.run && !self.own_runs.contains(run))
            .max()?;
        Some(format!(
            "run {later} changed it or took it over since; `--force` takes it back all the same"
        ))
    }
}

fn impossible(reason: String) -> Undoing {
    Undoing::Impossible { reason }
}

/// Lets the ledger forget an object, unless it has done so already; of a call, that it was made.
fn forget_or_nothing(facts: &Facts<'_>, reason: &str) -> Undoing {
    let reason = reason.to_owned();
    let change = facts.change;
    let is_call = change.action == IntentAction::Call;
    let mut standing = facts.standing.iter().map(|object| &object.provenance);
    let stands = standing.any(|from| {
        !is_call || (from.flow == change.flow && from.key == change.key && from.step == change.step)
    });
    match !stands {
        true => Undoing::Nothing { reason },
        false => Undoing::Forget { reason },
    }
}

/// What is out of use already is forgotten, and noted as taken back so that no record takes it over.
fn out_of_use(facts: &Facts<'_>) -> Undoing {
    let reason = "it is out of use already".to_owned();
    match facts.standing.is_empty() && facts.noted == Noted::AsUndone {
        true => Undoing::Nothing { reason },
        false => Undoing::Forget { reason },
    }
}

fn fitting(rule: &UndoRule, live: &Live) -> Option<Way> {
    let mut ways = rule.ways.into_iter().flatten();
    match live {
        Live::Here(object) => ways.find(|way| way.when.holds(object)),
        Live::Gone | Live::Unread => ways.next(),
    }
}

fn take_back(change: &ChangeRecord, way: Way, live: &Live) -> Undoing {
    let mut form = Form::default();
    if let Some((name, value)) = way.field {
        form.set_text(name, value);
    }
    let Some(mut request) = request_of(way.operation, &change.stripe_id, form) else {
        return impossible("its id is not known".to_owned());
    };
    let is_marked = matches!(live, Live::Here(object) if has_mark(object));
    if is_marked && way.field.is_some() && takes_metadata(&change.resource, way.operation) {
        // Should the ledger be lost one day, nobody takes it for a record's object.
        request.form.set_text(format!("metadata[{MARK}]"), "");
    }
    Undoing::TakeBack {
        verb: way.verb.to_owned(),
        request,
        parts: Vec::new(),
    }
}

/// Gives what becomes of a part of an invoice; `None` when it can be taken back by itself.
fn part_of_invoice(facts: &Facts<'_>) -> Option<Undoing> {
    let (id, invoice, maker) = facts.invoice?;
    let status = match invoice {
        Live::Here(invoice) => invoice.get("status").and_then(Value::as_str).unwrap_or_default(),
        Live::Gone => return Some(forget_or_nothing(facts, "its invoice is gone")),
        Live::Unread => return None,
    };
    match (status, maker) {
        ("draft", _) => None,
        ("void", _) => Some(out_of_use(facts)),
        (_, Maker::ThisRun) => Some(Undoing::With { id: id.to_owned() }),
        (_, Maker::Others) => Some(impossible(format!(
            "it is on invoice {id}, which is {status} and no draft any more"
        ))),
    }
}

/// What was deleted, voided or cancelled stays so; what was put out of use is put to use again.
fn removal(facts: &Facts<'_>) -> Undoing {
    let change = facts.change;
    let path = change.path.as_deref().unwrap_or_default();
    let mut fields = change
        .after
        .iter()
        .filter(|(name, _)| !name.starts_with("metadata["));
    let switched = match (fields.next(), fields.next()) {
        (Some((name, value)), None) => Some(name).zip(value.text()),
        _ => None,
    };
    let Some((name, opposite)) = switched.and_then(|(name, text)| Some((name, opposite(text)?))) else {
        let done = match path.rsplit('/').next() {
            Some("void") => "voided",
            Some("cancel") => "cancelled",
            _ => "removed",
        };
        return impossible(format!(
            "what was {done} stays so; the next apply makes a new one for its row"
        ));
    };
    let object = match facts.live {
        Live::Here(object) => object,
        Live::Gone => return impossible("it was deleted since".to_owned()),
        Live::Unread => return impossible("nobody knows what it is like now".to_owned()),
    };
    if text_at(object, name) == opposite {
        let known = !facts.standing.is_empty() || change.before.is_none();
        return match known {
            true => Undoing::Nothing {
                reason: "it is in use already".to_owned(),
            },
            false => Undoing::Revive { request: None },
        };
    }
    let resource = Catalog::embedded().resource(&change.resource);
    let update = resource.and_then(|resource| resource.operation(OperationKind::Update));
    let mut form = Form::default();
    form.set_text(name, opposite);
    match update.and_then(|update| request_of(update.id, &change.stripe_id, form)) {
        Some(request) => Undoing::Revive {
            request: Some(request),
        },
        None => impossible(format!("a {} can't be changed", change.resource)),
    }
}

fn opposite(text: &str) -> Option<&'static str> {
    match text {
        "true" => Some("false"),
        "false" => Some("true"),
        _ => None,
    }
}

fn has_mark(object: &Value) -> bool {
    let mark = object.pointer(&format!("/metadata/{MARK}"));
    mark.and_then(Value::as_str).is_some_and(|mark| !mark.is_empty())
}

/// Tells whether an operation changes the metadata of a resource.
fn takes_metadata(resource: &str, operation: &str) -> bool {
    let catalog = Catalog::embedded();
    let update = catalog
        .resource(resource)
        .and_then(|resource| resource.operation(OperationKind::Update));
    let params = update
        .filter(|update| update.id == operation)
        .and_then(|update| update.params);
    params.is_some_and(|shape| catalog.member(shape, "metadata").is_some())
}

/// Makes the request of an operation on one object; `None` for an operation that takes more than its id, and for an
/// id that is none.
pub(super) fn request_of(operation: &str, id: &str, form: Form) -> Option<UndoRequest> {
    let (_, operation) = Catalog::embedded().operation(operation)?;
    let path = path_of(operation, id)?;
    Some(UndoRequest {
        operation: operation.id.to_owned(),
        method: operation.method.to_owned(),
        path,
        form,
    })
}

/// Fills an operation's one hole with an id.
pub(super) fn path_of(operation: &Operation, id: &str) -> Option<String> {
    let [hole] = operation.path_params.as_slice() else {
        return None;
    };
    stripe::fill(operation.path, &[(hole, id)]).ok()
}

/// Finds what deletes an object that a call made within another one, such as the tax id of a customer.
pub(super) fn deletion_beside(operation: &str, path: &str, id: &str) -> Option<UndoRequest> {
    let catalog = Catalog::embedded();
    let (_, made) = catalog.operation(operation)?;
    let name = format!("{}.delete", operation.strip_suffix(".create")?);
    let (_, delete) = catalog.operation(&name)?;
    let below = delete.path.strip_prefix(made.path)?;
    let quoted = stripe::fill(below, &[(delete.path_params.last()?, id)]).ok()?;
    Some(UndoRequest {
        operation: delete.id.to_owned(),
        method: delete.method.to_owned(),
        path: format!("{path}{quoted}"),
        form: Form::default(),
    })
}
