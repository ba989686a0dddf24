use std::collections::BTreeMap;

use expect_test::{Expect, expect};

use crate::eval::Evaluator;
use crate::eval::testing::{
    answer, binary, call, column, create, evaluator, expression, interpolation, keyed_evaluator, literal,
    local, require, row,
};
use crate::lang::program::{
    BinaryOperator, Expression, ExpressionKind, MatchField, Matching, Several, Statement, StepKind,
};
use crate::model::{Cell, Decimal, DesiredStep, Rejection, Row, Value};

/// Shows one step of a record: its fields, what is empty, what `by` looks for; or the rejection.
#[expect(clippy::needless_pass_by_value, reason = "an expectation is written in place")]
fn check(evaluator: &Evaluator, row: &Row, expected: Expect) {
    expected.assert_eq(&shown(evaluator.step(0, row, &[])));
}

fn check_binding(resource: &str, name: &str, value: Value, expected: Expect) {
    let evaluator = evaluator(vec![create(0, resource, vec![(name, column(0))])]);
    check(&evaluator, &row([value]), expected);
}

fn shown(step: Result<DesiredStep, Rejection>) -> String {
    match step {
        Ok(step) => {
            let mut lines: Vec<String> = step
                .form
                .iter()
                .map(|(name, value)| format!("{name} = {value}"))
                .collect();
            lines.extend(step.empty.iter().map(|name| format!("{name} is empty")));
            lines.extend(step.wanted.iter().map(|wanted| format!("by {wanted}")));
            lines.join("\n")
        }
        Err(rejection) => {
            let field = rejection
                .field
                .map_or(String::new(), |field| format!(" ({field})"));
            format!("{}{field}: {}", rejection.place, rejection.message)
        }
    }
}

fn decimal(text: &str) -> Value {
    Value::Decimal(text.parse::<Decimal>().expect("a decimal"))
}

fn record(members: &[(&str, Value)]) -> Value {
    Value::Record(
        members
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone()))
            .collect::<BTreeMap<_, _>>(),
    )
}

