use std::time::Duration;

use expect_test::expect;

use crate::lang::check::hash;
use crate::lang::check::testing::{check_problems, in_flow, program};
use crate::lang::program::{
    Expectation, ExpressionKind, Flow, Fragment, Missing, RemovalVerb, ReportSink, RequestBody,
    RequestMethod, Schedule, Share, Statement, Step, StepDetail, StepKind,
};
use crate::model::Decimal;

fn flow(text: &str) -> Flow {
    let program = program(text);
    Flow::clone(program.flows.first().expect("there is a flow"))
}

/// Puts lines into a flow with a group for each e-mail address.
fn grouped(lines: &str) -> String {
    format!(
        "source customers = csv(\"customers.csv\")\nflow a {{\n  from customers group by Email\n{lines}\n}}\n"
    )
}

fn step(flow: &Flow, index: usize) -> &Step {
    flow.steps().nth(index).expect("there is such a step")
}

#[test]
fn a_group_gives_the_key_and_its_columns() {
    let flow = flow(&grouped(
        "let a = Email\nlet b = sum(rows, Quantity * 2)\nlet c = join(rows.Name, Email)",
    ));
    assert_eq!(flow.grouping.len(), 1);
    assert_eq!(
        hash::expression(&flow.grouping[0]),
        hash::expression(&flow.key[0])
    );
    let values: Vec<String> = flow
        .expressions()
        .into_iter()
        .skip(2)
        .map(hash::expression)
        .collect();
    assert_eq!(
        values,
        [
            "column\"Email\"",
            "rows sum(Multiply(column\"Quantity\",Integer(2),),)",
            "call join(rows(column\"Name\",),column\"Email\",)",
        ]
    );
}

