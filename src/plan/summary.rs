use std::collections::BTreeMap;

use serde::Serialize;

use crate::model::{Currency, Money};

use super::action::{Action, NotAdopted, Outcome, PlannedRecord, Wish};
use super::money::money_moved;

/// How many records end, or would end, in which way. A record counts once, by the strongest of its
/// steps: created before updated before unchanged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// All records that were looked at.
    pub records: u64,
    /// With at least one object made.
    pub created: u64,
    /// With at least one object changed.
    pub updated: u64,
    /// With at least one object deleted.
    pub deleted: u64,
    /// With at least one other operation called.
    pub called: u64,
    /// For which nothing is sent.
    pub unchanged: u64,
    /// Stopped by our own checks.
    pub rejected: u64,
    /// Refused by Stripe.
    pub failed: u64,
}

impl Totals {
    /// Adds the totals of another flow.
    pub fn add(&mut self, other: &Totals) {
        self.records += other.records;
        self.created += other.created;
        self.updated += other.updated;
        self.deleted += other.deleted;
        self.called += other.called;
        self.unchanged += other.unchanged;
        self.rejected += other.rejected;
        self.failed += other.failed;
    }

    /// Tells how many records would send something.
    pub fn changing(&self) -> u64 {
        self.created + self.updated + self.deleted + self.called
    }
}

/// The sums of a plan: records, requests by endpoint, money by currency.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// The records.
    pub totals: Totals,
    /// Objects that would be made, changed and removed, and calls; what guards ask for.
    pub steps: StepCounts,
    /// Requests that change something, by endpoint (`POST customer`).
    pub requests: BTreeMap<String, u64>,
    /// Minor units by currency.
    pub money: Moved,
    /// What other hands did.
    pub drift: DriftCounts,
    /// What is taken into the ledger.
    pub adoption: AdoptionCounts,
}

/// How many objects are taken into the ledger; counted where that is the purpose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct AdoptionCounts {
    /// Objects that are taken.
    pub adopted: u64,
    /// Of these, objects that the next apply would change.
    pub differing: u64,
    /// Steps for which there is nothing.
    pub unmatched: u64,
}

/// How many objects other hands changed or deleted; counted where the live objects were read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct DriftCounts {
    /// Objects of which a field is not as it was sent.
    pub changed: u64,
    /// Objects that are there no longer.
    pub gone: u64,
}

/// How many steps of a plan would do what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StepCounts {
    /// Objects that would be made, or may be.
    pub creates: u64,
    /// Objects that would be changed.
    pub updates: u64,
    /// Objects that would be removed.
    pub deletes: u64,
    /// Other operations and requests.
    pub calls: u64,
}

/// Money by currency. Sums that leave 64 bits are kept at the border rather than wrapped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Moved(BTreeMap<Currency, i64>);

impl Moved {
    /// Adds an amount.
    pub fn add(&mut self, money: Money) {
        let sum = self.0.entry(money.currency).or_default();
        *sum = sum.saturating_add(money.minor);
    }

    /// Walks over the sums in the order of currency codes.
    pub fn iter(&self) -> impl Iterator<Item = Money> + '_ {
        self.0.iter().map(|(currency, minor)| Money {
            minor: *minor,
            currency: *currency,
        })
    }

    /// Tells whether no money moves.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The request rates that Stripe, or the flow, allows; `None` where limits are off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Requests a second for the whole account.
    pub account: Option<u32>,
    /// Requests a second for one endpoint.
    pub endpoint: Option<u32>,
}

impl Summary {
    /// Counts a record that asks for nothing new.
    pub fn add_unchanged(&mut self) {
        self.totals.records += 1;
        self.totals.unchanged += 1;
    }

    /// Counts a planned record.
    pub fn add(&mut self, record: &PlannedRecord) {
        self.totals.records += 1;
        match &record.outcome {
            Outcome::Rejected(_) => self.totals.rejected += 1,
            Outcome::Steps(steps) => {
                let any = |is: fn(&Action) -> bool| steps.iter().any(|step| is(&step.action));
                let strongest = if any(makes) {
                    &mut self.totals.created
                } else if any(changes) {
                    &mut self.totals.updated
                } else if any(removes) {
                    &mut self.totals.deleted
                } else if any(|action| matches!(action, Action::Call { .. })) {
                    &mut self.totals.called
                } else {
                    &mut self.totals.unchanged
                };
                *strongest += 1;
            }
        }
        for step in record.steps() {
            self.drift.changed += u64::from(!step.drift.is_empty());
            self.drift.gone += u64::from(step.gone.is_some());
            self.adoption.add(&step.action);
            match &step.action {
                action if makes(action) => self.steps.creates += 1,
                action if changes(action) => self.steps.updates += 1,
                action if removes(action) => self.steps.deletes += 1,
                Action::Call { .. } => self.steps.calls += 1,
                _ => {}
            }
            match &step.action {
                Action::Create { form }
                | Action::Undecided {
                    wish: Wish::Create | Wish::Upsert,
                    form,
                } => {
                    self.count_request(&step.resource, "create");
                    if let Some(money) = money_moved(&step.resource, form) {
                        self.money.add(money);
                    }
                }
                Action::Update { .. }
                | Action::Undecided {
                    wish: Wish::Update, ..
                } => self.count_request(&step.resource, "update"),
                Action::Delete { .. }
                | Action::Undecided {
                    wish: Wish::Delete, ..
                } => self.count_request(&step.resource, "delete"),
                Action::Remove { verb, .. } => self.count_request(&step.resource, verb),
                Action::Call {
                    operation, method, ..
                } => self.count_call(method, operation),
                Action::Unchanged { .. }
                | Action::Kept { .. }
                | Action::Found { .. }
                | Action::ToFind
                | Action::Absent
                | Action::Called { .. }
                | Action::Read { .. }
                | Action::Adopt { .. }
                | Action::NotAdopted { .. }
                | Action::Open => {}
            }
        }
    }

