use serde_json::json;

use super::{Action, Known, decide};
use crate::catalog::{Catalog, OperationKind};
use crate::diag::{Sources, Span};
use crate::lang::program::{
    Binding, Expression, ExpressionKind, Removal, RemovalRequest, RemovalVerb, RequestMethod, Share, Step,
    StepDetail, StepKind,
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
fn an_object_of_others_is_compared_by_what_it_says() {
    let step = step(StepKind::Upsert, "customer", &["preferred_locales", "balance"]);
    let wanted = desired(&[("preferred_locales[0]", "de"), ("balance", "25.0")], &[]);
    let live = |locales: &[&str]| Known::Found {
        id: "cus_1".to_owned(),
        object: json!({"id": "cus_1", "preferred_locales": locales, "balance": 25}),
    };
    assert_eq!(
        decided(&step, &wanted, &live(&["de"])),
        "unchanged cus_1 adopted=true"
    );
    assert_eq!(
        decided(&step, &wanted, &live(&["de", "en"])),
        "update cus_1 preferred_locales[0]=\"de\""
    );
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