#[test]
fn steps_of_blocks_are_counted_and_named_in_the_order_written() {
    let flow = flow(&grouped(
        "create invoice as bill { customer = \"cus_1\" }
each row {
  create invoiceitem { customer = \"cus_1\"; invoice = bill.id; amount = 1; currency = \"usd\" }
}
if count(rows) > 1 {
  create invoiceitem { customer = \"cus_1\"; amount = 1; currency = \"usd\" }
} else if Email is empty {
  call invoice.void_invoice(bill)
}
refresh bill",
    ));
    let steps: Vec<(usize, &str)> = flow.steps().map(|step| (step.index, &*step.name)).collect();
    assert_eq!(
        steps,
        [
            (0, "bill"),
            (1, "invoiceitem"),
            (2, "invoiceitem_2"),
            (3, "invoice")
        ]
    );
    assert!(matches!(
        flow.body.last(),
        Some(Statement::Refresh { step: 0, .. })
    ));
}

#[test]
fn names_of_blocks_are_seen_in_them_only_and_given_once() {
    check_problems(
        &grouped(
            "let a = 1
if Email is empty { create invoice as bill { customer = \"cus_1\" } }
else { create invoice as bill { customer = bill.id } }
each row { let a = Name
let b = Name }
require b == 1 else bill.id",
        ),
        &expect![[r#"
            E0107 `bill`: the name `bill` is given twice in this flow
              here for the first time
            E0406 `bill`: `bill` is there inside one branch of an `if` only
              it is named here
            E0107 `a`: the name `a` is given twice in this flow
              here for the first time
            E0406 `b`: `b` is there inside its `each row` only
              it is named here
            E0406 `bill`: `bill` is there inside one branch of an `if` only
              it is named here
        "#]],
    );
}

#[test]
fn what_happens_when_nothing_is_found_is_kept() {
    let flow = flow(&in_flow(
        "find customer by email = Email
find customer as b by email = Email, name = Name newest else skip
find customer as c by id = Name else null
find customer as d by metadata.no = Name else reject \"no {Name}\"",
    ));
    let kinds: Vec<StepKind> = flow.steps().map(|step| step.kind).collect();
    assert_eq!(kinds, [StepKind::Find; 4]);
    assert!(matches!(
        step(&flow, 0).detail,
        StepDetail::Find(Missing::Reject(None))
    ));
    assert!(matches!(step(&flow, 1).detail, StepDetail::Find(Missing::Skip)));
    assert!(matches!(step(&flow, 2).detail, StepDetail::Find(Missing::Null)));
    assert!(matches!(
        step(&flow, 3).detail,
        StepDetail::Find(Missing::Reject(Some(_)))
    ));
    let further = step(&flow, 1).matching.as_ref().map(|by| by.further.len());
    assert_eq!(further, Some(1));
}

#[test]
fn a_mirror_knows_how_it_removes_and_how_much() {
    let removal = |verb: &str, resource: &str, fields: &str| {
        let flow = flow(&in_flow(&format!(
            "mirror {resource} removing by {verb} {{ {fields} }}"
        )));
        match &step(&flow, 0).detail {
            StepDetail::Mirror(removal) => removal.clone(),
            other => panic!("{other:?}"),
        }
    };
    let archived = removal("archive", "product", "name = Name");
    let request = archived.request.expect("it is sent");
    assert_eq!(
        (request.method, request.field),
        (RequestMethod::Post, Some(("active", "false")))
    );
    assert_eq!(archived.limit, Share::Percent(Decimal::TEN));
    let price = "product = Name; currency = \"usd\"; unit_amount = 1";
    assert_eq!(removal("keep at most 3", "price", price).limit, Share::Count(3));
    let cancelled = removal("cancel", "subscription", "customer = Name; items[0].price = Name");
    let request = cancelled.request.expect("it is sent");
    assert_eq!(
        (cancelled.verb, request.method),
        (RemovalVerb::Cancel, RequestMethod::Delete)
    );
}

#[test]
fn a_call_takes_the_id_of_an_object_and_names_the_operation() {
    let flow = flow(&in_flow(
        "create invoice as bill { customer = \"cus_1\" }
call invoice.finalize_invoice(bill) as final { auto_advance = false }
call invoice.pay(\"in_1\")
require final.hosted_invoice_url is not empty else \"no page\"",
    ));
    let StepDetail::Call(call) = &step(&flow, 1).detail else {
        panic!("no call");
    };
    assert_eq!(
        (call.operation, call.method),
        ("invoices.finalize_invoice", RequestMethod::Post)
    );
    assert_eq!(call.path, "/v1/invoices/{invoice}/finalize");
    assert_eq!(hash::expression(&call.arguments[0]), "step0[\"id\"]");
    assert_eq!(step(&flow, 1).bindings[0].name, "auto_advance");
}

#[test]
fn a_request_keeps_its_path_in_parts() {
    let flow = flow(&in_flow(
        "request POST \"/v1/customers/{Name}/tax_ids\" as tax { type = \"eu_vat\"; list[0].a = tax_code }
request GET \"/v2/core/events\""
            .replace("tax_code", "Name")
            .as_str(),
    ));
    let StepDetail::Request(request) = &step(&flow, 0).detail else {
        panic!("no request");
    };
    assert_eq!(request.body, RequestBody::Form);
    assert!(matches!(
        &request.path[..],
        [Fragment::Text(_), Fragment::Value(_), Fragment::Text(_)]
    ));
    let names: Vec<&str> = step(&flow, 0)
        .bindings
        .iter()
        .map(|binding| &*binding.name)
        .collect();
    assert_eq!(names, ["type", "list[0][a]"]);
    assert!(
        matches!(&step(&flow, 1).detail, StepDetail::Request(request) if request.body == RequestBody::Json)
    );
}

#[test]
fn schedules_guards_and_results_are_kept() {
    let flow = flow(&in_flow(
        "every 90m
at 18:00, 9:05 in \"Europe/Kyiv\"
on change
paused
stop after 5%
guard plan.creates + count(rows) < 5 and sum(rows.Amount) < 10 else \"too much\"
upsert customer as c by email { email = Email }
write back { Id = c.id; Why = error }
report to jsonl(\"a.jsonl\") { id = c.id; at = status }",
    ));
    assert_eq!(flow.schedules[0], Schedule::Every(Duration::from_secs(5400)));
    let Schedule::At { times, zone } = &flow.schedules[1] else {
        panic!("no times");
    };
    assert_eq!(
        (times[0].hour(), times[0].minute(), zone.iana_name()),
        (9, 5, Some("Europe/Kyiv"))
    );
    assert_eq!(flow.schedules[2], Schedule::OnChange);
    assert!(flow.paused);
    assert_eq!(flow.stop, Some(Share::Percent(Decimal::from(5))));
    assert_eq!(flow.guards.len(), 1);
    let back = flow.write_back.expect("there is one");
    assert!(matches!(back.columns[1].value.kind, ExpressionKind::Outcome(_)));
    assert_eq!(flow.reports[0].sink, ReportSink::JsonLines("a.jsonl".into()));
}

#[test]
fn a_function_is_what_it_stands_for() {
    let called = flow(&format!(
        "fn own(a, b) = twice(a) | join(b)\nfn twice(a) = split(a, \"-\")\n{}",
        in_flow("let x = own(Name, \"+\")\nlet y = Name | own(\"+\")")
    ));
    let written = flow(&in_flow(
        "let x = split(Name, \"-\") | join(\"+\")\nlet y = split(Name, \"-\") | join(\"+\")",
    ));
    assert_eq!(called.hash, written.hash);
}

#[test]
fn functions_that_grow_without_end_are_refused() {
    let mut text = "fn f0(a) = [a, a]\n".to_owned();
    for index in 1..60 {
        text.push_str(&format!("fn f{index}(a) = [f{0}(a), f{0}(a)]\n", index - 1));
    }
    text.push_str(&in_flow("let x = f59(Name)"));
    let problems = crate::lang::check::testing::checked(&text).1.diagnostics;
    assert!(
        problems.iter().any(|problem| problem.code.id == "E0007"),
        "{problems:?}"
    );
}

#[test]
fn columns_named_like_words_go_on_working() {
    for column in ["at", "group", "call", "given", "status", "test"] {
        check_problems(
            &in_flow(&format!(
                "let x = `{column}` == \"a\" and\n  {column} in [\"a\"] or\n  {column} is empty\nrequire x else {column}\nwrite back {{ {column} = `{column}` }}"
            )),
            &expect![""],
        );
    }
}

#[test]
fn a_look_up_names_columns_by_their_places() {
    let flow = flow(&in_flow("let x = lookup(customers, \"Name\", Email, `Amount`)"));
    assert_eq!(flow.lookups.len(), 1);
    let value = flow.expressions().pop().expect("there is one");
    assert_eq!(
        hash::expression(value),
        "lookup \"customers\" 2 11(column\"Email\",)"
    );
}

#[test]
fn tests_are_read_against_their_flow() {
    let text = in_flow("upsert customer by email { email = Email }");
    let program = program(&format!(
        "{text}test \"one\" for a {{
  given {{ Email: \"A\", Amount: 1.5 }}
  expect customer {{ email = \"a\"; name = null }}
  expect rejected
  expect request POST \"/v1/customers\" {{ email = \"a\" }}
  expect Amount > 1 within fuel 500
}}"
    ));
    let test = program.tests.first().expect("there is one");
    assert_eq!((&*test.name, &*test.flow, test.given.len()), ("one", "a", 1));
    assert_eq!(test.given[0].cells.len(), 2);
    let [
        Expectation::Step { step: 0, fields, .. },
        Expectation::Rejected { message: None, .. },
        Expectation::Request { .. },
        Expectation::Condition { fuel: Some(500), .. },
    ] = &test.expectations[..]
    else {
        panic!("{:?}", test.expectations);
    };
    assert_eq!(fields.len(), 2);
}
