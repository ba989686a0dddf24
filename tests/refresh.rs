//! `--refresh`: what other hands changed and deleted in Stripe; and deletions that only an apply finds out.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::Bench;

const ROWS: &str = "No,Email,Name,City\n1,ann@example.com,Ann,Kyiv\n2,bob@example.com,Bob,Lviv\n";

/// A flow of people whose step begins with these words.
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
    metadata.no  = No
  }}
}}
"#
    );
    Bench::new(&[("people.csv", ROWS), ("people.flow", &flow)]).await
}

/// Gives the id of the customer with this address.
async fn id_of(bench: &Bench, email: &str) -> String {
    let list = bench.get(&format!("/v1/customers?email={email}")).await;
    list["data"][0]["id"].as_str().expect("there is one").to_owned()
}

async fn delete(bench: &Bench, id: &str) {
    let answer = bench
        .request(Method::DELETE, &format!("/v1/customers/{id}"), &[])
        .await;
    assert_eq!(answer["deleted"], true, "{answer}");
}

/// Counts the customers with this address.
async fn count(bench: &Bench, email: &str) -> usize {
    let list = bench.get(&format!("/v1/customers?email={email}")).await;
    list["data"].as_array().map_or(0, Vec::len)
}

/// Gives the first step that a plan with the live objects shows.
fn step(bench: &Bench) -> Value {
    let outcome = bench.run("plan --refresh --format json");
    outcome.json()["flows"][0]["records"][0]["steps"][0].clone()
}

