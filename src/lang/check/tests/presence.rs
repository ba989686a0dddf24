use expect_test::expect;

use crate::lang::check::testing::{check_problems, in_flow, program};
use crate::lang::program::{Presence, Statement};

/// Gives what is known of the last `let` of a flow with these lines.
fn last(lines: &str) -> (Presence, bool) {
    let program = program(&in_flow(lines));
    let found = program.flows.iter().flat_map(|flow| &flow.body);
    let mut values = found.filter_map(|statement| match statement {
        Statement::Let { value, .. } => Some((value.presence, value.may_fail)),
        _ => None,
    });
    values.next_back().expect("a `let`")
}

#[test]
fn columns_may_be_empty_and_literals_never_are() {
    for (value, presence) in [
        ("\"a\"", Presence::Always),
        ("\" \"", Presence::Perhaps),
        ("Name", Presence::Perhaps),
        ("\"{Name}\"", Presence::Perhaps),
        ("\"Dear {Name}\"", Presence::Always),
        ("Name | trim", Presence::Perhaps),
        ("Name ?? \"unknown\"", Presence::Always),
        ("Name ?? Email", Presence::Perhaps),
        ("Name is empty", Presence::Always),
        ("Amount * 2", Presence::Perhaps),
        ("count([Name])", Presence::Always),
        ("extract(\"a\", 'b')", Presence::Perhaps),
        ("if Name is empty then \"unknown\" else Name", Presence::Always),
        ("if Name is empty then \"unknown\" else Email", Presence::Perhaps),
        (
            "if Name is not empty and Email is not empty then Email else \"none\"",
            Presence::Always,
        ),
        ("match Name { \"a\" => 1, else => null }", Presence::Perhaps),
    ] {
        assert_eq!(last(&format!("let found = {value}")).0, presence, "{value}");
    }
}

#[test]
fn a_requirement_holds_for_the_statements_below_it() {
    assert_eq!(
        last("require Name is not empty else \"no name\"\nlet found = Name | trim").0,
        Presence::Always
    );
    assert_eq!(
        last("if Name is not empty { let a = 1 }\nlet found = Name").0,
        Presence::Perhaps
    );
}

#[test]
fn answers_may_be_null_where_stripe_says_so() {
    let found = "find invoice as bill by id = Name\n";
    assert_eq!(last(&format!("{found}let a = bill.id")).0, Presence::Always);
    let url = format!("{found}let a = bill.hosted_invoice_url");
    assert_eq!(last(&url).0, Presence::Nullable);
    let sure = format!(
        "{found}ensure bill.hosted_invoice_url is not empty else \"none\"\nlet a = bill.hosted_invoice_url"
    );
    assert_eq!(last(&sure).0, Presence::Always);
    let again = format!(
        "{found}ensure bill.hosted_invoice_url is not empty else \"none\"\nrefresh bill\nlet a = bill.hosted_invoice_url"
    );
    assert_eq!(last(&again).0, Presence::Nullable);
    let none = "find invoice as bill by id = Name else null\n";
    assert_eq!(last(&format!("{none}let a = bill.id")).0, Presence::Nullable);
    let sure = format!("{none}ensure bill is not empty else \"none\"\nlet a = bill.id");
    assert_eq!(last(&sure).0, Presence::Always);
}

#[test]
fn what_reads_numbers_and_dates_may_fail() {
    for (value, may_fail) in [
        ("Name | trim | lower", false),
        ("\"a\"", false),
        ("Amount", true),
        ("cents(1, \"usd\")", true),
        ("match Name { \"a\" => 1 }", true),
        ("match Name { \"a\" => 1, else => 2 }", false),
    ] {
        assert_eq!(last(&format!("let found = {value}")).1, may_fail, "{value}");
    }
}

#[test]
fn a_required_field_is_not_left_to_an_answer_that_may_be_null() {
    let step = |customer: &str| {
        in_flow(&format!(
            "find charge as payment by id = Name\ncreate invoiceitem {{\n  customer = {customer}\n  amount = 1\n  currency = Country\n  description = payment.description\n}}"
        ))
    };
    check_problems(
        &step("payment.customer"),
        &expect![[r#"
        E0308 `payment.customer`: Stripe wants `customer`, and may have answered with null here
          make sure of it above, `ensure … is not empty else "…"`, or give another value: `… ?? …`
    "#]],
    );
    check_problems(&step("payment.customer ?? \"cus_1\""), &expect![[r#""#]]);
}

#[test]
fn messages_say_where_stripe_may_answer_with_null() {
    check_problems(
        &in_flow("find invoice as bill by id = Name\nrequire bill.hosted_invoice_url else \"none\""),
        &expect![[r#"
            E0208 `bill.hosted_invoice_url`: this is a text, or null, not a condition
              expected something true or false
              compare it (`Status == "active"`), or ask `is not empty`
        "#]],
    );
}
