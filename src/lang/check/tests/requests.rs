use expect_test::expect;

use crate::lang::check::testing::{check_problems, in_flow, in_step};

#[test]
fn required_fields_are_asked_for_where_their_object_was_begun() {
    check_problems(
        &in_flow(r#"create product { description = Name }"#),
        &expect![[r#"
            E0301 `create product`: a required field is missing: `name`
              Stripe refuses `products.create` without it
        "#]],
    );
    check_problems(
        &in_flow(r#"create price { product_data.active = true; unit_amount = 1 }"#),
        &expect![[r#"
            E0301 `create price`: required fields are missing: `currency`, `product_data.name`
              Stripe refuses `prices.create` without them
        "#]],
    );
    check_problems(
        &in_flow(
            r#"create price { currency = "usd"; product = "p"; unit_amount = 1; recurring = { interval_count: 2 } }"#,
        ),
        &expect![[r#"
            E0301 `create price`: a required field is missing: `recurring.interval`
              Stripe refuses `prices.create` without it
        "#]],
    );
    check_problems(
        &in_flow(r#"create subscription { customer = "c"; items = [{ price_data: { currency: "usd" } }] }"#),
        &expect![[r#"
            E0301 `create subscription`: required fields are missing: `items[0].price_data.product`, `items[0].price_data.recurring`
              Stripe refuses `subscriptions.create` without them
        "#]],
    );
    check_problems(
        &in_flow(r#"update product by id = Name { description = Name }"#),
        &expect![[""]],
    );
}

#[test]
fn fields_that_belong_together_or_apart() {
    check_problems(
        &in_flow(r#"create coupon { duration = "once" }"#),
        &expect![[r#"
            E0302 `create coupon`: one of these fields is missing: `percent_off`, `amount_off`
        "#]],
    );
    check_problems(
        &in_flow(r#"create coupon { percent_off = 1; amount_off = 2 }"#),
        &expect![[r#"
            E0302 `amount_off`: Stripe does not take `amount_off` together with `percent_off`
              `percent_off` is bound here
            E0302 `amount_off`: Stripe takes `amount_off` only together with `currency`
        "#]],
    );
    check_problems(
        &in_flow(
            r#"create price { currency = "usd"; product = "a"; product_data.name = "b"; tiers = [{ up_to: "inf" }] }"#,
        ),
        &expect![[r#"
            E0302 `product_data.name`: Stripe does not take `product_data` together with `product`
              `product` is bound here
            E0302 `up_to`: Stripe takes `tiers` only together with `tiers_mode`
        "#]],
    );
    check_problems(
        &in_flow(r#"create invoiceitem { amount = 1 }"#),
        &expect![[r#"
            E0302 `create invoiceitem`: one of these fields is missing: `customer`, `customer_account`
            E0302 `amount`: Stripe takes `amount` only together with `currency`
        "#]],
    );
}

#[test]
fn a_field_is_bound_once() {
    check_problems(
        &in_step(
            r#"email = Email
email = Name"#,
        ),
        &expect![[r#"
            E0303 `email`: `email` is bound twice
              here for the first time
        "#]],
    );
    check_problems(
        &in_step(
            r#"address = { line1: Name }
address.line1 = Email"#,
        ),
        &expect![[r#"
            E0303 `address.line1`: `address.line1` is bound twice
              here for the first time
        "#]],
    );
    check_problems(
        &in_step(
            r#"address = Other
address.line1 = Email"#,
        ),
        &expect![[r#"
            E0303 `address.line1`: `address.line1` is bound twice
              here for the first time
        "#]],
    );
    check_problems(
        &in_step(
            r#"address.line1 = Email
address = Other"#,
        ),
        &expect![[r#"
            E0303 `address`: `address` is bound twice
              here for the first time
        "#]],
    );
    check_problems(
        &in_step(
            r#"preferred_locales = ["a"]
preferred_locales[0] = "b""#,
        ),
        &expect![[r#"
            E0303 `preferred_locales[0]`: `preferred_locales[0]` is bound twice
              here for the first time
        "#]],
    );
    check_problems(
        &in_step(r#"address = { line1: Name, line1: Email }"#),
        &expect![[r#"
            E0107 `line1`: this record has two of the name `line1`
              here for the first time
        "#]],
    );
}

#[test]
fn lists_have_no_gaps() {
    check_problems(
        &in_step(
            r#"preferred_locales[0] = "a"
preferred_locales[2] = "b""#,
        ),
        &expect![[r#"
            E0306 `preferred_locales[2]`: there is no `preferred_locales[1]` before this
              items are counted from 0, without gaps
        "#]],
    );
    check_problems(
        &in_step(
            r#"preferred_locales[1] = "a"
preferred_locales[0] = "b""#,
        ),
        &expect![[""]],
    );
}

#[test]
fn metadata_keeps_stripes_rules() {
    check_problems(
        &in_step(r#"metadata.sheetflow = Name"#),
        &expect![[r#"
            E0307 `metadata.sheetflow`: `metadata.sheetflow` is the mark of this program, and can't be bound
        "#]],
    );
    check_problems(
        &in_step(r#"metadata.`a[b]` = Name"#),
        &expect![[r#"
            E0307 `metadata.`a[b]``: names of metadata have no square brackets
        "#]],
    );
    check_problems(
        &in_step(r#"metadata.this_name_is_longer_than_forty_characters_are = Name"#),
        &expect![[r#"
            E0307 `metadata.this_name_is_longer_than_forty_characters_are`: names of metadata have at most 40 characters
        "#]],
    );
    check_problems(&in_step(r#"metadata = { a: Name, b: 1 }"#), &expect![[""]]);
}

#[test]
fn objects_are_looked_up_by_what_stripe_can_list() {
    check_problems(
        &in_flow(r#"upsert customer by email = Email newest { name = Name }"#),
        &expect![[""]],
    );
    check_problems(
        &in_flow(r#"upsert customer by id = Other oldest { name = Name }"#),
        &expect![[""]],
    );
    check_problems(
        &in_flow(r#"upsert customer by id { name = Name }"#),
        &expect![[r#"
            E0304 `id`: `by id` has no value to look for
              write `by id = …`
        "#]],
    );
    check_problems(
        &in_flow(r#"upsert customer by name { name = Name }"#),
        &expect![[""]],
    );
    check_problems(
        &in_flow(r#"upsert customer by nme { name = Name }"#),
        &expect![[r#"
            E0304 `nme`: `customer` objects can't be looked up by `nme`
              they can be looked up by: `id`, `email`, `test_clock`, `business_name`, `customer_account`, `default
              did you mean `name`?
        "#]],
    );
    check_problems(
        &in_flow(r#"upsert customer by metadata.a { name = Name }"#),
        &expect![[r#"
            E0304 `metadata.a`: `by metadata.a` has no value to look for
              write `by metadata.a = …`, or bind `metadata.a` in the block
        "#]],
    );
    check_problems(
        &in_flow(r#"upsert customer by metadata { name = Name }"#),
        &expect![[r#"
            E0304 `metadata`: `customer` objects can't be looked up by `metadata`
              they can be looked up by: `id`, `email`, `test_clock`, `business_name`, `customer_account`, `default
              did you mean `metadata.NAME`?
        "#]],
    );
    check_problems(
        &in_flow(r#"upsert customer by preferred_locales[0] { name = Name }"#),
        &expect![[r#"
            E0304 `preferred_locales[0]`: `customer` objects can't be looked up by `preferred_locales[0]`
              they can be looked up by: `id`, `email`, `test_clock`, `business_name`, `customer_account`, `default
        "#]],
    );
    check_problems(
        &in_flow(r#"upsert customer by created = 1 { name = Name }"#),
        &expect![[r#"
            E0304 `created`: `customer` objects can't be looked up by `created`
              they can be looked up by: `id`, `email`, `test_clock`, `business_name`, `customer_account`, `default
        "#]],
    );
    check_problems(
        &in_flow(r#"upsert price by lookup_key = Name { currency = "usd"; product = "p"; unit_amount = 1 }"#),
        &expect![[""]],
    );
    check_problems(
        &in_flow(r#"update subscription_item by price = "p" { quantity = 1 }"#),
        &expect![[r#"
            E0304 `price`: `subscription_item` objects can't be looked up by `price`
              they can be looked up by: `id`
        "#]],
    );
    check_problems(
        &in_flow(r#"update customer { name = Name }"#),
        &expect![[r#"
            E0404 `update customer`: `update` does not say which object it changes
              write `update customer by …`
        "#]],
    );
    check_problems(
        &in_flow(r#"create customer by email { email = Email }"#),
        &expect![[r#"
            E0404 `by email`: `create` always makes a new object, so there is no `by`
              to take an object that exists already, write `upsert`
        "#]],
    );
    check_problems(&in_flow(r#"upsert customer { name = Name }"#), &expect![[""]]);
}

#[test]
fn operations_that_stripe_does_not_have() {
    check_problems(
        &in_flow(r#"create event { type = "x" }"#),
        &expect![[r#"
            E0305 `event`: `event` objects can't be created on their own
              Stripe has: `events.list`, `events.retrieve`
        "#]],
    );
    check_problems(
        &in_flow(r#"update refund by id = "r" { amount = 1 }"#),
        &expect![[r#"
            E0104 `amount`: `refunds.update` can't change `amount`
              Stripe takes it on creation only
        "#]],
    );
    check_problems(
        &in_flow(r#"upsert balance { a = 1 }"#),
        &expect![[r#"
            E0305 `balance`: `balance` objects can't be created on their own
              Stripe has: `balance.retrieve`
        "#]],
    );
    check_problems(
        &in_flow(r#"create bank_account { a = 1 }"#),
        &expect![[r#"
            E0305 `bank_account`: `bank_account` objects can't be created on their own
              Stripe has: `accounts.external_accounts.create`, `accounts.external_accounts.delete`, `accounts.exte
        "#]],
    );
    check_problems(
        &in_flow(r#"create file { purpose = "x" }"#),
        &expect![[r#"
            E0305 `file`: `file` objects can't be created on their own
              Stripe has: `files.create`, `files.list`, `files.retrieve`
        "#]],
    );
    check_problems(
        &in_flow(r#"update price by id = "p" { currency = "usd" }"#),
        &expect![[r#"
            E0104 `currency`: `prices.update` can't change `currency`
              Stripe takes it on creation only
        "#]],
    );
}
