//! Every kind of step, applied against a sandbox and looked at there.

use serde_json::{Value, json};

use crate::support::Bench;

/// Picks members of the objects of a list, the oldest first.
fn picked(list: &Value, members: &[&str]) -> Value {
    let objects = list["data"].as_array().expect("a list");
    objects
        .iter()
        .rev()
        .map(|object| {
            members
                .iter()
                .map(|member| object[*member].clone())
                .collect::<Value>()
        })
        .collect()
}

const LINES: &str = "Invoice,Email,Item,Amount,Currency,Due
I-1,ann@example.com,Support,120.50,USD,31/12/2026
I-2,bob@example.com,Hosting,10.00,USD,15/01/2027
I-1,ann@example.com,Setup,99.99,USD,31/12/2026
";

const INVOICES: &str = r#"
source customers = csv("customers.csv")
source lines = csv("lines.csv") {
  Amount: decimal
  Due:    date("%d/%m/%Y")
}

flow customers {
  from customers
  key  Email
  upsert customer by email { email = Email }
}

flow invoices after customers {
  from lines group by Invoice
  guard plan.creates <= 10              else "too many"
  guard sum(rows.Amount) <= 250_000.00  else "too much"

  find customer as buyer by email = first(rows.Email)

  create invoice as bill {
    customer          = buyer.id
    currency          = first(rows.Currency) | lower
    collection_method = "send_invoice"
    due_date          = first(rows.Due)
    auto_advance      = false
  }
  each row {
    create invoiceitem {
      customer    = buyer.id
      invoice     = bill.id
      description = Item
      amount      = cents(Amount, Currency)
      currency    = Currency | lower
    }
  }
  refresh bill
  ensure bill.total == sum(rows, cents(Amount, Currency)) else "the totals differ"
  call invoice.finalize_invoice(bill)
}
"#;