#[test]
fn bindings_become_form_fields_and_empty_ones_are_listed() {
    let customer = create(
        0,
        "customer",
        vec![
            ("email", call("lower", vec![call("trim", vec![column(0)])])),
            ("name", column(1)),
            ("address[line1]", column(2)),
            ("metadata[crm_id]", column(3)),
        ],
    );
    let row = row([
        Value::text(" Ann@Example.COM "),
        Value::text(" Ann Lee"),
        Value::text("  "),
        Value::Integer(7),
    ]);
    check(
        &evaluator(vec![customer]),
        &row,
        expect![[r#"
            email = "ann@example.com"
            name = " Ann Lee"
            metadata[crm_id] = "7"
            address[line1] is empty"#]],
    );
}

#[test]
fn whole_numbers_take_what_loses_nothing() {
    for value in [Value::Integer(1200), Value::text(" 1200 "), decimal("1200.00")] {
        check_binding("invoiceitem", "amount", value, expect![[r#"amount = "1200""#]]);
    }
    check_binding(
        "invoiceitem",
        "amount",
        decimal("12.5"),
        expect!["book.xlsx, sheet Sheet1, cell A2 (amount): `12.5` is not a whole number; money becomes minor units by `cents(amount, currency)`"],
    );
    check_binding(
        "invoiceitem",
        "amount",
        Value::text("12,00"),
        expect![[
            r#"book.xlsx, sheet Sheet1, cell A2 (amount): `12,00` is not a number; `decimal(…, "comma")` reads decimal commas, `decimal(…, "point")` commas between thousands"#
        ]],
    );
}

#[test]
fn booleans_are_never_read_from_text() {
    check_binding(
        "invoice",
        "auto_advance",
        Value::Boolean(false),
        expect![[r#"auto_advance = "false""#]],
    );
    check_binding(
        "invoice",
        "auto_advance",
        Value::text("yes"),
        expect![[
            r#"book.xlsx, sheet Sheet1, cell A2 (auto_advance): `yes` is text, not true or false; compare it, as in `Active == "yes"`, or declare the column as `boolean("yes", "no")`"#
        ]],
    );
    check_binding(
        "invoice",
        "auto_advance",
        Value::Integer(1),
        expect!["book.xlsx, sheet Sheet1, cell A2 (auto_advance): `1` is not true or false"],
    );
}

#[test]
fn days_become_midnight_utc_and_times_seconds() {
    let day = Value::Date(jiff::civil::date(2026, 1, 31));
    let time = Value::Time("2026-01-31T10:00:00+02:00".parse().expect("a time"));
    check_binding(
        "invoice",
        "due_date",
        day,
        expect![[r#"due_date = "1769817600""#]],
    );
    check_binding(
        "invoice",
        "due_date",
        time,
        expect![[r#"due_date = "1769846400""#]],
    );
    check_binding(
        "invoice",
        "due_date",
        Value::Integer(1_769_817_600),
        expect![[r#"due_date = "1769817600""#]],
    );
    check_binding(
        "invoice",
        "due_date",
        Value::text("2026-01-31"),
        expect![[r#"due_date = "1769817600""#]],
    );
    check_binding(
        "invoice",
        "due_date",
        Value::text("31/01/2026"),
        expect![[
            r#"book.xlsx, sheet Sheet1, cell A2 (due_date): `31/01/2026` is not a date such as 2026-01-31; `date(…, "%d/%m/%Y")` reads other forms"#
        ]],
    );
}

#[test]
fn currencies_are_sent_in_lower_case() {
    check_binding(
        "invoiceitem",
        "currency",
        Value::text("USD"),
        expect![[r#"currency = "usd""#]],
    );
    check_binding(
        "invoiceitem",
        "currency",
        Value::text("dollars"),
        expect![
            "book.xlsx, sheet Sheet1, cell A2 (currency): `dollars` is not a three-letter currency code, such as `usd`"
        ],
    );
}

#[test]
fn enums_list_what_is_allowed() {
    check_binding(
        "invoice",
        "collection_method",
        Value::text("send_invoice"),
        expect![[r#"collection_method = "send_invoice""#]],
    );
    check_binding(
        "invoice",
        "collection_method",
        Value::text("send_invoices"),
        expect![
            "book.xlsx, sheet Sheet1, cell A2 (collection_method): `send_invoices` is not one of `charge_automatically`, `send_invoice`; did you mean `send_invoice`?"
        ],
    );
}

#[test]
fn decimals_are_sent_without_ending_zeros() {
    check_binding(
        "price",
        "unit_amount_decimal",
        decimal("12.50"),
        expect![[r#"unit_amount_decimal = "12.5""#]],
    );
    check_binding(
        "customer",
        "name",
        decimal("12.50"),
        expect![[r#"name = "12.50""#]],
    );
}

#[test]
fn lists_and_records_spread_over_numbered_and_named_fields() {
    let items = Value::List(vec![
        record(&[("price", Value::text("price_1")), ("quantity", Value::Integer(2))]),
        Value::Null,
        record(&[("price", Value::text("price_2"))]),
    ]);
    check_binding(
        "subscription",
        "items",
        items,
        expect![[r#"
        items[0][price] = "price_1"
        items[0][quantity] = "2"
        items[1][price] = "price_2""#]],
    );
    check_binding(
        "customer",
        "preferred_locales",
        Value::List(vec![]),
        expect!["preferred_locales is empty"],
    );
    let address = record(&[("line1", Value::text("12 Main St")), ("city", Value::Null)]);
    check_binding(
        "customer",
        "address",
        address,
        expect![[r#"
        address[line1] = "12 Main St"
        address[city] is empty"#]],
    );
    check_binding(
        "customer",
        "address",
        record(&[("lines1", Value::text("x"))]),
        expect![
            "book.xlsx, sheet Sheet1, cell A2 (address[lines1]): `address` has no parameter `lines1`; did you mean `line1`?"
        ],
    );
    check_binding(
        "customer",
        "email",
        Value::List(vec![Value::text("a")]),
        expect!["book.xlsx, sheet Sheet1, cell A2 (email): one value belongs here, and this is a list"],
    );
    check_binding(
        "customer",
        "email",
        record(&[("id", Value::text("a"))]),
        expect![
            "book.xlsx, sheet Sheet1, cell A2 (email): one value belongs here, and this is a record; its `.id` may be meant"
        ],
    );
    check_binding(
        "subscription",
        "items",
        Value::text("price_1"),
        expect!["book.xlsx, sheet Sheet1, cell A2 (items): `price_1` is one value, and a list belongs here"],
    );
}

#[test]
fn metadata_is_held_to_stripes_limits() {
    let many: Vec<(String, Value)> = (0..51)
        .map(|index| (format!("k{index:02}"), Value::Integer(index)))
        .collect();
    check_binding(
        "customer",
        "metadata",
        Value::Record(many.into_iter().collect()),
        expect!["book.xlsx, sheet Sheet1, row 2 (metadata): metadata has 51 keys; Stripe takes at most 50"],
    );
    let long_key = record(&[(&"k".repeat(41), Value::Integer(1))]);
    check_binding(
        "customer",
        "metadata",
        long_key,
        expect![
            "book.xlsx, sheet Sheet1, cell A2 (metadata[kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk]): the metadata key `kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk` has 41 characters; Stripe takes at most 40"
        ],
    );
    check_binding(
        "customer",
        "metadata",
        record(&[("a[b]", Value::Integer(1))]),
        expect![
            "book.xlsx, sheet Sheet1, cell A2 (metadata[a[b]]): `a[b]` can't be a key: it is empty or has brackets"
        ],
    );
    check_binding(
        "customer",
        "metadata",
        record(&[("note", Value::text("x".repeat(501)))]),
        expect![
            "book.xlsx, sheet Sheet1, cell A2 (metadata[note]): `xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…` has 501 characters; Stripe takes at most 500"
        ],
    );
    let just_fits = record(&[("note", Value::text("ä".repeat(500)))]);
    let evaluator = evaluator(vec![create(0, "customer", vec![("metadata", column(0))])]);
    assert!(evaluator.step(0, &row([just_fits]), &[]).is_ok());
}

#[test]
fn text_longer_than_stripe_takes_is_rejected_with_its_length() {
    let Statement::Step(mut step) = create(0, "product", vec![("name", column(0))]) else {
        unreachable!("a step was made")
    };
    step.bindings[0].max_length = Some(5);
    check(
        &evaluator(vec![Statement::Step(step)]),
        &row([Value::text("Gold plan")]),
        expect![
            "book.xlsx, sheet Sheet1, cell A2 (name): `Gold plan` has 9 characters; Stripe takes at most 5"
        ],
    );
}

#[test]
fn an_empty_required_field_is_found_before_anything_is_sent() {
    check_binding(
        "product",
        "name",
        Value::Null,
        expect!["book.xlsx, sheet Sheet1, cell A2 (name): `name` is required, and its value is empty"],
    );
}

#[test]
fn a_broken_cell_rejects_only_the_rows_that_use_it() {
    let broken = Row {
        number: 2,
        cells: vec![
            Cell::Broken("`#REF!` is an error of the sheet".into()),
            Cell::Value(Value::text("Ann")),
        ],
    };
    let uses = evaluator(vec![create(
        0,
        "customer",
        vec![("name", call("trim", vec![column(0)]))],
    )]);
    check(
        &uses,
        &broken,
        expect!["book.xlsx, sheet Sheet1, cell A2 (name): `#REF!` is an error of the sheet"],
    );
    let passes = evaluator(vec![create(0, "customer", vec![("name", column(1))])]);
    check(&passes, &broken, expect![[r#"name = "Ann""#]]);
}

#[test]
fn the_cell_of_the_argument_at_fault_is_named() {
    let item = || vec![("amount", call("cents", vec![column(1), column(2)]))];
    let evaluator = evaluator(vec![create(0, "invoiceitem", item())]);
    let values =
        |amount: &str, currency: &str| row([Value::Null, Value::text(amount), Value::text(currency)]);
    check(
        &evaluator,
        &values("12,00", "usd"),
        expect![[
            r#"book.xlsx, sheet Sheet1, cell B2 (amount): `12,00` is not a number; `decimal(…, "comma")` reads decimal commas, `decimal(…, "point")` commas between thousands"#
        ]],
    );
    check(
        &evaluator,
        &values("12.00", "dollars"),
        expect!["book.xlsx, sheet Sheet1, cell C2 (amount): `dollars` is not a three-letter currency code"],
    );
    check(
        &evaluator,
        &values("12.005", "usd"),
        expect![
            "book.xlsx, sheet Sheet1, cell B2 (amount): 12.005 usd has more decimals than Stripe takes for usd; round it first"
        ],
    );
}

#[test]
fn trouble_that_reads_two_cells_names_the_row() {
    let product = binary(column(0), BinaryOperator::Multiply, column(1));
    let evaluator = evaluator(vec![create(0, "invoiceitem", vec![("amount", product)])]);
    let huge = || decimal("70000000000000000000000000000");
    check(
        &evaluator,
        &row([huge(), huge()]),
        expect![
            "book.xlsx, sheet Sheet1, row 2 (amount): the result has more digits than an exact number can hold"
        ],
    );
}

#[test]
fn a_let_leads_to_the_cell_that_it_read() {
    let body = vec![
        Statement::Let {
            local: 0,
            value: call("trim", vec![column(3)]),
        },
        create(0, "invoiceitem", vec![("amount", local(0))]),
    ];
    let row = row([Value::Null, Value::Null, Value::Null, Value::text(" soon ")]);
    check(
        &evaluator(body),
        &row,
        expect!["book.xlsx, sheet Sheet1, cell D2 (amount): `soon` is not a number"],
    );
}

#[test]
fn a_requirement_rejects_the_row_with_its_own_text() {
    let filled = expression(ExpressionKind::IsEmpty {
        value: Box::new(column(0)),
        negated: true,
    });
    let body = vec![
        require(filled, "no e-mail address"),
        create(0, "customer", vec![("email", column(0))]),
    ];
    let evaluator = evaluator(body);
    check(
        &evaluator,
        &row([Value::text(" ")]),
        expect!["book.xlsx, sheet Sheet1, cell A2: no e-mail address"],
    );
    check(
        &evaluator,
        &row([Value::text("a@b.de")]),
        expect![[r#"email = "a@b.de""#]],
    );
}

#[test]
fn a_requirement_on_an_answer_waits_for_it() {
    let active = binary(answer(0, &["balance"]), BinaryOperator::Equal, literal(0));
    let body = vec![
        create(0, "customer", vec![("name", column(0))]),
        require(active, "the balance is not zero"),
        create(1, "invoice", vec![("customer", answer(0, &["id"]))]),
    ];
    let evaluator = evaluator(body);
    let row = row([Value::text("Ann")]);
    let steps = evaluator.record(&row, &[]).expect("nothing is known yet");
    expect!["customer = (known after apply)"].assert_eq(&shown(Ok(steps[1].clone())));
    let answered = |balance| {
        [Some(record(&[
            ("id", Value::text("cus_1")),
            ("balance", Value::Integer(balance)),
        ]))]
    };
    expect![[r#"customer = "cus_1""#]].assert_eq(&shown(evaluator.step(1, &row, &answered(0))));
    expect!["book.xlsx, sheet Sheet1, row 2: the balance is not zero"].assert_eq(&shown(evaluator.step(
        1,
        &row,
        &answered(5),
    )));
}

#[test]
fn what_is_computed_from_an_answer_is_unknown_and_the_rest_is_checked() {
    let id = || answer(0, &["id"]);
    let body = vec![
        create(0, "customer", vec![("name", column(0))]),
        create(
            1,
            "invoiceitem",
            vec![
                ("customer", id()),
                ("description", interpolation(vec![literal("for "), id()])),
                ("amount", call("cents", vec![column(1), answer(0, &["currency"])])),
            ],
        ),
    ];
    let evaluator = evaluator(body);
    let good = row([Value::text("Ann"), Value::text("12.00")]);
    let steps = evaluator.record(&good, &[]).expect("the row is good");
    expect![[r#"
        customer = (known after apply)
        description = (known after apply)
        amount = (known after apply)"#]]
    .assert_eq(&shown(Ok(steps[1].clone())));
    let bad = row([Value::text("Ann"), Value::text("12,00")]);
    expect![[r#"book.xlsx, sheet Sheet1, cell B2 (amount): `12,00` is not a number; `decimal(…, "comma")` reads decimal commas, `decimal(…, "point")` commas between thousands"#]].assert_eq(&shown(evaluator.step(1, &bad, &[])));
}

fn keyed(parts: Vec<Expression>) -> Evaluator {
    keyed_evaluator(None, parts, Vec::new())
}

#[test]
fn keys_pass_over_spaces_and_ending_zeros() {
    let evaluator = keyed(vec![column(0), column(1)]);
    let key = evaluator
        .key(&row([Value::text(" 7 "), decimal("1.50")]))
        .expect("both parts are there");
    assert_eq!(key.as_str(), r#"["7","1.5"]"#);
}

#[test]
fn an_empty_part_of_a_key_rejects_the_row() {
    let rejection = keyed(vec![column(0), column(1)])
        .key(&row([Value::text("7"), Value::text(" ")]))
        .expect_err("the second part is empty");
    assert_eq!(rejection.place, "book.xlsx, sheet Sheet1, cell B2");
    assert_eq!(rejection.message, "the key is empty");
}

#[test]
fn keys_and_conditions_may_use_what_let_binds() {
    let body = vec![Statement::Let {
        local: 0,
        value: call("lower", vec![column(0)]),
    }];
    let filter = binary(local(0), BinaryOperator::Equal, literal("a"));
    let evaluator = keyed_evaluator(Some(filter), vec![local(0)], body);
    let row = row([Value::text("A")]);
    assert_eq!(evaluator.is_selected(&row), Ok(true));
    assert_eq!(evaluator.key(&row).map(|key| key.to_string()), Ok("a".to_owned()));
}

#[test]
fn where_passes_over_rows_whose_condition_is_empty() {
    let more = binary(column(0), BinaryOperator::Greater, literal(5));
    let evaluator = keyed_evaluator(Some(more), Vec::new(), Vec::new());
    let selected = |value| {
        evaluator
            .is_selected(&row([value]))
            .map_err(|rejection| rejection.message)
    };
    assert_eq!(selected(Value::Integer(6)), Ok(true));
    assert_eq!(selected(Value::text("5.5")), Ok(true));
    assert_eq!(selected(Value::Integer(5)), Ok(false));
    assert_eq!(selected(Value::Null), Ok(false));
    assert_eq!(selected(Value::text("x")), Err("`x` is not a number".to_owned()));
}

#[test]
fn by_looks_for_the_value_and_for_nothing_when_it_is_empty() {
    let Statement::Step(mut step) = create(0, "customer", vec![("email", column(0))]) else {
        unreachable!("a step was made")
    };
    step.kind = StepKind::Upsert;
    step.matching = Some(Matching {
        field: MatchField::Filter("email"),
        value: column(0),
        several: Several::Reject,
        span: step.span,
    });
    let evaluator = evaluator(vec![Statement::Step(step)]);
    check(
        &evaluator,
        &row([Value::text("a@b.de")]),
        expect![[r#"
        email = "a@b.de"
        by "a@b.de""#]],
    );
    check(&evaluator, &row([Value::Null]), expect!["email is empty"]);
}
