use expect_test::{Expect, expect};
use proptest::prelude::{prop_assert, proptest};

use super::encode;
use crate::eval::testing::{
    any_value, call, check, column, create, decimal, evaluator, literal, parameter, record, row, span,
};
use crate::lang::program::{Binding, Statement, StepKind};
use crate::model::{DesiredStep, Value};

fn check_binding(resource: &str, name: &str, value: Value, expected: Expect) {
    let evaluator = evaluator(vec![create(0, resource, vec![(name, column(0))])]);
    check(&evaluator, &row([value]), expected);
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
        expect![
            "book.xlsx, sheet Sheet1, cell A2 (amount): `12.5` is not a whole number; money becomes minor units by `cents(amount, currency)`"
        ],
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

proptest! {
    #[test]
    fn any_value_is_sent_listed_as_empty_or_refused(value in any_value()) {
        for (resource, name) in [
            ("customer", "email"),
            ("customer", "metadata"),
            ("customer", "address"),
            ("customer", "preferred_locales"),
            ("invoice", "due_date"),
            ("invoice", "collection_method"),
            ("invoiceitem", "amount"),
            ("price", "unit_amount_decimal"),
            ("subscription", "items"),
            ("subscription", "trial_end"),
        ] {
            let binding = Binding {
                name: name.to_owned(),
                create_type: Some(parameter(resource, name)),
                update_type: None,
                max_length: Some(10),
                value: literal(value.clone()),
                span: span(),
            };
            let mut step = DesiredStep::default();
            match encode(StepKind::Create, &binding, &value, &mut step) {
                Ok(()) => prop_assert!(
                    !(step.form.is_empty() && step.empty.is_empty()),
                    "{name} of {value:?} is lost"
                ),
                Err(refusal) => prop_assert!(refusal.field.starts_with(name)),
            }
        }
    }
}
