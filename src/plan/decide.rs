use serde_json::Value;

use crate::catalog::{Alternative, ApiType};
use crate::lang::program::{Binding, ExpressionKind, Missing, Step, StepDetail, StepKind};
use crate::model::{DesiredStep, Form, FormValue};

use super::action::{Action, Change, Wish};
use super::call::call;
use super::compare::{object_text, value_at};
use super::drift::{Drift, MARK, overlaid};

/// What is known of the object that a step is about.
#[derive(Clone, Debug, PartialEq)]
pub enum Known {
    /// There is none.
    Nothing,
    /// The ledger knows it.
    Sent {
        /// Its id.
        id: String,
        /// All that was sent for it last.
        form: Form,
    },
    /// The ledger knows it, and other hands changed it since.
    Drifted {
        /// Its id.
        id: String,
        /// All that was sent for it last.
        form: Form,
        /// What is not as it was sent.
        drift: Vec<Drift>,
    },
    /// It was found in Stripe.
    Found {
        /// Its id.
        id: String,
        /// The object as Stripe answered it.
        object: Value,
    },
    /// Several objects match.
    Several(Vec<String>),
    /// Nobody has looked, or what to look for is not known yet.
    NotLookedUp,
}

/// Decides what happens at one step of one record. Errors when the row must be rejected: the text says
/// why, with the form name of the field where one is at fault.
pub fn decide(step: &Step, desired: &DesiredStep, known: &Known) -> Result<Action, (String, Option<String>)> {
    match (step.kind, known) {
        (_, Known::Several(ids)) => Err((several(step, desired, ids), None)),
        (StepKind::Update, Known::Nothing) => Err((no_match(step, desired), None)),
        (StepKind::Find, Known::NotLookedUp) => Ok(Action::ToFind),
        (StepKind::Find, Known::Found { id, .. } | Known::Sent { id, .. } | Known::Drifted { id, .. }) => {
            Ok(Action::Found { id: Some(id.clone()) })
        }
        (StepKind::Find, Known::Nothing) => missing(step, desired),
        (StepKind::Delete, Known::Found { id, .. } | Known::Sent { id, .. } | Known::Drifted { id, .. }) => {
            Ok(Action::Delete { id: id.clone() })
        }
        (StepKind::Delete, Known::Nothing) => Ok(Action::Absent),
        (StepKind::Call | StepKind::Request, known) => {
            call(step, desired, known).map_err(|message| (message, None))
        }
        (StepKind::Create | StepKind::Upsert | StepKind::Mirror, Known::Nothing) => Ok(Action::Create {
            form: desired.form.clone(),
        }),
        (StepKind::Create, Known::Sent { id, form } | Known::Drifted { id, form, .. }) => {
            let changes = created_differently(step, desired, form);
            Ok(match changes.is_empty() {
                true => Action::Unchanged {
                    id: id.clone(),
                    adopted: false,
                },
                false => Action::Kept {
                    id: id.clone(),
                    changes,
                },
            })
        }
        (StepKind::Create, Known::Found { id, .. }) => Ok(Action::Unchanged {
            id: id.clone(),
            adopted: true,
        }),
        (StepKind::Update | StepKind::Upsert | StepKind::Mirror, Known::Sent { id, form }) => {
            update(step, desired, id, &Former::Sent(form))
        }
        (StepKind::Update | StepKind::Upsert | StepKind::Mirror, Known::Drifted { id, form, drift }) => {
            let now = overlaid(form, drift);
            update(
                step,
                desired,
                id,
                &Former::Drifted {
                    now: &now,
                    sent: form,
                },
            )
        }
        (StepKind::Update | StepKind::Upsert | StepKind::Mirror, Known::Found { id, object }) => {
            update(step, desired, id, &Former::Live(object))
        }
        (StepKind::Create, Known::NotLookedUp) => Ok(undecided(Wish::Create, desired)),
        (StepKind::Update, Known::NotLookedUp) => Ok(undecided(Wish::Update, desired)),
        (StepKind::Upsert | StepKind::Mirror, Known::NotLookedUp) => Ok(undecided(Wish::Upsert, desired)),
        (StepKind::Delete, Known::NotLookedUp) => Ok(undecided(Wish::Delete, desired)),
    }
}

fn undecided(wish: Wish, desired: &DesiredStep) -> Action {
    Action::Undecided {
        wish,
        form: desired.form.clone(),
    }
}

