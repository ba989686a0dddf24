use expect_test::expect;

use crate::lang::check::testing::{check_problems, in_flow};

#[test]
fn a_flow_says_where_rows_come_from_and_what_identifies_them() {
    check_problems(
        r#"source s = csv("a.csv")
flow f {
  upsert customer by email { email = Email }
}"#,
        &expect![[r#"
            E0401 `flow f`: the flow does not say where its rows come from
              begin it with `from SOURCE`
            E0402 `upsert customer by email`: `upsert` needs a `key` in its flow, or a second run could not tell what was sent already
              name the columns that identify a row for ever, such as `key NUMBER`
        "#]],
    );
    check_problems(
        r#"source s = csv("a.csv")
flow f {
  from s
  update customer by email = Email { name = Name }
}"#,
        &expect![[""]],
    );
    check_problems(
        r#"source s = csv("a.csv")
flow f {
  from s
  from s
  key Email, Name
  key Email
  upsert customer by email { email = Email }
}"#,
        &expect![[r#"
            E0403 `from`: a flow has one `from`
              here for the first time
            E0403 `key`: a flow has one `key`
              here for the first time
        "#]],
    );
    check_problems(
        r#"source s = csv("a.csv")
flow f {
  from s
  key Email, Name, Email | lower, lower(Email)
  upsert customer by email { email = Email }
}"#,
        &expect![[r#"
            E0403 `lower(Email)`: the key names this twice
              here for the first time
        "#]],
    );
}

#[test]
fn filter_and_key_use_what_is_there_before_anything_is_sent() {
    check_problems(
        r#"source s = csv("a.csv")
flow f {
  from s where mail is not empty
  let mail = Email
  key mail, buyer.id
  create customer as buyer { email = mail }
}"#,
        &expect![[r#"
            E0406 `mail`: `mail` is not there yet
              it is bound here
            E0406 `buyer`: `buyer` is not there yet
              it is bound here
        "#]],
    );
    check_problems(
        r#"source s = csv("a.csv")
flow f {
  from s
  create customer as buyer { email = Email }
  key Name, buyer.id, [Name]
}"#,
        &expect![[r#"
            E0406 `buyer`: a key can't use `buyer`
              the key is known before anything is sent: use columns
            E0201 `[Name]`: a list can't be part of a key
        "#]],
    );
}

#[test]
fn conditions_are_true_or_false() {
    check_problems(
        r#"source s = csv("a.csv")
flow f {
  from s where Quantity
  key Email
}"#,
        &expect![[r#"
            E0208 `Quantity`: this is an integer, not a condition
              expected something true or false
              compare it (`Status == "active"`), or ask `is not empty`
        "#]],
    );
    check_problems(
        &in_flow(
            r#"require Active else "x"
require Other else "x"
require Email is not empty and not Active else "x""#,
        ),
        &expect![[""]],
    );
}

#[test]
fn an_account_is_chosen_when_there_are_several() {
    check_problems(
        r#"account a { key = env("A") }
account b { key = env("B"); active = true }
source s = csv("a.csv")
flow f {
  from s
}"#,
        &expect![[""]],
    );
    check_problems(
        r#"account a { key = env("A"); active = true }
account b { key = env("B"); active = true }
source s = csv("a.csv")
flow f {
  from s
}"#,
        &expect![[r#"
            E0405 `flow f`: the flow does not say which account it writes to
              accounts: `a`, `b`
              write `on NAME` behind the flow's name, or `active = true` in one account
        "#]],
    );
}

#[test]
fn constants_are_made_of_literals_and_constants() {
    check_problems(
        r#"let a = 1 + b
let b = 2
let c = Name
let d = row["x"]
let e = `Customer no`"#,
        &expect![[r#"
            E0101 `Name`: there is no constant `Name`
            E0406 `row["x"]`: a constant can't use `x`
              constants are made of literals and other constants; bind values of the row with `let` in the flow
            E0406 ``Customer no``: a constant can't use `Customer no`
              constants are made of literals and other constants; bind values of the row with `let` in the flow
        "#]],
    );
}

#[test]
fn a_key_column_that_is_often_empty_is_warned_of() {
    let flow = |head: &str| {
        format!(
            "source customers = csv(\"customers.csv\")\n\nflow a {{\n  {head}\n  upsert customer by email {{ email = Email }}\n}}\n"
        )
    };
    check_problems(
        &flow("from customers\n  key Name, First | trim"),
        &expect![[r#"
            E0414 `First | trim`: `First` is often empty, and rows without a key are rejected
              it is empty in 12 of the first 40 rows (30%): row 3, 7, 9, …
              name a column that every row fills, or leave these rows out: `from … where … is not empty`
        "#]],
    );
    check_problems(
        &flow("from customers where First is not empty\n  key First"),
        &expect![[r#""#]],
    );
    check_problems(
        &flow("from customers\n  key \"{First}-{Name}\""),
        &expect![[r#""#]],
    );
    check_problems(
        &flow("from customers group by First"),
        &expect![[r#"
        E0414 `First`: `First` is often empty, and rows without a key are rejected
          it is empty in 12 of the first 40 rows (30%): row 3, 7, 9, …
          name a column that every row fills, or leave these rows out: `from … where … is not empty`
        E0408 `Email`: each line of the group has its own `Email`
          say which: `first(rows.Email)`, `sum(rows.Email)`; or use it inside `each row`
    "#]],
    );
}
