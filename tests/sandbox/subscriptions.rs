//! Subscriptions: items, periods, first invoices, changes and ends.

use expect_test::expect;
use serde_json::{Value, json};
use sheetflow::sandbox::Settings;

use super::client::{Client, line};
use crate::support::standing_clock;

/// 2027-01-31 12:00 UTC.
const NOW: i64 = 1_801_396_800;

fn settings() -> Settings {
    Settings {
        clock: standing_clock(NOW).1,
        ..Settings::default()
    }
}

async fn price(client: &Client, amount: u32) -> String {
    let product = client.id("/v1/products", "name=Gold").await;
    let form = format!("product={product}&currency=usd&unit_amount={amount}&recurring[interval]=month");
    client.id("/v1/prices", &form).await
}

fn parts(subscription: &Value) -> String {
    let item = &subscription["items"]["data"][0];
    json!([
        subscription["status"],
        subscription["currency"],
        item["quantity"],
        item["current_period_start"],
        item["current_period_end"],
    ])
    .to_string()
}

#[tokio::test]
async fn a_charged_subscription_is_paid_at_once() {
    let client = Client::start(settings()).await;
    let price = price(&client, 1_000).await;
    let customer = client
        .id(
            "/v1/customers",
            "invoice_settings[default_payment_method]=pm_card_visa",
        )
        .await;
    let pending = format!("customer={customer}&amount=5&currency=usd");
    client.make("/v1/invoiceitems", &pending).await;
    let form =
        format!("customer={customer}&items[0][price]={price}&items[0][quantity]=3&expand[]=latest_invoice");
    let subscription = client.make("/v1/subscriptions", &form).await;
    expect![[r#"["active","usd",3,1801396800,1803816000]"#]].assert_eq(&parts(&subscription));
    let invoice = &subscription["latest_invoice"];
    assert_eq!(
        (&invoice["status"], &invoice["total"]),
        (&json!("paid"), &json!(3_005))
    );
    assert_eq!(invoice["billing_reason"], "subscription_create");
    let id = subscription["id"].as_str().expect("an id");
    let listed = client.read(&format!("/v1/invoices?subscription={id}")).await;
    assert_eq!(listed["data"][0]["id"], invoice["id"]);
    let items = client
        .read(&format!("/v1/subscription_items?subscription={id}"))
        .await;
    assert_eq!(items["data"], subscription["items"]["data"]);
    assert_eq!(
        client.read(&format!("/v1/customers/{customer}")).await["currency"],
        "usd"
    );
}

#[tokio::test]
async fn first_invoices_are_as_the_payment_goes() {
    let client = Client::start(settings()).await;
    let price = price(&client, 1_000).await;
    let none = client.id("/v1/customers", "").await;
    let declining = client
        .id(
            "/v1/customers",
            "invoice_settings[default_payment_method]=pm_card_chargeCustomerFail",
        )
        .await;
    let mut lines = Vec::new();
    for (customer, form) in [
        (&none, ""),
        (&none, "&payment_behavior=default_incomplete"),
        (&none, "&trial_period_days=14"),
        (&none, "&collection_method=send_invoice&days_until_due=14"),
        (&none, "&collection_method=send_invoice"),
        (&none, "&days_until_due=5"),
        (&declining, ""),
        (&declining, "&payment_behavior=error_if_incomplete"),
    ] {
        let sent = format!("customer={customer}&items[0][price]={price}{form}&expand[]=latest_invoice");
        let answer = client.post("/v1/subscriptions", &sent).await;
        let outcome = match answer.status {
            200 => format!(
                "{} {}",
                parts(&answer.body),
                answer.body["latest_invoice"]["status"]
            ),
            _ => line(&answer),
        };
        lines.push(format!("{form}: {outcome}"));
    }
    expect![[r#"
        : 400 invalid_request_error resource_missing -: The customer has no payment method to charge: neither the subscription nor the customer has a default.
        &payment_behavior=default_incomplete: ["incomplete","usd",1,1801396800,1803816000] "open"
        &trial_period_days=14: ["trialing","usd",1,1801396800,1802606400] "paid"
        &collection_method=send_invoice&days_until_due=14: ["active","usd",1,1801396800,1803816000] "draft"
        &collection_method=send_invoice: 400 invalid_request_error parameter_missing days_until_due: Missing required param: days_until_due.
        &days_until_due=5: 400 invalid_request_error - days_until_due: `days_until_due` is only for subscriptions with `collection_method=send_invoice`.
        : ["incomplete","usd",1,1801396800,1803816000] "open"
        &payment_behavior=error_if_incomplete: 402 card_error card_declined -: Your card was declined.
    "#]].assert_eq(&(lines.join("\n") + "\n"));
    let left = client
        .read(&format!("/v1/subscriptions?customer={declining}"))
        .await;
    assert_eq!(
        left["data"].as_array().map(Vec::len),
        Some(1),
        "what errors is not created"
    );
    let incomplete = left["data"][0]["latest_invoice"]
        .as_str()
        .unwrap_or("")
        .to_owned();
    client
        .make(
            &format!("/v1/invoices/{incomplete}/pay"),
            "payment_method=pm_card_visa",
        )
        .await;
    let id = left["data"][0]["id"].as_str().unwrap_or("");
    assert_eq!(
        client.read(&format!("/v1/subscriptions/{id}")).await["status"],
        "active"
    );
}

#[tokio::test]
async fn a_subscription_ends_now_or_with_its_period_or_with_its_customer() {
    let client = Client::start(settings()).await;
    let price = price(&client, 0).await;
    let customer = client.id("/v1/customers", "").await;
    let create = async || {
        let form = format!("customer={customer}&items[0][price]={price}");
        client.id("/v1/subscriptions", &form).await
    };
    let path = format!("/v1/subscriptions/{}", create().await);
    let planned = client
        .make(
            &path,
            "cancel_at_period_end=true&cancellation_details[comment]=bye",
        )
        .await;
    assert_eq!(
        (&planned["status"], &planned["cancel_at"], &planned["canceled_at"]),
        (&json!("active"), &json!(1_803_816_000), &json!(NOW))
    );
    assert_eq!(planned["cancellation_details"]["comment"], "bye");
    let kept = client.make(&path, "cancel_at_period_end=false").await;
    assert_eq!(
        (&kept["cancel_at"], &kept["canceled_at"]),
        (&json!(null), &json!(null))
    );
    let ended = client.delete(&path).await;
    assert_eq!(ended.text("status"), "canceled", "{}", ended.body);
    assert_eq!(client.read(&path).await, ended.body);
    let mut lines = vec![
        line(&client.delete(&path).await).replace(&path[18..], "SUB"),
        line(&client.post(&path, "description=x").await),
        line(&client.post(&path, "metadata[k]=v").await),
    ];
    let other = create().await;
    assert_eq!(
        client.delete(&format!("/v1/customers/{customer}")).await.status,
        200
    );
    assert_eq!(
        client.read(&format!("/v1/subscriptions/{other}")).await["status"],
        "canceled"
    );
    lines.push(line(&client.post("/v1/subscriptions", "customer=cus_none").await));
    expect![[r#"
        404 invalid_request_error resource_missing id: No such subscription: 'SUB'
        400 invalid_request_error - -: Of a canceled subscription only the metadata and the cancellation details can be changed.
        200 - - -: -
        400 invalid_request_error resource_missing customer: No such customer: 'cus_none'
    "#]].assert_eq(&(lines.join("\n") + "\n"));
}

#[tokio::test]
async fn changed_items_are_prorated_on_the_next_invoice() {
    let client = Client::start(settings()).await;
    let (small, large) = (price(&client, 1_000).await, price(&client, 5_000).await);
    let customer = client.id("/v1/customers", "").await;
    let form = format!(
        "customer={customer}&items[0][price]={small}&collection_method=send_invoice&days_until_due=9"
    );
    let subscription = client.make("/v1/subscriptions", &form).await;
    let path = format!("/v1/subscriptions/{}", subscription["id"].as_str().unwrap_or(""));
    let item = subscription["items"]["data"][0]["id"]
        .as_str()
        .unwrap_or("")
        .to_owned();
    let changed = client
        .make(&path, &format!("items[0][id]={item}&items[0][price]={large}"))
        .await;
    assert_eq!(changed["items"]["data"][0]["price"]["id"], json!(large));
    let pending = client
        .read(&format!("/v1/invoiceitems?customer={customer}&pending=true"))
        .await;
    let amounts: Vec<i64> = pending["data"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|item| item["amount"].as_i64())
        .collect();
    assert_eq!(amounts, [5_000, -1_000]);
    let added = client
        .make(&path, &format!("items[0][price]={small}&proration_behavior=none"))
        .await;
    assert_eq!(added["items"]["data"].as_array().map(Vec::len), Some(2));
    let deleted = client.delete(&format!("/v1/subscription_items/{item}")).await;
    assert_eq!(deleted.status, 200, "{}", deleted.body);
    let last = client.read(&path).await["items"]["data"][0]["id"].clone();
    let last = format!("/v1/subscription_items/{}", last.as_str().unwrap_or(""));
    assert_eq!(client.delete(&last).await.status, 400);
}

#[tokio::test]
async fn a_change_can_be_billed_at_once_and_discounts_go_on() {
    let client = Client::start(settings()).await;
    let price = price(&client, 1_000).await;
    client
        .make("/v1/coupons", "id=TEN&percent_off=10&duration=forever")
        .await;
    let customer = client
        .id(
            "/v1/customers",
            "invoice_settings[default_payment_method]=pm_card_visa",
        )
        .await;
    let form = format!(
        "customer={customer}&items[0][price]={price}&discounts[0][coupon]=TEN&expand[]=latest_invoice"
    );
    let subscription = client.make("/v1/subscriptions", &form).await;
    assert_eq!(subscription["latest_invoice"]["total"], 900);
    let path = format!("/v1/subscriptions/{}", subscription["id"].as_str().unwrap_or(""));
    let item = subscription["items"]["data"][0]["id"]
        .as_str()
        .unwrap_or("")
        .to_owned();
    let form = format!(
        "items[0][id]={item}&items[0][quantity]=4&proration_behavior=always_invoice&expand[]=latest_invoice"
    );
    let changed = client.make(&path, &form).await;
    let invoice = &changed["latest_invoice"];
    assert_eq!(
        (&invoice["billing_reason"], &invoice["status"], &invoice["total"]),
        (&json!("subscription_update"), &json!("paid"), &json!(3_000))
    );
    let gone = client.delete(&format!("{path}/discount")).await;
    assert_eq!(gone.body["deleted"], true, "{}", gone.body);
    assert_eq!(client.read(&path).await["discounts"], json!([]));
}

#[tokio::test]
async fn a_first_period_can_end_at_an_anchor() {
    let client = Client::start(settings()).await;
    let price = price(&client, 2_800).await;
    let customer = client.id("/v1/customers", "").await;
    // The period would have begun 31 days before the anchor, of which ten are left.
    let form = format!(
        "customer={customer}&items[0][price]={price}&collection_method=send_invoice&days_until_due=1\
         &billing_cycle_anchor={}&expand[]=latest_invoice",
        NOW + 10 * 86_400
    );
    let subscription = client.make("/v1/subscriptions", &form).await;
    expect![[r#"["active","usd",1,1801396800,1802260800] 903"#]].assert_eq(&format!(
        "{} {}",
        parts(&subscription),
        subscription["latest_invoice"]["total"]
    ));
    let past = client
        .post(
            "/v1/subscriptions",
            &form.replace("billing_cycle_anchor=18", "billing_cycle_anchor=17"),
        )
        .await;
    assert_eq!(past.status, 400, "{}", past.body);
}
