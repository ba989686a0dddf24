//! Credit notes.

use expect_test::expect;
use serde_json::json;
use sheetflow::sandbox::Settings;

use super::client::{Client, line};

async fn invoice(client: &Client, step: &str) -> (String, String) {
    let customer = client
        .id(
            "/v1/customers",
            "invoice_settings[default_payment_method]=pm_card_visa&invoice_prefix=AB",
        )
        .await;
    let invoice = client.id("/v1/invoices", &format!("customer={customer}")).await;
    let form = format!("customer={customer}&invoice={invoice}&unit_amount_decimal=500&quantity=2");
    client.make("/v1/invoiceitems", &form).await;
    if !step.is_empty() {
        client.make(&format!("/v1/invoices/{invoice}/{step}"), "").await;
    }
    (customer, invoice)
}

#[tokio::test]
async fn a_note_on_an_open_invoice_lowers_what_is_due() {
    let client = Client::start(Settings::default()).await;
    let (_, invoice) = invoice(&client, "finalize").await;
    let path = format!("/v1/invoices/{invoice}");
    let note = client
        .make("/v1/credit_notes", &format!("invoice={invoice}&amount=400"))
        .await;
    assert_eq!(
        (&note["number"], &note["type"]),
        (&json!("AB-0001-CN-01"), &json!("pre_payment"))
    );
    let open = client.read(&path).await;
    assert_eq!(
        (&open["amount_due"], &open["amount_remaining"]),
        (&json!(600), &json!(600))
    );
    let void = format!("/v1/credit_notes/{}/void", note["id"].as_str().unwrap_or(""));
    assert_eq!(client.make(&void, "").await["status"], "void");
    assert_eq!(client.read(&path).await["amount_due"], 1_000);
    let line_item = client.read(&format!("{path}/lines")).await["data"][0]["id"].clone();
    let form = format!(
        "invoice={invoice}&lines[0][type]=invoice_line_item&lines[0][quantity]=2&lines[0][invoice_line_item]={}",
        line_item.as_str().unwrap_or("")
    );
    let whole = client.make("/v1/credit_notes", &form).await;
    assert_eq!(whole["total"], 1_000);
    let lines = client
        .read(&format!(
            "/v1/credit_notes/{}/lines",
            whole["id"].as_str().unwrap_or("")
        ))
        .await;
    assert_eq!(lines["data"], whole["lines"]["data"]);
    let paid = client.read(&path).await;
    assert_eq!(
        (&paid["status"], &paid["amount_paid"]),
        (&json!("paid"), &json!(0))
    );
}

#[tokio::test]
async fn a_note_on_a_paid_invoice_says_where_the_money_goes() {
    let client = Client::start(Settings::default()).await;
    let (customer, paid) = invoice(&client, "pay").await;
    let (_, draft) = invoice(&client, "").await;
    let create = async |form: &str| {
        client
            .post("/v1/credit_notes", &format!("invoice={paid}&{form}"))
            .await
    };
    let mut lines = vec![
        line(&create("amount=400").await),
        line(&create("amount=400&credit_amount=100&refund_amount=100").await),
        line(&create("amount=1001&credit_amount=1001").await),
        line(&create("memo=x").await),
        line(
            &client
                .post("/v1/credit_notes", &format!("invoice={draft}&amount=1"))
                .await,
        ),
    ];
    let note = create("amount=700&refund_amount=500&credit_amount=200&reason=duplicate").await;
    assert_eq!(note.body["post_payment_amount"], 700, "{}", note.body);
    let read = client.read(&format!("/v1/customers/{customer}")).await;
    assert_eq!(read["balance"], -200);
    let refund = note.body["refunds"][0]["refund"]
        .as_str()
        .unwrap_or("")
        .to_owned();
    assert_eq!(client.read(&format!("/v1/refunds/{refund}")).await["amount"], 500);
    lines.push(line(&create("amount=301&out_of_band_amount=301").await));
    let void = format!("/v1/credit_notes/{}/void", note.text("id"));
    lines.push(line(&client.post(&void, "").await));
    expect![[r#"
        400 invalid_request_error - -: The sum of refund_amount, credit_amount and out_of_band_amount (0) must equal what is credited beyond the amount due (400).
        400 invalid_request_error - -: The sum of refund_amount, credit_amount and out_of_band_amount (200) must equal what is credited beyond the amount due (400).
        400 invalid_request_error - amount: A credit note of 1001 is not between 1 and the 1000 that can be credited of the invoice.
        400 invalid_request_error parameter_missing amount: Missing required param: amount.
        400 invalid_request_error - invoice: Credit notes are for open and paid invoices; this one's status is `draft`.
        400 invalid_request_error - amount: A credit note of 301 is not between 1 and the 300 that can be credited of the invoice.
        400 invalid_request_error - -: Only credit notes of open invoices can be voided.
    "#]].assert_eq(&(lines.join("\n") + "\n"));
    let after = client.read(&format!("/v1/invoices/{paid}")).await;
    assert_eq!(after["post_payment_credit_notes_amount"], 700);
}
