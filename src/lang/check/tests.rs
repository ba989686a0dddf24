use super::testing::program;

const QUICKSTART: &str = r#"
source customers = xlsx("customers.xlsx", sheet: "Customers")

## One customer for each row.
flow customers {
  from customers where Status == "active"
  key  `Customer no`

  require Email is not empty else "no e-mail address"

  upsert customer by email {
    email           = Email | trim | lower
    name            = Name
    address.line1   = Street
    address.country = Country | upper
    metadata.crm_id = `Customer no`
  }
}
"#;

#[test]
fn the_quickstart_becomes_a_program() {
    let program = program(QUICKSTART);
    let flow = &program.flows[0];
    let names: Vec<&str> = flow
        .steps()
        .flat_map(|step| &step.bindings)
        .map(|binding| binding.name.as_str())
        .collect();
    assert_eq!(
        names,
        [
            "email",
            "name",
            "address[line1]",
            "address[country]",
            "metadata[crm_id]"
        ]
    );
    assert_eq!(flow.description.as_deref(), Some("One customer for each row."));
}

fn check(text: &str, expected: &Expect) {
    expected.assert_eq(&problems(text));
}

#[test]
fn an_unknown_field_has_its_nearest_name() {
    check(
        &in_step("    emial = Email"),
        &expect![[r#"
        error[E0104]: `customers.create` has no field `emial`
         --> a.flow:7:5
          |
        7 |     emial = Email
          |     ^^^^^
          |
          = note: fields: `address`, `balance`, `business_name`, `cash_balance`, `description`, `email`, `expand`, `individual_name`, `invoice_prefix`, `invoice_settings`, `metadata`, `name`, `next_invoice_sequence`, `payment_method`, `phone`, `preferred_locales`, `shipping`, `source`, `tax`, `tax_exempt`, `tax_id_data`, `test_clock`, `validate`
          = help: did you mean `email`?

    "#]],
    );
}

#[test]
fn an_unknown_column_lists_those_that_are_there() {
    check(
        &in_step("    email = Emial"),
        &expect![[r#"
        error[E0101]: there is no column `Emial` in `customers`
         --> a.flow:7:13
          |
        7 |     email = Emial
          |             ^^^^^
          |
          = note: columns of customers.csv: `Customer no`, `Email`, `Name`, `First name`, `First`, `name`, `Street`, `Country`, `Currency`, `Status`, `Active`, `Amount`, `Quantity`, `Due`, `Größe`, `Other`
          = help: did you mean `Email`?

    "#]],
    );
}

#[test]
fn a_value_outside_an_enum_is_found_inside_a_condition_too() {
    check(
        &in_step("    tax_exempt = if Email is empty then \"none\" else \"exmept\""),
        &expect![[r#"
            error[E0203]: `tax_exempt` does not take `"exmept"`
             --> a.flow:7:53
              |
            7 |     tax_exempt = if Email is empty then "none" else "exmept"
              |                                                     ^^^^^^^^
              |
              = note: it takes: `exempt`, `none`, `reverse`
              = help: did you mean `exempt`?

        "#]],
    );
}

#[test]
fn a_create_needs_a_key() {
    let text = "source customers = csv(\"customers.csv\")\nflow a {\n  from customers\n  create customer { email = Email }\n}\n";
    check(
        text,
        &expect![[r#"
        error[E0402]: `create` needs a `key` in its flow, or a second run could not tell what was sent already
         --> a.flow:4:3
          |
        4 |   create customer { email = Email }
          |   ^^^^^^^^^^^^^^^
          |
          = help: name the columns that identify a row for ever, such as key `Customer no`

    "#]],
    );
}

#[test]
fn what_can_not_be_looked_up_says_what_can() {
    check(
        &in_flow("  upsert customer by payment_method { payment_method = Email }"),
        &expect![[r#"
            error[E0304]: a customer can't be looked up by `payment_method`
             --> a.flow:5:22
              |
            5 |   upsert customer by payment_method { payment_method = Email }
              |                      ^^^^^^^^^^^^^^
              |
              = note: it can be looked up by: `id`, `email`, `test_clock`, `business_name`, `customer_account`, `default_source`, `description`, `individual_name`, `invoice_prefix`, `metadata.NAME`, `name`, `phone`

        "#]],
    );
}
