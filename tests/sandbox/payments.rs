//! Payment intents, their charges and their refunds.

use expect_test::expect;
use serde_json::json;
use sheetflow::sandbox::Settings;

use super::client::{Client, line};

#[tokio::test]
async fn a_test_card_pays_and_is_refunded_in_parts() {
    let client = Client::start(Settings::default()).await;
    let intent = client
        .make(
            "/v1/payment_intents",
            "amount=1000&currency=usd&payment_method=pm_card_visa&confirm=true&metadata[row]=7",
        )
        .await;
    assert_eq!(
        (&intent["status"], &intent["amount_received"]),
        (&json!("succeeded"), &json!(1_000))
    );
    let id = intent["id"].as_str().expect("an id");
    let charge = intent["latest_charge"].as_str().expect("a charge");
    let path = format!("/v1/charges/{charge}");
    let read = client.read(&path).await;
    assert_eq!(read["payment_method_details"]["card"]["last4"], "4242");
    assert_eq!(
        (&read["paid"], &read["metadata"]["row"]),
        (&json!(true), &json!("7"))
    );

    let form = format!("payment_intent={id}&amount=400");
    let refund = client.make("/v1/refunds", &form).await;
    assert_eq!(
        (&refund["status"], &refund["charge"]),
        (&json!("succeeded"), &json!(charge))
    );
    let mut lines = vec![
        line(
            &client
                .post("/v1/refunds", &format!("charge={charge}&amount=601"))
                .await,
        ),
        line(
            &client
                .post("/v1/refunds", &format!("charge={charge}&amount=0"))
                .await,
        ),
    ];
    let rest = client.make("/v1/refunds", &format!("charge={charge}")).await;
    assert_eq!(rest["amount"], 600);
    lines.push(line(&client.post("/v1/refunds", &form).await));
    lines.push(line(&client.post("/v1/refunds", "amount=5").await));
    lines.push(line(&client.post("/v1/refunds", "charge=ch_none").await));
    let cancel = format!("/v1/refunds/{}/cancel", rest["id"].as_str().unwrap_or(""));
    lines.push(line(&client.post(&cancel, "").await));
    lines.push(line(
        &client.post(&format!("/v1/payment_intents/{id}/cancel"), "").await,
    ));
    lines.push(line(
        &client
            .post(&format!("/v1/payment_intents/{id}/confirm"), "")
            .await,
    ));
    lines.push(line(
        &client.post("/v1/payment_intents", "amount=49&currency=usd").await,
    ));
    lines.push(line(
        &client.post("/v1/payment_intents", "amount=-5&currency=usd").await,
    ));
    expect![[r#"
        400 invalid_request_error - amount: A refund of 601 is more than the 600 that is not refunded of the charge `CHARGE`.
        400 invalid_request_error parameter_invalid_integer amount: A refund must be of at least 1.
        400 invalid_request_error charge_already_refunded -: Charge CHARGE has already been refunded.
        400 invalid_request_error parameter_missing charge: Missing required param: charge.
        400 invalid_request_error resource_missing charge: No such charge: 'ch_none'
        400 invalid_request_error - -: A refund with the status `succeeded` can't be canceled, only one that requires an action of the customer.
        400 invalid_request_error payment_intent_unexpected_state -: A PaymentIntent with the status `succeeded` can't be canceled.
        400 invalid_request_error payment_intent_unexpected_state -: A PaymentIntent with the status `succeeded` can't be confirmed.
        400 invalid_request_error amount_too_small amount: Amount must be at least $0.50 usd
        400 invalid_request_error parameter_invalid_integer amount: Invalid positive integer: the amount must be at least 1.
    "#]].assert_eq(&(lines.join("\n").replace(charge, "CHARGE") + "\n"));
    let read = client.read(&path).await;
    assert_eq!(
        (&read["refunded"], &read["amount_refunded"]),
        (&json!(true), &json!(1_000))
    );
    let listed = client.read(&format!("/v1/refunds?payment_intent={id}")).await;
    assert_eq!(listed["data"].as_array().map(Vec::len), Some(2));
}

#[tokio::test]
async fn a_declined_payment_stays_as_one_and_can_be_tried_again() {
    let client = Client::start(Settings::default()).await;
    let form = "amount=1000&currency=usd&payment_method=pm_card_chargeDeclinedInsufficientFunds&confirm=true";
    let declined = client.post_with_key("/v1/payment_intents", form, "k").await;
    let error = &declined.body["error"];
    assert_eq!(
        (declined.status, error["type"].as_str(), error["code"].as_str()),
        (402, Some("card_error"), Some("card_declined"))
    );
    assert_eq!(error["decline_code"], "insufficient_funds");
    let again = client.post_with_key("/v1/payment_intents", form, "k").await;
    assert_eq!(
        (again.status, &again.body),
        (402, &declined.body),
        "a key keeps a decline"
    );
    let id = error["payment_intent"]["id"].as_str().expect("the payment");
    let path = format!("/v1/payment_intents/{id}");
    let read = client.read(&path).await;
    assert_eq!(read["status"], "requires_payment_method");
    assert_eq!(read["last_payment_error"]["code"], "card_declined");
    let paid = client
        .make(&format!("{path}/confirm"), "payment_method=pm_card_mastercard")
        .await;
    assert_eq!(
        (&paid["status"], &paid["last_payment_error"]),
        (&json!("succeeded"), &json!(null))
    );
    let charges = client.read(&format!("/v1/charges?payment_intent={id}")).await;
    let statuses: Vec<&str> = charges["data"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|charge| charge["status"].as_str())
        .collect();
    assert_eq!(statuses, ["succeeded", "failed"]);
}

#[tokio::test]
async fn a_payment_is_authorised_and_then_captured() {
    let client = Client::start(Settings::default()).await;
    let intent = client
        .make(
            "/v1/payment_intents",
            "amount=1000&currency=usd&payment_method=pm_card_visa&confirm=true&capture_method=manual",
        )
        .await;
    assert_eq!(
        (&intent["status"], &intent["amount_capturable"]),
        (&json!("requires_capture"), &json!(1_000))
    );
    let path = format!("/v1/payment_intents/{}", intent["id"].as_str().unwrap_or(""));
    assert_eq!(
        client
            .post(&format!("{path}/capture"), "amount_to_capture=1001")
            .await
            .status,
        400
    );
    let captured = client
        .make(&format!("{path}/capture"), "amount_to_capture=700")
        .await;
    assert_eq!(
        (&captured["status"], &captured["amount_received"]),
        (&json!("succeeded"), &json!(700))
    );
    let waiting = client.id("/v1/payment_intents", "amount=1000&currency=usd").await;
    let canceled = client
        .make(
            &format!("/v1/payment_intents/{waiting}/cancel"),
            "cancellation_reason=duplicate",
        )
        .await;
    assert_eq!(
        (&canceled["status"], &canceled["cancellation_reason"]),
        (&json!("canceled"), &json!("duplicate"))
    );
}

#[tokio::test]
async fn an_invoice_is_paid_by_the_usual_payment_method() {
    let client = Client::start(Settings::default()).await;
    let customer = client.id("/v1/customers", "").await;
    let invoice = client.id("/v1/invoices", &format!("customer={customer}")).await;
    let form = format!("customer={customer}&invoice={invoice}&amount=900");
    client.make("/v1/invoiceitems", &form).await;
    let path = format!("/v1/invoices/{invoice}");
    let nothing = client.post(&format!("{path}/pay"), "").await;
    assert_eq!(nothing.status, 400, "{}", nothing.body);
    assert_eq!(
        client.read(&path).await["status"],
        "draft",
        "a refused request changes nothing"
    );
    let declined = client
        .post(&format!("{path}/pay"), "payment_method=pm_card_chargeDeclined")
        .await;
    assert_eq!(declined.status, 402, "{}", declined.body);
    let open = client.read(&path).await;
    assert_eq!(
        (&open["status"], &open["attempt_count"]),
        (&json!("open"), &json!(1))
    );
    let attached = client
        .make(
            "/v1/payment_methods/pm_card_visa/attach",
            &format!("customer={customer}"),
        )
        .await;
    let method = attached["id"].as_str().expect("an id");
    assert_ne!(method, "pm_card_visa");
    client
        .make(
            &format!("/v1/customers/{customer}"),
            &format!("invoice_settings[default_payment_method]={method}"),
        )
        .await;
    let paid = client.make(&format!("{path}/pay"), "expand[]=payments").await;
    assert_eq!(paid["status"], "paid", "{paid}");
    let payment = &paid["payments"]["data"][0];
    assert_eq!(
        (&payment["status"], &payment["amount_paid"]),
        (&json!("paid"), &json!(900))
    );
}

#[tokio::test]
async fn confirming_an_invoices_payment_pays_the_invoice() {
    let client = Client::start(Settings::default()).await;
    let customer = client.id("/v1/customers", "").await;
    let invoice = client.id("/v1/invoices", &format!("customer={customer}")).await;
    let form = format!("customer={customer}&invoice={invoice}&amount=900");
    client.make("/v1/invoiceitems", &form).await;
    let path = format!("/v1/invoices/{invoice}");
    client.make(&format!("{path}/finalize"), "").await;
    let intents = client
        .read(&format!("/v1/payment_intents?customer={customer}"))
        .await;
    let intent = format!(
        "/v1/payment_intents/{}",
        intents["data"][0]["id"].as_str().unwrap_or("")
    );
    assert_eq!(client.post(&format!("{intent}/cancel"), "").await.status, 400);
    let confirm = format!("{intent}/confirm");
    let waiting = client
        .make(&confirm, "payment_method=pm_card_authenticationRequired")
        .await;
    assert_eq!(waiting["status"], "requires_action");
    assert_eq!(client.read(&path).await["status"], "open");
    let confirmed = client.make(&confirm, "payment_method=pm_card_visa").await;
    assert_eq!(confirmed["status"], "succeeded");
    assert_eq!(client.read(&path).await["status"], "paid");
}
