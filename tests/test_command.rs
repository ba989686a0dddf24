//! `sheetflow test`: what a person, a script and a server that runs tests see.

use expect_test::expect;

use crate::support::Project;

const CUSTOMERS: &str = r#"
source customers = csv("customers.csv")

source countries = csv("countries.csv")

flow customers {
  from customers where Status == "active"
  key  No

  let address = Email | trim

  require address is not empty else "no e-mail address"

  upsert customer by email {
    email           = address | lower
    name            = Name
    phone           = Phone | replace(" ", "") | pad(6, "0")
    address.country = lookup(countries, "Country", Country, "Code")
    metadata.no     = No
  }
}
"#;

/// A project of customers with these tests.
fn project(tests: &str) -> Project {
    Project::new(&[
        ("customers.csv", "No,Name,Email,Phone,Status,Country\n"),
        ("countries.csv", "Country,Code\nFrance,FR\n"),
        ("customers.flow", CUSTOMERS),
        ("customers.test.flow", tests),
    ])
}

#[test]
fn a_suite_that_passes_names_its_tests() {
    let project = project(
        r#"
test "addresses are cleaned" for customers {
  given  { No: 7  Email: " Ann@Example.COM "  Status: "active"  Country: "Ukraine" }
  given countries { Country: "Ukraine"  Code: "UA" }
  expect customer {
    email       = "ann@example.com"
    metadata.no = 7
    name        = null
    address     = { country: "UA" }
  }
  expect request POST "/v1/customers" { address.country = "UA" }
  expect Email | trim | length == 15
}

test "inactive customers are passed over, and those without an address rejected" for customers {
  given { No: "7"  Email: "ann@example.com" }
  given { No: "8"  Status: "active" }
  expect rejected "no e-mail"
}
"#,
    );
    let outcome = project.run(&["test"]);
    expect![[r#"
        flow customers
          passed  addresses are cleaned
          passed  inactive customers are passed over, and those without an address rejected

        tests: 2 passed
    "#]]
    .assert_eq(&outcome.stdout);
    assert_eq!((outcome.status, outcome.stderr.as_str()), (Some(0), ""));
    assert!(!project.path(".sheetflow").exists(), "nothing is kept");
}

const FAILING: &str = r#"
test "addresses are cleaned" for customers {
  given  { No: "7"  Email: " Ann@Example.COM "  Phone: "1 2"  Status: "active" }
  expect customer {
    email = "ann@example.org"
    phone = "12"
    name  = "Ann"
  }
}

test "nobody is rejected" for customers {
  given  { No: "7"  Email: " "  Status: "active" }
  expect customer { email = "ann@example.com" }
}

test "all is well" for customers {
  given  { No: "7"  Email: "ann@example.com"  Status: "active" }
  expect customer { email = "ann@example.com" }
}
"#;

#[test]
fn a_failure_shows_expected_and_found_and_the_value_behind_each_stage_of_its_pipe() {
    let outcome = project(FAILING).run(&["test"]);
    expect![[r#"
        flow customers
          failed  addresses are cleaned
          failed  nobody is rejected
          passed  all is well

        error[E0601]: the step `customer` asks for something else
         --> ./customers.test.flow:5:5
          |
        5 |     email = "ann@example.org"
          |     ^^^^^ expected "ann@example.org", found "ann@example.com"
        6 |     phone = "12"
          |     ----- expected "12", found "000012"
        7 |     name  = "Ann"
          |     ---- expected "Ann", found nothing
          |
          = note: email: " Ann@Example.COM " | trim -> "Ann@Example.COM" | lower -> "ann@example.com"
          = note: phone: "1 2" | replace(" ", "") -> "12" | pad(6, "0") -> "000012"

        error[E0601]: no record gets to the step `customer`
          --> ./customers.test.flow:13:3
           |
        13 |   expect customer { email = "ann@example.com" }
           |   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
           |
           = note: rejected: customers.test.flow, line 12, column Email: no e-mail address

        tests: 1 passed, 2 failed
    "#]]
    .assert_eq(&outcome.stdout);
    assert_eq!((outcome.status, outcome.stderr.as_str()), (Some(1), ""));
}

#[test]
fn programs_get_an_object_for_each_test() {
    let outcome = project(FAILING).run(&["test", "--filter", "CLEANED", "--format", "json"]);
    expect![[r#"
        {
          "passed": 0,
          "failed": 1,
          "tests": [
            {
              "name": "addresses are cleaned",
              "flow": "customers",
              "file": "./customers.test.flow",
              "line": 2,
              "passed": false,
              "failures": [
                {
                  "message": "the step `customer` asks for something else",
                  "line": 4,
                  "fields": [
                    {
                      "field": "email",
                      "line": 5,
                      "expected": "\"ann@example.org\"",
                      "found": "\"ann@example.com\"",
                      "stages": [
                        {
                          "stage": "Email",
                          "value": "\" Ann@Example.COM \""
                        },
                        {
                          "stage": "trim",
                          "value": "\"Ann@Example.COM\""
                        },
                        {
                          "stage": "lower",
                          "value": "\"ann@example.com\""
                        }
                      ]
                    },
                    {
                      "field": "phone",
                      "line": 6,
                      "expected": "\"12\"",
                      "found": "\"000012\"",
                      "stages": [
                        {
                          "stage": "Phone",
                          "value": "\"1 2\""
                        },
                        {
                          "stage": "replace(\" \", \"\")",
                          "value": "\"12\""
                        },
                        {
                          "stage": "pad(6, \"0\")",
                          "value": "\"000012\""
                        }
                      ]
                    },
                    {
                      "field": "name",
                      "line": 7,
                      "expected": "\"Ann\"",
                      "found": "nothing",
                      "stages": []
                    }
                  ],
                  "notes": []
                }
              ]
            }
          ]
        }
    "#]]
    .assert_eq(&outcome.stdout);
    assert_eq!(outcome.status, Some(1));
}

#[test]
fn servers_that_run_tests_get_junit() {
    let project = project(FAILING);
    let outcome = project.run(&["test", "--filter", "is", "--junit", "tests.xml"]);
    assert_eq!(outcome.status, Some(1), "{outcome:?}");
    let report = std::fs::read_to_string(project.path("tests.xml")).expect("it is written");
    // How long a test takes is the only thing that differs from run to run.
    let report: Vec<&str> = report.split(" time=\"").collect();
    let report: String = report
        .iter()
        .enumerate()
        .map(|(index, part)| match index {
            0 => part,
            _ => part.split_once('"').map_or("", |(_, rest)| rest),
        })
        .collect();
    expect![[r#"
        <?xml version="1.0" encoding="UTF-8"?>
        <testsuites name="sheetflow" tests="2" failures="1">
          <testsuite name="customers" tests="2" failures="1">
            <testcase name="nobody is rejected" classname="customers" file="./customers.test.flow" line="11">
              <failure message="no record gets to the step `customer`">error[E0601]: no record gets to the step `customer`
          --&gt; ./customers.test.flow:13:3
           |
        13 |   expect customer { email = &quot;ann@example.com&quot; }
           |   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
           |
           = note: rejected: customers.test.flow, line 12, column Email: no e-mail address</failure>
            </testcase>
            <testcase name="all is well" classname="customers" file="./customers.test.flow" line="16"/>
          </testsuite>
        </testsuites>
    "#]].assert_eq(&report);
}

/// What a failing test of a flow over lines says.
fn failure(flow: &str, test: &str) -> String {
    let source = "source lines = csv(\"lines.csv\") {\n  Amount: decimal\n}\n";
    let project = Project::new(&[
        ("lines.csv", "Invoice,Email,Item,Amount\n"),
        ("lines.flow", &format!("{source}{flow}{test}")),
    ]);
    let outcome = project.run(&["test"]);
    assert_ne!(outcome.status, Some(0), "{outcome:?}");
    format!("{}{}", outcome.stdout, outcome.stderr)
}

const INVOICES: &str = r#"
flow invoices {
  from lines group by Invoice
  find customer as buyer by email = first(rows.Email) | trim else reject "nobody"
  create invoice as bill {
    customer    = buyer.id
    description = "{Invoice}, {count(rows)} lines"
  }
  each row {
    create invoiceitem {
      customer = buyer.id
      invoice  = bill.id
      amount   = cents(Amount, "usd")
      currency = "usd"
    }
  }
  if bill.total > 0 {
    call invoice.finalize_invoice(bill)
  }
}
"#;

const LINES: &str = r#"
  given { Invoice: "I-1"  Email: "a@b.c"  Item: "tea"  Amount: 12.5 }
  given { Invoice: "I-1"  Email: "a@b.c"  Item: "jam"  Amount: "3.10" }
"#;

#[test]
fn groups_have_steps_for_each_line_and_what_only_stripe_can_answer_is_said_to_be_so() {
    let passing = format!(
        "test \"lines\" for invoices {{{LINES}
  expect bill {{ description = \"I-1, 2 lines\" }}
  expect invoiceitem {{ amount = 1250 }}
  expect invoiceitem {{ amount = 310; currency = \"USD\" }}
  expect sum(rows.Amount) == 15.60
}}
test \"unknown\" for invoices {{{LINES}
  expect bill {{ customer = \"cus_1\" }}
  expect bill.total == 1560
  expect invoice {{}}
  expect invoiceitem {{ amount = 311 }}
  expect sum(rows.Amount) > 20 and true
  expect request POST \"/v1/invoices/in_1/finalize\" {{}}
}}
"
    );
    expect![[r#"
        flow invoices
          passed  lines
          failed  unknown

        error[E0601]: the step `bill` asks for something else
          --> ./lines.flow:37:17
           |
        37 |   expect bill { customer = "cus_1" }
           |                 ^^^^^^^^ expected "cus_1", found what only Stripe can answer

        error[E0601]: only Stripe can answer whether this holds
          --> ./lines.flow:38:10
           |
        38 |   expect bill.total == 1560
           |          ^^^^^^^^^^^^^^^^^^

        error[E0601]: no record gets to the step `invoice`
          --> ./lines.flow:39:3
           |
        39 |   expect invoice {}
           |   ^^^^^^^^^^^^^^^^^
           |
           = note: the condition of an `if` depends on what Stripe answers, so its steps are not tried

        error[E0601]: the step `invoiceitem` asks for something else
          --> ./lines.flow:40:24
           |
        40 |   expect invoiceitem { amount = 311 }
           |                        ^^^^^^ expected "311", found "1250"
           |
           = note: amount: 12.5 | cents("usd") -> 1250
           = note: none of 2 has all of it; the nearest is that of lines.flow, line 34

        error[E0601]: this does not hold
          --> ./lines.flow:41:10
           |
        41 |   expect sum(rows.Amount) > 20 and true
           |          ^^^^^^^^^^^^^^^^ expected more than 20, found 15.60

        error[E0601]: no record sends `POST /v1/invoices/in_1/finalize`
          --> ./lines.flow:42:3
           |
        42 |   expect request POST "/v1/invoices/in_1/finalize" {}
           |   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
           |
           = note: sent: `POST /v1/invoices`
           = note: sent: `POST /v1/invoiceitems`

        tests: 1 passed, 1 failed
    "#]]
    .assert_eq(&failure(INVOICES, &passing));
}

#[test]
fn a_condition_may_bound_the_fuel_of_each_call_of_a_plugin() {
    let project = Project::example("phones");
    let test = |fuel: u64| {
        let text = format!(
            "test \"cheap\" for contacts {{\n  given {{ Email: \"a@b.c\", Telephone: \"202-555-0101\", Country: \"US\" }}\n  \
             expect phone.e164(Telephone, \"US\") == \"+12025550101\" within fuel {fuel}\n}}\n"
        );
        project.write("tests.flow", &text);
        project.run(&["test", "--format", "json"])
    };
    let outcome = test(1_000_000);
    assert_eq!(outcome.status, Some(0), "{outcome:?}");
    let report = test(10).json();
    let message = report["tests"][0]["failures"][0]["message"]
        .as_str()
        .unwrap_or_default();
    assert!(
        message.starts_with("a call of the plugin `phone` uses "),
        "{report}"
    );
    assert!(message.ends_with(" fuel, and the test allows 10"), "{report}");
}

#[test]
fn rows_that_a_plan_would_reject_are_rejected() {
    let flow = r#"
flow customers {
  from lines
  key  Invoice
  upsert customer by email { email = Email }
}
"#;
    let test = r#"
test "doubles" for customers {
  given { Invoice: "1"  Email: "a@b.c" }
  given { Invoice: "1"  Email: "d@e.f" }
  given { Invoice: "2"  Email: "g@h.i" }
  given { Invoice: "3"  Email: "g@h.i" }
  given { Email: "j@k.l" }
  expect rejected "have the same key `1`"
  expect rejected "another row looks for the same object"
  expect rejected "the key is empty"
  expect rejected "something else"
}
"#;
    expect![[r#"
        flow customers
          failed  doubles

        error[E0601]: no record is rejected with this text
          --> ./lines.flow:20:19
           |
        20 |   expect rejected "something else"
           |                   ^^^^^^^^^^^^^^^^ expected "something else", found "rows 12, 13 have the same key `1`"
           |
           = note: rejected: lines.flow, line 12: rows 12, 13 have the same key `1`
           = note: rejected: lines.flow, line 13: rows 12, 13 have the same key `1`
           = note: rejected: lines.flow, line 14: another row looks for the same object, by `g@h.i`: which of them is it?
           = note: rejected: lines.flow, line 15: another row looks for the same object, by `g@h.i`: which of them is it?
           = note: rejected: lines.flow, line 16, column Invoice: the key is empty

        tests: 0 passed, 1 failed
    "#]].assert_eq(&failure(flow, test));
}

#[test]
fn a_flow_that_is_wrong_and_a_filter_that_nothing_meets_end_with_2() {
    let wrong = project("test \"t\" for customers { expect custmer { email = \"a\" } }\n");
    let outcome = wrong.run(&["test"]);
    assert_eq!((outcome.status, outcome.stdout.as_str()), (Some(2), ""));
    assert!(outcome.stderr.contains("custmer"), "{}", outcome.stderr);

    let outcome = project(FAILING).run(&["test", "--filter", "all is wel1"]);
    assert_eq!(outcome.status, Some(2));
    expect![[r#"
        error: no test is called `all is wel1`
          help: did you mean `all is well`?
    "#]]
    .assert_eq(&outcome.stderr);
}

#[test]
fn the_tests_of_the_reference_pass() {
    let columns = "Customer no,Email,Name,Street,Country,Status,Item,Quantity,Amount,Currency,Due\n";
    let flows: Vec<String> = include_str!("../docs/language.md")
        .split("\n```flow\n")
        .skip(1)
        .filter_map(|rest| rest.split("\n```").next())
        .filter(|flow| flow.contains("\ntest \""))
        .map(|flow| {
            flow.replace(
                "xlsx(\"books/billing.xlsx\", sheet: \"Lines\")",
                "csv(\"customers.csv\")",
            )
        })
        .collect();
    assert!(flows.len() >= 2);
    for flow in flows {
        let project = Project::new(&[("customers.csv", columns), ("a.flow", &format!("{flow}\n"))]);
        let outcome = project.run(&["test"]);
        assert_eq!(outcome.status, Some(0), "{flow}\n{outcome:?}");
    }
}

#[test]
fn a_project_without_tests_says_so() {
    let outcome = project("").run(&["test"]);
    assert_eq!(outcome.status, Some(0));
    assert_eq!(outcome.stdout, "the project has no tests\n");
}
