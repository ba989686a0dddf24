use expect_test::expect;

use crate::lang::check::testing::{check_problems, in_flow, in_step};

#[test]
fn what_can_be_the_type_of_a_field_is_accepted() {
    check_problems(
        &in_step(
            r#"balance = Quantity
balance_ = 1"#,
        ),
        &expect![[r#"
            E0209 `Quantity`: `balance` takes minor units, and nothing says that this column holds them
              convert it: `cents(Amount, Currency)`; when it holds minor units already: `integer(Amount)`
            E0104 `balance_`: `customers.create` has no field `balance_`
              fields: `address`, `balance`, `business_name`, `cash_balance`, `description`, `email`, `expand`, `in
              did you mean `balance`?
        "#]],
    );
    check_problems(
        &in_step(
            r#"balance = Name; email = 7; description = Due; phone = "{Due}"; name = Other; test_clock = null; validate = Active; address.line1 = Amount; next_invoice_sequence = "7""#,
        ),
        &expect![[r#"
            E0209 `Name`: `balance` takes minor units, and nothing says that this column holds them
              convert it: `cents(Amount, Currency)`; when it holds minor units already: `integer(Amount)`
        "#]],
    );
    check_problems(
        &in_flow(
            r#"create invoice { customer = "c"; due_date = Due; auto_advance = true; currency = "USD"; automatically_finalizes_at = "2026-01-31" }"#,
        ),
        &expect![[""]],
    );
}

#[test]
fn what_is_sure_to_be_wrong_is_refused() {
    check_problems(
        &in_step(r#"balance = Due"#),
        &expect![[r#"
            E0201 `Due`: `balance` takes a whole number, and this is a date
        "#]],
    );
    check_problems(
        &in_step(r#"balance = "12,00""#),
        &expect![[r#"
            E0201 `"12,00"`: `balance` takes a whole number, and `"12,00"` is not
        "#]],
    );
    check_problems(
        &in_step(r#"balance = Active"#),
        &expect![[r#"
            E0201 `Active`: `balance` takes a whole number, and this is a boolean
        "#]],
    );
    check_problems(
        &in_step(r#"validate = "true""#),
        &expect![[r#"
            E0201 `"true"`: `validate` takes `true` or `false`, and `"true"` is not
              without quotes: `true`
        "#]],
    );
    check_problems(
        &in_step(r#"validate = Name"#),
        &expect![[r#"
            E0201 `Name`: `validate` takes `true` or `false`, and this is a text
        "#]],
    );
    check_problems(
        &in_step(r#"email = ["a"]"#),
        &expect![[r#"
            E0201 `["a"]`: `email` takes a text, and this is a list
        "#]],
    );
    check_problems(
        &in_step(r#"email = { a: 1 }"#),
        &expect![[r#"
            E0201 `{ a: 1 }`: `email` takes a text, and this is a record
        "#]],
    );
    check_problems(
        &in_step(r#"address = "x""#),
        &expect![[r#"
            E0201 `"x"`: `address` takes fields of its own, and `"x"` is not
              name the field inside: `address.… = …`
        "#]],
    );
    check_problems(
        &in_step(r#"address = Name"#),
        &expect![[r#"
            E0201 `Name`: `address` takes fields of its own, and this is a text
              name the field inside: `address.… = …`
        "#]],
    );
    check_problems(
        &in_step(r#"preferred_locales = Name"#),
        &expect![[r#"
            E0201 `Name`: `preferred_locales` takes a list, and this is a text
              name the item: `preferred_locales[0] = …`, or write a list: `[…]`
        "#]],
    );
    check_problems(
        &in_step(r#"tax_exempt = 1"#),
        &expect![[r#"
            E0201 `1`: `tax_exempt` takes one of a few words, and this is an integer
              the words: `exempt`, `none`, `reverse`
        "#]],
    );
    check_problems(
        &in_step(r#"tax_exempt = Active"#),
        &expect![[r#"
            E0201 `Active`: `tax_exempt` takes one of a few words, and this is a boolean
              the words: `exempt`, `none`, `reverse`
        "#]],
    );
    check_problems(
        &in_step(r#"preferred_locales = [["x"]]"#),
        &expect![[r#"
            E0201 `["x"]`: `preferred_locales[0]` takes a text, and this is a list
        "#]],
    );
    check_problems(
        &in_flow(r#"create subscription { customer = "c"; cancel_at = "tomorrow" }"#),
        &expect![[r#"
            E0203 `"tomorrow"`: `cancel_at` takes one of a few words or a date, and `"tomorrow"` is not
              the words: `max_billed_until`, `max_period_end`, `min_period_end`
        "#]],
    );
    check_problems(
        &in_flow(r#"create invoice { customer = "c"; currency = "dollar" }"#),
        &expect![[r#"
            E0203 `"dollar"`: `dollar` is no currency code
              expected three letters, such as `"usd"`
        "#]],
    );
    check_problems(
        &in_flow(r#"create invoice { customer = "c"; due_date = 1.5 }"#),
        &expect![[r#"
            E0201 `1.5`: `due_date` takes a date, and this is a decimal
        "#]],
    );
}

#[test]
fn decimals_are_no_minor_units() {
    check_problems(
        &in_step(r#"balance = Amount"#),
        &expect![[r#"
            E0202 `Amount`: `balance` takes whole minor units, and this is a decimal
              convert it: `cents(Amount, Currency)`; 12.50 USD is 1250
        "#]],
    );
    check_problems(
        &in_step(r#"balance = Amount * 100"#),
        &expect![[r#"
            E0202 `Amount * 100`: `balance` takes whole minor units, and this is a decimal
              convert it: `cents(Amount, Currency)`; 12.50 USD is 1250
        "#]],
    );
    check_problems(
        &in_step(r#"balance = 12.00"#),
        &expect![[r#"
            E0202 `12.00`: `balance` takes whole minor units, and this is a decimal
              convert it: `cents(Amount, Currency)`; 12.50 USD is 1250
        "#]],
    );
    check_problems(&in_step(r#"balance = cents(Amount, Currency)"#), &expect![[""]]);
    check_problems(
        &in_flow(
            r#"let total = Amount * 2
create invoiceitem { customer = "c"; amount = total; currency = Currency }"#,
        ),
        &expect![[r#"
            E0202 `total`: `amount` takes whole minor units, and this is a decimal
              convert it: `cents(Amount, Currency)`; 12.50 USD is 1250
        "#]],
    );
    check_problems(
        &in_flow(r#"create invoiceitem { customer = "c"; quantity = Amount }"#),
        &expect![[r#"
            E0201 `Amount`: `quantity` takes a whole number, and this is a decimal
              say how it becomes whole: `integer(…)`, `floor(…)`, `ceil(…)` or `integer(round(…))`
        "#]],
    );
}

#[test]
fn enums_are_checked_in_every_branch() {
    check_problems(
        &in_step(r#"tax_exempt = if Active then "exempt" else "non""#),
        &expect![[r#"
            E0203 `"non"`: `tax_exempt` does not take `"non"`
              it takes: `exempt`, `none`, `reverse`
              did you mean `none`?
        "#]],
    );
    check_problems(
        &in_step(r#"tax_exempt = match Status { "a" => "exmpt", "b" => null, else => "none" }"#),
        &expect![[r#"
            E0203 `"exmpt"`: `tax_exempt` does not take `"exmpt"`
              it takes: `exempt`, `none`, `reverse`
              did you mean `exempt`?
        "#]],
    );
    check_problems(
        &in_step(r#"tax_exempt = Other ?? "revers""#),
        &expect![[r#"
            E0203 `"revers"`: `tax_exempt` does not take `"revers"`
              it takes: `exempt`, `none`, `reverse`
              did you mean `reverse`?
        "#]],
    );
    check_problems(&in_step(r#"tax_exempt = Name"#), &expect![[""]]);
}

#[test]
fn operators_work_on_what_they_can() {
    check_problems(
        &in_step(r#"name = "a" + Name"#),
        &expect![[r#"
            E0206 `"a"`: `+` works on numbers, and this text is none
              to join texts, write them into one: `"{First} {Last}"`
        "#]],
    );
    check_problems(
        &in_step(r#"balance = Name * 2"#),
        &expect![[r#"
        E0209 `Name * 2`: `balance` takes minor units, and nothing says that this column holds them
          convert it: `cents(Amount, Currency)`; when it holds minor units already: `integer(Amount)`
    "#]],
    );
    check_problems(
        &in_step(r#"balance = Due - 1"#),
        &expect![[r#"
            E0206 `Due`: `-` works on numbers, and this is a date
              to move a date, use `add_days(Due, 14)` or `add_months(Due, 1)`
            E0209 `Due - 1`: `balance` takes minor units, and nothing says that this column holds them
              convert it: `cents(Amount, Currency)`; when it holds minor units already: `integer(Amount)`
        "#]],
    );
    check_problems(
        &in_step(r#"balance = -Active"#),
        &expect![[r#"
            E0209 `-Active`: `balance` takes minor units, and nothing says that this column holds them
              convert it: `cents(Amount, Currency)`; when it holds minor units already: `integer(Amount)`
            E0206 `Active`: `-` works on numbers, and this is a boolean
        "#]],
    );
    check_problems(
        &in_step(r#"balance = -"x""#),
        &expect![[r#"
            E0206 `"x"`: `-` works on numbers, and this text is none
              to join texts, write them into one: `"{First} {Last}"`
        "#]],
    );
    check_problems(
        &in_step(r#"description = "{[1]} {Active} {Other}""#),
        &expect![[r#"
            E0206 `[1]`: a list can't stand in a text
              join it first: `join(…, ", ")`
        "#]],
    );
    check_problems(
        &in_flow(r#"require Name and true else "x""#),
        &expect![[r#"
            E0208 `Name`: this is a text, not a condition
              expected something true or false
              compare it (`Status == "active"`), or ask `is not empty`
        "#]],
    );
    check_problems(
        &in_flow(r#"require not Email else "x""#),
        &expect![[r#"
            E0208 `Email`: this is a text, not a condition
              expected something true or false
              compare it (`Status == "active"`), or ask `is not empty`
        "#]],
    );
    check_problems(
        &in_flow(r#"require Active == "yes" else "x""#),
        &expect![[r#"
            E0206 `"yes"`: a boolean is compared with a text
              this is a boolean
              a boolean is `true` or `false`, without quotes
        "#]],
    );
    check_problems(
        &in_flow(r#"require Due > "31.01.2026" else "x""#),
        &expect![[r#"
            E0206 `"31.01.2026"`: a date is compared with a text
              this is a date
              a date is written `2026-01-31`
        "#]],
    );
    check_problems(
        &in_flow(r#"require Due > "2026-01-31" and Due < 2026-02-01 else "x""#),
        &expect![[""]],
    );
    check_problems(&in_flow(r#"require Quantity == "7" else "x""#), &expect![[""]]);
    check_problems(
        &in_flow(r#"require Active < true else "x""#),
        &expect![[r#"
            E0206 `Active`: `<` compares numbers, dates and texts, and this is a boolean
            E0206 `true`: `<` compares numbers, dates and texts, and this is a boolean
        "#]],
    );
    check_problems(
        &in_flow(r#"require Name in "abc" else "x""#),
        &expect![[r#"
            E0206 `"abc"`: `in` looks into a list, and this is a text
              to look into a text, use `contains(text, part)`
        "#]],
    );
    check_problems(
        &in_flow(r#"require Quantity in ["a", 1] else "x""#),
        &expect![[r#"
            E0206 `"a"`: an integer is compared with a text
              this is an integer
        "#]],
    );
    check_problems(
        &in_flow(r#"require Name in split(Other, ",") else "x""#),
        &expect![[""]],
    );
    check_problems(
        &in_flow(r#"require (if Name then true else false) else "x""#),
        &expect![[r#"
            E0208 `Name`: this is a text, not a condition
              expected something true or false
              compare it (`Status == "active"`), or ask `is not empty`
        "#]],
    );
}

#[test]
fn branches_of_match_can_be_reached_and_compared() {
    check_problems(
        &in_step(r#"name = match Quantity { 1 => "a", "b" => "c", else => "d", 2 => "e" }"#),
        &expect![[r#"
            E0206 `"b"`: an integer is compared with a text
              this is an integer
            E0403 `2 => "e"`: no row reaches this arm
              `else` is the last arm of a `match`
        "#]],
    );
}

#[test]
fn functions_get_what_they_want() {
    check_problems(
        &in_step(r#"name = replace(Name)"#),
        &expect![[r#"
            E0204 `replace(Name)`: `replace` takes 3 arguments, and gets 1
              it is used as `replace(text, old, new)`
        "#]],
    );
    check_problems(
        &in_step(r#"name = Name | replace("a", "b", "c")"#),
        &expect![[r#"
            E0204 `replace`: `replace` takes 3 arguments, and gets 4
              it is used as `replace(text, old, new)`
        "#]],
    );
    check_problems(
        &in_step(r#"name = trim()"#),
        &expect![[r#"
            E0204 `trim()`: `trim` takes 1 argument, and gets 0
              it is used as `trim(text)`
        "#]],
    );
    check_problems(
        &in_step(r#"name = max(1, 2, 3, "x")"#),
        &expect![[r#"
            E0205 `"x"`: `max` wants a number for `number`, and `"x"` is not
              it is used as `max(number, number …)`
        "#]],
    );
    check_problems(
        &in_step(r#"name = max()"#),
        &expect![[r#"
            E0204 `max()`: `max` takes at least 1 argument, and gets 0
              it is used as `max(number, number …)`
        "#]],
    );
    check_problems(
        &in_step(r#"name = max(13)"#),
        &expect![[r#"
            E0205 `13`: `max` can't use this: 13 is refused
        "#]],
    );
    check_problems(
        &in_step(r#"name = join(Name)"#),
        &expect![[r#"
            E0205 `Name`: `join` wants a list for `list`, and this is a text
              it is used as `join(list, [separator])`
        "#]],
    );
    check_problems(
        &in_step(r#"name = add_days(Quantity, 1)"#),
        &expect![[r#"
            E0205 `Quantity`: `add_days` wants a date for `date`, and this is an integer
              it is used as `add_days(date, days)`
        "#]],
    );
    check_problems(
        &in_step(r#"name = add_days("soon", "x")"#),
        &expect![[r#"
            E0205 `"soon"`: `add_days` wants a date for `date`, and `"soon"` is not
              it is used as `add_days(date, days)`
            E0205 `"x"`: `add_days` wants a whole number for `days`, and `"x"` is not
              it is used as `add_days(date, days)`
        "#]],
    );
    check_problems(
        &in_step(r#"name = round(Name, 1.5)"#),
        &expect![[r#"
            E0205 `1.5`: `round` wants a whole number for `decimals`, and this is a decimal
              it is used as `round(number, [decimals])`
        "#]],
    );
    check_problems(&in_step(r#"name = first([1, 2])"#), &expect![[""]]);
    check_problems(
        &in_step(r#"name = replace(text: Name, "a", "b")"#),
        &expect![[r#"
            E0204 `text`: functions take their arguments by place, so `text:` can't stand here
              leave the name out
        "#]],
    );
    check_problems(
        &in_step(r#"name = trim({ a: 1 })"#),
        &expect![[r#"
            E0205 `{ a: 1 }`: `trim` wants a text for `text`, and this is a record
              it is used as `trim(text)`
        "#]],
    );
}

#[test]
fn paths_lead_into_what_has_parts() {
    check_problems(
        &in_step(r#"email.domain = Name"#),
        &expect![[r#"
            E0207 `domain`: `email` is a plain value, so there is no `domain` in it
        "#]],
    );
    check_problems(
        &in_step(r#"address[0] = Name"#),
        &expect![[r#"
            E0207 `[0]`: `address` is no list, so it has no item `[0]`
        "#]],
    );
    check_problems(
        &in_step(r#"preferred_locales.de = Name"#),
        &expect![[r#"
            E0207 `de`: `preferred_locales` is a list
              say which item: `[0].de`
        "#]],
    );
    check_problems(
        &in_step(r#"invoice_settings.custom_fields.name = Name"#),
        &expect![[r#"
            E0207 `name`: `invoice_settings.custom_fields` is a list
              say which item: `[0].name`
        "#]],
    );
    check_problems(
        &in_step(r#"address.line1.x = Name"#),
        &expect![[r#"
            E0207 `x`: `address.line1` is a plain value, so there is no `x` in it
        "#]],
    );
    check_problems(
        &in_step(r#"address.lin1 = Name"#),
        &expect![[r#"
            E0104 `lin1`: `address` has no field `lin1`
              fields: `city`, `country`, `line1`, `line2`, `postal_code`, `state`
              did you mean `line1`?
        "#]],
    );
    check_problems(
        &in_step(r#"metadata.a.b = Name"#),
        &expect![[r#"
            E0207 `b`: `metadata.a` is a plain value, so there is no `b` in it
        "#]],
    );
    check_problems(
        &in_step(r#"address..line1 = Name"#),
        &expect![[r#"
            E0001 `.`: this part of the field's path can't be read
              expected `.name` or `[0]`
        "#]],
    );
    check_problems(
        &in_step(r#"preferred_locales[x] = Name"#),
        &expect![[r#"
            E0001 `[x]`: this part of the field's path can't be read
              expected `.name` or `[0]`
        "#]],
    );
    check_problems(
        &in_step(r#"name = Name.first"#),
        &expect![[r#"
            E0207 `first`: a text has no parts, so there is no `first`
              this is a text
        "#]],
    );
    check_problems(
        &in_step(r#"name = Name[0]"#),
        &expect![[r#"
            E0207 `0`: a text has no items
              this is a text
        "#]],
    );
    check_problems(&in_step(r#"name = Other.a.b[0].c"#), &expect![[""]]);
    check_problems(
        &in_step(r#"name = first(split(Name, ",")).x"#),
        &expect![[r#"
            E0207 `x`: a text has no parts, so there is no `x`
              this is a text
        "#]],
    );
    check_problems(
        &in_flow(
            r#"create customer as c { email = Email }
create invoice { customer = c.email.x; description = c.sources.data[0].id; footer = c.metadata.a; number = c.tax.id; statement_descriptor = c.preferred_locales.x }"#,
        ),
        &expect![[r#"
            E0207 `x`: a text has no parts, so there is no `x`
              this is a text
            E0105 `id`: a record has no field `id`
              fields: `automatic_tax`, `ip_address`, `location`, `provider`
            E0207 `x`: a list has no parts, so there is no `x`
              this is a list
              say which item: `[0]`
        "#]],
    );
    check_problems(
        &in_flow(
            r#"create customer as c { email = Email }
create invoice { customer = c.id; description = c.sources[0].id; footer = c.preferred_locales[Name]; number = c.preferred_locales[-1] }"#,
        ),
        &expect![[r#"
            E0207 `0`: a record has no items
              this is a record
            E0207 `-1`: this can't be an index
              expected a whole number from 0
        "#]],
    );
    check_problems(&in_step(r#"name = split(Name, ",")[0]"#), &expect![[""]]);
    check_problems(
        &in_step(r#"name = 30s"#),
        &expect![[r#"
            E0504 `30s`: durations and rates are for settings
              to move a date, use `add_days(Due, 14)`
        "#]],
    );
}
