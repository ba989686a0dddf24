//! Invoices and their items: what goes on them, what they come to, how they are finalised.

use expect_test::expect;
use serde_json::{Value, json};
use sheetflow::sandbox::Settings;

use super::client::{Client, line};

/// Gives some of an object's fields.
fn some(object: &Value, names: &[&str]) -> Value {
    names
        .iter()
        .map(|name| ((*name).to_owned(), object[*name].clone()))
        .collect::<serde_json::Map<String, Value>>()
        .into()
}

async fn draft(client: &Client) -> (String, String) {
    let customer = client.id("/v1/customers", "invoice_prefix=ABCD1234").await;
    let invoice = client
        .id(
            "/v1/invoices",
            &format!("customer={customer}&collection_method=send_invoice&days_until_due=30"),
        )
        .await;
    (customer, invoice)
}

#[tokio::test]
async fn items_add_up_and_finalising_numbers_the_invoice() {
    let client = Client::start(Settings::default()).await;
    let (customer, invoice) = draft(&client).await;
    for form in ["amount=1250", "unit_amount_decimal=0.5&quantity=3", "amount=-200"] {
        let form = format!("customer={customer}&invoice={invoice}&description=x&{form}");
        client.make("/v1/invoiceitems", &form).await;
    }
    let path = format!("/v1/invoices/{invoice}");
    let totals = [
        "status",
        "number",
        "subtotal",
        "total",
        "amount_due",
        "amount_remaining",
        "amount_paid",
    ];
    expect![[r#"{"status":"draft","number":null,"subtotal":1052,"total":1052,"amount_due":1052,"amount_remaining":1052,"amount_paid":0}"#]]
        .assert_eq(&some(&client.read(&path).await, &totals).to_string());

    let finalized = client.make(&format!("{path}/finalize"), "").await;
    expect![[r#"{"status":"open","number":"ABCD1234-0001","subtotal":1052,"total":1052,"amount_due":1052,"amount_remaining":1052,"amount_paid":0}"#]]
        .assert_eq(&some(&finalized, &totals).to_string());
    let url = finalized["hosted_invoice_url"].as_str().unwrap_or("");
    assert!(url.starts_with("https://invoice.stripe.com/i/acct_"), "{url}");
    assert!(
        finalized["invoice_pdf"]
            .as_str()
            .is_some_and(|url| url.contains("/pdf"))
    );
    let created = finalized["created"].as_i64().unwrap_or(0);
    assert_eq!(finalized["due_date"], created + 30 * 86_400);
    assert_eq!(
        client.read(&format!("/v1/customers/{customer}")).await["next_invoice_sequence"],
        2
    );

    let paid = client.make(&format!("{path}/pay"), "paid_out_of_band=true").await;
    expect![[r#"{"status":"paid","number":"ABCD1234-0001","subtotal":1052,"total":1052,"amount_due":1052,"amount_remaining":0,"amount_paid":1052}"#]]
        .assert_eq(&some(&paid, &totals).to_string());
    assert_eq!(client.read(&path).await, paid);
}

#[tokio::test]
async fn lines_are_pending_items_first_then_later_ones_in_their_order() {
    let client = Client::start(Settings::default()).await;
    let customer = client.id("/v1/customers", "").await;
    for name in ["first", "second"] {
        let form = format!("customer={customer}&amount=100&description={name}");
        client.make("/v1/invoiceitems", &form).await;
    }
    let pending = format!("/v1/invoiceitems?customer={customer}&pending=true");
    assert_eq!(
        client.read(&pending).await["data"].as_array().map(Vec::len),
        Some(2)
    );
    let excluding = client.make("/v1/invoices", &format!("customer={customer}")).await;
    assert_eq!(excluding["total"], 0);
    let form = format!("customer={customer}&pending_invoice_items_behavior=include");
    let invoice = client.make("/v1/invoices", &form).await;
    assert_eq!(
        (&invoice["total"], &invoice["currency"]),
        (&json!(200), &json!("usd"))
    );
    assert_eq!(client.read(&pending).await["data"], json!([]));
    let id = invoice["id"].as_str().expect("an id");
    for number in 0..10 {
        let form = format!("customer={customer}&invoice={id}&amount=1&description=later{number}");
        client.make("/v1/invoiceitems", &form).await;
    }
    let names = |list: &Value| -> Vec<String> {
        let lines = list["data"].as_array().cloned().unwrap_or_default();
        lines
            .iter()
            .map(|line| line["description"].as_str().unwrap_or("").to_owned())
            .collect()
    };
    let shown = client.read(&format!("/v1/invoices/{id}")).await["lines"].clone();
    assert_eq!(names(&shown)[..4], ["second", "first", "later0", "later1"]);
    assert_eq!((names(&shown).len(), &shown["has_more"]), (10, &json!(true)));
    let lines = client.read(&format!("/v1/invoices/{id}/lines?limit=100")).await;
    assert_eq!(names(&lines)[..10], names(&shown));
    assert_eq!((names(&lines).len(), &lines["has_more"]), (12, &json!(false)));
    let tenth = shown["data"][9]["id"].as_str().unwrap_or("");
    let rest = client
        .read(&format!("/v1/invoices/{id}/lines?starting_after={tenth}"))
        .await;
    assert_eq!(names(&rest), ["later8", "later9"]);
}

#[tokio::test]
async fn prices_discounts_taxes_and_shipping_make_the_total() {
    let client = Client::start(Settings::default()).await;
    let (customer, invoice) = draft(&client).await;
    let product = client.id("/v1/products", "name=Widget").await;
    let price = client
        .id(
            "/v1/prices",
            &format!("product={product}&currency=usd&unit_amount=999"),
        )
        .await;
    let vat = client
        .id("/v1/tax_rates", "display_name=VAT&percentage=19&inclusive=false")
        .await;
    let coupon = client.id("/v1/coupons", "percent_off=12.5").await;
    let rate = client
        .id(
            "/v1/shipping_rates",
            "display_name=Post&type=fixed_amount&fixed_amount[amount]=500&fixed_amount[currency]=usd",
        )
        .await;
    let form = format!("customer={customer}&invoice={invoice}&pricing[price]={price}&quantity=3");
    let item = client.make("/v1/invoiceitems", &form).await;
    assert_eq!(
        (&item["amount"], &item["description"]),
        (&json!(2_997), &json!("Widget"))
    );
    let form = format!(
        "discounts[0][coupon]={coupon}&default_tax_rates[0]={vat}&shipping_cost[shipping_rate]={rate}"
    );
    let updated = client.make(&format!("/v1/invoices/{invoice}"), &form).await;
    let names = [
        "subtotal",
        "total_discount_amounts",
        "amount_shipping",
        "total_excluding_tax",
        "total",
    ];
    let discount = updated["discounts"][0].as_str().unwrap_or("").to_owned();
    expect![[r#"{"subtotal":2997,"total_discount_amounts":[{"amount":375,"discount":"DISCOUNT"}],"amount_shipping":500,"total_excluding_tax":3122,"total":3620}"#]]
        .assert_eq(&some(&updated, &names).to_string().replace(&discount, "DISCOUNT"));
    assert_eq!(updated["total_taxes"][0]["amount"], 498);
    assert_eq!(
        client.read(&format!("/v1/coupons/{coupon}")).await["times_redeemed"],
        1
    );
    let expanded = client
        .read(&format!(
            "/v1/invoices/{invoice}?expand[]=discounts&expand[]=customer"
        ))
        .await;
    assert_eq!(expanded["discounts"][0]["source"]["coupon"], json!(coupon));
    assert_eq!(expanded["customer"]["id"], json!(customer));
}

#[tokio::test]
async fn a_balance_is_taken_into_account_at_finalising() {
    let client = Client::start(Settings::default()).await;
    let customer = client.id("/v1/customers", "balance=-300").await;
    let mut lines = Vec::new();
    for amount in [200, 1_000, 20, 0, -50] {
        let invoice = client.id("/v1/invoices", &format!("customer={customer}")).await;
        let form = format!("customer={customer}&invoice={invoice}&amount={amount}");
        client.make("/v1/invoiceitems", &form).await;
        let done = client.make(&format!("/v1/invoices/{invoice}/finalize"), "").await;
        let names = [
            "total",
            "starting_balance",
            "amount_due",
            "ending_balance",
            "status",
        ];
        lines.push(some(&done, &names).to_string());
    }
    expect![[r#"
        {"total":200,"starting_balance":-300,"amount_due":0,"ending_balance":-100,"status":"paid"}
        {"total":1000,"starting_balance":-100,"amount_due":900,"ending_balance":0,"status":"open"}
        {"total":20,"starting_balance":0,"amount_due":0,"ending_balance":20,"status":"paid"}
        {"total":0,"starting_balance":20,"amount_due":0,"ending_balance":20,"status":"paid"}
        {"total":-50,"starting_balance":20,"amount_due":0,"ending_balance":-30,"status":"paid"}
    "#]]
    .assert_eq(&(lines.join("\n") + "\n"));
    let kept = client
        .read(&format!("/v1/customers/{customer}/balance_transactions"))
        .await;
    let amounts: Vec<i64> = kept["data"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|transaction| transaction["amount"].as_i64())
        .collect();
    assert_eq!(amounts, [-50, 20, 100, 200]);
}

#[tokio::test]
async fn items_follow_their_invoice() {
    let client = Client::start(Settings::default()).await;
    let (customer, invoice) = draft(&client).await;
    let form = format!("customer={customer}&invoice={invoice}&unit_amount_decimal=100&quantity=2");
    let item = client.id("/v1/invoiceitems", &form).await;
    let total = async || client.read(&format!("/v1/invoices/{invoice}")).await["total"].clone();
    assert_eq!(total().await, 200);
    client
        .make(&format!("/v1/invoiceitems/{item}"), "quantity=5")
        .await;
    assert_eq!(total().await, 500);
    let line = client.read(&format!("/v1/invoices/{invoice}/lines")).await["data"][0].clone();
    let path = format!(
        "/v1/invoices/{invoice}/lines/{}",
        line["id"].as_str().unwrap_or("")
    );
    client.make(&path, "amount=42&description=other").await;
    assert_eq!(total().await, 42);
    let read = client.read(&format!("/v1/invoiceitems/{item}")).await;
    assert_eq!(
        (&read["amount"], &read["description"]),
        (&json!(42), &json!("other"))
    );
    client
        .make(
            &format!("/v1/invoices/{invoice}/add_lines"),
            "lines[0][amount]=10&lines[1][amount]=20&lines[1][description]=two",
        )
        .await;
    assert_eq!(total().await, 72);
    let deleted = client.delete(&format!("/v1/invoiceitems/{item}")).await;
    assert_eq!(deleted.status, 200, "{}", deleted.body);
    assert_eq!(total().await, 30);
    let line = client.read(&format!("/v1/invoices/{invoice}/lines")).await["data"][0]["id"].clone();
    let form = format!(
        "lines[0][id]={}&lines[0][behavior]=unassign",
        line.as_str().unwrap_or("")
    );
    client
        .make(&format!("/v1/invoices/{invoice}/remove_lines"), &form)
        .await;
    assert_eq!(total().await, 20);
}

#[tokio::test]
async fn what_an_invoice_can_not_take_is_refused() {
    let client = Client::start(Settings::default()).await;
    let (customer, invoice) = draft(&client).await;
    let other = client.id("/v1/customers", "").await;
    let product = client.id("/v1/products", "name=Gold").await;
    let monthly = format!("product={product}&currency=usd&unit_amount=1&recurring[interval]=month");
    let monthly = client.id("/v1/prices", &monthly).await;
    let on = format!("customer={customer}&invoice={invoice}");
    let mut lines = Vec::new();
    for form in [
        format!("{on}&amount=5&currency=mxn"),
        format!("{on}&amount=5&quantity=2"),
        on.clone(),
        format!("customer={other}&invoice={invoice}&amount=5"),
        format!("{on}&pricing[price]={monthly}"),
        format!("{on}&unit_amount_decimal=1&quantity=-1"),
        format!("{on}&unit_amount_decimal=99999999999999&quantity=99999999"),
    ] {
        lines.push(line(&client.post("/v1/invoiceitems", &form).await));
    }
    for form in [
        "collection_method=send_invoice",
        "due_date=5",
        "collection_method=send_invoice&due_date=5&days_until_due=1",
    ] {
        let form = format!("customer={customer}&{form}");
        lines.push(line(&client.post("/v1/invoices", &form).await));
    }
    for number in 0..251 {
        let form = format!("customer={customer}&amount={number}");
        client.make("/v1/invoiceitems", &form).await;
    }
    let form = format!("customer={customer}&pending_invoice_items_behavior=include");
    let full = client.id("/v1/invoices", &form).await;
    let on = format!("customer={customer}&invoice={full}");
    lines.push(line(
        &client.post("/v1/invoiceitems", &format!("{on}&amount=5")).await,
    ));
    client.make(&format!("/v1/invoices/{full}/finalize"), "").await;
    lines.push(line(
        &client.post("/v1/invoiceitems", &format!("{on}&amount=5")).await,
    ));
    let path = format!("/v1/invoices/{full}");
    lines.push(line(&client.post(&path, "description=x").await));
    lines.push(line(&client.post(&path, "metadata[k]=v").await));
    let text = lines.join("\n").replace(&customer, "CUS").replace(&invoice, "IN");
    expect![[r#"
        400 invalid_request_error - -: You cannot combine currencies on a single invoice. This invoice has invoice items currency mxn that conflicts with the invoice currency usd.
        400 invalid_request_error parameters_exclusive amount: You may only specify one of these parameters: amount, quantity.
        400 invalid_request_error parameter_missing amount: Missing required param: amount.
        400 invalid_request_error - invoice: The invoice `IN` is another customer's.
        400 invalid_request_error - price: The price is of type `recurring`, but only prices of type `one_time` can be used here.
        400 invalid_request_error - quantity: Invalid non-negative integer: a quantity can't be below 0
        400 invalid_request_error amount_too_large amount: The amount is larger than any that can be charged.
        400 invalid_request_error parameter_missing days_until_due: Missing required param: days_until_due.
        400 invalid_request_error - due_date: `due_date` is only for invoices with `collection_method=send_invoice`.
        400 invalid_request_error parameters_exclusive due_date: You may only specify one of these parameters: due_date, days_until_due.
        400 invalid_request_error - invoice: An invoice can have at most 250 items.
        400 invalid_request_error invoice_not_editable invoice: Invalid invoice: This invoice is no longer editable
        400 invalid_request_error - description: Finalized invoices can't be updated in this way
        200 - - -: -
    "#]].assert_eq(&(text + "\n"));
}

#[tokio::test]
async fn discounts_of_items_go_before_those_of_the_invoice_and_outlive_their_coupon() {
    let client = Client::start(Settings::default()).await;
    let (customer, invoice) = draft(&client).await;
    for form in ["id=HALF&percent_off=50", "id=HUNDRED&amount_off=100&currency=usd"] {
        client.make("/v1/coupons", form).await;
    }
    let form = format!("customer={customer}&invoice={invoice}&amount=1000&discounts[0][coupon]=HALF");
    client.make("/v1/invoiceitems", &form).await;
    let form = format!("customer={customer}&invoice={invoice}&amount=500&discountable=false");
    client.make("/v1/invoiceitems", &form).await;
    let path = format!("/v1/invoices/{invoice}");
    let updated = client.make(&path, "discounts[0][coupon]=HUNDRED").await;
    assert_eq!(
        (&updated["subtotal"], &updated["total"]),
        (&json!(1_500), &json!(900))
    );
    assert_eq!(client.delete("/v1/coupons/HALF").await.status, 200);
    assert_eq!(client.get("/v1/coupons/HALF").await.status, 404);
    let finalized = client.make(&format!("{path}/finalize"), "").await;
    assert_eq!(finalized["total"], 900);
}

#[tokio::test]
async fn a_key_finalises_once() {
    let client = Client::start(Settings::default()).await;
    let (_, invoice) = draft(&client).await;
    let path = format!("/v1/invoices/{invoice}/finalize");
    let first = client.post_with_key(&path, "", "k").await;
    let again = client.post_with_key(&path, "", "k").await;
    assert_eq!((again.status, &again.body), (200, &first.body));
    assert!(again.header("idempotent-replayed").is_some());
    assert_eq!(client.post_with_key(&path, "", "other").await.status, 400);
    let events = client.read("/v1/events?type=invoice.finalized").await;
    assert_eq!(events["data"].as_array().map(Vec::len), Some(1));
}
