use serde_json::{Value, json};

use super::super::object::{Object, id_of, int, owned, set, set_if_unset, set_inner, text};
use super::super::{account, balance, minimum, payment_intent};
use super::step::{self, Step};
use super::totals;
use crate::sandbox::ids;
use crate::sandbox::refusal::Refusal;
use crate::sandbox::work::Work;

/// Finalises a draft: gives it its number and its pages, takes the customer's balance into account, and
/// opens it for payment, or marks it paid when nothing is due.
pub(in crate::sandbox::life) fn finalize(work: &mut Work<'_>, id: &str) -> Result<(), Refusal> {
    let status = work.read("invoice", id).map(|invoice| owned(&invoice, "status"));
    step::check(Step::Finalize, &status.unwrap_or_default())?;
    totals::renew(work, id)?;
    let Some(mut invoice) = work.read("invoice", id) else {
        return Err(Refusal::no_such(404, "invoice", id));
    };
    number(work, &mut invoice)?;
    publish(work, &mut invoice);
    let least = minimum::of(&owned(&invoice, "currency"));
    let rest = totals::settle(&mut invoice, least);
    set(&mut invoice, "ending_balance", rest);
    set(&mut invoice, "status", "open");
    set_if_unset(&mut invoice, "effective_at", work.now);
    set_inner(&mut invoice, "status_transitions", "finalized_at", work.now);
    set(&mut invoice, "automatically_finalizes_at", Value::Null);
    let carried = rest.saturating_sub(int(&invoice, "starting_balance"));
    balance::apply(work, carried, balance::Reason::Invoice(&invoice))?;
    work.note("invoice.finalized", &invoice);
    match int(&invoice, "amount_due") {
        0 => settled(work, &mut invoice),
        due => ask(work, &invoice, due)?,
    }
    work.save(invoice);
    Ok(())
}

/// Numbers an invoice after its customer's prefix, and counts the customer's sequence up.
fn number(work: &mut Work<'_>, invoice: &mut Object) -> Result<(), Refusal> {
    if text(invoice, "number").is_some_and(|number| !number.is_empty()) {
        return Ok(());
    }
    let customer = text(invoice, "customer").and_then(|id| work.read("customer", id));
    let Some(mut customer) = customer else {
        return Err(Refusal::state("The invoice's customer was deleted."));
    };
    let sequence = int(&customer, "next_invoice_sequence").max(1);
    let number = format!("{}-{sequence:04}", owned(&customer, "invoice_prefix"));
    set(invoice, "number", number);
    set(&mut customer, "next_invoice_sequence", sequence.saturating_add(1));
    work.save(customer);
    Ok(())
}

/// Gives an invoice its page and its PDF, under names that can't be guessed.
fn publish(work: &Work<'_>, invoice: &mut Object) {
    let account = owned(&account::own(work), "id");
    let sequence = work
        .get("invoice", &id_of(invoice))
        .map_or(0, |record| record.sequence);
    let secret = ids::letters("test_", 60, &mut ids::random(!work.seed, sequence));
    set(
        invoice,
        "hosted_invoice_url",
        format!("https://invoice.stripe.com/i/{account}/{secret}?s=ap"),
    );
    set(
        invoice,
        "invoice_pdf",
        format!("https://pay.stripe.com/invoice/{account}/{secret}/pdf?s=ap"),
    );
}

/// Opens the payment of an invoice: its payment intent, and what ties the two together.
fn ask(work: &mut Work<'_>, invoice: &Object, due: i64) -> Result<(), Refusal> {
    let intent = payment_intent::for_invoice(work, invoice, due)?;
    let mut payment = work.make("invoice_payment", &Object::new())?;
    set(&mut payment, "invoice", id_of(invoice));
    set(&mut payment, "amount_requested", due);
    set(&mut payment, "currency", owned(invoice, "currency"));
    set(&mut payment, "is_default", true);
    set(&mut payment, "status", "open");
    set(
        &mut payment,
        "payment",
        json!({"payment_intent": intent, "type": "payment_intent"}),
    );
    work.save(payment);
    Ok(())
}

/// Marks an invoice paid, with whatever was paid for it.
pub(super) fn settled(work: &mut Work<'_>, invoice: &mut Object) {
    set(invoice, "status", "paid");
    set(invoice, "attempted", true);
    set(invoice, "auto_advance", false);
    set(invoice, "next_payment_attempt", Value::Null);
    set_inner(invoice, "status_transitions", "paid_at", work.now);
    totals::set_remaining(invoice);
    work.note("invoice.paid", invoice);
    work.note("invoice.payment_succeeded", invoice);
}
