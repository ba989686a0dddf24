//! Pages, filters, search, expanding.

use serde_json::{Value, json};
use sheetflow::sandbox::Settings;
use std::sync::atomic::Ordering;

use crate::support::standing_clock;

use super::client::{Answer, Client};

fn names(answer: &Answer) -> Vec<&str> {
    let data = answer.body["data"]
        .as_array()
        .map_or(&[] as &[Value], Vec::as_slice);
    data.iter().filter_map(|object| object["name"].as_str()).collect()
}

/// A sandbox with customers `c0`, `c1`… and their ids.
async fn customers(count: usize) -> (Client, Vec<String>) {
    let client = Client::start(Settings::default()).await;
    let mut ids = Vec::new();
    for number in 0..count {
        let created = client.post("/v1/customers", &format!("name=c{number}")).await;
        ids.push(created.text("id").to_owned());
    }
    (client, ids)
}

#[tokio::test]
async fn pages_go_both_ways_newest_first() {
    let (client, ids) = customers(5).await;
    let page = client.get("/v1/customers?limit=2").await;
    assert_eq!(
        (names(&page), &page.body["has_more"]),
        (vec!["c4", "c3"], &json!(true))
    );
    let page = client
        .get(&format!("/v1/customers?limit=2&starting_after={}", ids[3]))
        .await;
    assert_eq!(
        (names(&page), &page.body["has_more"]),
        (vec!["c2", "c1"], &json!(true))
    );
    let page = client
        .get(&format!("/v1/customers?limit=2&starting_after={}", ids[1]))
        .await;
    assert_eq!(
        (names(&page), &page.body["has_more"]),
        (vec!["c0"], &json!(false))
    );
    let page = client
        .get(&format!("/v1/customers?limit=2&ending_before={}", ids[1]))
        .await;
    assert_eq!(
        (names(&page), &page.body["has_more"]),
        (vec!["c3", "c2"], &json!(true))
    );
    let page = client.get("/v1/customers?limit=0").await;
    assert_eq!(names(&page), ["c4"], "what is out of range is brought into it");
}

#[tokio::test]
async fn a_page_goes_on_after_an_object_that_is_gone() {
    let (client, ids) = customers(3).await;
    client.delete(&format!("/v1/customers/{}", ids[1])).await;
    let page = client
        .get(&format!("/v1/customers?starting_after={}", ids[1]))
        .await;
    assert_eq!(names(&page), ["c0"]);
    assert_eq!(names(&client.get("/v1/customers").await), ["c2", "c0"]);
}

#[tokio::test]
async fn the_email_filter_is_exact_and_follows_updates() {
    let client = Client::start(Settings::default()).await;
    let created = client.post("/v1/customers", "name=c&email=Ada%40x.de").await;
    let by = |email: &str| client.get_owned(format!("/v1/customers?email={email}"));
    assert_eq!(names(&by("Ada%40x.de").await), ["c"]);
    assert!(names(&by("ada%40x.de").await).is_empty());
    assert!(names(&by("Ada").await).is_empty());
    let path = format!("/v1/customers/{}", created.text("id"));
    client.post(&path, "email=new%40x.de").await;
    assert!(names(&by("Ada%40x.de").await).is_empty());
    assert_eq!(names(&by("new%40x.de").await), ["c"]);
    client.delete(&path).await;
    assert!(names(&by("new%40x.de").await).is_empty());
}

#[tokio::test]
async fn filters_take_ranges_booleans_and_lists() {
    let (time, clock) = standing_clock(100);
    let settings = Settings {
        clock,
        ..Settings::default()
    };
    let client = Client::start(settings).await;
    for number in 0..4 {
        time.store(100 + number, Ordering::SeqCst);
        client
            .post(
                "/v1/products",
                &format!("name=p{number}&id=p{number}&active={}", number % 2 == 0),
            )
            .await;
    }
    for (query, expected) in [
        ("created[gte]=101&created[lt]=103", vec!["p2", "p1"]),
        ("created=100", vec!["p0"]),
        ("active=true", vec!["p2", "p0"]),
        ("active=true&created[gt]=100", vec!["p2"]),
        ("ids[]=p0&ids[]=p3", vec!["p3", "p0"]),
    ] {
        let found = client.get_owned(format!("/v1/products?{query}")).await;
        assert_eq!(names(&found), expected, "{query}");
    }
    let price = "currency=usd&unit_amount=1&product=p0&recurring[interval]=month&lookup_key=gold";
    client.post("/v1/prices", price).await;
    for (query, expected) in [
        ("product=p0", 1),
        ("product=p1", 0),
        ("recurring[interval]=month", 1),
        ("recurring[interval]=year", 0),
        ("lookup_keys[]=gold&lookup_keys[]=silver", 1),
        ("lookup_keys[]=silver", 0),
        ("type=recurring", 1),
    ] {
        let found = client.get_owned(format!("/v1/prices?{query}")).await;
        assert_eq!(
            found.body["data"].as_array().map(Vec::len),
            Some(expected),
            "{query}: {}",
            found.body
        );
    }
}

