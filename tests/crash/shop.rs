//! The project that is killed: every kind of step, over sheets that change once in the middle.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::support::Project;

const CUSTOMERS: usize = 30;
const MEMBERS: usize = 24;
const PRODUCTS: usize = 24;
const INVOICES: usize = 30;
const LEAVERS: usize = 20;

const FLOWS: &str = r#"
account main {
  key     = env("STRIPE_API_KEY")
  timeout = 300ms
}

source customers = csv("customers.csv")
source members   = csv("members.csv")
source products  = csv("products.csv")
source leavers   = csv("leavers.csv")
source lines     = csv("lines.csv") { Amount: decimal }

flow customers {
  from customers
  key  No
  upsert customer by email {
    email       = Email
    name        = Name
    metadata.no = No
  }
}

flow members {
  from members
  key  No
  mirror customer as member by email removing by delete at most 100% {
    email       = Email
    metadata.no = No
  }
  request POST "/v1/customers/{member.id}/balance_transactions" {
    amount   = -number(Credit)
    currency = "usd"
  }
}

flow products {
  from products
  key  No
  mirror product by metadata.no removing by archive at most 100% {
    name        = Name
    metadata.no = No
  }
}

flow leavers {
  from leavers
  delete customer by email = Email
}

flow invoices after customers {
  from lines group by Invoice

  find customer as buyer by email = first(rows.Email)

  create invoice as bill {
    customer          = buyer.id
    currency          = first(rows.Currency)
    collection_method = "send_invoice"
    days_until_due    = 30
    auto_advance      = false
    metadata.no       = Invoice
  }
  each row {
    create invoiceitem {
      customer    = buyer.id
      invoice     = bill.id
      description = Item
      amount      = cents(Amount, Currency)
      currency    = Currency
    }
  }
  refresh bill
  ensure bill.total == sum(rows, cents(Amount, Currency)) else "the totals differ"
  call invoice.finalize_invoice(bill)
}
"#;

/// What the sheets say, so that it can be compared with what Stripe has.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shop {
    /// Number to name, of customers and of products.
    pub(crate) customers: BTreeMap<String, String>,
    pub(crate) products: BTreeMap<String, String>,
    /// Products whose row is gone.
    pub(crate) archived: Vec<String>,
    /// Number to balance.
    pub(crate) members: BTreeMap<String, i64>,
    /// E-mail addresses of customers that must be deleted.
    pub(crate) leavers: Vec<String>,
    pub(crate) invoices: BTreeMap<String, Bill>,
    /// Invoices whose rows are gone: one that was finalised before stays, and nothing is left of any other.
    pub(crate) withdrawn: BTreeMap<String, Bill>,
}

/// An invoice of the sheet.
#[derive(Clone, Debug, Default)]
pub(crate) struct Bill {
    pub(crate) email: String,
    pub(crate) currency: &'static str,
    /// What stands on it, and how much that is, in the smallest unit.
    pub(crate) lines: Vec<(String, i64)>,
}

impl Shop {
    /// Makes the sheets of the first half.
    pub(crate) fn before() -> Self {
        let invoices = (0..INVOICES).map(|number| (format!("I-{number}"), bill(number)));
        Shop {
            customers: numbered("C", 0..CUSTOMERS, |number| format!("Customer {number}")),
            products: numbered("P", 0..PRODUCTS, |number| format!("Product {number}")),
            archived: Vec::new(),
            members: numbered("M", 0..MEMBERS, |number| -(100 + number as i64)),
            leavers: (0..LEAVERS / 2).map(leaver).collect(),
            invoices: invoices.collect(),
            withdrawn: BTreeMap::new(),
        }
    }

    /// Makes the sheets of the second half: names changed, rows gone, rows added.
    pub(crate) fn after() -> Self {
        let mut shop = Shop::before();
        for (number, name) in shop.customers.values_mut().enumerate() {
            if number % 3 == 0 {
                name.push_str(" the Younger");
            }
        }
        for number in 0..4 {
            shop.members.remove(&format!("M-{number}"));
            shop.products.remove(&format!("P-{number}"));
            shop.archived.push(format!("P-{number}"));
            shop.members.insert(format!("M-{}", MEMBERS + number), -7);
        }
        for number in (0..INVOICES).step_by(3) {
            let number = format!("I-{number}");
            if let Some(bill) = shop.invoices.remove(&number) {
                shop.withdrawn.insert(number, bill);
            }
        }
        shop.leavers = (0..LEAVERS).map(leaver).collect();
        shop
    }

    /// Gives all customers that must be there before anything is deleted.
    pub(crate) fn leavers_to_be() -> impl Iterator<Item = String> {
        (0..LEAVERS).map(leaver)
    }

    /// Makes the project with these sheets.
    pub(crate) fn project(&self) -> Project {
        let project = Project::new(&[("shop.flow", FLOWS)]);
        self.write(&project);
        project
    }

    /// Writes the sheets.
    pub(crate) fn write(&self, project: &Project) {
        let mut sheet = "No,Email,Name\n".to_owned();
        for (number, name) in &self.customers {
            let _ = writeln!(sheet, "{number},{number}@example.com,{name}");
        }
        project.write("customers.csv", &sheet);
        let mut sheet = "No,Email,Credit\n".to_owned();
        for (number, balance) in &self.members {
            let _ = writeln!(sheet, "{number},{number}@example.com,{}", -balance);
        }
        project.write("members.csv", &sheet);
        let mut sheet = "No,Name\n".to_owned();
        for (number, name) in &self.products {
            let _ = writeln!(sheet, "{number},{name}");
        }
        project.write("products.csv", &sheet);
        project.write("leavers.csv", &format!("Email\n{}\n", self.leavers.join("\n")));
        let mut sheet = "Invoice,Email,Item,Amount,Currency\n".to_owned();
        for (number, bill) in &self.invoices {
            for (item, amount) in &bill.lines {
                let (whole, cents) = (amount / 100, amount % 100);
                let _ = writeln!(
                    sheet,
                    "{number},{},{item},{whole}.{cents:02},{}",
                    bill.email, bill.currency
                );
            }
        }
        project.write("lines.csv", &sheet);
    }
}

fn numbered<Item>(
    letter: &str,
    numbers: std::ops::Range<usize>,
    item: impl Fn(usize) -> Item,
) -> BTreeMap<String, Item> {
    numbers
        .map(|number| (format!("{letter}-{number}"), item(number)))
        .collect()
}

fn leaver(number: usize) -> String {
    format!("leaver-{number}@example.com")
}

fn bill(number: usize) -> Bill {
    let lines = (0..=number % 4).map(|line| {
        let amount = 1_000 + 10 * number as i64 + line as i64;
        (format!("Item {number}.{line}"), amount)
    });
    Bill {
        email: format!("C-{}@example.com", number % CUSTOMERS),
        currency: if number.is_multiple_of(5) { "eur" } else { "usd" },
        lines: lines.collect(),
    }
}
