use expect_test::{Expect, expect};

use crate::lang::check::hash;
use crate::lang::check::testing::{in_flow, in_step, program};
use crate::lang::program::{Flow, MatchField, Several, Statement};

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

fn flow(text: &str) -> Flow {
    let program = program(text);
    Flow::clone(program.flows.first().expect("there is a flow"))
}

/// Shows the bindings of all steps: Stripe's name and the expression in one way of writing.
fn check_bindings(text: &str, expected: &Expect) {
    let shown: String = flow(text)
        .steps()
        .flat_map(|step| &step.bindings)
        .filter(|binding| binding.name != "metadata[no]")
        .map(|binding| format!("{} = {}\n", binding.name, hash::expression(&binding.value)))
        .collect();
    expected.assert_eq(&shown);
}

#[test]
fn the_quickstart_becomes_a_program() {
    let flow = flow(QUICKSTART);
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

#[test]
fn operators_bind_as_people_read_them() {
    check_bindings(
        &in_step(
            r#"name = First ?? Name | trim
email = if not Email | trim is empty and Quantity + 1 * 2 > 3 or Active then "a" else "b"
balance = -Quantity - 2 - 1
description = Name
  | trim # the name
  | upper
phone = match Country { "DE", "AT" => "49", else => Other } | trim"#,
        ),
        &expect![[r#"
            name = call trim(Otherwise(column"First",column"Name",),)
            email = if(Or(And(Not(emptyfalse(call trim(column"Email",),),),Greater(Add(column"Quantity",Multiply(Integer(1),Integer(2),),),Integer(3),),),column"Active",),Text("a"),Text("b"),)
            balance = Subtract(Subtract(Negate(column"Quantity",),Integer(2),),Integer(1),)
            description = call upper(call trim(column"Name",),)
            phone = call trim(match[2]true(column"Country",Text("DE"),Text("AT"),Text("49"),column"Other",),)
        "#]],
    );
}

#[test]
fn literals_say_what_they_mean() {
    check_bindings(
        &in_step(
            r#"description = "{Name}\n\t\"\\\{\}\u{20AC} {"in {First | upper}"} }"
name = 'raw \d "{x}"'
email = ""
balance = -1_000
metadata.a = 250_000.00
metadata.b = [2026-01-31, true, null, 9223372036854775808][3]
metadata.`two words` = { a: 1, `b c`: "x", "d": 'y' }.a
metadata["three"] = row["Customer no"]"#,
        ),
        &expect![[r#"
            description = text[None, Some("\n\t\"\\{}€ "), None, Some(" }")](column"Name",text[Some("in "), None](call upper(column"First",),),)
            name = Text("raw \\d \"{x}\"")
            email = Text("")
            balance = Integer(-1000)
            metadata[a] = Decimal(250000.00)
            metadata[b] = item(list(Date(2026-01-31),Boolean(true),Null,Decimal(9223372036854775808),),Integer(3),)
            metadata[two words] = member"a"(record["a", "b c", "d"](Integer(1),Text("x"),Text("y"),),)
            metadata[three] = column"Customer no"
        "#]],
    );
}

#[test]
fn records_fill_their_fields_and_lists_stay_whole() {
    check_bindings(
        &in_step(
            "address = { line1: Street, city: \"x\" }\nshipping = { name: Name, address: { line1: Street } }\n\
             preferred_locales = [\"de\", Other]\ninvoice_settings.custom_fields = [{ name: \"No\", value: Name }]\n\
             metadata = { a: Name }",
        ),
        &expect![[r#"
            address[line1] = column"Street"
            address[city] = Text("x")
            shipping[name] = column"Name"
            shipping[address][line1] = column"Street"
            preferred_locales = list(Text("de"),column"Other",)
            invoice_settings[custom_fields] = list(record["name", "value"](Text("No"),column"Name",),)
            metadata[a] = column"Name"
        "#]],
    );
}

#[test]
fn constants_are_copied_into_what_uses_them() {
    let text = format!(
        "let prefix = \"c-\"\nlet full = \"{{prefix}}x\"\n{}",
        in_step("name = full\nemail = \"{prefix}{Email}\"")
    );
    check_bindings(
        &text,
        &expect![[r#"
        name = text[None, Some("x")](Text("c-"),)
        email = text[None, None](Text("c-"),column"Email",)
    "#]],
    );
}

#[test]
fn keys_hold_the_values_of_let_themselves() {
    let flow = flow(
        "source s = csv(\"a.csv\")\nflow f {\n  from s\n  let mail = Email | trim\n  key mail, Name\n  \
         upsert customer by email { email = mail }\n}\n",
    );
    let key: Vec<String> = flow.key.iter().map(hash::expression).collect();
    expect![[r#"
        call trim(column"Email",)
        column"Name""#]]
    .assert_eq(&key.join("\n"));
    assert_eq!(flow.locals, 1);
    assert!(matches!(flow.body.first(), Some(Statement::Let { local: 0, .. })));
}

#[test]
fn steps_have_names_that_stay() {
    let flow = flow(&in_flow(
        "create customer { email = Email }\ncreate customer as customer_2 { email = Email }\n\
         create customer { email = Email }\ncreate invoice { customer = customer_2.id }",
    ));
    let names: Vec<&str> = flow.steps().map(|step| &*step.name).collect();
    assert_eq!(names, ["customer", "customer_2", "customer_3", "invoice"]);
}

#[test]
fn objects_are_recognised_by_id_filter_metadata_or_field() {
    let flow = flow(&in_flow(
        "upsert customer by id = Other { email = Email }\nupsert customer by email newest { email = Email }\n\
         upsert customer by metadata.crm oldest { metadata.crm = Name }\nupsert customer by name = Name { email = Email }",
    ));
    let matching: Vec<(MatchField, Several)> = flow
        .steps()
        .filter_map(|step| step.matching.as_ref())
        .map(|matching| (matching.field.clone(), matching.several))
        .collect();
    assert_eq!(
        matching,
        [
            (MatchField::Id, Several::Reject),
            (MatchField::Filter("email"), Several::Newest),
            (MatchField::Metadata("crm".to_owned()), Several::Oldest),
            (MatchField::Field(vec!["name".to_owned()]), Several::Reject),
        ]
    );
}

#[test]
fn flows_run_after_those_that_they_name_and_else_as_written() {
    let program = program(
        "source s = csv(\"a.csv\")\nflow d after b { from s }\nflow a { from s }\nflow b after c { from s }\nflow c { from s }\n",
    );
    let names: Vec<&str> = program.flows.iter().map(|flow| &*flow.name).collect();
    assert_eq!(names, ["a", "c", "b", "d"]);
}

#[test]
fn the_hash_sees_what_is_sent_and_nothing_else() {
    let base = in_step("name = Name | trim");
    let hash = |text: &str| flow(text).hash;
    let same = [
        format!("# a comment\n\n{base}"),
        base.replace("name = Name | trim", "name = trim( Name )  # the same"),
        format!("let unused = 1\n{base}"),
        base.replace("flow a", "## described\nflow a"),
    ];
    for text in same {
        assert_eq!(hash(&text), hash(&base), "{text}");
    }
    let different = [
        base.replace("Name | trim", "Name | lower"),
        base.replace("Name | trim", "First | trim"),
        base.replace("key Email", "key Name"),
        base.replace("from customers", "from customers where Active"),
        base.replace("metadata.no", "metadata.number"),
        base.replace(
            "csv(\"customers.csv\")",
            "csv(\"customers.csv\") { Quantity: integer }",
        ),
        base.replace("upsert customer by", "upsert customer as c by"),
        format!("account main {{ key = env(\"A\") }}\n{base}"),
    ];
    for text in different {
        assert_ne!(hash(&text), hash(&base), "{text}");
    }
}

#[test]
fn a_constant_is_part_of_the_hash() {
    let text = |value: &str| format!("let tag = \"{value}\"\n{}", in_step("name = tag"));
    assert_ne!(flow(&text("a")).hash, flow(&text("b")).hash);
}

#[test]
fn the_frame_sees_what_stops_a_run_and_what_it_leaves_and_nothing_else() {
    let base = in_step("name = Name");
    let frame = |text: &str| flow(text).frame;
    let guarded = |most: u32| {
        base.replace(
            "key Email",
            &format!("key Email\n  guard plan.creates <= {most} else \"many\""),
        )
    };
    assert_eq!(frame(&base), frame(&in_step("name = First")));
    assert_eq!(frame(&guarded(5)), frame(&format!("# a comment\n{}", guarded(5))));
    assert_eq!(flow(&guarded(5)).hash, flow(&base).hash);
    assert_ne!(frame(&guarded(5)), frame(&base));
    assert_ne!(frame(&guarded(5)), frame(&guarded(6)));
    assert_ne!(
        frame(&base),
        frame(&base.replace("key Email", "key Email\n  stop after 3 errors"))
    );
}