async fn invoices() -> Bench {
    Bench::new(&[
        ("customers.csv", "Email\nann@example.com\nbob@example.com\n"),
        ("lines.csv", LINES),
        ("invoices.flow", INVOICES),
    ])
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn lines_become_invoices_that_are_finalised_with_the_right_totals() {
    let bench = invoices().await;
    assert_eq!(bench.apply(), json!({"records": 4, "created": 4}));
    let found = bench.get("/v1/invoices").await;
    let mut invoices = picked(&found, &["status", "total", "currency"]);
    if let Value::Array(items) = &mut invoices {
        items.sort_by_key(|item| item[1].as_i64());
    }
    assert_eq!(invoices, json!([["open", 1000, "usd"], ["open", 22049, "usd"]]));
    assert_eq!(bench.apply(), json!({"records": 4, "unchanged": 4}));
    assert_eq!(
        bench.get("/v1/invoices").await["data"].as_array().map(Vec::len),
        Some(2)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_total_that_differs_stops_the_record_before_it_is_finalised() {
    let bench = invoices().await;
    bench.project.replace(
        "invoices.flow",
        "sum(rows, cents(Amount, Currency)) else",
        "1000 else",
    );
    let outcome = bench.run("apply --yes --format json");
    assert_eq!(outcome.status, Some(1), "{outcome:?}");
    assert!(outcome.stdout.contains("the totals differ"), "{}", outcome.stdout);
    let found = bench.get("/v1/invoices").await;
    let mut statuses: Vec<&str> = found["data"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|invoice| invoice["status"].as_str())
        .collect();
    statuses.sort_unstable();
    assert_eq!(statuses, ["draft", "open"]);
    // Mended, it goes on where it stopped: nothing is made again.
    bench.project.replace(
        "invoices.flow",
        "1000 else",
        "sum(rows, cents(Amount, Currency)) else",
    );
    assert_eq!(bench.apply(), json!({"records": 4, "called": 1, "unchanged": 3}));
    let found = bench.get("/v1/invoices").await;
    assert_eq!(found["data"].as_array().map(Vec::len), Some(2));
    assert_eq!(
        bench.get("/v1/invoiceitems").await["data"]
            .as_array()
            .map(Vec::len),
        Some(3)
    );
}

/// Leaves the invoice I-1 as a draft, whose rows then go.
async fn orphan() -> Bench {
    let bench = invoices().await;
    let total = "sum(rows, cents(Amount, Currency)) else";
    bench.project.replace("invoices.flow", total, "1000 else");
    assert_eq!(bench.run("apply --yes").status, Some(1));
    let rest: Vec<&str> = LINES.lines().filter(|line| !line.starts_with("I-1")).collect();
    bench.project.write("lines.csv", &(rest.join("\n") + "\n"));
    bench
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_that_was_begun_goes_with_its_row_and_comes_back_with_it() {
    let bench = orphan().await;
    let plan = bench.run("plan");
    let draft = plan.stdout.lines().find(|line| line.contains("delete in_"));
    assert!(
        draft.is_some_and(|line| line.contains("whose row is gone")),
        "{plan:?}"
    );
    assert_eq!(
        bench.run("plan --offline --format json").json()["totals"]["deleted"],
        0
    );
    assert_eq!(bench.apply(), json!({"records": 4, "deleted": 1, "unchanged": 3}));
    let invoices = bench.get("/v1/invoices").await;
    assert_eq!(picked(&invoices, &["status"]), json!([["open"]]));
    assert_eq!(
        picked(&bench.get("/v1/invoiceitems").await, &["amount"]),
        json!([[1000]])
    );
    assert_eq!(bench.apply(), json!({"records": 3, "unchanged": 3}));

    bench.project.write("lines.csv", LINES);
    bench.project.replace(
        "invoices.flow",
        "1000 else",
        "sum(rows, cents(Amount, Currency)) else",
    );
    bench.apply();
    let invoices = bench.get("/v1/invoices").await;
    let found = picked(&invoices, &["status", "total"]);
    assert_eq!(found, json!([["open", 1000], ["open", 22049]]));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_other_hands_finalised_is_no_draft_that_goes() {
    let bench = orphan().await;
    let drafts = bench.get("/v1/invoices?status=draft").await;
    let id = drafts["data"][0]["id"].as_str().expect("a draft");
    bench.post(&format!("/v1/invoices/{id}/finalize"), &[]).await;
    assert_eq!(bench.apply(), json!({"records": 3, "unchanged": 3}));
    let invoices = bench.get("/v1/invoices").await;
    assert_eq!(picked(&invoices, &["status"]), json!([["open"], ["open"]]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guard_that_does_not_hold_lets_nothing_be_sent() {
    let bench = invoices().await;
    bench.project.replace("invoices.flow", "250_000.00", "230.48");
    let outcome = bench.run("apply --yes");
    assert_eq!(outcome.status, Some(3), "{outcome:?}");
    assert!(
        outcome
            .stderr
            .contains("flow `invoices` is stopped by its guard: too much"),
        "{}",
        outcome.stderr
    );
    assert_eq!(bench.sandbox.counts().post, 0);
    let plan = bench.run("plan");
    assert_eq!(plan.status, Some(3), "{plan:?}");
    assert!(plan.stdout.contains("create invoice"), "{}", plan.stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_find_that_finds_nothing_rejects_skips_or_gives_null() {
    let bench = Bench::new(&[
        (
            "people.csv",
            "No,Email\n1,ann@example.com\n2,nobody@example.com\n",
        ),
        (
            "people.flow",
            r#"source people = csv("people.csv")
flow people {
  from people
  key  No
  find customer as who by email = Email
  create product { name = "{No} {who.name ?? "nobody"}" }
}
"#,
        ),
    ])
    .await;
    bench
        .post("/v1/customers", &[("email", "ann@example.com"), ("name", "Ann")])
        .await;
    let find = "by email = Email";
    let rejected = bench.run("plan").stdout;
    assert!(
        rejected.contains("no customer matches `nobody@example.com`"),
        "{rejected}"
    );
    bench.project.replace(
        "people.flow",
        find,
        "by email = Email else reject \"{No}: who is that?\"",
    );
    let rejected = bench.run("plan").stdout;
    assert!(rejected.contains("2: who is that?"), "{rejected}");
    bench
        .project
        .replace("people.flow", "else reject \"{No}: who is that?\"", "else skip");
    assert_eq!(bench.apply(), json!({"records": 1, "created": 1}));
    bench.project.replace("people.flow", "else skip", "else null");
    assert_eq!(bench.apply()["created"], json!(1));
    let names = picked(&bench.get("/v1/products").await, &["name"]);
    assert_eq!(names, json!([["1 Ann"], ["2 nobody"]]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mirror_archives_what_its_rows_have_left_and_brakes_when_that_is_much() {
    let rows: String = (1..=20)
        .map(|number| format!("{number},Thing {number}\n"))
        .collect();
    let bench = Bench::new(&[
        ("things.csv", &format!("No,Name\n{rows}")),
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
    assert_eq!(bench.apply(), json!({"records": 20, "created": 20}));
    bench.post("/v1/products", &[("name", "made by hand")]).await;
    bench.project.replace("things.csv", "20,Thing 20\n", "");
    let plan = bench.run("plan").stdout;
    assert!(
        plan.contains("archive prod_") && plan.contains("whose row is gone"),
        "{plan}"
    );
    assert_eq!(
        bench.apply(),
        json!({"records": 20, "deleted": 1, "unchanged": 19})
    );
    let archived = bench.get("/v1/products?active=false").await;
    assert_eq!(picked(&archived, &["name"]), json!([["Thing 20"]]));
    assert_eq!(bench.apply(), json!({"records": 19, "unchanged": 19}));

    for number in 15..=19 {
        bench
            .project
            .replace("things.csv", &format!("{number},Thing {number}\n"), "");
    }
    let outcome = bench.run("apply --yes");
    assert_eq!(outcome.status, Some(3), "{outcome:?}");
    assert!(
        outcome.stderr.contains("5 of the 19 product objects"),
        "{}",
        outcome.stderr
    );
    // An empty sheet is no reason to remove everything.
    bench.project.write("things.csv", "No,Name\n");
    assert_eq!(bench.apply(), json!({}));
    assert_eq!(
        bench.get("/v1/products?active=false").await["data"]
            .as_array()
            .map(Vec::len),
        Some(1)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_is_sent_once_and_what_is_gone_is_left_alone() {
    let bench = Bench::new(&[(
        "gone.flow",
        r#"source gone = csv("gone.csv")
flow gone {
  from gone
  delete customer by email = Email
}
"#,
    )])
    .await;
    bench
        .project
        .write("gone.csv", "Email\nann@example.com\nbob@example.com\n");
    let ann = bench.post("/v1/customers", &[("email", "ann@example.com")]).await;
    assert_eq!(bench.apply(), json!({"records": 2, "deleted": 1, "unchanged": 1}));
    let path = format!("/v1/customers/{}", ann["id"].as_str().expect("an id"));
    assert_eq!(bench.get(&path).await["deleted"], json!(true));
    assert_eq!(bench.apply(), json!({"records": 2, "unchanged": 2}));
}

#[tokio::test(flavor = "multi_thread")]
async fn steps_on_a_condition_and_any_endpoint() {
    let bench = Bench::new(&[
        (
            "people.csv",
            "No,Email,Credit\n1,ann@example.com,500\n2,bob@example.com,\n",
        ),
        (
            "people.flow",
            r#"source people = csv("people.csv")
flow people {
  from people
  key  No
  upsert customer as who by email { email = Email }
  if Credit is not empty {
    request POST "/v1/customers/{who.id}/balance_transactions" as credit {
      amount   = -number(Credit)
      currency = "usd"
    }
  } else {
    update customer by id = who.id { description = "no credit" }
  }
}
"#,
        ),
    ])
    .await;
    assert_eq!(bench.apply(), json!({"records": 2, "created": 2}));
    assert_eq!(bench.apply(), json!({"records": 2, "unchanged": 2}));
    let customers = picked(
        &bench.get("/v1/customers").await,
        &["email", "balance", "description"],
    );
    let mut customers = customers.as_array().expect("a list").clone();
    customers.sort_by_key(|customer| customer[0].as_str().map(str::to_owned));
    assert_eq!(
        json!(customers),
        json!([
            ["ann@example.com", -500, null],
            ["bob@example.com", 0, "no credit"]
        ])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_of_a_path_can_not_lead_elsewhere() {
    let bench = Bench::new(&[
        ("people.csv", "No,Id\n1,../charges\n2,\n3,cus_unknown\n"),
        (
            "people.flow",
            r#"source people = csv("people.csv")
flow people {
  from people
  key  No
  request POST "/v1/customers/{Id}" { description = "x" }
}
"#,
        ),
    ])
    .await;
    let outcome = bench.run("apply --yes --format json");
    let report = outcome.json();
    assert_eq!(report["totals"]["rejected"], json!(1), "{outcome:?}");
    assert_eq!(report["totals"]["failed"], json!(2), "{outcome:?}");
    assert!(
        outcome.stdout.contains("a value of the path is empty"),
        "{}",
        outcome.stdout
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_json_body_is_refused_before_anything_is_sent() {
    let bench = Bench::new(&[
        ("events.csv", "No\n1\n"),
        (
            "events.flow",
            r#"source events = csv("events.csv")
flow events {
  from events
  key  No
  request POST "/v2/billing/meter_events" { event_name = "call" }
}
"#,
        ),
    ])
    .await;
    let outcome = bench.run("apply --yes");
    assert_eq!(outcome.status, Some(1), "{outcome:?}");
    assert!(
        outcome.stdout.contains("this version sends forms alone"),
        "{outcome:?}"
    );
    assert_eq!(bench.sandbox.counts().post, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn lookup_reads_another_sheet_as_vlookup_does() {
    let bench = Bench::new(&[
        ("orders.csv", "No,Article\n1,A\n2,B\n3,C\n"),
        ("articles.csv", "Article,Name\nA,Apple\nB,Bread\nA,Again\n"),
        (
            "orders.flow",
            r#"source orders = csv("orders.csv")
source articles = csv("articles.csv")
flow orders {
  from orders
  key  No
  let name = lookup(articles, Article, Article, Name)
  require name is not empty else "no such article"
  create product { name = name }
}
"#,
        ),
    ])
    .await;
    assert_eq!(bench.apply(), json!({"records": 3, "created": 2, "rejected": 1}));
    let names = picked(&bench.get("/v1/products").await, &["name"]);
    let mut names = names.as_array().expect("a list").clone();
    names.sort_by_key(|name| name[0].as_str().map(str::to_owned));
    assert_eq!(json!(names), json!([["Apple"], ["Bread"]]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_goes_wrong_stops() {
    let rows: String = (1..=400).map(|number| format!("{number},nonsense\n")).collect();
    let bench = Bench::new(&[
        ("people.csv", &format!("No,Test clock\n{rows}")),
        (
            "people.flow",
            r#"source people = csv("people.csv")
flow people {
  from people
  key  No
  stop after 3 errors
  create customer { test_clock = `Test clock` }
}
"#,
        ),
    ])
    .await;
    let report = bench.run("apply --yes --format json").json();
    let failed = report["totals"]["failed"].as_u64().expect("a count");
    assert!((3..400).contains(&failed), "{report}");
    assert!(
        report["left"].as_u64().is_some_and(|left| left + failed == 400),
        "{report}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invoice_with_too_many_items_is_rejected_before_anything_of_it_is_sent() {
    let mut sheet = "Order,Email,Amount\n".to_owned();
    for line in 0..251 {
        sheet.push_str(&format!("1,ann@example.com,{line}.00\n"));
    }
    let bench = Bench::new(&[
        ("lines.csv", &sheet),
        (
            "invoices.flow",
            r#"source lines = csv("lines.csv") {
  Amount: decimal
}

flow invoices {
  from lines group by Order
  create customer as buyer {
    email = first(rows.Email)
  }
  create invoice as bill {
    customer = buyer.id
    currency = "usd"
  }
  each row {
    create invoiceitem {
      customer = buyer.id
      invoice  = bill.id
      amount   = cents(Amount, "usd")
      currency = "usd"
    }
  }
}
"#,
        ),
    ])
    .await;
    let plan = bench.run("plan --format json").json();
    assert_eq!(plan["totals"]["rejected"], json!(1), "{plan:#}");
    assert_eq!(bench.apply(), json!({"records": 1, "rejected": 1}));
    assert_eq!(bench.sandbox.counts().post, 0);
}
