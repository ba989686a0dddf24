//! What Stripe has in the end, compared with the sheets.

use serde_json::Value;

use super::shop::{Bill, Shop};
use crate::support::Stripe;

/// Tells all that is doubled, lost or wrong.
pub(crate) async fn differences(stripe: &Stripe, shop: &Shop) -> Vec<String> {
    let mut problems = Problems::default();
    let customers = stripe.all("/v1/customers").await;
    for (number, name) in &shop.customers {
        let found = numbered(&customers, number);
        problems.expect_one("customer", number, &found, |object| {
            text(object, "/name") == name && object["balance"] == 0
        });
    }
    for (number, balance) in &shop.members {
        let found = numbered(&customers, number);
        problems.expect_one("member", number, &found, |object| object["balance"] == *balance);
    }
    let rightful = shop.customers.len() + shop.members.len();
    problems.expect_count("customers", &customers, rightful);
    let products = stripe.all("/v1/products").await;
    for (number, name) in &shop.products {
        let found = numbered(&products, number);
        problems.expect_one("product", number, &found, |object| {
            text(object, "/name") == name && object["active"] == true
        });
    }
    for number in &shop.archived {
        let found = numbered(&products, number);
        // A row that went before it was ever sent leaves nothing behind.
        if !found.is_empty() {
            problems.expect_one("archived product", number, &found, |object| {
                object["active"] == false
            });
        }
    }
    let invoices = stripe.all("/v1/invoices").await;
    let items = stripe.all("/v1/invoiceitems").await;
    let kept = shop
        .withdrawn
        .iter()
        .filter(|(number, _)| !numbered(&invoices, number).is_empty());
    let rightful: Vec<(&String, &Bill)> = shop.invoices.iter().chain(kept).collect();
    problems.expect_count("invoices", &invoices, rightful.len());
    let lines = rightful.iter().map(|(_, bill)| bill.lines.len()).sum();
    problems.expect_count("invoice items", &items, lines);
    for (number, bill) in rightful {
        let found = numbered(&invoices, number);
        problems.expect_one("invoice", number, &found, |invoice| {
            is_right(bill, invoice, &items, &customers)
        });
    }
    problems.0
}

fn is_right(bill: &Bill, invoice: &Value, items: &[Value], customers: &[Value]) -> bool {
    let total: i64 = bill.lines.iter().map(|(_, amount)| amount).sum();
    let id = text(invoice, "/id");
    let mut lines: Vec<(String, i64)> = items
        .iter()
        .filter(|item| text(item, "/invoice") == id || text(item, "/parent/invoice") == id)
        .map(|item| {
            let amount = item["amount"].as_i64().expect("an amount");
            (text(item, "/description").to_owned(), amount)
        })
        .collect();
    lines.sort();
    let buyer = customers
        .iter()
        .find(|customer| text(customer, "/email") == bill.email);
    invoice["status"] == "open"
        && invoice["total"] == total
        && invoice["amount_due"] == total
        && invoice["currency"] == bill.currency
        && buyer.is_some_and(|buyer| buyer["id"] == invoice["customer"])
        && lines == bill.lines
}

#[derive(Default)]
struct Problems(Vec<String>);

impl Problems {
    fn expect_one(&mut self, what: &str, number: &str, found: &[&Value], is_right: impl Fn(&Value) -> bool) {
        match found {
            [] => self.0.push(format!("{what} {number} is lost")),
            [one] if is_right(one) => {}
            [one] => self.0.push(format!("{what} {number} is wrong: {}", shown(one))),
            many => self
                .0
                .push(format!("{what} {number} is there {} times", many.len())),
        }
    }

    fn expect_count(&mut self, what: &str, found: &[Value], count: usize) {
        if found.len() != count {
            self.0.push(format!("{} {what} in place of {count}", found.len()));
        }
    }
}

fn numbered<'a>(objects: &'a [Value], number: &str) -> Vec<&'a Value> {
    objects
        .iter()
        .filter(|object| text(object, "/metadata/no") == number)
        .collect()
}

/// Shows what is compared of an object.
fn shown(object: &Value) -> String {
    let members = [
        "id", "name", "balance", "active", "status", "total", "currency", "customer",
    ];
    let shown = members
        .iter()
        .filter_map(|member| Some(format!("{member} {}", object.get(*member)?)));
    shown.collect::<Vec<_>>().join(", ")
}

fn text<'a>(object: &'a Value, pointer: &str) -> &'a str {
    object.pointer(pointer).and_then(Value::as_str).unwrap_or("")
}
