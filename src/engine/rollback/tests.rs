//! The tables against the catalogue, and the pure decisions.

use std::collections::{BTreeSet, HashSet};

use expect_test::{Expect, expect};
use serde_json::{Value, json};

use super::RollbackWish;
use super::decide::{Facts, Judge, Live, Maker, Noted};
use super::opposites::OPPOSITES;
use super::rules::{RULES, Way, When};
use super::undoing::Undoing;
use crate::catalog::{Alternative, Catalog, OperationKind, Resource, ShapeId};
use crate::ledger::{ChangeRecord, IntentAction, Provenance, RunId, StandingObject};
use crate::model::{Form, FormValue, RecordKey};

/// The resources that `create` can make: those whose creation needs no other object in its path.
fn creatable() -> impl Iterator<Item = &'static Resource> {
    Catalog::embedded().resources().filter(|resource| {
        let create = resource.operation(OperationKind::Create);
        create.is_some_and(|create| create.path_params.is_empty())
    })
}

#[test]
fn every_resource_that_can_be_made_has_one_rule_and_no_other_has() {
    let made: Vec<&str> = creatable().map(|resource| resource.name).collect();
    let mut ruled: Vec<&str> = RULES.iter().map(|rule| rule.resource).collect();
    ruled.sort_unstable();
    assert_eq!(ruled, made);
}

fn assert_member(shape: ShapeId, name: &str, values: &[&str]) {
    let catalog = Catalog::embedded();
    let member = catalog.member(shape, name);
    let member = member.unwrap_or_else(|| panic!("no member `{name}`"));
    let words: BTreeSet<&str> = catalog.words_of(&member).iter().copied().collect();
    for value in values
        .iter()
        .filter(|value| !value.is_empty() && !words.is_empty())
    {
        assert!(words.contains(value), "`{name}` is never `{value}`: {words:?}");
    }
}

fn assert_state(resource: &Resource, state: When) {
    match state {
        When::Always | When::Never => {}
        When::Is(name, values) | When::IsNot(name, values) => assert_member(resource.fields, name, values),
    }
}

fn assert_way(resource: &'static Resource, way: Way) {
    let catalog = Catalog::embedded();
    let (owner, operation) = catalog.operation(way.operation).expect(way.operation);
    assert_eq!(owner.name, resource.name, "{}", way.operation);
    assert_eq!(operation.path_params.len(), 1, "{}", way.operation);
    assert_state(resource, way.when);
    if let Some((name, value)) = way.field {
        let member = catalog.member(operation.params.expect(way.operation), name);
        let member = member.expect(way.operation);
        let is_flag = member.alternatives.contains(&Alternative::Boolean);
        assert!(
            is_flag || catalog.words_of(&member).contains(&value),
            "{}: {name} = {value}",
            way.operation
        );
    }
    // What an operation needs beside the id can't be told from here.
    let required = operation
        .params
        .into_iter()
        .flat_map(|shape| catalog.members(shape));
    let required: Vec<&str> = required
        .filter(|(_, member)| member.required)
        .map(|(name, _)| name)
        .collect();
    assert!(required.is_empty(), "{}: {required:?}", way.operation);
}

#[test]
fn every_rule_names_operations_fields_and_states_that_exist() {
    for rule in RULES {
        let resource = Catalog::embedded().resource(rule.resource).expect(rule.resource);
        for way in rule.ways.into_iter().flatten() {
            assert_way(resource, way);
        }
        assert_state(resource, rule.gone);
        let always = matches!(
            rule.ways,
            [
                Some(Way {
                    when: When::Always,
                    ..
                }),
                _
            ]
        );
        let reasoned = always || !rule.otherwise.is_empty() || !matches!(rule.gone, When::Never);
        assert!(reasoned, "{}: it does not say why it stays", rule.resource);
    }
}

#[test]
fn every_opposite_is_a_call_on_the_same_resource() {
    let catalog = Catalog::embedded();
    for opposite in OPPOSITES {
        let (resource, call) = catalog.operation(opposite.call).expect(opposite.call);
        let (other, by) = catalog.operation(opposite.by).expect(opposite.by);
        assert_eq!(resource.name, other.name);
        assert_eq!((call.path_params.len(), by.path_params.len()), (1, 1));
        assert_state(resource, opposite.stands);
    }
}

