//! The operations that are no plain create, read, update or delete.

use expect_test::expect;
use sheetflow::catalog::{Catalog, OperationKind};
use sheetflow::sandbox::Settings;

use super::client::{Client, line};

#[tokio::test]
async fn every_action_on_nothing_is_refused() {
    let client = Client::start(Settings::default()).await;
    let kinds = [
        OperationKind::Action,
        OperationKind::Read,
        OperationKind::DeleteSub,
    ];
    let operations = Catalog::embedded()
        .resources()
        .flat_map(|resource| &resource.operations);
    let mut asked = 0;
    for operation in operations.filter(|operation| kinds.contains(&operation.kind)) {
        let mut path = operation.path.to_owned();
        for hole in &operation.path_params {
            path = path.replace(&format!("{{{hole}}}"), "none");
        }
        let answer = match operation.method {
            "GET" => client.get(&path).await,
            "DELETE" => client.delete(&path).await,
            _ => client.post(&path, "").await,
        };
        let is_own_account = operation.id == "accounts.retrieve_current";
        assert!(
            is_own_account || [400, 404, 501].contains(&answer.status),
            "{}: {}",
            operation.id,
            answer.body
        );
        asked += 1;
    }
    assert!(asked > 100, "{asked}");
}

#[tokio::test]
async fn plain_actions_lead_from_status_to_status() {
    let client = Client::start(Settings::default()).await;
    let customer = client.id("/v1/customers", "").await;
    let mut lines = Vec::new();
    for (path, form, actions) in [
        (
            "/v1/quotes",
            format!("customer={customer}"),
            &["cancel", "finalize"][..],
        ),
        (
            "/v1/checkout/sessions",
            format!("customer={customer}"),
            &["expire", "expire"],
        ),
        (
            "/v1/payouts",
            "amount=100&currency=usd".to_owned(),
            &["cancel", "cancel"],
        ),
        (
            "/v1/billing/meters",
            "display_name=m&event_name=e&default_aggregation[formula]=sum".to_owned(),
            &["deactivate", "reactivate"],
        ),
        (
            "/v1/setup_intents",
            format!("customer={customer}&payment_method=pm_card_visa"),
            &["confirm", "cancel"],
        ),
        (
            "/v1/setup_intents",
            "usage=off_session".to_owned(),
            &["confirm", "cancel"],
        ),
    ] {
        let made = client.make(path, &form).await;
        let id = made["id"].as_str().expect("an id");
        lines.push(format!("{path}: {}", made["status"].as_str().unwrap_or("-")));
        for action in actions {
            let answer = client.post(&format!("{path}/{id}/{action}"), "").await;
            let outcome = match answer.status {
                200 => answer.text("status").to_owned(),
                _ => line(&answer),
            };
            lines.push(format!("  {action}: {outcome}"));
        }
    }
    expect![[r#"
        /v1/quotes: draft
          cancel: canceled
          finalize: 501 invalid_request_error - -: The sandbox does not carry out `quotes.finalize_quote`. Use a sandbox of Stripe's for it.
        /v1/checkout/sessions: open
          expire: expired
          expire: 400 invalid_request_error - -: `checkout.sessions.expire` needs the status open, and this one's is `expired`.
        /v1/payouts: pending
          cancel: canceled
          cancel: 400 invalid_request_error - -: `payouts.cancel` needs the status pending, and this one's is `canceled`.
        /v1/billing/meters: active
          deactivate: inactive
          reactivate: active
        /v1/setup_intents: requires_confirmation
          confirm: succeeded
          cancel: 400 invalid_request_error - -: `setup_intents.cancel` needs the status requires_payment_method or requires_confirmation or requires_action, and this one's is `succeeded`.
        /v1/setup_intents: requires_payment_method
          confirm: 400 invalid_request_error setup_intent_unexpected_state -: A SetupIntent with the status `requires_payment_method` can't be confirmed, nor one without a payment method.
          cancel: canceled
    "#]].assert_eq(&(lines.join("\n") + "\n"));
}

#[tokio::test]
async fn the_greatest_numbers_are_computed_with_or_refused() {
    let client = Client::start(Settings::default()).await;
    let most = i64::MAX;
    let customer = client.id("/v1/customers", &format!("balance={most}")).await;
    let product = client.id("/v1/products", "name=Widget").await;
    let monthly = format!("product={product}&currency=usd&recurring[interval]=month&unit_amount={most}");
    let price = client.id("/v1/prices", &monthly).await;
    let dear = monthly.replace(&most.to_string(), "900000000000");
    let dear = client.id("/v1/prices", &dear).await;
    let invoice = client.id("/v1/invoices", &format!("customer={customer}")).await;
    let on = format!("customer={customer}&invoice={invoice}");
    let send = "collection_method=send_invoice&days_until_due=1";
    let mut lines = Vec::new();
    for (path, form) in [
        ("/v1/invoiceitems", format!("{on}&amount={most}")),
        (
            "/v1/invoiceitems",
            format!("{on}&unit_amount_decimal=79228162514264337593543950335&quantity={most}"),
        ),
        ("/v1/invoiceitems", format!("{on}&amount=999999999999")),
        (
            "/v1/tax_rates",
            "display_name=x&inclusive=true&percentage=79228162514264337593543950335".to_owned(),
        ),
        ("/v1/coupons", format!("amount_off=-{most}&currency=usd")),
        ("/v1/payment_intents", format!("amount={most}&currency=usd")),
        (
            "/v1/subscriptions",
            format!("customer={customer}&items[0][price]={price}&{send}"),
        ),
        (
            "/v1/subscriptions",
            format!("customer={customer}&items[0][price]={dear}&items[0][quantity]=-1&{send}"),
        ),
        (
            "/v1/subscriptions",
            format!("customer={customer}&items[0][price]={dear}&billing_cycle_anchor={most}&{send}"),
        ),
        (
            "/v1/subscriptions",
            format!("customer={customer}&items[0][price]={dear}&trial_period_days={most}&{send}"),
        ),
        (
            "/v1/invoices",
            format!("customer={customer}&collection_method=send_invoice&days_until_due={most}"),
        ),
    ] {
        let answer = client.post(path, &form).await;
        assert!(answer.status < 500, "{path} {form}: {}", answer.body);
        lines.push(format!("{path}: {}", line(&answer)));
    }
    let path = format!("/v1/invoices/{invoice}/finalize");
    lines.push(format!("finalize: {}", line(&client.post(&path, "").await)));
    expect![[r#"
        /v1/invoiceitems: 400 invalid_request_error amount_too_large amount: The amount is larger than any that can be charged.
        /v1/invoiceitems: 400 invalid_request_error amount_too_large amount: The amount is larger than any that can be charged.
        /v1/invoiceitems: 200 - - -: -
        /v1/tax_rates: 400 invalid_request_error - percentage: Invalid percentage: must be between 0 and 100
        /v1/coupons: 400 invalid_request_error - amount_off: An amount off must be at least 1.
        /v1/payment_intents: 400 invalid_request_error amount_too_large amount: The amount is larger than any that can be charged.
        /v1/subscriptions: 400 invalid_request_error amount_too_large amount: The amount is larger than any that can be charged.
        /v1/subscriptions: 400 invalid_request_error - quantity: A quantity can't be below 0.
        /v1/subscriptions: 400 invalid_request_error amount_too_large amount: The amount is larger than any that can be charged.
        /v1/subscriptions: 400 invalid_request_error - trial_end: A trial can last at most two years.
        /v1/invoices: 200 - - -: -
        finalize: 200 - - -: -
    "#]].assert_eq(&(lines.join("\n") + "\n"));
}