fn apply_refreshed(bench: &Bench) -> Value {
    bench.run("apply --refresh --yes --format json").totals()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_field_that_others_changed_is_shown_and_put_back_and_what_the_flow_never_sent_is_theirs() {
    let bench = people("upsert customer by email").await;
    bench.apply();
    let ann = format!("/v1/customers/{}", id_of(&bench, "ann@example.com").await);
    let theirs = [
        ("name", "Anna"),
        ("phone", "+1 5"),
        ("metadata[vip]", "yes"),
        ("metadata[no]", ""),
    ];
    bench.post(&ann, &theirs).await;

    let plain = bench.run("plan --format json").json();
    assert_eq!(plain["totals"]["unchanged"], 2, "without a look nobody knows");
    let shown = bench.run("plan --refresh");
    assert_eq!(shown.status, Some(0), "{shown:?}");
    for line in [
        "      other hands changed name: \"Ann\" was sent, \"Anna\" is there now; applying overwrites that\n",
        "      other hands changed metadata.no: \"1\" was sent, nothing is there now; applying overwrites that\n",
        "by other hands: 1 changed, 0 deleted\n",
    ] {
        assert!(shown.stdout.contains(line), "{line}\n{}", shown.stdout);
    }
    let shown = step(&bench);
    assert_eq!(shown["action"], "update");
    assert_eq!(shown["form"], json!({"name": "Ann", "metadata[no]": "1"}));
    assert_eq!(
        shown["drift"],
        json!([
            {"field": "name", "sent": "Ann", "stripe": "Anna", "fate": "overwritten"},
            {"field": "metadata.no", "sent": "1", "stripe": null, "fate": "overwritten"},
        ])
    );

    assert_eq!(
        apply_refreshed(&bench),
        json!({"records": 2, "updated": 1, "unchanged": 1})
    );
    let now = bench.get(&ann).await;
    assert_eq!((&now["name"], &now["phone"]), (&json!("Ann"), &json!("+1 5")));
    assert_eq!(
        (&now["metadata"]["no"], &now["metadata"]["vip"]),
        (&json!("1"), &json!("yes"))
    );
    assert_eq!(apply_refreshed(&bench), json!({"records": 2, "unchanged": 2}));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_others_and_the_sheet_changed_alike_is_remembered_and_not_sent() {
    let bench = people("upsert customer by email").await;
    bench.apply();
    let ann = format!("/v1/customers/{}", id_of(&bench, "ann@example.com").await);
    bench.post(&ann, &[("name", "Anna")]).await;
    bench.project.replace("people.csv", ",Ann,", ",Anna,");
    let shown = step(&bench);
    assert_eq!(shown["action"], "unchanged");
    assert_eq!(shown["drift"][0]["fate"], "wanted");
    let before = bench.sandbox.counts().post;
    assert_eq!(apply_refreshed(&bench), json!({"records": 2, "unchanged": 2}));
    assert_eq!(bench.sandbox.counts().post, before);
    let plan = bench.run("plan --refresh --format json").json();
    assert_eq!(plan["flows"][0]["records"], json!([]), "the ledger knows it now");
    assert_eq!(plan["drift"], json!({"changed": 0, "gone": 0}));
}

#[tokio::test(flavor = "multi_thread")]
async fn three_ways_apart_the_sheet_wins_and_all_three_are_shown() {
    let bench = people("upsert customer by email").await;
    bench.apply();
    let ann = format!("/v1/customers/{}", id_of(&bench, "ann@example.com").await);
    bench.post(&ann, &[("address[city]", "Rome")]).await;
    bench.project.replace("people.csv", "Kyiv", "Odesa");
    let shown = step(&bench);
    assert_eq!(
        shown["changes"],
        json!([{"field": "address.city", "old": "Rome", "new": "Odesa"}])
    );
    assert_eq!(
        shown["drift"],
        json!([{"field": "address.city", "sent": "Kyiv", "stripe": "Rome", "fate": "overwritten"}])
    );
    apply_refreshed(&bench);
    assert_eq!(bench.get(&ann).await["address"]["city"], "Odesa");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cell_that_is_emptied_clears_what_was_sent_unless_others_have_cleared_it() {
    let bench = people("upsert customer by email").await;
    bench.apply();
    let ann = format!("/v1/customers/{}", id_of(&bench, "ann@example.com").await);
    bench.post(&ann, &[("address", "")]).await;
    bench.project.replace("people.csv", "Kyiv", "");
    bench.project.replace("people.csv", "Lviv", "");
    let plan = bench.run("plan --refresh --format json").json();
    let records = plan["flows"][0]["records"].as_array().expect("records");
    assert_eq!(records[0]["steps"][0]["action"], "unchanged", "{plan}");
    assert_eq!(records[0]["steps"][0]["drift"][0]["fate"], "wanted");
    assert_eq!(records[1]["steps"][0]["form"], json!({"address[city]": ""}));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_create_shows_what_others_changed_and_leaves_it() {
    let bench = people("create customer").await;
    bench.apply();
    let ann = format!("/v1/customers/{}", id_of(&bench, "ann@example.com").await);
    bench.post(&ann, &[("name", "Anna")]).await;
    for _ in 0..2 {
        let shown = step(&bench);
        assert_eq!(shown["action"], "unchanged");
        assert_eq!(shown["drift"][0]["fate"], "left");
        assert_eq!(apply_refreshed(&bench), json!({"records": 2, "unchanged": 2}));
    }
    assert_eq!(bench.get(&ann).await["name"], "Anna");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_that_others_made_longer_is_sent_whole() {
    let bench = people("upsert customer by email").await;
    bench
        .project
        .replace("people.flow", "metadata.no  = No", "preferred_locales = [\"uk\"]");
    bench.apply();
    let ann = format!("/v1/customers/{}", id_of(&bench, "ann@example.com").await);
    let theirs = [("preferred_locales[0]", "uk"), ("preferred_locales[1]", "en")];
    bench.post(&ann, &theirs).await;
    let shown = step(&bench);
    assert_eq!(shown["form"], json!({"preferred_locales[0]": "uk"}), "{shown}");
    assert_eq!(shown["drift"][0]["field"], "preferred_locales[1]");
    apply_refreshed(&bench);
    assert_eq!(bench.get(&ann).await["preferred_locales"], json!(["uk"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_object_is_made_again_by_create_upsert_and_mirror() {
    for verb in [
        "create customer",
        "upsert customer by email",
        "mirror customer by metadata.no removing by keep",
    ] {
        let bench = people(verb).await;
        assert_eq!(bench.apply(), json!({"records": 2, "created": 2}), "{verb}");
        let ann = id_of(&bench, "ann@example.com").await;
        delete(&bench, &ann).await;
        assert_eq!(bench.run("plan --format json").json()["totals"]["unchanged"], 2);
        let shown = step(&bench);
        assert_eq!(shown["action"], "create", "{verb}: {shown}");
        assert_eq!(shown["gone"], json!(ann), "{verb}");
        let human = bench.run("plan --refresh").stdout;
        let line = format!("      {ann}, which stood for it, was deleted in Stripe by other hands\n");
        assert!(human.contains(&line), "{human}");
        assert!(
            human.contains("by other hands: 0 changed, 1 deleted\n"),
            "{human}"
        );
        assert_eq!(
            apply_refreshed(&bench),
            json!({"records": 2, "created": 1, "unchanged": 1}),
            "{verb}"
        );
        assert_eq!(count(&bench, "ann@example.com").await, 1, "{verb}");
        assert_eq!(
            apply_refreshed(&bench),
            json!({"records": 2, "unchanged": 2}),
            "{verb}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn in_place_of_a_deleted_object_the_match_is_taken() {
    for verb in [
        "upsert customer by email",
        "mirror customer by metadata.no removing by keep",
    ] {
        let bench = people(verb).await;
        bench.apply();
        delete(&bench, &id_of(&bench, "ann@example.com").await).await;
        let form = [
            ("email", "ann@example.com"),
            ("metadata[no]", "1"),
            ("name", "Made by hand"),
        ];
        let theirs = bench.post("/v1/customers", &form).await["id"].clone();
        let shown = step(&bench);
        assert_eq!(
            (&shown["action"], &shown["id"]),
            (&json!("update"), &theirs),
            "{verb}: {shown}"
        );
        assert_eq!(
            apply_refreshed(&bench),
            json!({"records": 2, "updated": 1, "unchanged": 1})
        );
        assert_eq!(count(&bench, "ann@example.com").await, 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn for_an_update_a_deleted_object_rejects_the_row_and_says_so() {
    let bench = people("update customer by email = Email").await;
    for email in ["ann@example.com", "bob@example.com"] {
        bench.post("/v1/customers", &[("email", email)]).await;
    }
    assert_eq!(bench.apply(), json!({"records": 2, "updated": 2}));
    let ann = id_of(&bench, "ann@example.com").await;
    delete(&bench, &ann).await;
    let outcome = bench.run("plan --refresh --format json");
    assert_eq!(outcome.status, Some(1), "{outcome:?}");
    assert_eq!(
        outcome.json()["flows"][0]["records"][0]["message"],
        json!(format!(
            "{ann}, which stood for it, was deleted in Stripe by other hands; no customer matches `ann@example.com`"
        ))
    );
    let before = bench.sandbox.counts().post;
    assert_eq!(
        apply_refreshed(&bench),
        json!({"records": 2, "rejected": 1, "unchanged": 1})
    );
    assert_eq!(bench.sandbox.counts().post, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_that_the_apply_finds_out_rejects_the_row_and_the_next_plan_makes_it_again() {
    let bench = people("upsert customer by email").await;
    bench.apply();
    let ann = id_of(&bench, "ann@example.com").await;
    delete(&bench, &ann).await;
    bench.project.replace("people.csv", ",Ann,", ",Anna,");
    let outcome = bench.run("apply --yes --format json");
    assert_eq!(outcome.status, Some(1), "{outcome:?}");
    assert_eq!(
        outcome.totals(),
        json!({"records": 2, "rejected": 1, "unchanged": 1})
    );
    assert_eq!(
        outcome.json()["flows"][0]["records"][0]["message"],
        json!(format!(
            "{ann} was deleted in Stripe by other hands; the next plan makes a new one"
        ))
    );
    assert_eq!(bench.apply(), json!({"records": 2, "created": 1, "unchanged": 1}));
    assert_eq!(count(&bench, "ann@example.com").await, 1);
    assert_eq!(bench.apply(), json!({"records": 2, "unchanged": 2}));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_that_finds_its_object_deleted_looks_for_another_one_next() {
    let bench = people("update customer by email = Email").await;
    for email in ["ann@example.com", "bob@example.com"] {
        bench.post("/v1/customers", &[("email", email)]).await;
    }
    bench.apply();
    let ann = id_of(&bench, "ann@example.com").await;
    delete(&bench, &ann).await;
    bench.project.replace("people.csv", ",Ann,", ",Anna,");
    let outcome = bench.run("apply --yes");
    assert_eq!(outcome.status, Some(1), "{outcome:?}");
    let said = format!("{ann} was deleted in Stripe by other hands; the next plan looks for another one");
    assert!(outcome.stdout.contains(&said), "{outcome:?}");
    let outcome = bench.run("plan");
    assert!(
        outcome.stdout.contains("no customer matches `ann@example.com`"),
        "{outcome:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_that_has_to_read_an_object_sees_that_it_is_gone() {
    let bench = people("upsert customer as buyer by email").await;
    bench
        .project
        .replace("people.flow", "    address.city = City\n", "");
    bench.project.replace(
        "people.flow",
        "    metadata.no  = No\n  }\n",
        r#"    metadata.no  = No
  }
  create invoiceitem {
    customer    = buyer.id
    amount      = 100
    currency    = "eur"
    description = "{buyer.name} of {City}"
  }
"#,
    );
    assert_eq!(bench.apply(), json!({"records": 2, "created": 2}));
    let ann = id_of(&bench, "ann@example.com").await;
    delete(&bench, &ann).await;
    bench.project.replace("people.csv", "Kyiv", "Odesa");
    let plan = bench.run("plan --format json").json();
    let steps = &plan["flows"][0]["records"][0]["steps"];
    assert_eq!(
        (&steps[0]["action"], &steps[0]["gone"]),
        (&json!("create"), &json!(ann)),
        "{plan}"
    );
    assert_eq!(bench.apply(), json!({"records": 2, "created": 1, "unchanged": 1}));
    assert_eq!(count(&bench, "ann@example.com").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn steps_after_a_deleted_object_are_made_again_when_theirs_is_gone_too() {
    let bench = people("create customer as buyer").await;
    bench.project.replace(
        "people.flow",
        "    metadata.no  = No\n  }\n",
        r#"    metadata.no  = No
  }
  create invoiceitem {
    customer = buyer.id
    amount   = 100
    currency = "eur"
  }
"#,
    );
    assert_eq!(bench.apply(), json!({"records": 2, "created": 2}));
    let ann = id_of(&bench, "ann@example.com").await;
    let items = bench.get(&format!("/v1/invoiceitems?customer={ann}")).await;
    let item = items["data"][0]["id"].as_str().expect("an item").to_owned();
    bench
        .request(Method::DELETE, &format!("/v1/invoiceitems/{item}"), &[])
        .await;
    delete(&bench, &ann).await;
    let plan = bench.run("plan --refresh --format json").json();
    let steps = &plan["flows"][0]["records"][0]["steps"];
    assert_eq!(
        (&steps[0]["action"], &steps[1]["action"]),
        (&json!("create"), &json!("create")),
        "{plan}"
    );
    assert_eq!(steps[1]["form"]["customer"], Value::Null, "known after apply");
    assert_eq!(
        apply_refreshed(&bench),
        json!({"records": 2, "created": 1, "unchanged": 1})
    );
    let again = id_of(&bench, "ann@example.com").await;
    let items = bench.get(&format!("/v1/invoiceitems?customer={again}")).await;
    assert_eq!(items["data"].as_array().map(Vec::len), Some(1));
    assert_eq!(apply_refreshed(&bench), json!({"records": 2, "unchanged": 2}));
}

#[tokio::test(flavor = "multi_thread")]
async fn looking_costs_a_page_for_a_hundred_objects_and_one_request_for_one() {
    let mut rows = "No,Email,Name,City\n".to_owned();
    for number in 0..250 {
        rows.push_str(&format!("{number},p{number}@example.com,Name {number},\n"));
    }
    let bench = people("create customer").await;
    bench.project.write("people.csv", &rows);
    assert_eq!(bench.apply(), json!({"records": 250, "created": 250}));
    let gets = |command: &str| {
        let outcome = bench.run(command);
        assert_eq!(outcome.status, Some(0), "{outcome:?}");
        outcome.json()["requests"]["GET"].as_u64().expect("a count")
    };
    let plain = gets("plan --format json");
    assert_eq!(gets("plan --refresh --format json"), plain + 3);
    assert_eq!(gets("plan --refresh --key 7 --format json"), plain + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kept_plan_looks_again_when_it_was_made_so() {
    let bench = people("upsert customer by email").await;
    bench.apply();
    let ann = format!("/v1/customers/{}", id_of(&bench, "ann@example.com").await);
    bench.post(&ann, &[("name", "Anna")]).await;
    assert_eq!(bench.run("plan --refresh --out p.plan").status, Some(0));
    bench.post(&ann, &[("name", "Anne")]).await;
    let outcome = bench.run("apply p.plan --yes --format json");
    assert_eq!(outcome.status, Some(2), "{outcome:?}");
    assert_eq!(outcome.json()["error"]["differences"][0]["part"], "stripe");
    assert_eq!(bench.run("plan --refresh --out p.plan").status, Some(0));
    let outcome = bench.run("apply p.plan --yes --format json");
    assert_eq!(
        outcome.totals(),
        json!({"records": 2, "updated": 1, "unchanged": 1})
    );
    assert_eq!(bench.get(&ann).await["name"], "Ann");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_looks_offline() {
    let bench = people("create customer").await;
    assert_eq!(bench.run("plan --offline --refresh").status, Some(2));
}