#[test]
fn what_can_be_read_alone_is_what_the_rules_look_at() {
    for rule in RULES {
        let looks = !matches!(
            (rule.gone, rule.ways[0]),
            (
                When::Never,
                None | Some(Way {
                    when: When::Always,
                    ..
                })
            )
        );
        let resource = rule_resource(rule.resource);
        let retrieve = resource.operation(OperationKind::Retrieve);
        let readable = retrieve.is_some_and(|retrieve| retrieve.path_params.len() == 1);
        assert!(readable || !looks, "{}", rule.resource);
    }
}

fn rule_resource(name: &str) -> &'static Resource {
    Catalog::embedded().resource(name).expect("it exists")
}

fn form(pairs: &[(&str, &str)]) -> Form {
    pairs
        .iter()
        .map(|(name, text)| ((*name).to_owned(), FormValue::Text((*text).to_owned())))
        .collect()
}

/// Run 1 is taken back.
fn change(resource: &str, action: IntentAction) -> ChangeRecord {
    ChangeRecord {
        run: RunId(1),
        flow: "f".to_owned(),
        key: RecordKey::new(&["k".to_owned()]),
        step: resource.to_owned(),
        resource: resource.to_owned(),
        stripe_id: "obj_1".to_owned(),
        action,
        before: None,
        after: Form::default(),
        operation: None,
        path: None,
    }
}

fn updated(before: &[(&str, &str)], after: &[(&str, &str)]) -> ChangeRecord {
    ChangeRecord {
        before: Some(form(before)),
        after: form(after),
        ..change("customer", IntentAction::Update)
    }
}

fn called(operation: &str, path: &str) -> ChangeRecord {
    let resource = Catalog::embedded()
        .operation(operation)
        .map_or("request", |(resource, _)| resource.name);
    ChangeRecord {
        operation: Some(operation.to_owned()),
        path: Some(path.to_owned()),
        ..change(resource, IntentAction::Call)
    }
}

fn removed(after: &[(&str, &str)], path: &str) -> ChangeRecord {
    ChangeRecord {
        after: form(after),
        before: Some(form(&[("name", "Thing")])),
        operation: Some("mirror".to_owned()),
        path: Some(path.to_owned()),
        ..change("product", IntentAction::Delete)
    }
}

fn standing(run: i64, step: &str) -> StandingObject {
    StandingObject {
        provenance: Provenance {
            flow: "f".to_owned(),
            key: RecordKey::new(&["k".to_owned()]),
            step: step.to_owned(),
            resource: "customer".to_owned(),
            stripe_id: "obj_1".to_owned(),
            created_by_us: true,
            made_run: RunId(1),
            run: RunId(run),
            place: "people.csv, line 2".to_owned(),
            updated: jiff::Timestamp::UNIX_EPOCH,
        },
        form: form(&[("name", "Bob")]),
    }
}

/// What a case may say beside the change and the live object.
struct Case<'a> {
    change: ChangeRecord,
    live: Live,
    last_run: i64,
    invoice: Option<(&'a str, Live, Maker)>,
    force: bool,
}

impl Case<'_> {
    fn new(change: ChangeRecord, live: Value) -> Self {
        Case {
            change,
            live: Live::Here(live),
            last_run: 1,
            invoice: None,
            force: false,
        }
    }
}

fn decided(case: &Case<'_>) -> Undoing {
    let wish = RollbackWish {
        run: RunId(1),
        delete_customers: false,
        force: case.force,
    };
    // Run 2 is an earlier rollback of the same run.
    let own_runs = HashSet::from([RunId(2)]);
    let judge = Judge {
        wish: &wish,
        own_runs: &own_runs,
    };
    judge.decide(&Facts {
        change: &case.change,
        standing: &[standing(case.last_run, &case.change.step)],
        live: &case.live,
        invoice: case.invoice.as_ref().map(|(id, live, maker)| (*id, live, *maker)),
        expected: None,
        noted: Noted::Nothing,
    })
}

