use super::object::{Object, id_of, int, owned, set, text};
use crate::sandbox::refusal::Refusal;
use crate::sandbox::work::Work;

/// Why a customer's balance changes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Reason<'a> {
    /// It is taken into account when this invoice is finalised.
    Invoice(&'a Object),
    /// This credit note credits it.
    CreditNote(&'a Object),
}

/// Adds to the balance of the customer of an invoice or a credit note, and keeps the transaction. Gives
/// the transaction's id. Below zero a balance is the customer's credit.
pub(super) fn apply(work: &mut Work<'_>, change: i64, reason: Reason<'_>) -> Result<Option<String>, Refusal> {
    let (document, field, kind) = match reason {
        Reason::Invoice(invoice) => (invoice, "invoice", "applied_to_invoice"),
        Reason::CreditNote(note) => (note, "credit_note", "credit_note"),
    };
    let customer = text(document, "customer").and_then(|id| work.read("customer", id));
    let (Some(mut customer), true) = (customer, change != 0) else {
        return Ok(None);
    };
    let ending = int(&customer, "balance").saturating_add(change);
    let mut transaction = work.make("customer_balance_transaction", &Object::new())?;
    set(&mut transaction, "amount", change);
    set(&mut transaction, "currency", owned(document, "currency"));
    set(&mut transaction, "customer", id_of(&customer));
    set(&mut transaction, "ending_balance", ending);
    set(&mut transaction, "type", kind);
    set(&mut transaction, field, id_of(document));
    let id = id_of(&transaction);
    work.save(transaction);
    set(&mut customer, "balance", ending);
    super::object::set_if_unset(&mut customer, "currency", owned(document, "currency"));
    work.save(customer);
    Ok(Some(id))
}

/// Adds a transaction that was made by itself to the balance of the customer that it was made under.
/// Source: <https://docs.stripe.com/api/customer_balance_transactions/create>.
pub(super) fn adjusted(work: &mut Work<'_>, id: &str) {
    let kind = "customer_balance_transaction";
    let parent = work.get(kind, id).and_then(|record| record.parent.clone());
    let customer = parent.and_then(|parent| work.read("customer", &parent));
    let (Some(mut customer), Some(mut transaction)) = (customer, work.read(kind, id)) else {
        return;
    };
    let ending = int(&customer, "balance").saturating_add(int(&transaction, "amount"));
    set(&mut transaction, "customer", id_of(&customer));
    set(&mut transaction, "ending_balance", ending);
    set(&mut transaction, "type", "adjustment");
    set(&mut customer, "balance", ending);
    super::object::set_if_unset(&mut customer, "currency", owned(&transaction, "currency"));
    work.save(transaction);
    work.save(customer);
}
