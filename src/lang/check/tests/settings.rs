use expect_test::expect;

use crate::lang::check::testing::check_problems;

#[test]
fn accounts_say_where_the_key_is() {
    check_problems(
        r#"account a { }"#,
        &expect![[r#"
            E0505 `a`: account `a` has no `key`
              write `key = env("STRIPE_API_KEY")`
        "#]],
    );
    check_problems(
        r#"account a { key = env("A"); key = file("b") }"#,
        &expect![[r#"
            E0403 `key`: `key` is said twice
              here for the first time
        "#]],
    );
    check_problems(
        r#"account a { key = env() }"#,
        &expect![[r#"
            E0504 `env()`: the value of `key` does not fit
              expected the name of a variable or a file: `env("STRIPE_API_KEY")`
        "#]],
    );
    check_problems(
        r#"account a { key = env(NAME) }"#,
        &expect![[r#"
            E0504 `env(NAME)`: the value of `key` does not fit
              expected the name of a variable or a file: `env("STRIPE_API_KEY")`
        "#]],
    );
    check_problems(
        r#"account a { key = "secret" }"#,
        &expect![[r#"
            E0501 `key`: a key must not stand in a flow
              a key that stood in a file was seen: roll it in Stripe's dashboard
              name where it is: `key = env("STRIPE_API_KEY")` or `key = file("stripe.key")`
        "#]],
    );
    check_problems(
        r#"account a { key = "pk_test_abcdefgh" }"#,
        &expect![[r#"
            E0502 `"pk_test_abcdefgh"`: a publishable key can't do this work
              use a restricted or secret key: `key = env("STRIPE_API_KEY")`
        "#]],
    );
    check_problems(
        r#"account a { key = secret }"#,
        &expect![[r#"
            E0504 `secret`: the value of `key` does not fit
              expected `env("STRIPE_API_KEY")` or `file("stripe.key")`
        "#]],
    );
    check_problems(
        r#"# sk_live_0123456789abcdef
let a = "{"sk_test_0123456789"}"
let b = 'rk_live_x'
let c = "sk_test_…""#,
        &expect![[r#"
            E0501 `# sk_live_0123456789abcdef`: a secret key stands in this comment
              a key that stood in a file was seen: roll it in Stripe's dashboard
              name where it is: `key = env("STRIPE_API_KEY")` or `key = file("stripe.key")`
            E0501 `"sk_test_0123456789"`: a secret key stands in this text
              a key that stood in a file was seen: roll it in Stripe's dashboard
              name where it is: `key = env("STRIPE_API_KEY")` or `key = file("stripe.key")`
            E0501 `'rk_live_x'`: a secret key stands in this text
              a key that stood in a file was seen: roll it in Stripe's dashboard
              name where it is: `key = env("STRIPE_API_KEY")` or `key = file("stripe.key")`
        "#]],
    );
}

#[test]
fn settings_have_values_that_fit() {
    check_problems(
        r#"account a {
 key = env("A")
 mode = "live"
 version = "2026-10-28.endive"
 timeout = 30s
 rate = 20/s
 concurrency = 8
 connect = "acct_1"
 base_url = "http://127.0.0.1:12111"
 active = true
}"#,
        &expect![[""]],
    );
    check_problems(
        r#"account a {
 key = env("A")
 mode = Live
 version = 3
 timeout = "30s"
 rate = 20
 concurrency = 0
 connect = acct
 base_url = "http://api.example.com"
 active = "yes"
 retries = 2
}"#,
        &expect![[r#"
            E0504 `Live`: the value of `mode` does not fit
              expected `test` or `live`
            E0504 `3`: the value of `version` does not fit
              expected a text in quotes
            E0504 `"30s"`: the value of `timeout` does not fit
              expected a duration, such as `30s`
            E0504 `20`: the value of `rate` does not fit
              expected a rate, such as `20/s`
            E0504 `0`: the value of `concurrency` does not fit
              expected a whole number from 1
            E0504 `acct`: the value of `connect` does not fit
              expected a text in quotes
            E0504 `"http://api.example.com"`: the value of `base_url` does not fit
              expected an address that begins with `https://`, or with `http://` on this machine (`http://127.0.0.
            E0504 `"yes"`: the value of `active` does not fit
              expected `true` or `false`
            E0503 `retries`: an account has no setting `retries`
              settings: `key`, `mode`, `version`, `timeout`, `rate`, `concurrency`, `connect`, `base_url`, `active
        "#]],
    );
}

#[test]
fn sources_have_options_that_fit() {
    check_problems(
        r#"source a = csv("a.csv", delimiter: ";", quote: "\"", encoding: "Windows-1252", header: 2)
source b = xlsx("b.xlsx", sheet: "S", range: "B2:F", header: 3)
source c = ods("c.ods")
source d = jsonl("d.jsonl")"#,
        &expect![[""]],
    );
    check_problems(
        r#"source a = csv("a.csv", delimiter: ";;", quote: "", encoding: "latin", header: 0)
source b = xlsx("b.xlsx", "S", range: "2B", sheets: "S")
source c = ods()
source d = jsonl("d.jsonl", header: 1)
source e = sql("x")
source f = csv(path)
source g = csv("a", header: 1, header: 2)"#,
        &expect![[r#"
            E0504 `";;"`: the value of `delimiter` does not fit
              expected a text of one character, such as `";"`
            E0504 `""`: the value of `quote` does not fit
              expected a text of one character, such as `";"`
            E0504 `"latin"`: the value of `encoding` does not fit
              expected `"utf-8"`, `"utf-16"` or `"windows-1252"`
            E0504 `0`: the value of `header` does not fit
              expected a whole number from 1
            E0503 `"S"`: options have names
              expected an option such as `sheet: "Customers"`
            E0504 `"2B"`: the value of `range` does not fit
              expected a range of cells, such as `"B3:F"` or `"A1:D20"`
            E0503 `sheets`: a workbook has no option `sheets`
              options: `sheet`, `range`, `header`
              did you mean `sheet`?
            E0504 `ods`: the source names no file
              expected the file: `ods("books/customers.csv")`
            E0503 `header`: jsonl has no option `header`
            E0506 `sql`: there is no source of the kind `sql`
              kinds: `csv`, `xlsx`, `ods`, `jsonl`
            E0504 `path`: a file is named by a text in quotes
              expected the file, such as `"books/customers.csv"`
            E0403 `header`: `header` is said twice
        "#]],
    );
}

#[test]
fn columns_have_types_that_there_are() {
    check_problems(
        r#"source a = csv("a.csv") {
 Amount: decimal(comma)
 Quantity: integer, Name: text; Due: date("%d.%m.%Y")
 Active: boolean("yes", "no")
 `Customer no`: text
 Other: time
}"#,
        &expect![[""]],
    );
    check_problems(
        r#"source a = csv("a.csv") {
 Amount: decimal(point)
 Quantity: int
 Name: text(5)
 Due: date("d.m.Y")
 Active: boolean("yes")
 Emial: text
 Email: text
 Email: text
}"#,
        &expect![[r#"
            E0504 `decimal(point)`: the value of `decimal` does not fit
              expected `decimal`, or `decimal(comma)` for 1.234,56
            E0507 `int`: there is no type `int`
              types: `text`, `integer`, `decimal`, `boolean`, `date`, `time`
              did you mean `integer`?
            E0504 `text(5)`: the value of `text` does not fit
              expected no brackets behind this type
            E0504 `"d.m.Y"`: the value of `date` does not fit
              expected a format such as `"%d/%m/%Y"`: day `%d`, month `%m`, year `%Y`
            E0504 `boolean("yes")`: the value of `boolean` does not fit
              expected `boolean`, or the words for true and false: `boolean("yes", "no")`
            E0101 `Emial`: `a` has no column `Emial`
              columns of customers.csv: `Customer no`, `Email`, `Name`, `First name`, `First`, `name`, `Street`, `
              did you mean `Email`?
            E0107 `Email`: the column `Email` is declared twice
        "#]],
    );
}