fn shown(undoing: &Undoing) -> String {
    let request = |request: &super::UndoRequest| {
        let fields: Vec<String> = request
            .form
            .iter()
            .map(|(name, value)| format!("{name}={}", value.text().unwrap_or("?")))
            .collect();
        format!("{} {} {}", request.method, request.path, fields.join(" "))
    };
    match undoing {
        Undoing::TakeBack {
            verb, request: sent, ..
        } => format!("{verb}: {}", request(sent)),
        Undoing::Restore {
            request: Some(sent),
            lost,
            ..
        } => format!("restore: {} {lost:?}", request(sent)),
        Undoing::Restore { request: None, .. } => "restored already".to_owned(),
        Undoing::Revive { request: Some(sent) } => format!("revive: {}", request(sent)),
        Undoing::Revive { request: None } => "in use already".to_owned(),
        Undoing::Reverse { request: sent, .. } => format!("reverse: {}", request(sent)),
        Undoing::Forget { reason } => format!("forget: {reason}"),
        Undoing::With { id } => format!("with {id}"),
        Undoing::Nothing { reason } => format!("nothing: {reason}"),
        Undoing::Keep { reason } => format!("keep: {reason}"),
        Undoing::Impossible { reason } => format!("impossible: {reason}"),
    }
    .trim_end()
    .to_owned()
}