pub(super) fn several(step: &Step, desired: &DesiredStep, ids: &[String]) -> String {
    format!(
        "{} {} objects match {}: {} (write `newest` or `oldest` after `by` to take one)",
        ids.len(),
        step.resource,
        wanted(desired),
        ids.join(", ")
    )
}

/// Says what becomes of a record for which nothing was found.
fn missing(step: &Step, desired: &DesiredStep) -> Result<Action, (String, Option<String>)> {
    match &step.detail {
        StepDetail::Find(Missing::Null | Missing::Skip) => Ok(Action::Found { id: None }),
        StepDetail::Find(Missing::Reject(Some(_))) => {
            let said = desired.path.first().and_then(FormValue::text);
            Err((said.map_or_else(|| no_match(step, desired), str::to_owned), None))
        }
        _ => Err((no_match(step, desired), None)),
    }
}

fn no_match(step: &Step, desired: &DesiredStep) -> String {
    match desired.wanted {
        None => format!(
            "there is nothing to find the {} by: the value of `by` is empty",
            step.resource
        ),
        Some(_) => format!("no {} matches {}", step.resource, wanted(desired)),
    }
}

fn wanted(desired: &DesiredStep) -> String {
    match &desired.wanted {
        Some(FormValue::Text(text)) => format!("`{text}`"),
        Some(FormValue::Unknown) | None => "the value of `by`".to_owned(),
    }
}

/// What the fields were before: what we sent, or what Stripe has.
pub(super) enum Former<'a> {
    Sent(&'a Form),
    /// What Stripe has now of what we sent, and what we sent.
    Drifted {
        now: &'a Form,
        sent: &'a Form,
    },
    Live(&'a Value),
}

impl Former<'_> {
    pub(super) fn text(&self, name: &str) -> Option<String> {
        match self {
            Former::Sent(form) | Former::Drifted { now: form, .. } => {
                form.text(name).filter(|text| !text.is_empty()).map(str::to_owned)
            }
            Former::Live(object) => value_at(object, name)
                .and_then(object_text)
                .filter(|text| !text.is_empty()),
        }
    }

    /// Gives the names below a binding whose values go when the row asks for none.
    ///
    /// What was sent before goes when its cell is empty. What other hands wrote stays: the sheet never knew it, so
    /// an empty cell says nothing of it. It goes only when the flow itself says so, with `field = null`.
    fn names_below(&self, binding: &Binding) -> Vec<String> {
        match self {
            Former::Sent(form) | Former::Drifted { now: form, .. } => form
                .iter()
                .filter(|(name, value)| belongs(name, &binding.name) && !is_cleared(value) && *name != MARK)
                .map(|(name, _)| name.to_owned())
                .collect(),
            Former::Live(_) if says_nothing(binding) && self.text(&binding.name).is_some() => {
                vec![binding.name.clone()]
            }
            Former::Live(_) => Vec::new(),
        }
    }
}

/// Tells whether the flow itself says that a field is empty: `field = null`.
pub(super) fn says_nothing(binding: &Binding) -> bool {
    matches!(&binding.value.kind, ExpressionKind::Literal(value) if value.is_empty())
}

fn update(
    step: &Step,
    desired: &DesiredStep,
    id: &str,
    former: &Former<'_>,
) -> Result<Action, (String, Option<String>)> {
    let mut changes: Vec<Change> = brought_back(step, former).into_iter().collect();
    for binding in &step.bindings {
        let changed = binding_changes(binding, desired, former);
        if changed.is_empty() {
            continue;
        }
        match refusal(step, binding, &changed) {
            None => changes.extend(changed),
            Some(_) if is_only_drift(binding, desired, former) => {}
            Some(refusal) => return Err(refusal),
        }
    }
    if changes.is_empty() {
        let adopted = matches!(former, Former::Live(_));
        return Ok(Action::Unchanged {
            id: id.to_owned(),
            adopted,
        });
    }
    let form = changes
        .iter()
        .map(|change| (change.field.clone(), change.new.clone()))
        .collect();
    Ok(Action::Update {
        id: id.to_owned(),
        changes,
        form,
    })
}

