//! `adopt`: objects that exist in Stripe, taken into the ledger without a change.

use serde_json::{Value, json};
use sheetflow::ledger::ProjectLock;

use crate::support::Bench;

const ROWS: &str = "No,Email,Name,City
1,ann@example.com,Ann,Kyiv
2,bob@example.com,Bob,
3,cy@example.com,Cy,Lima
4,dan@example.com,Dan,Bern
";

/// A flow of people whose step begins with these words, beside customers that others made.
async fn people(step: &str) -> Bench {
    let flow = format!(
        r#"source people = csv("people.csv")

flow people {{
  from people
  key No
  {step} {{
    email        = Email
    name         = Name
    address.city = City
  }}
}}
"#
    );
    let bench = Bench::new(&[("people.csv", ROWS), ("people.flow", &flow)]).await;
    for (email, name, city) in [
        ("ann@example.com", "Ann", "Kyiv"),
        ("bob@example.com", "Robert", "Oslo"),
        ("dan@example.com", "Dan", ""),
        ("dan@example.com", "Dan", ""),
    ] {
        let form = [("email", email), ("name", name), ("address[city]", city)];
        let made = bench.post("/v1/customers", &form).await;
        assert_eq!(made["email"], email, "{made}");
    }
    bench
}

/// Gives the actions of a plan, record by record.
fn actions(bench: &Bench) -> Value {
    let plan = bench.run("plan --format json").json();
    let records = plan["flows"][0]["records"].as_array().expect("records").clone();
    records
        .iter()
        .map(|record| match record["action"].as_str() {
            Some(rejected) => json!([record["key"], rejected]),
            None => json!([
                record["key"],
                record["steps"][0]["action"],
                record["steps"][0]["form"]
            ]),
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_take_their_objects_and_the_next_plan_says_what_differs() {
    let bench = people("upsert customer by email").await;
    let before = bench.sandbox.counts();
    let shown = bench.run("adopt --dry-run");
    assert_eq!(shown.status, Some(1), "one row matches two: {shown:?}");
    for line in [
        "  ? nothing to adopt for customer 3  (people.csv, line 4)\n",
        "      the next apply changes name: \"Robert\" -> \"Bob\"\n",
        "2 objects to adopt, 1 of them not as the rows say, 1 not found, 1 rejected\n",
        "nothing was taken\n",
    ] {
        assert!(shown.stdout.contains(line), "{line}\n{}", shown.stdout);
    }
    assert!(
        shown
            .stdout
            .contains("2 customer objects match `dan@example.com`"),
        "{}",
        shown.stdout
    );

    let adopted = bench.run("adopt --format json");
    assert_eq!(adopted.status, Some(1), "{adopted:?}");
    let report = adopted.json();
    assert_eq!(report["run"], 1);
    assert_eq!(
        report["adoption"],
        json!({"adopted": 2, "differing": 1, "unmatched": 1})
    );
    assert_eq!(report["rejected"], 1);
    let after = bench.sandbox.counts();
    assert_eq!(
        (after.post, after.delete),
        (before.post, before.delete),
        "nothing was changed"
    );

    assert_eq!(
        actions(&bench),
        json!([
            ["2", "update", {"name": "Bob"}],
            ["3", "create", {"email": "cy@example.com", "name": "Cy", "address[city]": "Lima",
                "metadata[sheetflow]": bench.run("plan --format json").json()
                    ["flows"][0]["records"][1]["steps"][0]["form"]["metadata[sheetflow]"]}],
            ["4", "rejected"],
        ])
    );
    let again = bench.run("adopt --format json").json();
    assert_eq!(
        again["adoption"],
        json!({"adopted": 0, "differing": 0, "unmatched": 1})
    );
    assert_eq!(again["run"], Value::Null, "nothing is taken twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_agrees_is_unchanged_and_costs_nothing_from_then_on() {
    for verb in [
        "upsert customer by email",
        "update customer by email = Email",
        "mirror customer by name removing by keep",
    ] {
        let bench = people(verb).await;
        bench
            .project
            .write("people.csv", "No,Email,Name,City\n1,ann@example.com,Ann,Kyiv\n");
        let adopted = bench.run("adopt --yes");
        assert_eq!(adopted.status, Some(0), "{verb}: {adopted:?}");
        assert!(
            adopted.stdout.ends_with("run 1: took 1 object\n"),
            "{verb}: {adopted:?}"
        );
        let plan = bench.run("plan");
        assert!(
            plan.stdout.contains("  nothing to do: 1 unchanged\n"),
            "{verb}: {plan:?}"
        );
        let report = bench.run("apply --yes --format json").json();
        assert_eq!(
            (&report["run"], &report["requests"]["POST"]),
            (&Value::Null, &json!(0)),
            "{verb}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_adopted_counts_as_sent_and_what_the_sheet_never_had_is_theirs() {
    let bench = people("upsert customer by email").await;
    bench.run("adopt --yes");
    bench.project.replace("people.csv", "Ann,Kyiv", "Ann,");
    let plan = bench.run("plan --format json").json();
    let records = &plan["flows"][0]["records"];
    assert_eq!(
        records[0]["steps"][0]["form"],
        json!({"address[city]": ""}),
        "Ann's city agreed"
    );
    assert_eq!(
        records[1]["steps"][0]["form"],
        json!({"name": "Bob"}),
        "Bob's city is theirs"
    );
    bench.apply();
    let list = bench.get("/v1/customers?email=bob@example.com").await;
    assert_eq!(list["data"][0]["address"]["city"], "Oslo");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flow_without_by_is_told_so() {
    let bench = people("create customer").await;
    let shown = bench.run("adopt");
    assert_eq!(shown.status, Some(0), "{shown:?}");
    let words = "  no step has a `by`: nothing tells which objects are its own\n";
    assert!(shown.stdout.contains(words), "{shown:?}");
    let report = bench.run("adopt --format json").json();
    assert_eq!(report["flows"][0]["without_by"], json!(["customer"]));
    assert_eq!(report["adoption"]["adopted"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn later_steps_are_found_through_the_objects_of_earlier_ones() {
    let bench = Bench::new(&[
        ("prices.csv", "Item,Cents\nA,1000\nB,2000\n"),
        (
            "prices.flow",
            r#"source prices = csv("prices.csv")
flow prices {
  from prices
  key Item
  upsert product as thing by name { name = Item }
  upsert price by lookup_key {
    product     = thing.id
    currency    = "eur"
    unit_amount = integer(Cents)
    lookup_key  = Item | lower
  }
  create coupon { percent_off = 5  ; duration = "once" }
}
"#,
        ),
    ])
    .await;
    let product = bench.post("/v1/products", &[("name", "A")]).await;
    let price = [
        ("product", product["id"].as_str().expect("an id")),
        ("currency", "eur"),
        ("unit_amount", "1000"),
        ("lookup_key", "a"),
    ];
    assert_eq!(bench.post("/v1/prices", &price).await["lookup_key"], "a");
    let report = bench.run("adopt --format json").json();
    assert_eq!(
        report["adoption"],
        json!({"adopted": 2, "differing": 0, "unmatched": 2}),
        "{report}"
    );
    assert_eq!(report["flows"][0]["without_by"], json!(["coupon"]));
    let plan = bench.run("plan --format json").json();
    let steps = plan["flows"][0]["records"][0]["steps"].as_array().expect("steps");
    let actions: Vec<&Value> = steps.iter().map(|step| &step["action"]).collect();
    assert_eq!(actions, ["unchanged", "unchanged", "create"], "{plan}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_ledger_takes_back_what_the_flow_made_as_its_own() {
    let bench = people("mirror customer by email removing by delete at most 1").await;
    bench.project.write(
        "people.csv",
        "No,Email,Name,City\n8,x@example.com,X,\n9,y@example.com,Y,\n",
    );
    assert_eq!(bench.apply(), json!({"records": 2, "created": 2}));
    std::fs::remove_dir_all(bench.project.path(".sheetflow")).expect("the state is removed");
    let report = bench.run("adopt --format json").json();
    assert_eq!(report["adoption"]["adopted"], 2, "{report}");
    bench
        .project
        .write("people.csv", "No,Email,Name,City\n8,x@example.com,X,\n");
    assert_eq!(bench.apply(), json!({"records": 2, "deleted": 1, "unchanged": 1}));
    let list = bench.get("/v1/customers?email=y@example.com").await;
    assert_eq!(list["data"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_of_another_record_is_not_taken() {
    let bench = people("upsert customer by email").await;
    assert_eq!(bench.run("adopt --key 1 --yes").status, Some(0));
    bench.project.replace("people.csv", "1,ann@", "1,new@");
    bench.project.replace("people.csv", "3,cy@", "3,ann@");
    let shown = bench.run("adopt --key 3");
    assert_eq!(shown.status, Some(1), "{shown:?}");
    assert!(
        shown.stdout.contains("stands for the record `1` already"),
        "{shown:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn it_waits_for_nobody_who_has_the_lock() {
    let bench = people("upsert customer by email").await;
    bench.run("plan");
    let ledger = bench.project.ledger_of(&bench.sandbox);
    let state = ledger.parent().expect("a directory");
    let lock = ProjectLock::acquire(state, "the test").expect("the lock is free");
    let outcome = bench.run("adopt --yes");
    assert_eq!(outcome.status, Some(2), "{outcome:?}");
    assert!(outcome.stderr.contains("the test"), "{outcome:?}");
    drop(lock);
    assert_eq!(bench.run("adopt --yes --flow people --limit 1").status, Some(1));
}
