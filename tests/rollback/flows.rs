//! Runs of flows, taken back.

use serde_json::json;

use super::Bench;

const INVOICES: [(&str, &str); 3] = [
    (
        "customers.csv",
        "Email,Name\nann@example.com,Ann\nbob@example.com,Bob\n",
    ),
    (
        "lines.csv",
        "Invoice,Email,Item,Amount\nI-1,ann@example.com,Support,120.50\nI-2,bob@example.com,Hosting,10.00\n\
         I-1,ann@example.com,Setup,99.99\n",
    ),
    (
        "invoices.flow",
        r#"source customers = csv("customers.csv")
source lines = csv("lines.csv") { Amount: decimal }

flow customers {
  from customers
  key  Email
  upsert customer by email {
    email = Email
    name  = Name
  }
}

flow invoices after customers {
  from lines group by Invoice
  find customer as buyer by email = first(rows.Email)
  create invoice as bill {
    customer     = buyer.id
    currency     = "usd"
    auto_advance = false
  }
  each row {
    create invoiceitem {
      customer    = buyer.id
      invoice     = bill.id
      description = Item
      amount      = cents(Amount, "usd")
      currency    = "usd"
    }
  }
  refresh bill
  ensure bill.total == sum(rows, cents(Amount, "usd")) else "the totals differ"
  call invoice.finalize_invoice(bill)
}
"#,
    ),
];

#[tokio::test(flavor = "multi_thread")]
async fn open_invoices_are_voided_customers_stay_and_the_next_apply_bills_anew() {
    let bench = Bench::new(&INVOICES).await;
    assert_eq!(bench.apply(), json!({"records": 4, "created": 4}));
    let done = json!({"changes": 7, "taken_back": 5, "kept": 2});
    assert_eq!(bench.roll_back("1"), done);
    assert_eq!(
        bench.list("/v1/invoices", &["/status"]).await,
        json!([["void"], ["void"]])
    );
    assert_eq!(
        bench.list("/v1/customers", &["/name"]).await,
        json!([["Ann"], ["Bob"]])
    );
    // Once more: nothing is left to do.
    assert_eq!(bench.roll_back("1"), json!({"changes": 7, "kept": 7}));
    assert_eq!(bench.apply(), json!({"records": 4, "created": 2, "unchanged": 2}));
    let mut invoices = bench.list("/v1/invoices", &["/status", "/total"]).await;
    if let Some(invoices) = invoices.as_array_mut() {
        invoices.sort_by_key(ToString::to_string);
    }
    let billed = json!([["open", 1000], ["open", 22049], ["void", 1000], ["void", 22049]]);
    assert_eq!(invoices, billed);
    assert_eq!(bench.apply(), json!({"records": 4, "unchanged": 4}));
}

