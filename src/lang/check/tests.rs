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
