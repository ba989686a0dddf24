use crate::catalog::Catalog;
use crate::ledger::{
    ChangeRecord, Entry, GoneObject, Intent, IntentAction, KnownObject, Ledger, ObjectRecord, Settlement,
    SettlementOutcome,
};
use crate::model::{Form, FormValue};
use crate::plan::remembered_call;

use super::Settler;
use crate::engine::EngineError;

/// What the ledger has for the resource of a free request.
const REQUEST: &str = "request";

impl<L: Ledger> Settler<'_, L> {
    /// Gives the entries that close an intent, with what it made or changed.
    pub(super) async fn entries(
        &self,
        intent: Intent,
        outcome: SettlementOutcome,
        id: Option<String>,
    ) -> Result<Vec<Entry>, EngineError> {
        let known = self
            .ledger
            .known(&intent.flow, std::slice::from_ref(&intent.key))
            .await?;
        let former = known.iter().find_map(|record| record.object(&intent.step));
        let mut entries = vec![Entry::Settled(Settlement {
            idempotency_key: intent.idempotency_key.clone(),
            outcome: outcome.clone(),
            at: self.clock.now(),
        })];
        let resource = Catalog::embedded()
            .operation(&intent.operation)
            .map(|(resource, _)| resource.name);
        match (intent.action, outcome) {
            (
                IntentAction::Delete,
                SettlementOutcome::Done { .. } | SettlementOutcome::Refused { status: 404, .. },
            ) => entries.extend(former.map(|_| gone(intent))),
            (IntentAction::Call, SettlementOutcome::Done { .. }) => {
                entries.extend(self.called(intent, (id, resource), former));
            }
            (IntentAction::Create | IntentAction::Update, SettlementOutcome::Done { .. }) => {
                let id = id.or_else(|| intent.object_id.clone());
                if let (Some(id), Some(resource)) = (id, resource) {
                    entries.extend(self.written(intent, (id, resource), former));
                }
            }
            (IntentAction::Update, SettlementOutcome::Abandoned { .. }) => {
                let forgotten = resource.zip(former);
                entries.extend(forgotten.map(|(resource, former)| self.forgotten(intent, resource, former)));
            }
            (_, SettlementOutcome::Refused { .. } | SettlementOutcome::Abandoned { .. }) => {}
        }
        Ok(entries)
    }

    /// Whatever it was and whatever it answered: what was carried out is never called again.
    fn called(
        &self,
        intent: Intent,
        (id, resource): (Option<String>, Option<&str>),
        former: Option<&KnownObject>,
    ) -> [Entry; 2] {
        let id = id.unwrap_or_else(|| intent.path.clone());
        let resource = resource.unwrap_or(REQUEST);
        let change = self.change(&intent, (&id, resource), former);
        let form = remembered_call(&intent.method, &intent.path, &intent.form);
        let object = self.object(intent, (id, resource), (form, false));
        [Entry::Change(change), Entry::Object(object)]
    }

    /// An object was made or changed.
    fn written(
        &self,
        intent: Intent,
        (id, resource): (String, &str),
        former: Option<&KnownObject>,
    ) -> [Entry; 2] {
        let change = self.change(&intent, (&id, resource), former);
        let made_here = former.is_some_and(|object| object.created_by_us);
        let before = former.map(|object| object.form.clone()).unwrap_or_default();
        let form = merged(before, &intent.form);
        let created_by_us = made_here || intent.action == IntentAction::Create;
        let object = self.object(intent, (id, resource), (form, created_by_us));
        [Entry::Change(change), Entry::Object(object)]
    }

    /// Nobody knows which values the object has now: its fields are sent again.
    fn forgotten(&self, intent: Intent, resource: &str, former: &KnownObject) -> Entry {
        let form = without(&former.form, &intent.form);
        let id = former.stripe_id.clone();
        Entry::Object(self.object(intent, (id, resource), (form, former.created_by_us)))
    }

    /// Notes what a request changed, so that it can be taken back.
    fn change(
        &self,
        intent: &Intent,
        (id, resource): (&str, &str),
        former: Option<&KnownObject>,
    ) -> ChangeRecord {
        let before = match intent.action {
            IntentAction::Create => None,
            IntentAction::Update | IntentAction::Delete | IntentAction::Call => Some(
                intent
                    .form
                    .iter()
                    .map(|(name, _)| {
                        let old = former
                            .and_then(|object| object.form.text(name))
                            .unwrap_or_default();
                        (name.to_owned(), FormValue::Text(old.to_owned()))
                    })
                    .collect(),
            ),
        };
        ChangeRecord {
            run: self.run,
            flow: intent.flow.clone(),
            key: intent.key.clone(),
            step: intent.step.clone(),
            resource: resource.to_owned(),
            stripe_id: id.to_owned(),
            action: intent.action,
            before,
            after: intent.form.clone(),
        }
    }

    fn object(
        &self,
        intent: Intent,
        (stripe_id, resource): (String, &str),
        (form, created_by_us): (Form, bool),
    ) -> ObjectRecord {
        ObjectRecord {
            flow: intent.flow,
            key: intent.key,
            step: intent.step,
            resource: resource.to_owned(),
            stripe_id,
            fingerprint: form.fingerprint(),
            form,
            created_by_us,
            run: self.run,
            place: intent.place,
            updated: self.clock.now(),
        }
    }
}

fn gone(intent: Intent) -> Entry {
    Entry::ObjectGone(GoneObject {
        flow: intent.flow,
        key: intent.key,
        step: intent.step,
    })
}

/// Lays what was sent over what had been sent before.
fn merged(mut former: Form, sent: &Form) -> Form {
    for (name, value) in sent.iter() {
        former.set(name, value.clone());
    }
    former
}

/// Leaves out what a lost request may have changed.
fn without(former: &Form, lost: &Form) -> Form {
    let kept = former.iter().filter(|(name, _)| lost.get(name).is_none());
    kept.map(|(name, value)| (name.to_owned(), value.clone()))
        .collect()
}