/// Tells why changes can't be sent.
fn refusal(step: &Step, binding: &Binding, changed: &[Change]) -> Option<(String, Option<String>)> {
    let first = changed.first()?;
    if adds_items(step, first) {
        return Some(items_of_subscription(first));
    }
    let Some(update_type) = &binding.update_type else {
        return Some(not_updatable(step, first));
    };
    let stays = changed
        .iter()
        .find(|change| !may_send(change, binding, update_type))?;
    let field = Form::flow_path(&stays.field);
    let message = format!(
        "`{field}` is empty now, and Stripe can't clear it ({})",
        step.resource
    );
    Some((message, Some(stays.field.clone())))
}

/// Tells whether the row asks for what was sent: other hands changed it, and that is no fault of the row.
fn is_only_drift(binding: &Binding, desired: &DesiredStep, former: &Former<'_>) -> bool {
    match former {
        Former::Drifted { sent, .. } => binding_changes(binding, desired, &Former::Sent(sent)).is_empty(),
        Former::Sent(_) | Former::Live(_) => false,
    }
}

/// Takes back what a mirror did to an object when its row went, for the row is there again.
fn brought_back(step: &Step, former: &Former<'_>) -> Option<Change> {
    let (StepDetail::Mirror(removal), Former::Live(_)) = (&step.detail, former) else {
        return None;
    };
    let (field, removed) = removal.request.as_ref()?.field?;
    let bound = step.bindings.iter().any(|binding| binding.name == field);
    if bound || former.text(field).as_deref() != Some(removed) {
        return None;
    }
    let new = match removed {
        "true" => "false",
        _ => "true",
    };
    Some(Change {
        field: field.to_owned(),
        old: Some(removed.to_owned()),
        new: FormValue::Text(new.to_owned()),
    })
}

/// Tells whether Stripe would add what is sent to what is there: items of a subscription without their ids.
/// Source: <https://docs.stripe.com/api/subscriptions/update#update_subscription-items>.
fn adds_items(step: &Step, change: &Change) -> bool {
    step.resource == "subscription" && Form::belongs(&change.field, "items")
}

fn items_of_subscription(change: &Change) -> (String, Option<String>) {
    let message = "Stripe would add these items to those that the subscription has, and bill both; change an item with \
                   `update subscription_item by id = …`"
        .to_owned();
    (message, Some(change.field.clone()))
}

fn not_updatable(step: &Step, change: &Change) -> (String, Option<String>) {
    let field = Form::flow_path(&change.field);
    let old = change.old.as_deref().unwrap_or("nothing");
    let message = format!(
        "`{field}` can't be changed once a {} exists: it was `{old}` and would be {}",
        step.resource, change.new
    );
    (message, Some(change.field.clone()))
}

/// Compares what one binding asks for with what was there.
pub(super) fn binding_changes(binding: &Binding, desired: &DesiredStep, former: &Former<'_>) -> Vec<Change> {
    let wanted: Vec<(&str, &FormValue)> = desired
        .form
        .iter()
        .filter(|(name, _)| Form::belongs(name, &binding.name))
        .collect();
    let gone: Vec<String> = former
        .names_below(binding)
        .into_iter()
        .filter(|name| !wanted.iter().any(|(wanted, _)| wanted == name))
        .collect();
    let is_list = |name: &str| is_item(name, &binding.name);
    let list = wanted.iter().any(|(name, _)| is_list(name)) || gone.iter().any(|name| is_list(name));
    let mut changes: Vec<Change> = wanted
        .iter()
        .map(|(name, value)| change(name, value, former))
        .filter(|change| list || differs(change))
        .collect();
    if list {
        // A list is sent whole or not at all: Stripe replaces it.
        if gone.is_empty() && !changes.iter().any(differs) {
            return Vec::new();
        }
        if wanted.is_empty() {
            changes = vec![Change {
                field: binding.name.clone(),
                old: former.text(&gone[0]),
                new: FormValue::Text(String::new()),
            }];
        }
        return changes;
    }
    changes.extend(gone.into_iter().map(|name| Change {
        old: former.text(&name),
        field: name,
        new: FormValue::Text(String::new()),
    }));
    changes
}

fn change(name: &str, value: &FormValue, former: &Former<'_>) -> Change {
    Change {
        field: name.to_owned(),
        old: former.text(name),
        new: value.clone(),
    }
}

fn differs(change: &Change) -> bool {
    match &change.new {
        FormValue::Text(text) => change.old.as_deref().unwrap_or("") != text,
        FormValue::Unknown => true,
    }
}

