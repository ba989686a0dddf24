//! What can be done with an invoice in each of its states.

use expect_test::expect;
use sheetflow::sandbox::Settings;

use super::client::Client;

/// Makes an invoice in a state.
async fn invoice(client: &Client, state: &str) -> String {
    let customer = client
        .id(
            "/v1/customers",
            "invoice_settings[default_payment_method]=pm_card_visa",
        )
        .await;
    let form = format!("customer={customer}&collection_method=send_invoice&days_until_due=1");
    let invoice = client.id("/v1/invoices", &form).await;
    let form = format!("customer={customer}&invoice={invoice}&amount=900");
    client.make("/v1/invoiceitems", &form).await;
    let steps: &[&str] = match state {
        "open" => &["finalize"],
        "paid" => &["pay"],
        "void" => &["finalize", "void"],
        "uncollectible" => &["finalize", "mark_uncollectible"],
        _ => &[],
    };
    for step in steps {
        client.make(&format!("/v1/invoices/{invoice}/{step}"), "").await;
    }
    invoice
}

#[tokio::test]
async fn each_state_allows_its_steps() {
    let client = Client::start(Settings::default()).await;
    let mut table = String::new();
    for state in ["draft", "open", "paid", "uncollectible", "void"] {
        for step in ["finalize", "pay", "send", "void", "mark_uncollectible", "DELETE"] {
            let path = format!("/v1/invoices/{}", invoice(&client, state).await);
            let answer = match step {
                "DELETE" => client.delete(&path).await,
                step => client.post(&format!("{path}/{step}"), "").await,
            };
            let outcome = match answer.status {
                200 if step == "DELETE" => "deleted",
                200 => answer.text("status"),
                _ => answer.body["error"]["message"].as_str().unwrap_or(""),
            };
            table.push_str(&format!("{state} {step}: {} {outcome}\n", answer.status));
            let read = client.get(&path).await;
            if answer.status == 200 && step != "DELETE" {
                assert_eq!(read.body, answer.body);
            }
        }
    }
    expect![[r#"
        draft finalize: 200 open
        draft pay: 200 paid
        draft send: 200 open
        draft void: 400 You can only pass in open invoices. This invoice isn't open.
        draft mark_uncollectible: 400 You can only pass in open invoices. This invoice isn't open.
        draft DELETE: 200 deleted
        open finalize: 400 This invoice is already finalized, you can't re-finalize a non-draft invoice.
        open pay: 200 paid
        open send: 200 open
        open void: 200 void
        open mark_uncollectible: 200 uncollectible
        open DELETE: 400 You can only delete draft invoices.
        paid finalize: 400 This invoice is already finalized, you can't re-finalize a non-draft invoice.
        paid pay: 400 Invoice is already paid
        paid send: 200 paid
        paid void: 400 Invoices with `paid` payments cannot be voided.
        paid mark_uncollectible: 400 You can only pass in open invoices. This invoice isn't open.
        paid DELETE: 400 You can only delete draft invoices.
        uncollectible finalize: 400 This invoice is already finalized, you can't re-finalize a non-draft invoice.
        uncollectible pay: 200 paid
        uncollectible send: 200 uncollectible
        uncollectible void: 200 void
        uncollectible mark_uncollectible: 400 This invoice has already been marked uncollectible.
        uncollectible DELETE: 400 You can only delete draft invoices.
        void finalize: 400 This invoice is already finalized, you can't re-finalize a non-draft invoice.
        void pay: 400 You can only pass in open invoices. This invoice isn't open.
        void send: 400 You can only pass in open invoices. This invoice isn't open.
        void void: 400 You can only pass in open invoices. This invoice isn't open.
        void mark_uncollectible: 400 You can only pass in open invoices. This invoice isn't open.
        void DELETE: 400 You can only delete draft invoices.
    "#]].assert_eq(&table);
}
