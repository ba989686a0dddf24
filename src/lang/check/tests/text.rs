use expect_test::expect;

use crate::lang::check::testing::{check_problems, in_flow, in_step};

#[test]
fn unfinished_statements_say_what_is_missing() {
    check_problems(
        &in_step(r#"email ="#),
        &expect![[r#"
            E0003 ``: `email` has no value
              expected a value
        "#]],
    );
    check_problems(
        &in_step(r#"email"#),
        &expect![[r#"
            E0003 ``: `email` has no value
              expected `=`
        "#]],
    );
    check_problems(
        &in_step(r#"email = Email |"#),
        &expect![[r#"
            E0003 ``: `|` leads nowhere
              expected the name of a function, such as `trim`
        "#]],
    );
    check_problems(
        &in_step(r#"email = cents(Amount, )"#),
        &expect![[r#"
            E0003 ``: an argument is missing
              expected a value
        "#]],
    );
    check_problems(
        &in_step(r#"email = lower(Email"#),
        &expect![[r#"
            E0004 `(`: this `(` is never closed
              expected `)` here at the latest
        "#]],
    );
    check_problems(
        &in_step(r#"email = Email +"#),
        &expect![[r#"
            E0003 ``: `+` has nothing on its right
              expected a value
        "#]],
    );
    check_problems(
        &in_step(r#"email = Email is"#),
        &expect![[r#"
            E0003 ``: `is` asks for nothing
              expected `empty` or `not empty`
        "#]],
    );
    check_problems(
        &in_step(r#"email = Email is not"#),
        &expect![[r#"
            E0003 ``: `is` asks for nothing
              expected `empty` or `not empty`
        "#]],
    );
    check_problems(
        &in_step(r#"email = if Active then"#),
        &expect![[r#"
            E0003 ``: `then` has no value
              expected a value
        "#]],
    );
    check_problems(
        &in_step(r#"email = if Active"#),
        &expect![[r#"
            E0003 ``: `if` has no `then`
              expected `then`
        "#]],
    );
    check_problems(
        &in_step(r#"email = if Active then "a""#),
        &expect![[r#"
            E0003 ``: `if` does not say what the value is otherwise
              expected `else` and a value
              for nothing at all: `else null`
        "#]],
    );
    check_problems(
        &in_step(r#"email = match Status"#),
        &expect![[r#"
            E0003 ``: `match` has no arms
              expected a block in `{ }`
        "#]],
    );
    check_problems(
        &in_step(r#"email = match Status { "a" }"#),
        &expect![[r#"
            E0003 ``: the arm has no value
              expected `=>`
        "#]],
    );
    check_problems(
        &in_step(r#"email = match Status { "a" => }"#),
        &expect![[r#"
            E0003 ``: the arm has no value
              expected a value
        "#]],
    );
    check_problems(
        &in_step(r#"email = "a {} b""#),
        &expect![[r#"
            E0003 ``: the braces hold no value; the character itself is written `\{`
              expected a value
        "#]],
    );
    check_problems(
        &in_step(r#"email = Other."#),
        &expect![[r#"
            E0003 `.`: a name is missing behind the point
              expected a name, such as `.id`
        "#]],
    );
    check_problems(
        &in_step(
            r#"email = []
phone = [Name"#,
        ),
        &expect![[r#"
            E0201 `[]`: `email` takes a text, and this is a list
            E0004 `[`: this `[` is never closed
              expected `]` here at the latest
            E0201 `[Name`: `phone` takes a text, and this is a list
        "#]],
    );
    check_problems(
        &in_step(r#"metadata = { a: }"#),
        &expect![[r#"
            E0003 ``: the entry has no value
              expected a value
        "#]],
    );
    check_problems(
        &in_step(r#"email = not"#),
        &expect![[r#"
            E0003 ``: `email` has no value
              expected a value
        "#]],
    );
    check_problems(
        &in_step(r#"email = f("#),
        &expect![[r#"
            E0102 `f`: there is no function `f`
              `sheetflow functions` lists all functions
            E0004 `(`: this `(` is never closed
              expected `)` here at the latest
        "#]],
    );
    check_problems(
        &in_flow(r#"require"#),
        &expect![[r#"
            E0003 ``: `require` has no condition
              expected a value
        "#]],
    );
    check_problems(
        &in_flow(r#"require Active"#),
        &expect![[r#"
            E0003 ``: `require` does not say what is wrong otherwise
              expected `else "…"`
              the text is what the person sees: `else "no e-mail address"`
        "#]],
    );
    check_problems(
        &in_flow(r#"require Active else"#),
        &expect![[r#"
            E0003 ``: `else` has no text for the person whose row is rejected
              expected a value
        "#]],
    );
    check_problems(
        &in_flow(r#"let"#),
        &expect![[r#"
            E0003 ``: the name of the value is missing
              expected a name
        "#]],
    );
    check_problems(
        &in_flow(r#"let a"#),
        &expect![[r#"
            E0003 ``: `a` has no value
              expected `=`
        "#]],
    );
    check_problems(
        &in_flow(r#"let a ="#),
        &expect![[r#"
            E0003 ``: `a` has no value
              expected a value
        "#]],
    );
    check_problems(
        &in_flow(r#"create"#),
        &expect![[r#"
            E0003 ``: `create` does not say what to create
              expected a Stripe resource, such as `customer`
        "#]],
    );
    check_problems(
        &in_flow(r#"create customer"#),
        &expect![[r#"
            E0003 ``: `create` has no block
              expected a block in `{ }`
        "#]],
    );
    check_problems(
        &in_flow(r#"create customer as { email = Email }"#),
        &expect![[r#"
            E0003 ``: the name of the step is missing
              expected a name
        "#]],
    );
    check_problems(
        &in_flow(r#"upsert customer by { email = Email }"#),
        &expect![[r#"
            E0003 ``: `by` names no field
              expected a field, such as `email`, `id = …` or `metadata.crm_id`
        "#]],
    );
    check_problems(
        &in_flow(r#"upsert customer by id = { email = Email }"#),
        &expect![[r#"
            E0001 `email`: `email` can't stand here
              expected an entry, such as `name: 1`, or `}`
        "#]],
    );
    check_problems(
        &in_flow(r#"upsert customer by email newest"#),
        &expect![[r#"
            E0304 `email`: `by email` has no value to look for
              write `by email = …`, or bind `email` in the block
            E0003 ``: `upsert` has no block
              expected a block in `{ }`
        "#]],
    );
    check_problems(
        r#"account"#,
        &expect![[r#"
            E0003 ``: the name of the account is missing
              expected a name
        "#]],
    );
    check_problems(
        r#"source"#,
        &expect![[r#"
            E0003 ``: the name of the source is missing
              expected a name
        "#]],
    );
    check_problems(
        r#"source a"#,
        &expect![[r#"
            E0003 ``: `source` has no value
              expected `=`
        "#]],
    );
    check_problems(
        r#"source a ="#,
        &expect![[r#"
            E0003 ``: the source does not say what to read
              expected `csv(…)`, `xlsx(…)`, `ods(…)` or `jsonl(…)`
              for a workbook: `xlsx("book.xlsx", sheet: "Customers")`
        "#]],
    );
    check_problems(
        r#"source a = csv"#,
        &expect![[r#"
            E0003 ``: the source does not say what to read
              expected `csv(…)`, `xlsx(…)`, `ods(…)` or `jsonl(…)`
              for a workbook: `xlsx("book.xlsx", sheet: "Customers")`
        "#]],
    );
    check_problems(
        r#"flow"#,
        &expect![[r#"
            E0401 `flow`: the flow does not say where its rows come from
              begin it with `from SOURCE`
            E0003 ``: the name of the flow is missing
              expected a name
        "#]],
    );
    check_problems(
        r#"flow a"#,
        &expect![[r#"
            E0401 `flow a`: the flow does not say where its rows come from
              begin it with `from SOURCE`
            E0003 ``: the flow has no block
              expected a block in `{ }`
        "#]],
    );
    check_problems(
        r#"flow a after { }"#,
        &expect![[r#"
            E0401 `flow a`: the flow does not say where its rows come from
              begin it with `from SOURCE`
            E0003 ``: the name of a flow is missing
              expected a name
        "#]],
    );
    check_problems(
        r#"flow a on { from b }"#,
        &expect![[r#"
            E0003 ``: the name of an account is missing
              expected a name
            E0106 `b`: there is no source `b`
              declare it: `source b = csv("…")`
        "#]],
    );
    check_problems(
        r#"let"#,
        &expect![[r#"
            E0003 ``: the name of the value is missing
              expected a name
        "#]],
    );
    check_problems(
        r#"source s = csv("a.csv")
flow a {
  from
}
flow b {
  from s where
  key
}"#,
        &expect![[r#"
            E0003 ``: the name of the source is missing
              expected a name
            E0101 `key`: there is no column `key` in `s`
              columns of customers.csv: `Customer no`, `Email`, `Name`, `First name`, `First`, `name`, `Street`, `
        "#]],
    );
    check_problems(
        r#"source s = csv("a.csv") {
  Name
  Email:
}"#,
        &expect![[r#"
            E0003 ``: the column has no type
              expected `:` and a type, such as `: decimal`
            E0003 ``: the column has no type
              expected a value
        "#]],
    );
}

#[test]
fn a_statement_that_is_broken_leaves_the_others_whole() {
    check_problems(
        r#"source s = csv("a.csv")
flow a {
  from s
  key Email
  upsert customer by email {
    email = lower(Email
    phone = [1, 2
    name = "x {Name"
    metadata = { a: 1
    description = Nme
  }
}"#,
        &expect![[r#"
            E0004 `(`: this `(` is never closed
              expected `)` here at the latest
            E0004 `[`: this `[` is never closed
              expected `]` here at the latest
            E0201 `[1, 2`: `phone` takes a text, and this is a list
            E0005 `"x {Name"`: a brace in this text has no partner
              braces hold values, as in `"{Name}"`; the character itself is written `\{`
            E0004 `{`: this `{` is never closed
              expected `}` here at the latest
            E0101 `Nme`: there is no column `Nme` in `s`
              columns of customers.csv: `Customer no`, `Email`, `Name`, `First name`, `First`, `name`, `Street`, `
              did you mean `Name`?
        "#]],
    );
    check_problems(
        r#"source s = csv("a.csv")
flow a {
  from s
  key Email
  upsert customer by email {
    email = Email

flow b {
  from s
  key Emial
}"#,
        &expect![[r#"
            E0004 `{`: this `{` is never closed
              expected `}` here at the latest
            E0004 `{`: this `{` is never closed
              expected `}` here at the latest
            E0101 `Emial`: there is no column `Emial` in `s`
              columns of customers.csv: `Customer no`, `Email`, `Name`, `First name`, `First`, `name`, `Street`, `
              did you mean `Email`?
        "#]],
    );
    check_problems(
        r#"source s = csv("a.csv")
flow a {
  from s
  key Email
  upsert customer by email {
    email = Email
  require Nme is empty else "x"
}
let a = 1 1"#,
        &expect![[r#"
            E0004 `{`: this `{` is never closed
              expected `}` here at the latest
            E0101 `Nme`: there is no column `Nme` in `s`
              columns of customers.csv: `Customer no`, `Email`, `Name`, `First name`, `First`, `name`, `Street`, `
              did you mean `Name`?
            E0001 `1`: `1` can't stand here
              expected an operator, or the end of the line
        "#]],
    );
    check_problems(
        r#"flow a {
  }
}
let x = Nme"#,
        &expect![[r#"
            E0401 `flow a`: the flow does not say where its rows come from
              begin it with `from SOURCE`
            E0004 `}`: this `}` closes nothing
            E0101 `Nme`: there is no constant `Nme`
        "#]],
    );
}

#[test]
fn signs_from_elsewhere_are_translated() {
    check_problems(
        &in_flow(r#"require Name = "a" else "x""#),
        &expect![[r#"
            E0001 `=`: `=` can't stand here
              expected an operator, `else`, or the end of the line
              to compare two values, write `==`
        "#]],
    );
    check_problems(
        &in_flow(r#"require Name <> "a" else "x""#),
        &expect![[r#"
            E0001 `<>`: `<>` can't stand here
              expected an operator, `else`, or the end of the line
              to tell whether two values differ, write `!=`
        "#]],
    );
    check_problems(
        &in_flow(r#"require Active && Active else "x""#),
        &expect![[r#"
            E0001 `&&`: `&&` can't stand here
              expected an operator, `else`, or the end of the line
              write `and`
        "#]],
    );
    check_problems(
        &in_flow(r#"require Active || Active else "x""#),
        &expect![[r#"
            E0001 `||`: `||` can't stand here
              expected an operator, `else`, or the end of the line
              write `or`; a pipe is a single `|`
        "#]],
    );
    check_problems(
        &in_flow(r#"require !Active else "x""#),
        &expect![[r#"
            E0001 `!`: `!` can't stand here
              expected a value
              write `not`
        "#]],
    );
    check_problems(
        &in_step(r#"name = Name & Email"#),
        &expect![[r#"
            E0001 `&`: `&` can't stand here
              expected an operator, or the end of the line
              to join texts, write them into one: `"{First} {Last}"`
        "#]],
    );
    check_problems(
        &in_step(r#"name = Name |> lower"#),
        &expect![[r#"
            E0003 ``: `|` leads nowhere
              expected the name of a function, such as `trim`
            E0101 `lower`: there is no column `lower` in `customers`
              columns of customers.csv: `Customer no`, `Email`, `Name`, `First name`, `First`, `name`, `Street`, `
              `lower` is a function: `lower(…)`, or `… | lower`
        "#]],
    );
    check_problems(
        &in_step(r#"name = Active ? 1 : 2"#),
        &expect![[r#"
            E0001 `?`: `?` can't stand here
              expected an operator, or the end of the line
              write `if … then … else …`
        "#]],
    );
    check_problems(
        &in_step(r#"name = Quantity ** 2"#),
        &expect![[r#"
            E0001 `**`: `**` can't stand here
              expected an operator, or the end of the line
              there are no powers; multiply
        "#]],
    );
    check_problems(
        &in_step(r#"name = 1 // two"#),
        &expect![[r#"
            E0001 `//`: `//` can't stand here
              expected an operator, or the end of the line
              a comment starts with `#`
        "#]],
    );
    check_problems(
        &in_step(r#"name = “a”"#),
        &expect![[r#"
            E0001 `“`: `“` can't stand here
              expected a value
              texts stand in straight quotes: `"…"`
        "#]],
    );
    check_problems(
        &in_step(r#"name = ‘a’"#),
        &expect![[r#"
            E0001 `‘`: `‘` can't stand here
              expected a value
              texts stand in straight quotes: `"…"`
        "#]],
    );
    check_problems(
        &in_step(r#"name := Name"#),
        &expect![[r#"
            E0003 `:`: `name` has no `=` behind it
              expected `=`
              here a value is given with `=`, not with `:`
        "#]],
    );
    check_problems(
        &in_step(r#"name: Name"#),
        &expect![[r#"
            E0003 `:`: `name` has no `=` behind it
              expected `=`
              here a value is given with `=`, not with `:`
        "#]],
    );
    check_problems(
        &in_step(r#"name == Name"#),
        &expect![[r#"
            E0003 `==`: `name` has no `=` behind it
              expected `=`
              here a value is given with `=`, not with `==`
        "#]],
    );
    check_problems(
        &in_step(r#"name -> Name"#),
        &expect![[r#"
            E0003 `->`: `name` has no `=` behind it
              expected `=`
              here a value is given with `=`, not with `->`
        "#]],
    );
    check_problems(
        &in_step(r#"balance = 12,50"#),
        &expect![[r#"
            E0001 `,`: `,` can't stand here
              expected an operator, or the end of the line
              decimals have a point: `12.50`; between lines no comma is needed
        "#]],
    );
    check_problems(
        &in_step(r#"email = Email,"#),
        &expect![[r#"
            E0001 `,`: `,` can't stand here
              expected an operator, or the end of the line
              no comma is needed between lines
        "#]],
    );
    check_problems(
        &in_step(r#"name = 1 + if Active then 1 else 2"#),
        &expect![[r#"
            E0008 `if`: `if` needs backticks
              write `` `if` ``: bare names have the letters A to Z, digits and `_`
            E0101 `if`: there is no column `if` in `customers`
              columns of customers.csv: `Customer no`, `Email`, `Name`, `First name`, `First`, `name`, `Street`, `
        "#]],
    );
    check_problems(
        &in_step(r#"name = Customer no"#),
        &expect![[r#"
            E0101 `Customer`: there is no column `Customer` in `customers`
              columns of customers.csv: `Customer no`, `Email`, `Name`, `First name`, `First`, `name`, `Street`, `
              did you mean `Customer no`?
            E0001 `no`: `no` can't stand here
              expected an operator, or the end of the line
              if it is the name of one column, put it in backticks: `Customer no`
        "#]],
    );
    check_problems(
        &in_step(r#"name = match Status { "a" -> 1, "b": 2 }"#),
        &expect![[r#"
            E0001 `->`: `->` can't stand here
              expected `=>` and a value
              an arm of a `match` is written `"a" => 1`
        "#]],
    );
}

#[test]
fn quotes_and_brackets_have_partners() {
    check_problems(
        &in_step(r#"name = "a"#),
        &expect![[r#"
            E0005 `"`: this text is never closed
              expected a second quote on this line
              a line break in a text is written `\n`
        "#]],
    );
    check_problems(
        &in_step(r#"name = 'a"#),
        &expect![[r#"
            E0005 `'`: this text is never closed
              expected a second quote on this line
              a line break in a text is written `\n`
        "#]],
    );
    check_problems(
        &in_step(r#"name = `a"#),
        &expect![[r#"
            E0005 ```: this backtick is never closed
              expected a second one on this line
        "#]],
    );
    check_problems(
        &in_step(r#"name = "a {Name" "#),
        &expect![[r#"
            E0005 `"a {Name"`: a brace in this text has no partner
              braces hold values, as in `"{Name}"`; the character itself is written `\{`
        "#]],
    );
    check_problems(
        &in_step(r#"name = (Name"#),
        &expect![[r#"
            E0004 `(`: this `(` is never closed
              expected `)` here at the latest
        "#]],
    );
    check_problems(
        &in_step(r#"name = Name)"#),
        &expect![[r#"
            E0001 `)`: `)` can't stand here
              expected an operator, or the end of the line
        "#]],
    );
    check_problems(
        &in_step(r#"name = [Name)"#),
        &expect![[r#"
            E0004 `[`: this `[` is never closed
              expected `]` here at the latest
        "#]],
    );
    check_problems(
        &in_step(r#"name = {a: 1"#),
        &expect![[r#"
            E0004 `{`: this `{` is never closed
              expected `}` here at the latest
            E0201 `{a: 1
              }`: `name` takes a text, and this is a record
        "#]],
    );
    check_problems(
        r#"}"#,
        &expect![[r#"
            E0004 `}`: this `}` closes nothing
        "#]],
    );
    check_problems(
        r#"let a = 1 }"#,
        &expect![[r#"
            E0004 `}`: this `}` closes nothing
        "#]],
    );
}

#[test]
fn literals_are_read_exactly_or_refused() {
    check_problems(
        &in_step(r#"balance = 12abc"#),
        &expect![[r#"
            E0006 `12abc`: `12abc` is no number
              a name begins with no digit; a column with such a name stands in backticks
        "#]],
    );
    check_problems(
        &in_step(r#"balance = 1.2.3"#),
        &expect![[r#"
            E0006 `1.2.3`: `1.2.3` is no number
              a number has one point at most: `1250.00`
        "#]],
    );
    check_problems(
        &in_step(r#"metadata.a = 2026-02-30"#),
        &expect![[r#"
            E0006 `2026-02-30`: there is no day `2026-02-30`
              dates are year, month, day: `2026-01-31`
        "#]],
    );
    check_problems(
        &in_step(r#"name = "\d""#),
        &expect![[r#"
            E0006 `\d`: `\d` is no escape
              a backslash itself is `\\`; patterns are easier in single quotes: `'\d+'`
        "#]],
    );
    check_problems(
        &in_step(r#"name = "\u{110000}""#),
        &expect![[r#"
            E0006 `\u{110000}`: `\u{110000}` is no character
        "#]],
    );
    check_problems(
        &in_step(r#"metadata.a = 99999999999999999999999999999999"#),
        &expect![[r#"
            E0006 `99999999999999999999999999999999`: `99999999999999999999999999999999` has more digits than can be kept exact
        "#]],
    );
    check_problems(
        &in_step(r#"metadata.a = 123456789012345678901234567890.5"#),
        &expect![[r#"
            E0006 `123456789012345678901234567890.5`: `123456789012345678901234567890.5` has more digits than can be kept exact
        "#]],
    );
    check_problems(
        &in_step(r#"name = Größe"#),
        &expect![[r#"
            E0008 `Größe`: `Größe` needs backticks
              write `` `Größe` ``: bare names have the letters A to Z, digits and `_`
        "#]],
    );
    check_problems(
        r#"flow größe { }"#,
        &expect![[r#"
            E0401 `flow größe`: the flow does not say where its rows come from
              begin it with `from SOURCE`
            E0008 `größe`: `größe` is no name here
              names have the letters A to Z, digits and `_`
        "#]],
    );
    check_problems(
        &in_step(r#"balance = .5"#),
        &expect![[r#"
            E0001 `.`: `.` can't stand here
              expected a value
        "#]],
    );
    check_problems(
        &in_step(r#"preferred_locales[99999999999] = "a""#),
        &expect![[r#"
            E0006 `[99999999999]`: this index is too large
        "#]],
    );
}

#[test]
fn lines_end_where_people_end_them() {
    check_problems(
        &in_step(
            r#"name = Name
  | trim
  ?? Email
  # a comment between
  | upper"#,
        ),
        &expect![[""]],
    );
    check_problems(
        &in_step(
            r#"name = Name |
  trim"#,
        ),
        &expect![[""]],
    );
    check_problems(&in_step(r#"email = Email; name = Name;"#), &expect![[""]]);
    check_problems(
        &in_step(
            r#"name = replace(
  Name, # what

  "a",
  "b"
)"#,
        ),
        &expect![[""]],
    );
    check_problems(
        &in_step(
            r#"name = if Active
  then "a"
  else "b""#,
        ),
        &expect![[""]],
    );
    check_problems(
        &in_step(
            r#"metadata = {
  a: 1
  b: 2,
  c: 3
}"#,
        ),
        &expect![""],
    );
    check_problems(
        &in_step(
            r#"preferred_locales = [
  "a",
  "b",
]"#,
        ),
        &expect![[""]],
    );
    check_problems(
        &in_step(
            r#"name = match Status {
  "a" => "b"
  else => "c"
}"#,
        ),
        &expect![[""]],
    );
    check_problems(
        &in_flow(
            r#"require Active
  else "x"
upsert customer as c
  by email
{
  email = Email
}"#,
        ),
        &expect![[r#"
            E0003 ``: `upsert` has no block
              expected a block in `{ }`
            E0002 `by`: unknown statement `by`
              here can stand: `from`, `key`, `let`, `require`, `find`, `create`, `update`, `upsert`, `mirror`, `de
            E0002 `{`: a statement can't begin with `{`
              here can stand: `from`, `key`, `let`, `require`, `find`, `create`, `update`, `upsert`, `mirror`, `de
        "#]],
    );
    check_problems(
        &in_flow(r#"upsert customer by email { email = Email } create invoice { customer = "c" }"#),
        &expect![[r#"
            E0001 `create`: `create` can't stand here
              expected the end of the line
        "#]],
    );
    check_problems(
        r#"source s = csv("a.csv") source t = csv("b.csv")"#,
        &expect![[r#"
            E0001 `source`: `source` can't stand here
              expected a block of columns, or the end of the line
        "#]],
    );
}

#[test]
fn lines_that_nothing_begins_with() {
    check_problems(
        r#"flw a { }
import x
"text"
12
(
"#,
        &expect![[r#"
            E0002 `flw`: unknown statement `flw`
              here can stand: `account`, `source`, `use`, `let`, `fn`, `flow`, `test`
              did you mean `flow`?
            E0002 `import`: unknown statement `import`
              here can stand: `account`, `source`, `use`, `let`, `fn`, `flow`, `test`
            E0002 `"text"`: a declaration can't begin with a text
              here can stand: `account`, `source`, `use`, `let`, `fn`, `flow`, `test`
            E0002 `12`: a declaration can't begin with a number
              here can stand: `account`, `source`, `use`, `let`, `fn`, `flow`, `test`
            E0002 `(`: a declaration can't begin with `(`
              here can stand: `account`, `source`, `use`, `let`, `fn`, `flow`, `test`
        "#]],
    );
    check_problems(
        &in_flow(
            r#"guard plan.creates <= 1 else "x"
every 1h
each row {
  create x { }
}
foo = 1
= 2
`a` = 1"#,
        ),
        &expect![[r#"
            E0409 `each row`: `each row` needs a group
              write `from SOURCE group by …`; without it, every step is done for each row anyway
            E0103 `x`: Stripe has no resource `x`
              `sheetflow resources` lists all resources
            E0002 `foo`: unknown statement `foo`
              here can stand: `from`, `key`, `let`, `require`, `find`, `create`, `update`, `upsert`, `mirror`, `de
            E0002 `=`: a statement can't begin with `=`
              here can stand: `from`, `key`, `let`, `require`, `find`, `create`, `update`, `upsert`, `mirror`, `de
            E0002 ``a``: a statement can't begin with a column
              here can stand: `from`, `key`, `let`, `require`, `find`, `create`, `update`, `upsert`, `mirror`, `de
        "#]],
    );
    check_problems(
        &in_step(
            r#"= 1
"a" = 2
1 = 2
`a` = 3
let x = 1"#,
        ),
        &expect![[r#"
            E0004 `{`: this `{` is never closed
              expected `}` here at the latest
            E0002 `=`: this line fills no field
              expected a field's name
              in a step's block each line is `field = value`, such as `name = Name`
            E0002 `"a"`: this line fills no field
              expected a field's name
              in a step's block each line is `field = value`, such as `name = Name`
            E0002 `1`: this line fills no field
              expected a field's name
              in a step's block each line is `field = value`, such as `name = Name`
            E0002 ``a``: this line fills no field
              expected a field's name
              in a step's block each line is `field = value`, such as `name = Name`
            E0004 `}`: this `}` closes nothing
        "#]],
    );
    check_problems(
        r#"account a {
 key = env("A")
 = 2
 "x"
}
source s = csv("x") {
 12
}"#,
        &expect![[r#"
            E0002 `=`: a setting can't begin with `=`
              here can stand: `key`, `mode`, `timeout`, `rate`
            E0002 `"x"`: a setting can't begin with a text
              here can stand: `key`, `mode`, `timeout`, `rate`
            E0002 `12`: this declares no column
              expected a column, such as `Amount: decimal`
        "#]],
    );
}
