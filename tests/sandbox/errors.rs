//! Refusals, as the person who sent the request sees them.

use expect_test::{Expect, expect};
use sheetflow::sandbox::Settings;

use super::client::{Client, line};

fn check(lines: &[String], expected: &Expect) {
    expected.assert_eq(&(lines.join("\n") + "\n"));
}

#[tokio::test]
async fn parameters_are_refused_in_stripes_words() {
    let client = Client::start(Settings::default()).await;
    let customer = client.post("/v1/customers", "").await;
    let mut lines = Vec::new();
    for (path, form) in [
        ("/v1/customers", "colour=red"),
        ("/v1/customers", "colour=red&address[town]=Ulm&size=1"),
        ("/v1/products", "description=x"),
        ("/v1/products", "name="),
        ("/v1/prices", "product=prod_x"),
        ("/v1/prices", "currency=usd"),
        ("/v1/prices", "currency=usd&product=prod_x&unit_amount=1"),
        ("/v1/customers", "balance=abc"),
        ("/v1/customers", "balance="),
        ("/v1/customers", "name[0]=wrong"),
        ("/v1/customers", "address=Ulm"),
        ("/v1/customers", "tax_exempt=maybe"),
        ("/v1/customers", "preferred_locales[1]=de"),
        ("/v1/customers", "email=foo%40bar"),
        ("/v1/customers", "cash_balance="),
        ("/v1/coupons", "percent_off=101"),
        ("/v1/coupons", "duration=once"),
        ("/v1/coupons", "amount_off=5"),
        ("/v1/invoices", "description=x"),
        ("/v1/invoiceitems", "amount=5"),
        ("/v1/invoices", "customer=cus_none"),
        ("/v1/invoices", "customer=@&default_tax_rates[0]=txr_none"),
        ("/v1/subscriptions", "customer=@&items[0][price]=price_none"),
        ("/v1/accounts", "company[tax_id]=000000000"),
        ("/v1/customers", "expand[]=name"),
        ("/v1/customers", "expand[]=a.b.c.d.e"),
        (
            "/v1/payment_intents",
            "amount=1&currency=usd&payment_method=pm_none",
        ),
    ] {
        let sent = form.replace('@', customer.text("id"));
        lines.push(format!("{form}\n  {}", line(&client.post(path, &sent).await)));
    }
    check(
        &lines,
        &expect![[r#"
            colour=red
              400 invalid_request_error parameter_unknown colour: Received unknown parameter: colour
            colour=red&address[town]=Ulm&size=1
              400 invalid_request_error parameter_unknown colour: Received unknown parameters: colour, address[town], size
            description=x
              400 invalid_request_error parameter_missing name: Missing required param: name.
            name=
              400 invalid_request_error parameter_invalid_empty name: You passed an empty string for 'name'. We assume empty values are an attempt to unset a parameter; however 'name' cannot be unset. You should remove 'name' from your request or supply a non-empty value.
            product=prod_x
              400 invalid_request_error parameter_missing currency: Missing required param: currency.
            currency=usd
              400 invalid_request_error parameter_missing product: Missing required param: product.
            currency=usd&product=prod_x&unit_amount=1
              400 invalid_request_error resource_missing product: No such product: 'prod_x'
            balance=abc
              400 invalid_request_error parameter_invalid_integer balance: Invalid integer: abc
            balance=
              400 invalid_request_error parameter_invalid_empty balance: You passed an empty string for 'balance'. We assume empty values are an attempt to unset a parameter; however 'balance' cannot be unset. You should remove 'balance' from your request or supply a non-empty value.
            name[0]=wrong
              400 invalid_request_error - name: Invalid string: {"0":"wrong"}
            address=Ulm
              400 invalid_request_error - address: Invalid object
            tax_exempt=maybe
              400 invalid_request_error - tax_exempt: Invalid tax_exempt: must be one of exempt, none, or reverse
            preferred_locales[1]=de
              400 invalid_request_error - preferred_locales: If passing an array with explicit keys (i.e. preferred_locales[0]=foo), the keys must be numeric and sequential starting from 0. You passed the keys `1`, we expected to have a key with the value `0`.
            email=foo%40bar
              400 invalid_request_error email_invalid email: Invalid email address: foo@bar
            cash_balance=
              400 invalid_request_error parameter_invalid_empty cash_balance: You passed an empty string for 'cash_balance'. We assume empty values are an attempt to unset a parameter; however 'cash_balance' cannot be unset. You should remove 'cash_balance' from your request or supply a non-empty value.
            percent_off=101
              400 invalid_request_error - percent_off: Invalid percent_off: must be greater than 0 and at most 100
            duration=once
              400 invalid_request_error parameter_missing percent_off: Missing required param: percent_off.
            amount_off=5
              400 invalid_request_error parameter_missing currency: Missing required param: currency.
            description=x
              400 invalid_request_error parameter_missing customer: Missing required param: customer.
            amount=5
              400 invalid_request_error parameter_missing customer: Missing required param: customer.
            customer=cus_none
              400 invalid_request_error resource_missing customer: No such customer: 'cus_none'
            customer=@&default_tax_rates[0]=txr_none
              400 invalid_request_error resource_missing default_tax_rates[0]: No such tax_rate: 'txr_none'
            customer=@&items[0][price]=price_none
              400 invalid_request_error resource_missing items[0][price]: No such price: 'price_none'
            company[tax_id]=000000000
              200 - - -: -
            expand[]=name
              400 invalid_request_error - expand: This property cannot be expanded (name).
            expand[]=a.b.c.d.e
              400 invalid_request_error - expand: You cannot expand more than 4 levels of a property (a.b.c.d.e).
            amount=1&currency=usd&payment_method=pm_none
              400 invalid_request_error resource_missing payment_method: No such payment_method: 'pm_none'
        "#]],
    );
}

#[tokio::test]
async fn lengths_have_ends() {
    let client = Client::start(Settings::default()).await;
    let mut lines = Vec::new();
    let many: String = (0..51).map(|index| format!("metadata[k{index}]=v&")).collect();
    for form in [
        format!("name={}", "x".repeat(5_001)),
        format!("metadata[{}]=v", "k".repeat(41)),
        format!("metadata[k]={}", "v".repeat(501)),
        many,
    ] {
        let answer = line(&client.post("/v1/customers", &form).await);
        lines.push(answer.chars().take(140).collect());
    }
    check(
        &lines,
        &expect![[r#"
        400 invalid_request_error - name: Invalid string: xxxxxxxx...; must be at most 256 characters
        400 invalid_request_error - metadata: Metadata keys can have up to 40 characters, but you passed in a key that is 41 characters. Invalid key
        400 invalid_request_error - metadata[k]: Metadata values can have up to 500 characters, but you passed in a value that is 501 characters. In
        400 invalid_request_error - metadata: Metadata can have up to 50 keys, but you passed in 51 keys.
    "#]],
    );
}

#[tokio::test]
async fn metadata_stays_below_its_limit_over_updates() {
    let client = Client::start(Settings::default()).await;
    let many: String = (0..50).map(|index| format!("metadata[k{index}]=v&")).collect();
    let created = client.post("/v1/customers", &many).await;
    let path = format!("/v1/customers/{}", created.text("id"));
    assert_eq!(client.post(&path, "metadata[k50]=v").await.status, 400);
    assert_eq!(
        client.post(&path, "metadata[k50]=v&metadata[k0]=").await.status,
        200
    );
    let cleared = client.post(&path, "metadata=").await;
    assert_eq!(cleared.body["metadata"], serde_json::json!({}));
}

#[tokio::test]
async fn what_is_not_there_is_said_so() {
    let client = Client::start(Settings::default()).await;
    let gone = client.post("/v1/coupons", "id=SAVE&percent_off=5").await;
    assert_eq!(gone.text("id"), "SAVE", "{}", gone.body);
    let twice = client.post("/v1/coupons", "id=SAVE&percent_off=5").await;
    client.delete("/v1/coupons/SAVE").await;
    let lines = [
        line(&twice),
        line(&client.get("/v1/coupons/SAVE").await),
        line(&client.get("/v1/customers/cus_none").await),
        line(&client.post("/v1/customers/cus_none", "name=x").await),
        line(&client.get("/v1/customers/cus_none?expand[]=nothing").await),
        line(&client.get("/v1/customers/cus_none/tax_ids").await),
        line(&client.get("/v1/customers?starting_after=cus_none").await),
        line(&client.get("/v1/customers?starting_after=a&ending_before=b").await),
        line(&client.get("/v1/customers?expand[]=sources").await),
        line(&client.get("/v1/customers?limit=ten").await),
        line(&client.get("/v1/foo").await),
        line(&client.delete("/v1/customers").await),
        line(&client.post("/v1/invoices/in_none/finalize", "").await),
    ];
    check(
        &lines,
        &expect![[r#"
            400 invalid_request_error resource_already_exists id: Coupon already exists.
            404 invalid_request_error resource_missing id: No such coupon: 'SAVE'
            404 invalid_request_error resource_missing id: No such customer: 'cus_none'
            404 invalid_request_error resource_missing id: No such customer: 'cus_none'
            400 invalid_request_error - expand: This property cannot be expanded (nothing).
            404 invalid_request_error resource_missing id: No such customer: 'cus_none'
            400 invalid_request_error resource_missing starting_after: No such customer: 'cus_none'
            400 invalid_request_error - -: Received both starting_after and ending_before parameters. Please pass in only one.
            400 invalid_request_error - expand: This property cannot be expanded (sources). You may want to try expanding 'data.sources' instead.
            400 invalid_request_error parameter_invalid_integer limit: Invalid integer: ten
            404 invalid_request_error - -: Unrecognized request URL (GET: /v1/foo). If you are trying to list objects, remove the trailing slash. If you are trying to retrieve an object, make sure you passed a valid (non-empty) identifier in your code. Please see https://stripe.com/docs or we can help at https://support.stripe.com/.
            404 invalid_request_error - -: Unrecognized request URL (DELETE: /v1/customers). If you are trying to list objects, remove the trailing slash. If you are trying to retrieve an object, make sure you passed a valid (non-empty) identifier in your code. Please see https://stripe.com/docs or we can help at https://support.stripe.com/.
            404 invalid_request_error resource_missing id: No such invoice: 'in_none'
        "#]],
    );
}

#[tokio::test]
async fn only_test_keys_are_taken() {
    let client = Client::start(Settings::default()).await;
    let url = format!("{}/v1/customers", client.sandbox.base_url());
    let mut lines = Vec::new();
    for header in [
        None,
        Some("Bearer sk_live_abcdefgh1234"),
        Some("Bearer pk_test_abcd"),
        Some("what"),
    ] {
        let mut request = client.http.get(&url);
        if let Some(header) = header {
            request = request.header("Authorization", header);
        }
        lines.push(line(&Client::send(request).await));
    }
    let basic = client.http.get(&url).basic_auth("rk_test_x", None::<&str>);
    assert_eq!(Client::send(basic).await.status, 200);
    check(
        &lines,
        &expect![[r#"
            401 invalid_request_error - -: You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY'). See https://stripe.com/docs/api#authentication for details, or we can help at https://support.stripe.com/.
            401 invalid_request_error - -: Invalid API Key provided: sk_live_********1234
            401 invalid_request_error - -: Invalid API Key provided: pk_test_****
            401 invalid_request_error - -: You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY'). See https://stripe.com/docs/api#authentication for details, or we can help at https://support.stripe.com/.
        "#]],
    );
}

#[tokio::test]
async fn a_product_with_prices_stays() {
    let client = Client::start(Settings::default()).await;
    let form = "currency=usd&unit_amount=5&product_data[name]=Widget";
    let price = client.post("/v1/prices", form).await;
    let product = format!("/v1/products/{}", price.text("product"));
    assert_eq!(client.get(&product).await.text("name"), "Widget");
    check(
        &[line(&client.delete(&product).await)],
        &expect![[r#"
        400 invalid_request_error - -: This product cannot be deleted because it has one or more user-created prices.
    "#]],
    );
}

#[tokio::test]
async fn a_body_that_is_too_long_is_refused() {
    let client = Client::start(Settings::default()).await;
    let form = format!("name={}", "x".repeat(5 * 1024 * 1024));
    assert_eq!(client.post("/v1/customers", &form).await.status, 413);
}

#[tokio::test]
async fn any_bytes_are_answered() {
    let client = Client::start(Settings::default()).await;
    for body in [
        "%",
        "=&=&&",
        "[=1",
        "]a[=1",
        "a[[[]]]=2",
        "\u{0}=%FF%FE",
        "metadata[]=x",
        "metadata[][a]=x",
    ] {
        let status = client.post("/v1/customers", body).await.status;
        assert!(matches!(status, 200 | 400), "{body}: {status}");
    }
    let parts = client
        .request("POST", "/v1/files")
        .header("Content-Type", "multipart/form-data; boundary=x")
        .body("--x\r\nbroken");
    assert_eq!(Client::send(parts).await.status, 413);
}
