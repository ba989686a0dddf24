use expect_test::expect;

use crate::lang::check::testing::{check_problems, in_flow, in_step};

#[test]
fn names_that_mean_nothing_come_with_what_there_is() {
    check_problems(
        &in_step(r#"email = Emial"#),
        &expect![[r#"
            E0101 `Emial`: there is no column `Emial` in `customers`
              columns of customers.csv: `Customer no`, `Email`, `Name`, `First name`, `First`, `name`, `Street`, `
              did you mean `Email`?
        "#]],
    );
    check_problems(
        &in_step(r#"email = email"#),
        &expect![[r#"
            E0101 `email`: there is no column `email` in `customers`
              columns of customers.csv: `Customer no`, `Email`, `Name`, `First name`, `First`, `name`, `Street`, `
              did you mean `Email`?
        "#]],
    );
    check_problems(
        &in_step(r#"email = `Customer  no`"#),
        &expect![[r#"
            E0101 ``Customer  no``: there is no column `Customer  no` in `customers`
              columns of customers.csv: `Customer no`, `Email`, `Name`, `First name`, `First`, `name`, `Street`, `
              did you mean `Customer no`?
        "#]],
    );
    check_problems(
        &in_step(r#"email = row["Emial"]"#),
        &expect![[r#"
            E0101 `row["Emial"]`: there is no column `Emial` in `customers`
              columns of customers.csv: `Customer no`, `Email`, `Name`, `First name`, `First`, `name`, `Street`, `
              did you mean `Email`?
        "#]],
    );
    check_problems(
        &in_step(r#"email = row[Email]"#),
        &expect![[r#"
            E0207 `Email`: `row[…]` wants the name of a column
              expected a text, such as `"Customer no"`
        "#]],
    );
    check_problems(
        &in_step(r#"email = trim"#),
        &expect![[r#"
            E0101 `trim`: there is no column `trim` in `customers`
              columns of customers.csv: `Customer no`, `Email`, `Name`, `First name`, `First`, `name`, `Street`, `
              `trim` is a function: `trim(…)`, or `… | trim`
        "#]],
    );
    check_problems(
        &in_step(r#"email = rows"#),
        &expect![[r#"
            E0101 `rows`: there is no column `rows` in `customers`
              columns of customers.csv: `Customer no`, `Email`, `Name`, `First name`, `First`, `name`, `Street`, `
              `rows` are the lines of a group: write `from SOURCE group by …`
        "#]],
    );
    check_problems(
        &in_flow(
            r#"let a = b
let b = Name
require b is not empty else a"#,
        ),
        &expect![[r#"
            E0406 `b`: `b` is not there yet
              it is bound here
        "#]],
    );
}

#[test]
fn steps_are_known_below_them_by_their_names() {
    check_problems(
        &in_flow(
            r#"create customer as buyer { email = Email }
create invoice { customer = buyer.id }"#,
        ),
        &expect![[""]],
    );
    check_problems(
        &in_flow(
            r#"create invoice { customer = buyer.id }
create customer as buyer { email = Email }"#,
        ),
        &expect![[r#"
            E0406 `buyer`: `buyer` is not there yet
              it is bound here
        "#]],
    );
    check_problems(
        &in_flow(
            r#"create customer { email = Email }
create invoice { customer = customer.id }"#,
        ),
        &expect![[r#"
            E0101 `customer`: there is no column `customer` in `customers`
              columns of customers.csv: `Customer no`, `Email`, `Name`, `First name`, `First`, `name`, `Street`, `
              to use what a step made, name the step: `create customer as …`
        "#]],
    );
    check_problems(
        &in_flow(r#"create customer as buyer { email = Email; metadata.me = buyer.id }"#),
        &expect![[r#"
            E0406 `buyer`: `buyer` is not there yet
              it is bound here
        "#]],
    );
    check_problems(
        &in_flow(
            r#"create customer as buyer { email = Email }
create invoice { customer = buyer.ID }"#,
        ),
        &expect![[r#"
            E0105 `ID`: a customer has no field `ID`
              fields: `address`, `balance`, `business_name`, `cash_balance`, `created`, `currency`, `customer_acco
              did you mean `id`?
        "#]],
    );
}

#[test]
fn names_hide_no_columns_and_are_given_once() {
    check_problems(
        &in_flow(r#"let Name = Email"#),
        &expect![[r#"
            E0108 `Name`: `Name` is a column of the source
              choose another name
        "#]],
    );
    check_problems(
        &in_flow(
            r#"let a = Email
let a = Name"#,
        ),
        &expect![[r#"
            E0107 `a`: the name `a` is given twice in this flow
              here for the first time
        "#]],
    );
    check_problems(
        &in_flow(r#"create customer as Name { email = Email }"#),
        &expect![[r#"
            E0108 `Name`: `Name` is a column of the source
              choose another name
        "#]],
    );
    check_problems(
        &in_flow(r#"let row = Email"#),
        &expect![[r#"
            E0008 `row`: `row` is a word of the language, and can't be a name
        "#]],
    );
    check_problems(
        r#"let Name = 1
source s = csv("a.csv")
flow f {
  from s
  key Name
  upsert customer by email { email = Email }
}"#,
        &expect![[r#"
            E0108 `Name`: `Name` is a column here, and a constant too
              for the column, write `row["Name"]`; else rename the constant
        "#]],
    );
    check_problems(
        r#"let rate = 1
source s = csv("a.csv")
flow f {
  from s
  key Email
  let rate = Name
  upsert customer by email { email = Email }
}"#,
        &expect![[r#"
            E0107 `rate`: `rate` is a constant of the project already
        "#]],
    );
}

#[test]
fn declarations_are_given_once_and_found_by_name() {
    check_problems(
        r#"source a = csv("a.csv")
source a = csv("b.csv")
account m { key = env("A") }
account m { key = env("B") }"#,
        &expect![[r#"
            E0107 `a`: two sources have the name `a`
              here for the first time
            E0107 `m`: two accounts have the name `m`
              here for the first time
        "#]],
    );
    check_problems(
        r#"source a = csv("a.csv")
flow f on main {
  from b
}
flow f after g {
  from a
}"#,
        &expect![[r#"
            E0106 `main`: there is no account `main`
              declare it: `account NAME { key = env("STRIPE_API_KEY") }`
            E0106 `b`: there is no source `b`
              sources: `a`
            E0107 `f`: two flows have the name `f`
              here for the first time
            E0106 `g`: there is no flow `g`
              flows: `f`
        "#]],
    );
    check_problems(
        r#"account main { key = env("A") }
source a = csv("a.csv")
flow f on maine {
  from a
}"#,
        &expect![[r#"
            E0106 `maine`: there is no account `maine`
              accounts: `main`
              did you mean `main`?
        "#]],
    );
}

#[test]
fn what_waits_for_itself_is_told_as_a_round() {
    check_problems(
        r#"source s = csv("a.csv")
flow a after b { from s }
flow b after c { from s }
flow c after b { from s }"#,
        &expect![[r#"
            E0109 `c`: flows wait for each other: `b` after `c` after `b`
              and this
        "#]],
    );
    check_problems(
        r#"source s = csv("a.csv")
flow a after a { from s }"#,
        &expect![[r#"
            E0109 `a`: flows wait for each other: `a` after `a`
        "#]],
    );
    check_problems(
        r#"let a = "{b}"
let b = [c]
let c = b
let d = 1"#,
        &expect![[r#"
            E0109 `a`: constant `a` is made of itself, by way of `b`
            E0109 `b`: constant `b` is made of itself, by way of `c`
            E0109 `c`: constant `c` is made of itself, by way of `b`
        "#]],
    );
}

#[test]
fn resources_are_found_by_the_names_that_people_know() {
    check_problems(
        &in_flow(r#"create customers { email = Email }"#),
        &expect![[r#"
            E0103 `customers`: Stripe has no resource `customers`
              `sheetflow resources` lists all resources
              did you mean `customer`?
        "#]],
    );
    check_problems(
        &in_flow(r#"create InvoiceItem { customer = "c" }"#),
        &expect![[r#"
            E0103 `InvoiceItem`: Stripe has no resource `InvoiceItem`
              `sheetflow resources` lists all resources
              did you mean `invoiceitem`?
        "#]],
    );
    check_problems(
        &in_flow(r#"create invoice_items { customer = "c" }"#),
        &expect![[r#"
            E0103 `invoice_items`: Stripe has no resource `invoice_items`
              `sheetflow resources` lists all resources
              did you mean `invoiceitem`?
        "#]],
    );
    check_problems(
        &in_flow(r#"create checkout_session { mode = "payment" }"#),
        &expect![[r#"
            E0103 `checkout_session`: Stripe has no resource `checkout_session`
              `sheetflow resources` lists all resources
              did you mean `checkout.session`?
        "#]],
    );
    check_problems(
        &in_flow(r#"create zebra { a = 1 }"#),
        &expect![[r#"
            E0103 `zebra`: Stripe has no resource `zebra`
              `sheetflow resources` lists all resources
        "#]],
    );
}

#[test]
fn functions_are_found_by_the_names_that_people_know() {
    check_problems(
        &in_step(r#"name = LOWER(Name)"#),
        &expect![[r#"
            E0102 `LOWER`: there is no function `LOWER`
              `sheetflow functions` lists all functions
              did you mean `lower`?
        "#]],
    );
    check_problems(
        &in_step(r#"name = Name | toLowerCase"#),
        &expect![[r#"
            E0102 `toLowerCase`: there is no function `toLowerCase`
              `sheetflow functions` lists all functions
              did you mean `lower`?
        "#]],
    );
    check_problems(
        &in_step(r#"name = vlookup(Name, 1)"#),
        &expect![[r#"
            E0102 `vlookup`: there is no function `vlookup`
              `sheetflow functions` lists all functions
              did you mean `lookup`?
        "#]],
    );
    check_problems(
        &in_step(r#"name = env("A")"#),
        &expect![[r#"
            E0102 `env`: `env` belongs to the `key` of an account
              flows are pure: the same rows give the same requests
        "#]],
    );
    check_problems(
        &in_step(r#"name = Name | phone.e164("US")"#),
        &expect![[r#"
            E0102 `phone.e164`: there is no function `phone.e164`
              `sheetflow functions` lists all functions
        "#]],
    );
}