fn check(cases: &[(&str, Case<'_>)], expected: &Expect) {
    let lines: String = cases
        .iter()
        .map(|(name, case)| format!("{name}: {}\n", shown(&decided(case))))
        .collect();
    expected.assert_eq(&lines);
}

#[test]
fn an_invoice_is_deleted_voided_or_stays() {
    let invoice = |status: &str| {
        let live = json!({"id": "obj_1", "status": status, "metadata": {"sheetflow": "p/f/s/k"}});
        Case::new(change("invoice", IntentAction::Create), live)
    };
    let with_later_run = |last_run| Case {
        last_run,
        ..invoice("open")
    };
    check(
        &[
            ("draft", invoice("draft")),
            ("open", invoice("open")),
            ("uncollectible", invoice("uncollectible")),
            ("paid", invoice("paid")),
            ("void", invoice("void")),
            ("rolled back before", with_later_run(2)),
            ("changed since", with_later_run(3)),
            (
                "changed since, forced",
                Case {
                    force: true,
                    ..with_later_run(3)
                },
            ),
            (
                "gone",
                Case {
                    live: Live::Gone,
                    ..invoice("open")
                },
            ),
        ],
        &expect![[r#"
            draft: delete: DELETE /v1/invoices/obj_1
            open: void: POST /v1/invoices/obj_1/void
            uncollectible: void: POST /v1/invoices/obj_1/void
            paid: impossible: it is paid; a credit note or a refund gives the money back
            void: forget: it is out of use already
            rolled back before: void: POST /v1/invoices/obj_1/void
            changed since: impossible: run 3 changed it or took it over since; `--force` takes it back all the same
            changed since, forced: void: POST /v1/invoices/obj_1/void
            gone: forget: Stripe no longer has it
        "#]],
    );
}

#[test]
fn an_item_goes_alone_from_a_draft_and_with_its_invoice_otherwise() {
    let item = |status: &str, maker| Case {
        invoice: Some(("in_1", Live::Here(json!({"status": status})), maker)),
        ..Case::new(
            change("invoiceitem", IntentAction::Create),
            json!({"id": "obj_1", "invoice": "in_1"}),
        )
    };
    check(
        &[
            ("on a draft", item("draft", Maker::ThisRun)),
            ("on an open one of this run", item("open", Maker::ThisRun)),
            ("on an open one of others", item("open", Maker::Others)),
            ("on a void one", item("void", Maker::Others)),
        ],
        &expect![[r#"
            on a draft: delete: DELETE /v1/invoiceitems/obj_1
            on an open one of this run: with in_1
            on an open one of others: impossible: it is on invoice in_1, which is open and no draft any more
            on a void one: forget: it is out of use already
        "#]],
    );
}

#[test]
fn what_was_put_out_of_use_loses_its_mark_with_it() {
    let price = |active: bool| {
        let live = json!({"active": active, "metadata": {"sheetflow": "p/f/s/k", "no": "1"}});
        Case::new(change("price", IntentAction::Create), live)
    };
    check(
        &[
            ("in use", price(true)),
            ("out of use", price(false)),
            (
                "a customer",
                Case::new(change("customer", IntentAction::Create), json!({})),
            ),
            (
                "money",
                Case::new(change("charge", IntentAction::Create), json!({})),
            ),
        ],
        &expect![[r#"
            in use: archive: POST /v1/prices/obj_1 active=false metadata[sheetflow]=
            out of use: forget: it is out of use already
            a customer: keep: customers are deleted with `--delete-customers` alone
            money: impossible: money was taken; a refund gives it back
        "#]],
    );
}

#[test]
fn former_values_are_restored_unless_somebody_changed_them_since() {
    let update = || {
        updated(
            &[
                ("name", "Ann"),
                ("description", ""),
                ("metadata[no]", ""),
                ("tags[0]", "a"),
                ("tags[1]", "b"),
            ],
            &[
                ("name", "Bob"),
                ("description", "x"),
                ("metadata[no]", "7"),
                ("tags[0]", "c"),
                ("balance", "5"),
            ],
        )
    };
    let live = |name: &str, description: Value| json!({"name": name, "description": description, "metadata": {"no": "7"}, "balance": 5});
    let mut unknown = update();
    unknown.before = Some(Form::default());
    check(
        &[
            ("as it was sent", Case::new(update(), live("Bob", json!("x")))),
            ("changed in Stripe", Case::new(update(), live("Eve", Value::Null))),
            (
                "changed in Stripe, forced",
                Case {
                    force: true,
                    ..Case::new(update(), live("Eve", Value::Null))
                },
            ),
            (
                "changed by a later run",
                Case {
                    last_run: 3,
                    ..Case::new(update(), live("Bob", json!("x")))
                },
            ),
            (
                "restored before",
                Case::new(
                    updated(&[("name", "Ann")], &[("name", "Bob")]),
                    json!({"name": "Ann"}),
                ),
            ),
            ("nobody noted", Case::new(unknown, live("Bob", json!("x")))),
            (
                "gone",
                Case {
                    live: Live::Gone,
                    ..Case::new(update(), json!({}))
                },
            ),
            (
                "a number written otherwise",
                Case::new(
                    updated(&[("balance", "1.50")], &[("balance", "2.0")]),
                    json!({"balance": 2}),
                ),
            ),
            (
                "what can't be cleared",
                Case::new(
                    updated(
                        &[("invoice_settings[footer]", ""), ("balance", "")],
                        &[("balance", "2")],
                    ),
                    json!({"balance": 2}),
                ),
            ),
        ],
        &expect![[r#"
            as it was sent: restore: POST /v1/customers/obj_1 name=Ann description= metadata[no]= tags[0]=a tags[1]=b ["balance"]
            changed in Stripe: impossible: other hands changed it since: `name` is "Eve" now; `--force` restores it all the same
            changed in Stripe, forced: restore: POST /v1/customers/obj_1 metadata[no]= tags[0]=a tags[1]=b name=Ann ["balance"]
            changed by a later run: impossible: run 3 changed it or took it over since; `--force` takes it back all the same
            restored before: restored already
            nobody noted: impossible: nobody noted what `balance`, `description`, `metadata.no`, `name`, `tags` held before
            gone: forget: Stripe no longer has it
            a number written otherwise: restore: POST /v1/customers/obj_1 balance=1.50 []
            what can't be cleared: impossible: `balance` was empty, and Stripe can't clear it (customer)
        "#]],
    );
}

#[test]
fn removals_stay_and_what_was_only_put_out_of_use_is_revived() {
    let archived = || removed(&[("active", "false")], "/v1/products/obj_1");
    check(
        &[
            ("archived", Case::new(archived(), json!({"active": false}))),
            ("in use again", Case::new(archived(), json!({"active": true}))),
            (
                "deleted since",
                Case {
                    live: Live::Gone,
                    ..Case::new(archived(), json!({}))
                },
            ),
            (
                "deleted",
                Case {
                    live: Live::Gone,
                    ..Case::new(removed(&[], "/v1/products/obj_1"), json!({}))
                },
            ),
            (
                "voided",
                Case::new(removed(&[], "/v1/invoices/obj_1/void"), json!({})),
            ),
        ],
        &expect![[r#"
            archived: revive: POST /v1/products/obj_1 active=true
            in use again: nothing: it is in use already
            deleted since: impossible: it was deleted since
            deleted: impossible: what was removed stays so; the next apply makes a new one for its row
            voided: impossible: what was voided stays so; the next apply makes a new one for its row
        "#]],
    );
}

#[test]
fn calls_are_taken_back_where_stripe_has_an_opposite() {
    let meter = |status: &str| {
        let change = called("billing.meters.deactivate", "/v1/billing/meters/obj_1/deactivate");
        Case::new(change, json!({"status": status}))
    };
    let old = change("invoice", IntentAction::Call);
    check(
        &[
            ("deactivated", meter("inactive")),
            ("active again", meter("active")),
            (
                "a tax id of a customer",
                Case::new(
                    called("customers.tax_ids.create", "/v1/customers/cus_1/tax_ids"),
                    json!({"id": "obj_1"}),
                ),
            ),
            (
                "finalised",
                Case::new(
                    called("invoices.finalize_invoice", "/v1/invoices/obj_1/finalize"),
                    json!({}),
                ),
            ),
            (
                "a free request",
                Case::new(
                    called(
                        "/v1/customers/…/balance_transactions",
                        "/v1/customers/cus_1/balance_transactions",
                    ),
                    json!({}),
                ),
            ),
            ("of an older version", Case::new(old, json!({}))),
        ],
        &expect![[r#"
            deactivated: reverse: POST /v1/billing/meters/obj_1/reactivate
            active again: forget: it no longer is as the call left it
            a tax id of a customer: delete: DELETE /v1/customers/cus_1/tax_ids/obj_1
            finalised: impossible: Stripe has nothing that takes `finalize_invoice` back
            a free request: impossible: it was a request to an endpoint of the flow's choice: nobody knows what takes it back
            of an older version: impossible: an older version of the program called it, and did not note what it called
        "#]],
    );
}

/// Writes a rule as the table of `docs/runs.md` has it.
fn table_row(rule: &super::rules::UndoRule) -> String {
    let mut ways: Vec<String> = rule
        .ways
        .into_iter()
        .flatten()
        .map(|way| match way.when {
            When::Is(name, values) if !values.contains(&"") => {
                format!("{} while its `{name}` is {}", way.verb, listed(values))
            }
            _ => way.verb.to_owned(),
        })
        .collect();
    if rule.invoice.is_some() {
        ways.push("or with its invoice, when that is no draft any more".to_owned());
    }
    let asks = match rule.asks {
        super::rules::Asks::Nothing => "",
        super::rules::Asks::DeleteCustomers => ", with `--delete-customers` alone",
    };
    let way = match ways.is_empty() {
        true => "stays".to_owned(),
        false => format!("{}{asks}", ways.join(", ")),
    };
    format!("| `{}` | {way} | {} |", rule.resource, rule.otherwise)
}

fn listed(values: &[&str]) -> String {
    let names: Vec<String> = values.iter().map(|value| format!("`{value}`")).collect();
    names.join(", ")
}

#[test]
fn the_written_table_says_what_the_rules_do() {
    let page = include_str!("../../../docs/runs.md");
    let written: Vec<&str> = page.lines().filter(|line| line.starts_with("| `")).collect();
    let rows: Vec<String> = RULES.iter().map(table_row).collect();
    assert_eq!(written, rows, "{}", rows.join("\n"));
}
