//! Events of all that happens.

use expect_test::expect;
use serde_json::{Value, json};
use sheetflow::sandbox::Settings;

use super::client::Client;

/// Gives the types of all events, oldest first.
async fn types(client: &Client) -> Vec<String> {
    let events = client.read("/v1/events?limit=100").await;
    let events = events["data"].as_array().cloned().unwrap_or_default();
    let types = events.iter().rev();
    types
        .map(|event| event["type"].as_str().unwrap_or("").to_owned())
        .collect()
}

#[tokio::test]
async fn events_show_what_was_and_what_is() {
    let client = Client::start(Settings::default()).await;
    let created = client
        .post_with_key("/v1/customers", "name=Ada&metadata[k]=v", "a-key")
        .await;
    let path = format!("/v1/customers/{}", created.text("id"));
    client.make(&path, "name=Bob&metadata[k]=&metadata[l]=w").await;
    client.make(&path, "name=Bob").await;
    let last = client.read(&path).await;
    client.delete(&path).await;
    assert_eq!(
        types(&client).await,
        ["customer.created", "customer.updated", "customer.deleted"],
        "a change of nothing is none"
    );
    let events = client.read("/v1/events").await;
    let event = |index: usize| events["data"][index].clone();
    assert_eq!(event(2)["data"], json!({"object": created.body}));
    assert_eq!(
        event(2)["request"],
        json!({"id": created.header("request-id"), "idempotency_key": "a-key"})
    );
    assert_eq!(event(1)["data"]["object"], last);
    assert_eq!(
        event(1)["data"]["previous_attributes"],
        json!({"name": "Ada", "metadata": {"k": "v", "l": null}})
    );
    assert_eq!(
        event(0)["data"]["object"],
        last,
        "a deletion shows what was deleted"
    );
    let id = event(1)["id"].as_str().unwrap_or("").to_owned();
    assert_eq!(client.read(&format!("/v1/events/{id}")).await, event(1));
    let some = client.read("/v1/events?type=customer.updated").await;
    assert_eq!(some["data"], json!([event(1)]));
    let some = client
        .read("/v1/events?types[0]=customer.updated&types[1]=customer.created")
        .await;
    assert_eq!(some["data"], json!([event(1), event(2)]));
}

#[tokio::test]
async fn an_invoice_tells_its_life() {
    let client = Client::start(Settings::default()).await;
    let customer = client.id("/v1/customers", "").await;
    let invoice = client.id("/v1/invoices", &format!("customer={customer}")).await;
    let path = format!("/v1/invoices/{invoice}");
    let form = format!("customer={customer}&invoice={invoice}&amount=900");
    client.make("/v1/invoiceitems", &form).await;
    client.make(&format!("{path}/finalize"), "").await;
    client
        .post(&format!("{path}/pay"), "payment_method=pm_card_chargeDeclined")
        .await;
    client
        .make(&format!("{path}/pay"), "payment_method=pm_card_visa")
        .await;
    client
        .make(
            "/v1/credit_notes",
            &format!("invoice={invoice}&amount=100&refund_amount=100"),
        )
        .await;
    let draft = client.id("/v1/invoices", &format!("customer={customer}")).await;
    client.delete(&format!("/v1/invoices/{draft}")).await;
    expect![[r#"
        customer.created
        invoice.created
        invoiceitem.created
        invoice.updated
        invoice.updated
        customer.updated
        payment_intent.created
        invoice.finalized
        invoice.updated
        charge.failed
        payment_intent.payment_failed
        invoice.payment_failed
        invoice.updated
        charge.succeeded
        payment_intent.succeeded
        invoice_payment.paid
        invoice.paid
        invoice.payment_succeeded
        credit_note.created
        refund.created
        charge.updated
        invoice.updated
        charge.refunded
        invoice.created
        invoice.deleted
    "#]]
    .assert_eq(&(types(&client).await.join("\n") + "\n"));
    let finalized = client.read("/v1/events?type=invoice.finalized").await;
    assert_eq!(finalized["data"][0]["data"]["object"]["status"], "open");
}

#[tokio::test]
async fn events_outlive_the_sandbox() {
    let folder = tempfile::tempdir().expect("a folder");
    let settings = Settings {
        state: Some(folder.path().join("state.db")),
        ..Settings::default()
    };
    let client = Client::start(settings.clone()).await;
    let customer = client.id("/v1/customers", "").await;
    let invoice = client.id("/v1/invoices", &format!("customer={customer}")).await;
    let form = format!("customer={customer}&invoice={invoice}&amount=900");
    client.make("/v1/invoiceitems", &form).await;
    client.make(&format!("/v1/invoices/{invoice}/finalize"), "").await;
    let everything = async |client: &Client| -> Vec<Value> {
        let mut found = Vec::new();
        for path in [
            "/v1/events?limit=100".to_owned(),
            format!("/v1/invoices/{invoice}"),
            format!("/v1/invoices/{invoice}/lines"),
            format!("/v1/invoice_payments?invoice={invoice}"),
            format!("/v1/payment_intents?customer={customer}"),
        ] {
            found.push(client.read(&path).await);
        }
        found
    };
    let before = everything(&client).await;
    client.sandbox.stop().await.expect("it stops");
    let again = Client::start(settings).await;
    assert_eq!(everything(&again).await, before);
}
