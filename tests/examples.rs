//! Each example gives the plan that stands beside it, applies, and then has nothing more to do.

use expect_test::{ExpectFile, expect_file};

use crate::support::Project;

fn check(name: &str, plan: &ExpectFile) {
    let project = Project::example(name);
    let checked = project.run(&["check"]);
    assert_eq!(checked.status, Some(0), "{checked:?}");
    plan.assert_eq(&project.run(&["plan", "--sandbox"]).stdout);
    let first = project
        .run(&["apply", "--sandbox", "--yes", "--format", "json"])
        .json();
    assert_eq!(first["totals"]["failed"], 0, "{first}");
    let second = project
        .run(&["apply", "--sandbox", "--yes", "--format", "json"])
        .json();
    assert_eq!(second["requests"]["POST"], 0, "{second}");
    assert_eq!(second["totals"]["rejected"], first["totals"]["rejected"]);
    let done: u64 = ["created", "updated"]
        .iter()
        .filter_map(|total| first["totals"][total].as_u64())
        .sum();
    assert_eq!(second["totals"]["unchanged"], done, "{second}");
}

#[test]
fn the_quickstart_takes_one_workbook_to_customers() {
    check("quickstart", &expect_file!["../examples/quickstart/plan.txt"]);
}

#[test]
fn billing_takes_two_sheets_to_customers_products_and_prices() {
    check("billing", &expect_file!["../examples/billing/plan.txt"]);
}

#[test]
fn a_messy_sheet_is_sent_as_far_as_it_can_be_read_and_every_other_row_says_why_not() {
    check("messy", &expect_file!["../examples/messy/plan.txt"]);
}

#[test]
fn the_readme_explains_the_quickstarts_own_flow() {
    let read = |path: &str| {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        std::fs::read_to_string(root.join(path)).expect("the file is there")
    };
    let flow = read("examples/quickstart/customers.flow");
    assert!(
        read("README.md").contains(&format!("```flow\n{flow}```")),
        "README.md shows the flow as it is"
    );
}

#[test]
fn the_project_that_init_makes_applies() {
    let project = Project::new(&[]);
    let made = project.run(&["init", "."]);
    assert_eq!(made.status, Some(0), "{made:?}");
    let tests = project.run(&["test"]);
    assert_eq!(tests.status, Some(0), "{tests:?}");
    let form = project.run(&["fmt", "--check"]);
    assert_eq!(form.status, Some(0), "{form:?}");
    let report = project.run(&["apply", "--sandbox", "--yes", "--format", "json"]);
    assert_eq!(report.status, Some(0), "{report:?}");
    assert!(
        report.json()["totals"]["created"].as_u64() > Some(0),
        "{report:?}"
    );
}

#[test]
fn phones_are_written_as_a_plugin_says_and_a_number_that_is_none_costs_its_row() {
    check("phones", &expect_file!["../examples/phones/plan.txt"]);
}

#[test]
fn invoices_come_from_the_lines_of_a_list() {
    check("invoices", &expect_file!["../examples/invoices/plan.txt"]);
}

#[test]
fn a_price_list_makes_products_and_prices() {
    check("price_list", &expect_file!["../examples/price_list/plan.txt"]);
}

#[test]
fn campaigns_make_coupons_and_codes() {
    check("coupons", &expect_file!["../examples/coupons/plan.txt"]);
}

#[test]
fn plans_and_subscribers_come_from_two_sheets() {
    check(
        "subscriptions",
        &expect_file!["../examples/subscriptions/plan.txt"],
    );
}

#[test]
fn refunds_come_from_a_list() {
    check("refunds", &expect_file!["../examples/refunds/plan.txt"]);
}

#[test]
fn metadata_of_existing_customers_is_cleaned() {
    check("metadata", &expect_file!["../examples/metadata/plan.txt"]);
}

#[test]
fn any_endpoint_can_be_reached() {
    check("any_endpoint", &expect_file!["../examples/any_endpoint/plan.txt"]);
}

#[test]
fn products_are_kept_equal_to_a_sheet() {
    check("mirror", &expect_file!["../examples/mirror/plan.txt"]);
}

#[test]
fn prices_are_looked_up_in_another_sheet() {
    check("lookup", &expect_file!["../examples/lookup/plan.txt"]);
}
