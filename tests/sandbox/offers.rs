//! Products and prices, coupons and promotion codes.

use expect_test::expect;
use serde_json::json;
use sheetflow::sandbox::Settings;

use super::client::{Client, line};

#[tokio::test]
async fn prices_keep_their_amount_and_their_lookup_key() {
    let client = Client::start(Settings::default()).await;
    let product = client.id("/v1/products", "name=Widget").await;
    let form = format!("product={product}&currency=usd&unit_amount=500&lookup_key=widget");
    let price = client.id("/v1/prices", &form).await;
    let mut lines = vec![
        line(&client.post("/v1/prices", &form).await),
        line(
            &client
                .post(&format!("/v1/prices/{price}"), "unit_amount=600")
                .await,
        ),
        line(&client.delete(&format!("/v1/prices/{price}")).await),
        line(&client.delete(&format!("/v1/products/{product}")).await),
    ];
    let moved = client
        .make("/v1/prices", &format!("{form}&transfer_lookup_key=true"))
        .await;
    assert_eq!(moved["lookup_key"], "widget");
    assert_eq!(
        client.read(&format!("/v1/prices/{price}")).await["lookup_key"],
        json!(null)
    );
    let found = client.read("/v1/prices?lookup_keys[0]=widget").await;
    assert_eq!(found["data"], json!([moved]));
    client.make(&format!("/v1/prices/{price}"), "active=false").await;
    let customer = client.id("/v1/customers", "").await;
    let form = format!("customer={customer}&pricing[price]={price}");
    lines.push(line(&client.post("/v1/invoiceitems", &form).await));
    let text = lines
        .join("\n")
        .replace(&price, "PRICE")
        .replace(&product, "PRODUCT");
    expect![[r#"
        400 invalid_request_error resource_already_exists lookup_key: Another price (`PRICE`) has that lookup key.
        400 invalid_request_error parameter_unknown unit_amount: Received unknown parameter: unit_amount
        404 invalid_request_error - -: Unrecognized request URL (DELETE: /v1/prices/PRICE). If you are trying to list objects, remove the trailing slash. If you are trying to retrieve an object, make sure you passed a valid (non-empty) identifier in your code. Please see https://stripe.com/docs or we can help at https://support.stripe.com/.
        400 invalid_request_error - -: This product cannot be deleted because it has one or more user-created prices.
        400 invalid_request_error - price: The price is inactive, but only active prices can be used here.
    "#]].assert_eq(&(text + "\n"));
}

#[tokio::test]
async fn coupons_and_codes_are_used_up() {
    let client = Client::start(Settings::default()).await;
    let customer = client.id("/v1/customers", "").await;
    let other = client.id("/v1/customers", "").await;
    client
        .make(
            "/v1/coupons",
            "id=SPRING&amount_off=300&currency=eur&max_redemptions=1",
        )
        .await;
    client.make("/v1/coupons", "id=TEN&percent_off=10").await;
    client
        .make("/v1/coupons", "id=OLD&percent_off=10&redeem_by=1000")
        .await;
    let code = "promotion[type]=coupon&promotion[coupon]=TEN&code=Friends";
    let code = client
        .id(
            "/v1/promotion_codes",
            &format!("{code}&customer={customer}&max_redemptions=1"),
        )
        .await;
    let create = async |form: String| client.post("/v1/invoices", &form).await;
    let mut lines = vec![
        line(&client.post("/v1/coupons", "id=SPRING&percent_off=5").await),
        line(&create(format!("customer={customer}&discounts[0][coupon]=SPRING")).await),
        line(
            &create(format!(
                "customer={customer}&currency=eur&discounts[0][coupon]=SPRING"
            ))
            .await,
        ),
        line(
            &create(format!(
                "customer={customer}&currency=eur&discounts[0][coupon]=SPRING"
            ))
            .await,
        ),
        line(&create(format!("customer={customer}&discounts[0][coupon]=OLD")).await),
        line(&create(format!("customer={customer}&discounts[0][coupon]=NONE")).await),
        line(&create(format!("customer={other}&discounts[0][promotion_code]={code}")).await),
        line(&create(format!("customer={customer}&discounts[0][promotion_code]={code}")).await),
        line(&create(format!("customer={customer}&discounts[0][promotion_code]={code}")).await),
    ];
    let all = "promotion[type]=coupon&promotion[coupon]=TEN&code=";
    for form in [
        format!("{all}SUMMER"),
        format!("{all}summer"),
        "promotion[type]=coupon&promotion[coupon]=OLD".to_owned(),
        "promotion[type]=coupon".to_owned(),
    ] {
        lines.push(line(&client.post("/v1/promotion_codes", &form).await));
    }
    let text = lines.join("\n").replace(&code, "CODE");
    expect![[r#"
        400 invalid_request_error resource_already_exists id: Coupon already exists.
        400 invalid_request_error - coupon: The coupon `SPRING` takes off another currency than `usd`.
        200 - - -: -
        400 invalid_request_error coupon_expired coupon: The coupon `SPRING` is expired or was redeemed as often as it can be.
        400 invalid_request_error coupon_expired coupon: The coupon `OLD` is expired or was redeemed as often as it can be.
        400 invalid_request_error resource_missing discounts[0][coupon]: No such coupon: 'NONE'
        400 invalid_request_error - promotion_code: The promotion code `CODE` can't be redeemed by this customer now.
        200 - - -: -
        400 invalid_request_error - promotion_code: The promotion code `CODE` can't be redeemed by this customer now.
        200 - - -: -
        400 invalid_request_error resource_already_exists code: An active promotion code `summer` is there already.
        400 invalid_request_error coupon_expired coupon: The coupon `OLD` is expired or was redeemed as often as it can be.
        400 invalid_request_error parameter_missing promotion[coupon]: Missing required param: promotion[coupon].
    "#]].assert_eq(&(text + "\n"));
    let spring = client.read("/v1/coupons/SPRING").await;
    assert_eq!(
        (&spring["times_redeemed"], &spring["valid"]),
        (&json!(1), &json!(false))
    );
    let used = client.read(&format!("/v1/promotion_codes/{code}")).await;
    assert_eq!(
        (&used["times_redeemed"], &used["active"]),
        (&json!(1), &json!(false))
    );
    let found = client.read("/v1/promotion_codes?code=SuMMer").await;
    assert_eq!(found["data"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn links_and_sessions_have_pages_and_line_items() {
    let client = Client::start(Settings::default()).await;
    let product = client.id("/v1/products", "name=Widget").await;
    let form = format!("product={product}&currency=eur&unit_amount=500");
    let price = client.id("/v1/prices", &form).await;
    let items = format!(
        "line_items[0][price]={price}&line_items[0][quantity]=3&line_items[1][quantity]=1\
         &line_items[1][price_data][currency]=eur&line_items[1][price_data][unit_amount]=7\
         &line_items[1][price_data][product]={product}"
    );
    let link = client.make("/v1/payment_links", &items).await;
    assert!(
        link["url"]
            .as_str()
            .is_some_and(|url| url.starts_with("https://buy.stripe.com/test_"))
    );
    assert_eq!(link["currency"], "eur");
    let form = format!("{items}&mode=payment&success_url=https://example.com&expand[]=line_items");
    let session = client.make("/v1/checkout/sessions", &form).await;
    assert_eq!(
        (
            &session["amount_total"],
            &session["payment_status"],
            &session["status"]
        ),
        (&json!(1_507), &json!("unpaid"), &json!("open"))
    );
    let id = session["id"].as_str().expect("an id");
    let listed = client
        .read(&format!("/v1/checkout/sessions/{id}/line_items"))
        .await;
    assert_eq!(listed["data"], session["line_items"]["data"]);
    let amounts = [
        &listed["data"][0]["amount_total"],
        &listed["data"][1]["amount_total"],
    ];
    assert_eq!(amounts, [&json!(1_500), &json!(7)]);
    let computed = client.get("/v1/credit_notes/preview/lines?invoice=in_none").await;
    assert_eq!(computed.status, 501, "{}", computed.body);
}