    /// Counts a call by its operation, and a request by its method and path.
    fn count_call(&mut self, method: &str, operation: &str) {
        let name = match operation.starts_with('/') {
            true => format!("{method} {operation}"),
            false => operation.to_owned(),
        };
        *self.requests.entry(name).or_default() += 1;
    }

    fn count_request(&mut self, resource: &str, verb: &str) {
        *self.requests.entry(format!("{resource}.{verb}")).or_default() += 1;
    }

    /// Adds the sums of another flow.
    pub fn merge(&mut self, other: &Summary) {
        self.totals.add(&other.totals);
        self.steps.creates += other.steps.creates;
        self.steps.updates += other.steps.updates;
        self.steps.deletes += other.steps.deletes;
        self.steps.calls += other.steps.calls;
        self.drift.changed += other.drift.changed;
        self.drift.gone += other.drift.gone;
        self.adoption.adopted += other.adoption.adopted;
        self.adoption.differing += other.adoption.differing;
        self.adoption.unmatched += other.adoption.unmatched;
        for (endpoint, count) in &other.requests {
            *self.requests.entry(endpoint.clone()).or_default() += count;
        }
        for money in other.money.iter() {
            self.money.add(money);
        }
    }

    /// Gives the number of requests that change something.
    pub fn request_count(&self) -> u64 {
        self.requests.values().sum()
    }

    /// Gives the least number of whole seconds that the limits allow for the requests.
    pub fn least_seconds(&self, limits: Limits) -> u64 {
        let by_account = limits
            .account
            .map_or(0, |rate| self.request_count().div_ceil(u64::from(rate.max(1))));
        let by_endpoint = limits.endpoint.map_or(0, |rate| {
            self.requests
                .values()
                .map(|count| count.div_ceil(u64::from(rate.max(1))))
                .max()
                .unwrap_or(0)
        });
        by_account.max(by_endpoint)
    }
}

impl AdoptionCounts {
    fn add(&mut self, action: &Action) {
        match action {
            Action::Adopt { changes, .. } => {
                self.adopted += 1;
                self.differing += u64::from(!changes.is_empty());
            }
            Action::NotAdopted {
                why: NotAdopted::NoMatch | NotAdopted::Later,
            } => self.unmatched += 1,
            _ => {}
        }
    }
}

fn makes(action: &Action) -> bool {
    matches!(
        action,
        Action::Create { .. }
            | Action::Undecided {
                wish: Wish::Create | Wish::Upsert,
                ..
            }
    )
}

fn changes(action: &Action) -> bool {
    let undecided = matches!(
        action,
        Action::Undecided {
            wish: Wish::Update,
            ..
        }
    );
    undecided || matches!(action, Action::Update { .. })
}

fn removes(action: &Action) -> bool {
    matches!(
        action,
        Action::Delete { .. }
            | Action::Remove { .. }
            | Action::Undecided {
                wish: Wish::Delete,
                ..
            }
    )
}

#[cfg(test)]
mod tests {
    use super::Summary;
    use crate::model::{Basis, Fingerprint, Form};
    use crate::plan::{Action, Outcome, PlannedRecord, PlannedStep, Wish};

    fn record(action: Action) -> PlannedRecord {
        PlannedRecord {
            key: None,
            place: "sheet.csv, line 2".to_owned(),
            lines: Vec::new(),
            fingerprint: Fingerprint::of(["all"]),
            basis: Basis {
                row: Fingerprint::of(["row"]),
                flow: Fingerprint::of(["flow"]),
                plugins: Vec::new(),
            },
            reasons: Vec::new(),
            outcome: Outcome::Steps(vec![PlannedStep {
                name: "customer".to_owned(),
                step: Some(0),
                line: None,
                resource: "customer".to_owned(),
                action,
                gone: None,
                drift: Vec::new(),
            }]),
        }
    }

    #[test]
    fn a_step_whose_object_is_not_looked_up_counts_as_what_it_asks_for() {
        let counted = |wish| {
            let mut summary = Summary::default();
            summary.add(&record(Action::Undecided {
                wish,
                form: Form::default(),
            }));
            let steps = summary.steps;
            (
                (steps.creates, steps.updates, steps.deletes),
                summary.requests.into_keys().collect::<String>(),
            )
        };
        assert_eq!(counted(Wish::Create), ((1, 0, 0), "customer.create".to_owned()));
        assert_eq!(counted(Wish::Upsert), ((1, 0, 0), "customer.create".to_owned()));
        assert_eq!(counted(Wish::Update), ((0, 1, 0), "customer.update".to_owned()));
        assert_eq!(counted(Wish::Delete), ((0, 0, 1), "customer.delete".to_owned()));
    }
}
