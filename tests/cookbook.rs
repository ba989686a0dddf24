//! The recipes of `docs/cookbook.md`: the page shows the examples as they are, and each of them leaves in a served
//! sandbox what it says, once.

use expect_test::{Expect, expect};
use serde_json::{Value, json};
use sheetflow::sandbox::Settings;

use crate::sandbox::client::Client;
use crate::support::{Outcome, Project};

const PAGE: &str = include_str!("../docs/cookbook.md");

/// An example with a sandbox of its own.
struct Recipe {
    project: Project,
    client: Client,
    target: String,
}

impl Recipe {
    async fn start(example: &str) -> Recipe {
        let client = Client::start(Settings::default()).await;
        Recipe {
            project: Project::example(example),
            target: format!("--sandbox={}", client.sandbox.base_url()),
            client,
        }
    }

    fn run(&self) -> Outcome {
        let arguments = ["apply", &self.target, "--yes", "--format", "json"];
        self.project.run(&arguments)
    }

    /// Applies it, and gives the totals that are not zero.
    fn apply(&self) -> Value {
        let report = self.run().json();
        let totals = report["totals"].as_object().expect("totals");
        totals
            .iter()
            .filter(|(_, count)| **count != json!(0))
            .map(|(name, count)| (name.clone(), count.clone()))
            .collect()
    }

    /// Applies it again, which sends nothing.
    fn apply_again(&self) {
        let report = self.run().json();
        let requests = &report["requests"];
        assert_eq!(
            (&requests["POST"], &requests["DELETE"]),
            (&json!(0), &json!(0)),
            "{report}"
        );
    }

    /// Shows members of the objects of a list, one line each, sorted.
    async fn list(&self, path: &str, members: &[&str]) -> String {
        let answer = self.client.read(path).await;
        let objects = answer["data"].as_array().expect("a list");
        let mut lines: Vec<String> = objects
            .iter()
            .map(|object| {
                let shown: Vec<String> = members
                    .iter()
                    .map(|member| object.pointer(member).unwrap_or(&Value::Null).to_string())
                    .collect();
                shown.join(" ") + "\n"
            })
            .collect();
        lines.sort();
        lines.concat()
    }