fn created_differently(step: &Step, desired: &DesiredStep, sent: &Form) -> Vec<Change> {
    let former = Former::Sent(sent);
    step.bindings
        .iter()
        .flat_map(|binding| binding_changes(binding, desired, &former))
        // What only a finished step can tell is not a change of the row.
        .filter(|change| change.new != FormValue::Unknown)
        .collect()
}

/// Tells whether a change can be sent: anything but clearing what can't be cleared. Plain texts are
/// cleared with the empty text even where the API's description does not say so: Stripe's staff, in
/// <https://github.com/stripe/stripe-node/pull/1834>.
fn may_send(change: &Change, binding: &Binding, update_type: &ApiType) -> bool {
    if !is_cleared(&change.new) {
        return true;
    }
    let inside_map = change.field != binding.name
        && update_type
            .alternatives
            .iter()
            .any(|alternative| matches!(alternative, Alternative::Map(_)));
    let text = update_type.alternatives.contains(&Alternative::Text);
    update_type.clearable || inside_map || text
}

fn is_cleared(value: &FormValue) -> bool {
    *value == FormValue::Text(String::new())
}

/// Tells whether a parameter is the binding itself or lies below it.
pub(super) fn belongs(name: &str, binding: &str) -> bool {
    name.strip_prefix(binding)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('['))
}

