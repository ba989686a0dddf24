//! An invoice's totals are the sums of its lines, whatever is on it.

use proptest::prelude::{Strategy, prop};
use proptest::test_runner::{Config, TestRunner};
use sheetflow::sandbox::Settings;

use super::client::Client;

/// One item: a unit amount with up to two decimals, in hundredths of a cent, a quantity, and whether it is
/// given as a whole amount.
type Item = (i64, u32, bool);

fn items() -> impl Strategy<Value = (Vec<Item>, Option<u32>)> {
    let item = (-50_000_i64..5_000_000, 0_u32..1_000, prop::bool::ANY);
    (prop::collection::vec(item, 0..12), prop::option::of(1_u32..=100))
}

fn form((hundredths, quantity, is_whole): Item) -> String {
    match is_whole {
        true => format!("amount={hundredths}"),
        false => {
            let sign = if hundredths < 0 { "-" } else { "" };
            let size = hundredths.abs();
            format!(
                "unit_amount_decimal={sign}{}.{:02}&quantity={quantity}",
                size / 100,
                size % 100
            )
        }
    }
}

/// Gives what an item costs, halves rounded away from zero.
fn cost((hundredths, quantity, is_whole): Item) -> i64 {
    match is_whole {
        true => hundredths,
        false => {
            let product = hundredths * i64::from(quantity);
            (product.abs() + 50) / 100 * product.signum()
        }
    }
}

async fn check(client: &Client, items: &[Item], percent: Option<u32>) {
    let customer = client.id("/v1/customers", "").await;
    let mut given = format!("customer={customer}");
    if let Some(percent) = percent {
        let coupon = client.id("/v1/coupons", &format!("percent_off={percent}")).await;
        given.push_str(&format!("&discounts[0][coupon]={coupon}"));
    }
    let invoice = client.id("/v1/invoices", &given).await;
    for item in items {
        let form = format!(
            "customer={customer}&invoice={invoice}&discountable=true&{}",
            form(*item)
        );
        client.make("/v1/invoiceitems", &form).await;
    }
    let lines = client
        .read(&format!("/v1/invoices/{invoice}/lines?limit=100"))
        .await;
    let lines = lines["data"].as_array().cloned().unwrap_or_default();
    let sum = |field: &str| -> i64 { lines.iter().filter_map(|line| line[field].as_i64()).sum() };
    let off: i64 = lines
        .iter()
        .flat_map(|line| line["discount_amounts"].as_array().into_iter().flatten())
        .filter_map(|off| off["amount"].as_i64())
        .sum();
    let read = client.read(&format!("/v1/invoices/{invoice}")).await;
    let wanted: i64 = items.iter().copied().map(cost).sum();
    assert_eq!((lines.len(), sum("amount")), (items.len(), wanted));
    assert_eq!(read["subtotal"], wanted);
    assert_eq!(read["total"], wanted - off);
    assert_eq!(read["amount_due"], (wanted - off).max(0));
    let shown = read["total_discount_amounts"][0]["amount"].as_i64().unwrap_or(0);
    assert_eq!(shown, off);
}

#[test]
fn totals_are_the_sums_of_the_lines() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let client = runtime.block_on(Client::start(Settings::default()));
    let config = Config {
        cases: 40,
        failure_persistence: None,
        ..Config::default()
    };
    TestRunner::new(config)
        .run(&items(), |(items, percent)| {
            runtime.block_on(check(&client, &items, percent));
            Ok(())
        })
        .expect("it holds");
}