    /// Compares members of the objects of a list.
    async fn holds(&self, path: &str, members: &[&str], expected: Expect) {
        expected.assert_eq(&self.list(path, members).await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn invoices_are_finalised_with_the_totals_of_their_lines() {
    let recipe = Recipe::start("invoices").await;
    assert_eq!(recipe.apply(), json!({"records": 8, "created": 6, "rejected": 2}));
    recipe.apply_again();
    let members = ["/status", "/currency", "/total", "/amount_due", "/due_date"];
    let expected = expect![[r#"
        "open" "eur" 13550 13550 1928880000
        "open" "jpy" 27200 27200 1930003200
        "open" "usd" 53990 53990 1927584000
    "#]];
    recipe.holds("/v1/invoices", &members, expected).await;
    let expected = expect![[r#"
        "ann@example.com" "+12025550101" "US"
        "bob.clark@example.com" "+12025550102" "US"
        "hiro@example.jp" "+81355500108" "JP"
    "#]];
    recipe
        .holds(
            "/v1/customers",
            &["/email", "/phone", "/address/country"],
            expected,
        )
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_amount_makes_a_new_price_and_archives_the_old_one() {
    let recipe = Recipe::start("price_list").await;
    assert_eq!(recipe.apply(), json!({"records": 8, "created": 8}));
    recipe.apply_again();
    recipe.project.replace("prices.csv", "19.99", "24.99");
    assert_eq!(
        recipe.apply(),
        json!({"records": 9, "created": 1, "deleted": 1, "unchanged": 7})
    );
    recipe.apply_again();
    let members = ["/lookup_key", "/unit_amount", "/currency", "/active"];
    let expected = expect![[r#"
        "basic-eur-month" 1850 "eur" true
        "basic-usd-month" 2499 "usd" true
        "setup-usd-once" 24000 "usd" true
        "team-usd-month" 7990 "usd" true
        "team-usd-year" 79900 "usd" true
        null 1999 "usd" false
    "#]];
    recipe.holds("/v1/prices", &members, expected).await;
    let expected = expect![[r#"
        "Basic plan" "BASIC" true
        "Setup" "SETUP" true
        "Team plan" "TEAM" true
    "#]];
    recipe
        .holds("/v1/products", &["/name", "/metadata/sku", "/active"], expected)
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_campaign_is_a_coupon_with_its_codes() {
    let recipe = Recipe::start("coupons").await;
    assert_eq!(recipe.apply(), json!({"records": 4, "created": 3, "rejected": 1}));
    recipe.apply_again();
    let members = [
        "/id",
        "/percent_off",
        "/amount_off",
        "/currency",
        "/duration",
        "/duration_in_months",
    ];
    let expected = expect![[r#"
        "partners" 12.5 null null "forever" null
        "spring" 25 null null "repeating" 3
        "welcome" null 1000 "eur" "once" null
    "#]];
    recipe.holds("/v1/coupons", &members, expected).await;
    let members = ["/code", "/promotion/coupon", "/max_redemptions", "/active"];
    let expected = expect![[r#"
        "HELLO" "welcome" null true
        "PARTNER-A" "partners" 1 true
        "SPRING-VIP" "spring" 10 true
        "SPRING25" "spring" 100 true
    "#]];
    recipe.holds("/v1/promotion_codes", &members, expected).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn subscribers_get_a_subscription_and_its_first_invoice() {
    let recipe = Recipe::start("subscriptions").await;
    assert_eq!(recipe.apply(), json!({"records": 6, "created": 5, "rejected": 1}));
    recipe.apply_again();
    let members = [
        "/status",
        "/items/data/0/price/lookup_key",
        "/items/data/0/quantity",
        "/days_until_due",
    ];
    let expected = expect![[r#"
        "active" "studio" 1 14
        "active" "team" 3 14
        "trialing" "team" 1 14
    "#]];
    recipe.holds("/v1/subscriptions", &members, expected).await;
    let expected = expect![[r#"
        0 "usd" "draft"
        190000 "usd" "draft"
        23970 "usd" "draft"
    "#]];
    recipe
        .holds("/v1/invoices", &["/total", "/currency", "/status"], expected)
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn other_seats_change_the_item_of_the_subscription() {
    let recipe = Recipe::start("subscriptions").await;
    recipe.apply();
    recipe
        .project
        .replace("subscribers.csv", "Ann Baker,team,3", "Ann Baker,team,5");
    assert_eq!(
        recipe.apply(),
        json!({"records": 6, "updated": 1, "unchanged": 4, "rejected": 1})
    );
    recipe.apply_again();
    let expected = expect![[r#"
        1 null
        1 null
        5 null
    "#]];
    recipe
        .holds(
            "/v1/subscriptions",
            &["/items/data/0/quantity", "/items/data/1"],
            expected,
        )
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_line_gives_its_money_back_once() {
    let recipe = Recipe::start("refunds").await;
    assert_eq!(recipe.apply(), json!({"records": 9, "created": 6, "rejected": 3}));
    recipe.apply_again();
    let members = [
        "/metadata/refund_no",
        "/amount",
        "/currency",
        "/status",
        "/reason",
    ];
    let expected = expect![[r#"
        "RF-1" 2000 "usd" "succeeded" "requested_by_customer"
        "RF-2" 1500 "usd" "succeeded" "requested_by_customer"
        "RF-3" 4550 "eur" "succeeded" "duplicate"
    "#]];
    recipe.holds("/v1/refunds", &members, expected).await;
    let members = ["/amount", "/amount_refunded", "/refunded"];
    let expected = expect![[r#"
        12000 3500 false
        4550 4550 true
        9800 0 false
    "#]];
    recipe.holds("/v1/charges", &members, expected).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn metadata_is_cleaned_and_nobody_is_made() {
    let recipe = Recipe::start("metadata").await;
    assert_eq!(
        recipe.apply(),
        json!({"records": 7, "created": 3, "updated": 3, "rejected": 1})
    );
    recipe.apply_again();
    let members = [
        "/email",
        "/metadata/region",
        "/metadata/manager",
        "/metadata/Region",
        "/metadata/old_no",
    ];
    let expected = expect![[r#"
        "ann@example.com" "EMEA" "Kim Lane" null null
        "bob@example.com" "APAC" "lee" null null
        "chloe@example.fr" "LATAM" "Lee Ho" null null
    "#]];
    recipe.holds("/v1/customers", &members, expected).await;
    recipe.project.replace("clean.csv", "EMEA,Kim Lane", "EMEA,");
    assert_eq!(
        recipe.apply(),
        json!({"records": 7, "updated": 1, "unchanged": 5, "rejected": 1})
    );
    let expected = expect![[r#"
        "ann@example.com" "EMEA" null null null
        "bob@example.com" "APAC" "lee" null null
        "chloe@example.fr" "LATAM" "Lee Ho" null null
    "#]];
    recipe.holds("/v1/customers", &members, expected).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_of_ones_own_is_sent_once() {
    let recipe = Recipe::start("any_endpoint").await;
    assert_eq!(recipe.apply(), json!({"records": 3, "created": 3}));
    recipe.apply_again();
    let expected = expect![[r#"
        "ann@example.com" -1000
        "compta@lumiere.example" -2550
        "hiro@example.jp" -1500
    "#]];
    recipe
        .holds("/v1/customers", &["/email", "/balance"], expected)
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_goes_is_archived_and_many_at_once_are_not() {
    let recipe = Recipe::start("mirror").await;
    assert_eq!(recipe.apply(), json!({"records": 6, "created": 6}));
    recipe.apply_again();
    recipe
        .project
        .replace("catalogue.csv", "BELL,Bell,\"Brass, loud\"\n", "");
    assert_eq!(
        recipe.apply(),
        json!({"records": 6, "deleted": 1, "unchanged": 5})
    );
    recipe.apply_again();
    let expected = expect![[r#"
        "BELL" false
        "LAMP" true
        "LOCK" true
        "PUMP" true
        "RACK" true
        "SADDLE" true
    "#]];
    recipe
        .holds("/v1/products", &["/metadata/sku", "/active"], expected)
        .await;

    let header = "SKU,Name,Description\n";
    let with_bell = format!("{header}BELL,Bell,\"Brass, loud\"\n");
    recipe.project.replace("catalogue.csv", header, &with_bell);
    assert_eq!(
        recipe.apply(),
        json!({"records": 6, "updated": 1, "unchanged": 5})
    );
    recipe.apply_again();
    let active = recipe.list("/v1/products?active=true", &["/metadata/sku"]).await;
    assert_eq!(active.lines().count(), 6, "{active}");

    recipe
        .project
        .write("catalogue.csv", "SKU,Name,Description\nPUMP,Pump,\n");
    let stopped = recipe.run();
    assert_eq!(stopped.status, Some(3), "{stopped:?}");
    assert!(
        stopped.stderr.contains("5 of the 6 product objects"),
        "{stopped:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn each_currency_has_its_own_column() {
    let recipe = Recipe::start("lookup").await;
    assert_eq!(recipe.apply(), json!({"records": 5, "created": 3, "rejected": 2}));
    recipe.apply_again();
    let expected = expect![[r#"
        15000 "eur" "Leather saddle x 2"
        27000 "jpy" "Wheel 28 inch x 2"
        48000 "usd" "Frame of steel x 1"
    "#]];
    recipe
        .holds(
            "/v1/invoices",
            &["/total", "/currency", "/lines/data/0/description"],
            expected,
        )
        .await;
}

/// Each recipe of the page, from its link to the next one's, with the name of its example.
fn sections() -> Vec<(&'static str, &'static str)> {
    PAGE.split("](../examples/")
        .skip(1)
        .filter_map(|section| section.split_once(')'))
        .collect()
}

/// Gives the blocks of a section that are written in a language.
fn blocks<'a>(section: &'a str, language: &str) -> Vec<&'a str> {
    section
        .split(&format!("\n```{language}\n"))
        .skip(1)
        .filter_map(|rest| rest.split("```").next())
        .collect()
}

fn example_file(path: &str) -> String {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    std::fs::read_to_string(root.join(path)).expect("the file is there")
}

#[test]
fn the_page_shows_the_flows_and_sheets_of_the_examples() {
    assert_eq!(sections().len(), 9);
    for (example, section) in sections() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("examples")
            .join(example);
        for entry in std::fs::read_dir(root).expect("the example is there") {
            let name = entry
                .expect("an entry")
                .file_name()
                .into_string()
                .expect("a name");
            let Some((language, true)) = name
                .rsplit_once('.')
                .map(|(_, language)| (language, ["flow", "csv"].contains(&language)))
            else {
                continue;
            };
            let text = example_file(&format!("{example}/{name}"));
            assert!(
                blocks(section, language).contains(&text.as_str()),
                "the recipe of {example} shows {name} as it is"
            );
        }
    }
}

#[test]
fn what_the_page_shows_of_plans_stands_in_them() {
    for (example, section) in sections() {
        let plan = example_file(&format!("{example}/plan.txt"));
        let shown = blocks(section, "text");
        assert!(!shown.is_empty(), "{example} shows something of its plan");
        for part in shown.iter().flat_map(|block| block.split("  …\n")) {
            assert!(plan.contains(part), "the plan of {example} has:\n{part}");
        }
    }
}
