use serde_json::Value;

use super::super::object::{Object, has, id_of, inner, int, is_set, owned, set, set_inner, text};
use super::super::{payment_intent, subscription};
use super::finalize::{finalize, settled};
use super::step::{self, Step};
use super::totals;
use crate::sandbox::refusal::Refusal;
use crate::sandbox::work::Work;

const NEEDS_ACTION: &str = "invoice_payment_intent_requires_action";

/// Pays an invoice, a draft after finalising it: by the payment method that is given, else by the usual
/// one; or notes that it was paid elsewhere.
pub(in crate::sandbox::life) fn pay(work: &mut Work<'_>, id: &str, given: &Object) -> Result<(), Refusal> {
    step::check(Step::Pay, &status(work, id))?;
    if status(work, id) == "draft" {
        finalize(work, id)?;
    }
    let Some(mut invoice) = work.read("invoice", id) else {
        return Err(Refusal::no_such(404, "invoice", id));
    };
    if text(&invoice, "status") == Some("paid") {
        return Ok(());
    }
    take(work, &mut invoice, given)?;
    work.save(invoice.clone());
    subscription::paid(work, &invoice);
    Ok(())
}

/// Pays an invoice because its payment intent is confirmed. One that waits for its customer goes on to.
pub(in crate::sandbox::life) fn pay_intent(
    work: &mut Work<'_>,
    id: &str,
    given: &Object,
) -> Result<(), Refusal> {
    match pay(work, id, given) {
        Err(refusal) if refusal.code == Some(NEEDS_ACTION) => Ok(()),
        other => other,
    }
}

fn take(work: &mut Work<'_>, invoice: &mut Object, given: &Object) -> Result<(), Refusal> {
    match is_set(given, "paid_out_of_band") {
        true => {
            close_payment(work, invoice, "canceled");
            let due = int(invoice, "amount_due");
            set(invoice, "amount_paid_off_stripe", due);
        }
        false => collect(work, invoice, given)?,
    }
    let due = int(invoice, "amount_due");
    set(invoice, "amount_paid", due);
    settled(work, invoice);
    Ok(())
}

fn status(work: &Work<'_>, id: &str) -> String {
    work.read("invoice", id)
        .map(|invoice| owned(&invoice, "status"))
        .unwrap_or_default()
}

/// Takes the money. A decline stays on the invoice as an attempt.
fn collect(work: &mut Work<'_>, invoice: &mut Object, given: &Object) -> Result<(), Refusal> {
    let Some(method) = method(work, invoice, given) else {
        return Err(Refusal::parameter(
            "payment_method",
            "The invoice can't be paid: neither it nor its customer has a default payment method, and none was given.",
        )
        .code("resource_missing"));
    };
    let attempts = int(invoice, "attempt_count") + 1;
    set(invoice, "attempt_count", attempts);
    set(invoice, "attempted", true);
    let Some(intent) = intent(work, invoice) else {
        return Err(Refusal::broken());
    };
    match payment_intent::charge(work, &intent, &method).and_then(|()| check_paid(work, &intent)) {
        Ok(()) => {
            close_payment(work, invoice, "paid");
            Ok(())
        }
        Err(refusal) => {
            if refusal.stands {
                work.save(invoice.clone());
                work.note("invoice.payment_failed", invoice);
            }
            Err(refusal)
        }
    }
}

/// Refuses a payment that waits for its customer.
fn check_paid(work: &Work<'_>, intent: &str) -> Result<(), Refusal> {
    let status = work
        .read("payment_intent", intent)
        .map(|intent| owned(&intent, "status"));
    match status.as_deref() {
        Some("succeeded") => Ok(()),
        _ => Err(Refusal::declined(
            NEEDS_ACTION,
            "The payment needs an action of the customer before it can go through.",
        )),
    }
}

/// Gives the payment method that counts: the one given, the invoice's, its subscription's, the customer's.
pub(in crate::sandbox::life) fn method(work: &Work<'_>, invoice: &Object, given: &Object) -> Option<String> {
    let own = |object: &Object| {
        [
            "payment_method",
            "source",
            "default_payment_method",
            "default_source",
        ]
        .iter()
        .find_map(|name| text(object, name).map(str::to_owned))
    };
    let subscription = inner(invoice, "parent")
        .and_then(|parent| inner(parent, "subscription_details"))
        .and_then(|details| text(details, "subscription"))
        .and_then(|id| work.read("subscription", id));
    let customer = text(invoice, "customer").and_then(|id| work.read("customer", id));
    own(given)
        .or_else(|| own(invoice))
        .or_else(|| own(&subscription?))
        .or_else(|| {
            let customer = customer?;
            inner(&customer, "invoice_settings")
                .and_then(own)
                .or_else(|| own(&customer))
        })
}

/// Gives the payment intent that was opened for an invoice.
pub(in crate::sandbox::life) fn intent(work: &Work<'_>, invoice: &Object) -> Option<String> {
    let payments = work.all_with("invoice_payment", "invoice", &id_of(invoice));
    let payment = payments
        .into_iter()
        .find(|payment| is_set(payment, "is_default"))?;
    text(inner(&payment, "payment")?, "payment_intent").map(str::to_owned)
}

/// Brings what ties an invoice to its payment to its end, and cancels a payment that is not wanted.
pub(super) fn close_payment(work: &mut Work<'_>, invoice: &Object, status: &str) {
    if status == "canceled"
        && let Some(intent) = intent(work, invoice)
    {
        payment_intent::give_up(work, &intent, "void_invoice");
    }
    for mut payment in work.all_with("invoice_payment", "invoice", &id_of(invoice)) {
        if text(&payment, "status") != Some("open") {
            continue;
        }
        set(&mut payment, "status", status);
        let (paid, moment) = match status {
            "paid" => (payment.get("amount_requested").cloned(), "paid_at"),
            _ => (None, "canceled_at"),
        };
        set(&mut payment, "amount_paid", paid.unwrap_or(Value::Null));
        set_inner(&mut payment, "status_transitions", moment, work.now);
        if status == "paid" {
            work.note("invoice_payment.paid", &payment);
        }
        work.save(payment);
    }
}

/// Takes what a credit note credits off what is due, and marks the invoice paid when nothing is left.
pub(in crate::sandbox::life) fn credit(work: &mut Work<'_>, invoice: &mut Object, amount: i64) {
    let due = int(invoice, "amount_due") - amount;
    set(invoice, "amount_due", due);
    totals::set_remaining(invoice);
    if int(invoice, "amount_remaining") == 0 && text(invoice, "status") == Some("open") {
        close_payment(work, invoice, "canceled");
        settled(work, invoice);
    } else if has(invoice, "number")
        && let Some(intent) = intent(work, invoice)
    {
        payment_intent::ask_for(work, &intent, due);
    }
}
