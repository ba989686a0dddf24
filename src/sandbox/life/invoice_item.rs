use serde_json::{Value, json};

use super::charged;
use super::invoice::{lines, step, totals};
use super::object::{Object, has, id_of, owned, set, set_inner, text};
use crate::sandbox::refusal::Refusal;
use crate::sandbox::work::Work;

/// Checks what an invoice item needs: a customer, something to charge, a draft if it is for an invoice,
/// and that invoice's currency.
pub(super) fn prepare(work: &Work<'_>, given: &mut Object) -> Result<(), Refusal> {
    if !has(given, "customer") {
        return Err(Refusal::missing("customer"));
    }
    charged::check(given)?;
    if !["amount", "pricing", "price_data", "unit_amount_decimal"]
        .iter()
        .any(|name| has(given, name))
    {
        return Err(Refusal::missing("amount"));
    }
    let invoice = text(given, "invoice").and_then(|id| work.read("invoice", id));
    let currency = currency(work, given, invoice.as_ref());
    if text(given, "currency").is_some_and(|wanted| wanted != currency) {
        return Err(Refusal::parameter(
            "currency",
            format!("The price is in {currency}, which is not the currency that was given."),
        ));
    }
    if let Some(invoice) = &invoice {
        check_invoice(invoice, given, &currency)?;
    }
    set(given, "currency", currency);
    Ok(())
}

/// Gives the currency of an item: its price's, the one given, its invoice's or its customer's.
fn currency(work: &Work<'_>, given: &Object, invoice: Option<&Object>) -> String {
    let own = |object: &Object| text(object, "currency").map(str::to_owned);
    let customer = text(given, "customer").and_then(|id| work.read("customer", id));
    charged::currency(work, given)
        .or_else(|| own(given))
        .or_else(|| own(invoice?))
        .or_else(|| own(&customer?))
        .unwrap_or_else(|| "usd".to_owned())
}

/// Refuses an invoice that an item can't go onto.
fn check_invoice(invoice: &Object, given: &Object, currency: &str) -> Result<(), Refusal> {
    step::check(step::Step::Edit, &owned(invoice, "status"))?;
    if text(invoice, "customer") != text(given, "customer") {
        return Err(Refusal::parameter(
            "invoice",
            format!("The invoice `{}` is another customer's.", id_of(invoice)),
        ));
    }
    check_currency(invoice, currency)
}

/// Refuses a second currency on an invoice. The wording is a recorded one.
pub(super) fn check_currency(invoice: &Object, currency: &str) -> Result<(), Refusal> {
    let own = owned(invoice, "currency");
    match own == currency {
        true => Ok(()),
        false => Err(Refusal::state(format!(
            "You cannot combine currencies on a single invoice. This invoice has invoice items currency \
             {currency} that conflicts with the invoice currency {own}."
        ))),
    }
}

/// Gives a new item what it begins with, and puts it on the invoice that it is for.
pub(super) fn begun(work: &mut Work<'_>, id: &str, given: &Object) -> Result<(), Refusal> {
    let Some(mut item) = work.read("invoiceitem", id) else {
        return Ok(());
    };
    if !has(given, "discountable") {
        let is_credit = given.get("amount").and_then(Value::as_i64).unwrap_or(0) < 0;
        set(&mut item, "discountable", !is_credit);
    }
    set(&mut item, "date", work.now);
    if !has(given, "period") {
        set_inner(&mut item, "period", "start", work.now);
        set_inner(&mut item, "period", "end", work.now);
    }
    if let Some(subscription) = text(given, "subscription") {
        let details = json!({"subscription": subscription});
        set(
            &mut item,
            "parent",
            json!({"subscription_details": details, "type": "subscription_details"}),
        );
    }
    let invoice = text(&item, "invoice").map(str::to_owned);
    charged::write(work, &mut item, given)?;
    if let Some(discounts) = lines::discounts(work, &item, given)? {
        set(&mut item, "discounts", discounts);
    }
    match invoice {
        Some(invoice) => {
            // The line is not there yet, and must not be counted twice.
            set(&mut item, "invoice", Value::Null);
            lines::attach(work, &invoice, item)?;
            totals::renew(work, &invoice)
        }
        None => {
            work.save(item);
            Ok(())
        }
    }
}

/// Refuses to change or delete what is on an invoice that is no draft.
pub(super) fn check_editable(work: &Work<'_>, item: &Object) -> Result<(), Refusal> {
    let invoice = text(item, "invoice").and_then(|id| work.read("invoice", id));
    match invoice {
        Some(invoice) => step::check(step::Step::Edit, &owned(&invoice, "status")),
        None => Ok(()),
    }
}

/// Works out what a changed item charges, and brings its invoice in line.
pub(super) fn charge(work: &mut Work<'_>, id: &str, given: &Object) -> Result<(), Refusal> {
    let Some(mut item) = work.read("invoiceitem", id) else {
        return Ok(());
    };
    charged::check(given)?;
    if charged::is_said(given) {
        if charged::currency(work, given)
            .is_some_and(|currency| Some(currency.as_str()) != text(&item, "currency"))
        {
            return Err(Refusal::parameter(
                "pricing",
                "The price is in another currency than the item.",
            ));
        }
        charged::write(work, &mut item, given)?;
    }
    if let Some(discounts) = lines::discounts(work, &item, given)? {
        set(&mut item, "discounts", discounts);
    }
    work.save(item.clone());
    lines::follow(work, &item);
    match text(&item, "invoice") {
        Some(invoice) => totals::renew(work, invoice),
        None => Ok(()),
    }
}

/// Takes the line of a deleted item off its invoice.
pub(super) fn deleted(work: &mut Work<'_>, item: &Object) -> Result<(), Refusal> {
    let Some(line) = lines::line_of(work, item) else {
        return Ok(());
    };
    work.delete("line_item", &id_of(&line));
    totals::renew(work, &owned(item, "invoice"))
}
