//! The sandbox over real HTTP.

#[path = "sandbox/actions.rs"]
mod actions;
#[path = "sandbox/client.rs"]
pub(crate) mod client;
#[path = "sandbox/credits.rs"]
mod credits;
#[path = "sandbox/errors.rs"]
mod errors;
#[path = "sandbox/events.rs"]
mod events;
#[path = "sandbox/every_resource.rs"]
pub(crate) mod every_resource;
#[path = "sandbox/faults.rs"]
mod faults;
#[path = "sandbox/invoices.rs"]
mod invoices;
#[path = "sandbox/keys.rs"]
mod keys;
#[path = "sandbox/lists.rs"]
mod lists;
#[path = "sandbox/offers.rs"]
mod offers;
#[path = "sandbox/payments.rs"]
mod payments;
#[path = "sandbox/steps.rs"]
mod steps;
#[path = "sandbox/subscriptions.rs"]
mod subscriptions;
#[path = "sandbox/totals.rs"]
mod totals;

use serde_json::Value;
use sheetflow::sandbox::Settings;

use client::Client;

#[tokio::test]
async fn a_customer_is_created_read_changed_listed_and_deleted() {
    let client = Client::start(Settings::default()).await;
    let created = client
        .post(
            "/v1/customers",
            "email=ada%40example.com&metadata[k]=v&address[city]=Ulm",
        )
        .await;
    assert_eq!(created.status, 200, "{}", created.body);
    let path = format!("/v1/customers/{}", created.text("id"));
    assert_eq!(created.text("email"), "ada@example.com");
    assert_eq!(created.body["address"]["line1"], Value::Null);
    assert!(
        created
            .header("request-id")
            .is_some_and(|id| id.starts_with("req_"))
    );

    let updated = client
        .post(&path, "email=&name=Ada&metadata[k]=&metadata[l]=w")
        .await;
    assert_eq!(updated.body["email"], Value::Null, "{}", updated.body);
    assert_eq!(updated.body["metadata"], serde_json::json!({"l": "w"}));
    assert_eq!(client.get(&path).await.body, updated.body);

    let listed = client.get("/v1/customers").await.body;
    assert_eq!(listed["data"], Value::Array(vec![updated.body]));
    assert_eq!(
        (&listed["has_more"], &listed["url"]),
        (&Value::Bool(false), &Value::from("/v1/customers"))
    );

    let deleted = client.delete(&path).await;
    assert_eq!(deleted.body["deleted"], Value::Bool(true));
    assert_eq!(client.get(&path).await.body, deleted.body);
    assert_eq!(
        client.get("/v1/customers").await.body["data"],
        Value::Array(vec![])
    );
    client.sandbox.stop().await.expect("it stops");
}