#[tokio::test]
async fn what_belongs_to_an_object_is_listed_under_it() {
    let (client, ids) = customers(2).await;
    let path = format!("/v1/customers/{}/tax_ids", ids[0]);
    let made = client.post(&path, "type=eu_vat&value=DE123456789").await;
    assert_eq!(made.text("customer"), ids[0], "{}", made.body);
    assert_eq!(client.get(&path).await.body["data"], json!([made.body]));
    let other = format!("/v1/customers/{}/tax_ids", ids[1]);
    assert_eq!(client.get(&other).await.body["data"], json!([]));
    let wrong = client.get(&format!("{other}/{}", made.text("id"))).await;
    assert_eq!(wrong.status, 404, "{}", wrong.body);
    let expanded = client
        .get(&format!("/v1/customers/{}?expand[]=tax_ids", ids[0]))
        .await;
    assert_eq!(expanded.body["tax_ids"]["data"], json!([made.body]));
    assert_eq!(expanded.body["tax_ids"]["url"], path);
}

#[tokio::test]
async fn references_expand_on_every_request() {
    let client = Client::start(Settings::default()).await;
    let form = "currency=usd&unit_amount=5&product_data[name]=Widget&expand[]=product";
    let price = client.post("/v1/prices", form).await;
    assert_eq!(price.body["product"]["name"], "Widget", "{}", price.body);
    let path = format!("/v1/prices/{}", price.text("id"));
    assert!(client.get(&path).await.body["product"].is_string());
    let listed = client.get("/v1/prices?expand[]=data.product").await;
    assert_eq!(listed.body["data"][0]["product"]["name"], "Widget");
    let customer = client.post("/v1/customers", "name=Ada").await;
    let invoice = format!("customer={}&expand[]=customer", customer.text("id"));
    let invoice = client.post("/v1/invoices", &invoice).await;
    assert_eq!(invoice.body["customer"]["name"], "Ada");
    client
        .delete(&format!("/v1/customers/{}", customer.text("id")))
        .await;
    let path = format!("/v1/invoices/{}?expand[]=customer", invoice.text("id"));
    assert_eq!(client.get(&path).await.body["customer"]["deleted"], true);
}

#[tokio::test]
async fn a_search_is_paged_and_counted() {
    let (client, _) = customers(5).await;
    let path = "/v1/customers/search?query=created%3E0&limit=2&expand[]=total_count";
    let mut page = client.get(path).await;
    assert_eq!(
        (names(&page), &page.body["total_count"]),
        (vec!["c4", "c3"], &json!(5))
    );
    assert_eq!(page.text("object"), "search_result");
    let mut found = Vec::new();
    loop {
        found.extend(names(&page).into_iter().map(str::to_owned));
        let Some(next) = page.body["next_page"].as_str() else {
            break;
        };
        page = client.get_owned(format!("{path}&page={next}")).await;
    }
    assert_eq!(found, ["c4", "c3", "c2", "c1", "c0"]);
}

#[tokio::test]
async fn paths_without_an_id_have_one_object() {
    let client = Client::start(Settings::default()).await;
    let balance = client.get("/v1/balance").await;
    assert_eq!(balance.body["available"][0]["amount"], 0, "{}", balance.body);
    assert_eq!(client.get("/v1/account").await.text("object"), "account");
    let (updated, path) = (
        client
            .post("/v1/tax/settings", "defaults[tax_behavior]=inclusive")
            .await,
        "/v1/tax/settings",
    );
    assert_eq!(
        updated.body["defaults"]["tax_behavior"], "inclusive",
        "{}",
        updated.body
    );
    assert_eq!(client.get(path).await.body, updated.body);
}
