use crate::model::{Form, FormValue};

use super::action::{Action, PlannedStep};

/// The most items that an invoice takes: <https://docs.stripe.com/api/invoiceitems/create>.
const MOST_ITEMS: usize = 250;

/// An item that a step attaches to an invoice.
struct Item<'a> {
    /// The invoice; `None` for one that is made in the same run.
    invoice: Option<&'a str>,
    currency: Option<&'a str>,
}

/// Checks what Stripe would refuse only when half of an invoice is there: too many items, or items of several
/// currencies. The error is for people.
pub fn check_invoices(steps: &[PlannedStep]) -> Result<(), String> {
    let items: Vec<Item<'_>> = steps.iter().filter_map(Item::of).collect();
    let made: Vec<&Form> = steps
        .iter()
        .filter(|step| step.resource == "invoice")
        .filter_map(|step| created(&step.action))
        .collect();
    let mut invoices: Vec<Option<&str>> = items.iter().map(|item| item.invoice).collect();
    invoices.sort_unstable();
    invoices.dedup();
    for invoice in invoices {
        // With several new invoices nobody can tell yet which one an item is for.
        let new = match (invoice, made.as_slice()) {
            (Some(_), _) => None,
            (None, [form]) => Some(*form),
            (None, _) => continue,
        };
        let attached: Vec<&Item<'_>> = items.iter().filter(|item| item.invoice == invoice).collect();
        check_count(attached.len())?;
        check_currencies(new.and_then(|form| form.text("currency")), &attached)?;
    }
    Ok(())
}

fn check_count(count: usize) -> Result<(), String> {
    match count > MOST_ITEMS {
        true => Err(format!(
            "an invoice takes {MOST_ITEMS} items at most, and this one would have {count}"
        )),
        false => Ok(()),
    }
}

fn check_currencies(of_invoice: Option<&str>, items: &[&Item<'_>]) -> Result<(), String> {
    let mut currencies = of_invoice
        .into_iter()
        .chain(items.iter().filter_map(|item| item.currency));
    let Some(first) = currencies.next() else {
        return Ok(());
    };
    match currencies.find(|currency| !currency.eq_ignore_ascii_case(first)) {
        Some(other) => Err(format!(
            "an invoice has one currency, and this one would have {} and {}",
            first.to_uppercase(),
            other.to_uppercase()
        )),
        None => Ok(()),
    }
}

impl<'a> Item<'a> {
    fn of(step: &'a PlannedStep) -> Option<Self> {
        if step.resource != "invoiceitem" {
            return None;
        }
        let form = created(&step.action)?;
        let invoice = match form.get("invoice")? {
            FormValue::Text(id) => Some(id.as_str()),
            FormValue::Unknown => None,
        };
        Some(Item {
            invoice,
            currency: form.text("currency"),
        })
    }
}

/// Gives what a step makes, or may make.
fn created(action: &Action) -> Option<&Form> {
    match action {
        Action::Create { form } | Action::Undecided { form, .. } => Some(form),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{MOST_ITEMS, check_invoices};
    use crate::model::{Form, FormValue};
    use crate::plan::{Action, PlannedStep};

    fn step(resource: &str, pairs: &[(&str, Option<&str>)]) -> PlannedStep {
        let pairs = pairs.iter().map(|(name, text)| {
            let value = text.map_or(FormValue::Unknown, |text| FormValue::Text(text.to_owned()));
            ((*name).to_owned(), value)
        });
        PlannedStep {
            name: resource.to_owned(),
            step: Some(0),
            line: None,
            resource: resource.to_owned(),
            drift: Vec::new(),
            gone: None,
            action: Action::Create {
                form: Form::from_iter(pairs),
            },
        }
    }

    fn item(invoice: Option<&str>, currency: &str) -> PlannedStep {
        step(
            "invoiceitem",
            &[("invoice", invoice), ("currency", Some(currency))],
        )
    }

    #[test]
    fn an_invoice_takes_250_items() {
        let mut steps = vec![step("invoice", &[("currency", Some("usd"))])];
        steps.extend((0..MOST_ITEMS).map(|_| item(None, "usd")));
        assert_eq!(check_invoices(&steps), Ok(()));
        steps.push(item(None, "usd"));
        assert_eq!(
            check_invoices(&steps).unwrap_err(),
            "an invoice takes 250 items at most, and this one would have 251"
        );
    }

    #[test]
    fn an_invoice_has_one_currency() {
        let invoice = step("invoice", &[("currency", Some("eur"))]);
        let refused = "an invoice has one currency, and this one would have EUR and USD";
        for steps in [
            vec![invoice.clone(), item(None, "usd")],
            vec![item(Some("in_1"), "eur"), item(Some("in_1"), "usd")],
        ] {
            assert_eq!(check_invoices(&steps).unwrap_err(), refused);
        }
        for steps in [
            vec![invoice, item(None, "EUR")],
            vec![item(Some("in_1"), "eur"), item(Some("in_2"), "usd")],
            vec![
                step("invoiceitem", &[("currency", Some("usd"))]),
                item(Some("in_1"), "eur"),
            ],
        ] {
            assert_eq!(check_invoices(&steps), Ok(()));
        }
    }
}