#[tokio::test(flavor = "multi_thread")]
async fn customers_are_deleted_by_name_alone_and_made_anew_then() {
    let bench = Bench::new(&INVOICES).await;
    bench.apply();
    let done = json!({"changes": 7, "taken_back": 7});
    assert_eq!(bench.roll_back("1 --delete-customers"), done);
    assert_eq!(bench.list("/v1/customers", &["/name"]).await, json!([]));
    assert_eq!(bench.apply(), json!({"records": 4, "created": 4}));
    assert_eq!(
        bench.list("/v1/customers", &["/name"]).await,
        json!([["Ann"], ["Bob"]])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn drafts_are_deleted_with_their_items_and_paid_invoices_are_named() {
    let bench = Bench::new(&INVOICES).await;
    let finalise = "  call invoice.finalize_invoice(bill)\n";
    bench.project.replace("invoices.flow", finalise, "");
    bench.apply();
    let done = json!({"changes": 7, "taken_back": 5, "kept": 2});
    assert_eq!(bench.roll_back("1"), done);
    assert_eq!(bench.list("/v1/invoices", &["/status"]).await, json!([]));
    assert_eq!(bench.list("/v1/invoiceitems", &["/id"]).await, json!([]));
    bench.project.replace(
        "invoices.flow",
        "the totals differ\"\n",
        &format!("the totals differ\"\n{finalise}"),
    );
    assert_eq!(bench.apply()["created"], json!(2));
    let paid = bench.client.read("/v1/invoices?limit=1").await["data"][0]["id"].clone();
    let paid = paid.as_str().expect("an id");
    let answer = bench
        .client
        .post(&format!("/v1/invoices/{paid}/pay"), "paid_out_of_band=true")
        .await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let planned = bench.run("rollback 3 --dry-run");
    assert_eq!(planned.status, Some(1));
    let first = planned.stdout.find("can't take back").expect("it is named");
    assert!(first < planned.stdout.find("void").expect("the other is voided"));
    assert!(
        planned
            .stdout
            .contains("it is paid; a credit note or a refund gives the money back"),
        "{}",
        planned.stdout
    );
    let rolled_back = bench.run("rollback 3 --yes --format json");
    assert_eq!(rolled_back.status, Some(1), "{rolled_back:?}");
    assert!(rolled_back.json()["totals"]["not_undone"].as_u64() >= Some(2));
    let statuses = bench.list("/v1/invoices", &["/status"]).await;
    let mut statuses: Vec<String> = statuses
        .as_array()
        .into_iter()
        .flatten()
        .map(|one| one[0].to_string())
        .collect();
    statuses.sort();
    assert_eq!(statuses, ["\"paid\"", "\"void\""]);
    // What could not be taken back still stands, and is not billed again.
    assert_eq!(bench.apply(), json!({"records": 4, "created": 1, "unchanged": 3}));
}

fn people() -> [(&'static str, &'static str); 2] {
    [
        (
            "people.csv",
            "No,Email,Name,City,Note\n1,ann@example.com,Ann,Kyiv,\n2,bob@example.com,Bob,Lviv,old\n",
        ),
        (
            "people.flow",
            r#"source people = csv("people.csv")
flow people {
  from people
  key No
  upsert customer by email {
    email         = Email
    name          = Name
    address.city  = City
    metadata.note = Note
  }
}
"#,
        ),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn updates_get_their_former_values_and_the_next_apply_plans_them_again() {
    let bench = Bench::new(&people()).await;
    bench.apply();
    bench.project.replace("people.csv", "Ann,Kyiv,", "Anna,,new");
    bench.project.replace("people.csv", "Lviv,old", "Lviv,");
    assert_eq!(bench.apply(), json!({"records": 2, "updated": 2}));
    let planned = bench.run("rollback 2 --dry-run").stdout;
    for line in [
        "      name: \"Anna\" -> \"Ann\"\n",
        "      address.city: nothing -> \"Kyiv\"\n",
        "      metadata.note: \"new\" -> cleared\n",
        "      metadata.note: nothing -> \"old\"\n",
    ] {
        assert!(planned.contains(line), "{line}{planned}");
    }
    assert_eq!(bench.client.sandbox.counts().post, 4, "a dry run sends nothing");
    assert_eq!(bench.roll_back("2"), json!({"changes": 2, "restored": 2}));
    let members = ["/name", "/address/city", "/metadata/note"];
    assert_eq!(
        bench.list("/v1/customers", &members).await,
        json!([["Ann", "Kyiv", null], ["Bob", "Lviv", "old"]])
    );
    assert_eq!(bench.roll_back("2"), json!({"changes": 2, "kept": 2}));
    assert_eq!(bench.apply(), json!({"records": 2, "updated": 2}));
    assert_eq!(
        bench.list("/v1/customers", &members).await,
        json!([["Anna", null, "new"], ["Bob", "Lviv", null]])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_changed_since_is_left_alone_unless_it_is_forced() {
    let bench = Bench::new(&people()).await;
    bench.apply();
    bench.project.replace("people.csv", "Ann,", "Anna,");
    bench.project.replace("people.csv", "Bob,", "Bobby,");
    bench.apply();
    // A later run changes the one, somebody in Stripe the other.
    bench.project.replace("people.csv", "Anna,", "Annabel,");
    bench.apply();
    let bob = bench.client.read("/v1/customers?email=bob@example.com").await["data"][0]["id"].clone();
    let path = format!("/v1/customers/{}", bob.as_str().expect("an id"));
    bench.client.make(&path, "name=Robert").await;
    let refused = bench.run("rollback 2 --yes --format json");
    assert_eq!(refused.status, Some(1));
    let report = refused.json();
    assert_eq!(report["totals"]["not_undone"], json!(2));
    assert_eq!(
        report["run"],
        json!(null),
        "nothing was done, so there was no run"
    );
    let planned = bench.run("rollback 2 --dry-run").stdout;
    assert!(
        planned.contains("run 3 changed it or took it over since"),
        "{planned}"
    );
    assert!(planned.contains("`name` is \"Robert\" now"), "{planned}");
    assert_eq!(bench.roll_back("2 --force"), json!({"changes": 2, "restored": 2}));
    assert_eq!(
        bench.list("/v1/customers", &["/name"]).await,
        json!([["Ann"], ["Bob"]])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_archived_is_made_anew_and_a_removal_by_archive_is_revived() {
    let bench = Bench::new(&[
        ("things.csv", "No,Name\n1,One\n2,Two\n"),
        (
            "things.flow",
            r#"source things = csv("things.csv")
flow things {
  from things
  key  No
  mirror product by metadata.no removing by archive {
    name        = Name
    metadata.no = No
  }
}
"#,
        ),
    ])
    .await;
    let members = ["/name", "/active", "/metadata/sheetflow"];
    bench.apply();
    assert_eq!(bench.roll_back("1"), json!({"changes": 2, "taken_back": 2}));
    assert_eq!(
        bench.list("/v1/products", &members).await,
        json!([["One", false, null], ["Two", false, null]])
    );
    assert_eq!(bench.apply(), json!({"records": 2, "created": 2}));
    assert_eq!(
        bench.list("/v1/products", &["/active"]).await,
        json!([[false], [false], [true], [true]])
    );
    bench.project.replace("things.csv", "2,Two\n", "");
    assert_eq!(bench.apply(), json!({"records": 2, "deleted": 1, "unchanged": 1}));
    assert_eq!(bench.roll_back("4"), json!({"changes": 1, "restored": 1}));
    assert_eq!(
        bench.list("/v1/products", &["/active"]).await,
        json!([[false], [false], [true], [true]])
    );
    assert_eq!(bench.roll_back("4"), json!({"changes": 1, "kept": 1}));
    // Its row is still gone, so that the next apply removes it again.
    assert_eq!(bench.apply(), json!({"records": 2, "deleted": 1, "unchanged": 1}));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_there_was_not_is_an_error_and_nothing_to_undo_is_none() {
    let bench = Bench::new(&people()).await;
    let none = bench.run("rollback 1 --yes");
    assert_eq!(none.status, Some(2));
    assert!(
        none.stderr
            .contains("there is no run 1: nothing has run here yet"),
        "{none:?}"
    );
    bench
        .project
        .replace("people.csv", "2,bob@example.com", "2,no address");
    bench.apply();
    bench
        .project
        .replace("people.csv", "1,ann@example.com", "1,no address");
    bench.apply();
    assert_eq!(bench.roll_back("2"), json!({}));
    let wrong = bench.run("rollback 9 --yes");
    assert!(
        wrong.stderr.contains("there is no run 9; the newest is 2"),
        "{wrong:?}"
    );
}