fn is_item(name: &str, binding: &str) -> bool {
    let rest = &name[binding.len()..];
    rest.strip_prefix('[')
        .and_then(|rest| rest.split(']').next())
        .is_some_and(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Action, Known, decide};
    use crate::catalog::{Catalog, OperationKind};
    use crate::diag::{Sources, Span};
    use crate::lang::program::{
        Binding, Expression, ExpressionKind, Removal, RemovalRequest, RemovalVerb, RequestMethod, Share,
        Step, StepDetail, StepKind,
    };
    use crate::model::{DesiredStep, Form, FormValue, Type, Value};
    use crate::plan::drift;

    /// A step that binds these parameters of a resource.
    fn step(kind: StepKind, resource: &'static str, names: &[&str]) -> Step {
        let catalog = Catalog::embedded();
        let found = catalog.resource(resource).expect("the resource exists");
        let top_level = |kind, name: &str| {
            let shape = found.operation(kind)?.params?;
            catalog.member(shape, name.split('[').next()?)
        };
        let span = Span {
            file: Sources::default().add("test.flow", ""),
            start: 0,
            end: 0,
        };
        let bindings = names
            .iter()
            .map(|name| Binding {
                name: (*name).to_owned(),
                create_type: top_level(OperationKind::Create, name),
                update_type: top_level(OperationKind::Update, name),
                max_length: None,
                value: Expression {
                    kind: ExpressionKind::Literal(Value::Null),
                    value_type: Type::Null,
                    presence: crate::lang::program::Presence::Perhaps,
                    may_fail: false,
                    span,
                },
                span,
            })
            .collect();
        Step {
            index: 0,
            name: resource.into(),
            kind,
            detail: StepDetail::None,
            resource,
            matching: None,
            bindings,
            span,
        }
    }

    fn form(pairs: &[(&str, &str)]) -> Form {
        pairs
            .iter()
            .map(|(name, text)| ((*name).to_owned(), FormValue::Text((*text).to_owned())))
            .collect()
    }

    fn desired(pairs: &[(&str, &str)], empty: &[&str]) -> DesiredStep {
        let empty = empty.iter().map(|name| (*name).to_owned()).collect();
        DesiredStep {
            form: form(pairs),
            empty,
            wanted: Some(FormValue::Text("a@b.example".to_owned())),
            ..DesiredStep::default()
        }
    }

    fn sent(pairs: &[(&str, &str)]) -> Known {
        Known::Sent {
            id: "cus_1".to_owned(),
            form: form(pairs),
        }
    }

    /// Shows what is decided: the action's word and the form that is sent.
    fn decided(step: &Step, desired: &DesiredStep, known: &Known) -> String {
        let shown = |form: &Form| {
            form.iter()
                .map(|(name, value)| format!("{name}={value}"))
                .collect::<Vec<_>>()
                .join(" ")
        };
        match decide(step, desired, known) {
            Ok(Action::Create { form }) => format!("create {}", shown(&form)),
            Ok(Action::Update { id, form, .. }) => format!("update {id} {}", shown(&form)),
            Ok(Action::Unchanged { id, adopted }) => format!("unchanged {id} adopted={adopted}"),
            Ok(Action::Kept { id, changes }) => format!("kept {id}, {} differ", changes.len()),
            Ok(Action::Undecided { .. }) => "undecided".to_owned(),
            Ok(other) => format!("{other:?}"),
            Err((message, _)) => format!("rejected: {message}"),
        }
    }

    #[test]
    fn an_upsert_sends_the_changed_fields_alone() {
        let step = step(StepKind::Upsert, "customer", &["email", "name"]);
        let known = sent(&[("email", "a@b.example"), ("name", "Ann")]);
        let same = desired(&[("email", "a@b.example"), ("name", "Ann")], &[]);
        assert_eq!(decided(&step, &same, &known), "unchanged cus_1 adopted=false");
        let other = desired(&[("email", "a@b.example"), ("name", "Anna")], &[]);
        assert_eq!(decided(&step, &other, &known), "update cus_1 name=\"Anna\"");
        assert_eq!(
            decided(&step, &other, &Known::Nothing),
            "create email=\"a@b.example\" name=\"Anna\""
        );
    }

    #[test]
    fn items_of_a_subscription_are_never_added_beside_those_that_are_there() {
        let step = step(StepKind::Upsert, "subscription", &["customer", "items"]);
        let known = sent(&[("customer", "cus_1"), ("items[0][price]", "price_1")]);
        let changed = desired(&[("customer", "cus_1"), ("items[0][price]", "price_2")], &[]);
        assert!(decided(&step, &changed, &known).starts_with("rejected: Stripe would add these items"));
        let same = desired(&[("customer", "cus_1"), ("items[0][price]", "price_1")], &[]);
        assert_eq!(decided(&step, &same, &known), "unchanged cus_1 adopted=false");
    }

    #[test]
    fn what_other_hands_changed_and_stripe_keeps_is_no_fault_of_the_row() {
        let step = step(StepKind::Upsert, "subscription", &["description", "items"]);
        let live = json!({
            "id": "cus_1",
            "description": "Team",
            "items": {"object": "list", "data": [{"quantity": 5}]},
        });
        let sent = form(&[("description", "Team"), ("items[0][quantity]", "2")]);
        let known = Known::Drifted {
            id: "cus_1".to_owned(),
            drift: drift(&step, &sent, &live),
            form: sent.clone(),
        };
        let same = DesiredStep {
            form: sent,
            ..DesiredStep::default()
        };
        assert_eq!(decided(&step, &same, &known), "unchanged cus_1 adopted=false");
        let described = desired(&[("description", "Teams"), ("items[0][quantity]", "2")], &[]);
        assert_eq!(
            decided(&step, &described, &known),
            "update cus_1 description=\"Teams\""
        );
        let changed = desired(&[("description", "Team"), ("items[0][quantity]", "3")], &[]);
        assert!(decided(&step, &changed, &known).starts_with("rejected: Stripe would add these items"));
    }

    #[test]
    fn a_field_that_became_empty_is_cleared_where_stripe_can() {
        let customer = step(StepKind::Upsert, "customer", &["phone"]);
        let emptied = desired(&[], &["phone"]);
        assert_eq!(
            decided(&customer, &emptied, &sent(&[("phone", "1")])),
            "update cus_1 phone=\"\""
        );
        let invoice = step(StepKind::Upsert, "invoice", &["auto_advance"]);
        let emptied = desired(&[], &["auto_advance"]);
        assert_eq!(
            decided(&invoice, &emptied, &sent(&[("auto_advance", "true")])),
            "rejected: `auto_advance` is empty now, and Stripe can't clear it (invoice)"
        );
    }

    #[test]
    fn what_other_hands_wrote_goes_when_the_flow_says_null_and_stays_when_a_cell_is_empty() {
        let mut step = step(StepKind::Upsert, "customer", &["phone", "metadata[vip]"]);
        let emptied = desired(&[], &["phone", "metadata[vip]"]);
        let live = Known::Found {
            id: "cus_1".to_owned(),
            object: json!({"id": "cus_1", "phone": "1", "metadata": {"vip": "yes"}}),
        };
        assert_eq!(
            decided(&step, &emptied, &live),
            "update cus_1 phone=\"\" metadata[vip]=\"\""
        );
        for binding in &mut step.bindings {
            binding.value.kind = ExpressionKind::Local(0);
        }
        assert_eq!(decided(&step, &emptied, &live), "unchanged cus_1 adopted=true");
        assert_eq!(
            decided(&step, &emptied, &sent(&[("phone", "1")])),
            "update cus_1 phone=\"\""
        );
    }

    #[test]
    fn metadata_changes_key_by_key_and_what_others_wrote_is_left() {
        let step = step(StepKind::Upsert, "customer", &["metadata"]);
        let known = sent(&[("metadata[a]", "1"), ("metadata[b]", "2")]);
        let wanted = desired(&[("metadata[a]", "9")], &[]);
        assert_eq!(
            decided(&step, &wanted, &known),
            "update cus_1 metadata[a]=\"9\" metadata[b]=\"\""
        );
        let live = json!({"id": "cus_1", "metadata": {"a": "9", "theirs": "x"}});
        let known = Known::Found {
            id: "cus_1".to_owned(),
            object: live,
        };
        assert_eq!(decided(&step, &wanted, &known), "unchanged cus_1 adopted=true");
    }

    #[test]
    fn a_list_is_sent_whole() {
        let step = step(StepKind::Upsert, "customer", &["preferred_locales"]);
        let known = sent(&[("preferred_locales[0]", "de"), ("preferred_locales[1]", "en")]);
        let shorter = desired(&[("preferred_locales[0]", "de")], &[]);
        assert_eq!(
            decided(&step, &shorter, &known),
            "update cus_1 preferred_locales[0]=\"de\""
        );
        let same = desired(
            &[("preferred_locales[0]", "de"), ("preferred_locales[1]", "en")],
            &[],
        );
        assert_eq!(decided(&step, &same, &known), "unchanged cus_1 adopted=false");
    }

    #[test]
    fn create_never_sends_twice() {
        let step = step(StepKind::Create, "price", &["unit_amount"]);
        let wanted = desired(&[("unit_amount", "1200")], &[]);
        assert_eq!(
            decided(&step, &wanted, &sent(&[("unit_amount", "1000")])),
            "kept cus_1, 1 differ"
        );
        assert_eq!(
            decided(&step, &wanted, &sent(&[("unit_amount", "1200")])),
            "unchanged cus_1 adopted=false"
        );
    }

    #[test]
    fn what_can_not_be_updated_rejects_the_row() {
        let step = step(StepKind::Upsert, "price", &["unit_amount"]);
        let wanted = desired(&[("unit_amount", "1200")], &[]);
        assert_eq!(
            decided(&step, &wanted, &sent(&[("unit_amount", "1000")])),
            "rejected: `unit_amount` can't be changed once a price exists: it was `1000` and would be \"1200\""
        );
    }

    #[test]
    fn a_row_that_comes_back_takes_back_what_the_mirror_did() {
        let mut step = step(StepKind::Mirror, "product", &["name"]);
        step.detail = StepDetail::Mirror(Removal {
            verb: RemovalVerb::Archive,
            request: Some(RemovalRequest {
                method: RequestMethod::Post,
                path: "/v1/products/{id}",
                field: Some(("active", "false")),
            }),
            limit: Share::Count(1),
            span: step.span,
        });
        let wanted = desired(&[("name", "Bell")], &[]);
        let found = |active: bool| Known::Found {
            id: "prod_1".to_owned(),
            object: json!({"id": "prod_1", "name": "Bell", "active": active}),
        };
        assert_eq!(
            decided(&step, &wanted, &found(false)),
            "update prod_1 active=\"true\""
        );
        assert_eq!(
            decided(&step, &wanted, &found(true)),
            "unchanged prod_1 adopted=true"
        );
        step.bindings[0].name = "active".to_owned();
        let wanted = desired(&[("active", "false")], &[]);
        assert_eq!(
            decided(&step, &wanted, &found(false)),
            "unchanged prod_1 adopted=true"
        );
    }

    #[test]
    fn an_update_without_a_match_and_several_matches_reject_the_row() {
        let update = step(StepKind::Update, "customer", &["name"]);
        let wanted = desired(&[("name", "Ann")], &[]);
        assert_eq!(
            decided(&update, &wanted, &Known::Nothing),
            "rejected: no customer matches `a@b.example`"
        );
        let several = Known::Several(vec!["cus_1".to_owned(), "cus_2".to_owned()]);
        assert!(decided(&update, &wanted, &several).contains("cus_1, cus_2"));
    }
}
