use rust_decimal::Decimal;
use serde_json::{Value, json};

use super::object::{Object, decimal, has, id_of, int, list, owned, set, set_if_unset, set_inner, text};
use super::{account, amount, balance, invoice, refund};
use crate::sandbox::refusal::Refusal;
use crate::sandbox::work::Work;

/// Checks a credit note before it is made: its invoice is finalised, and it credits something.
pub(super) fn check(work: &Work<'_>, given: &Object) -> Result<(), Refusal> {
    let invoice = text(given, "invoice")
        .and_then(|id| work.read("invoice", id))
        .unwrap_or_default();
    if !matches!(text(&invoice, "status"), Some("open" | "paid")) {
        return Err(Refusal::state(format!(
            "Credit notes are for open and paid invoices; this one's status is `{}`.",
            owned(&invoice, "status")
        ))
        .param("invoice"));
    }
    if has(given, "refunds") || has(given, "shipping_cost") {
        return Err(Refusal::not_carried_out(
            "refunds and shipping costs of credit_notes.create",
        ));
    }
    let ways = [
        "amount",
        "lines",
        "refund_amount",
        "credit_amount",
        "out_of_band_amount",
    ];
    match ways.iter().any(|name| has(given, name)) {
        true => Ok(()),
        false => Err(Refusal::missing("amount")),
    }
}

/// Works a new credit note out, and credits it: first what is still due, then by a refund, to the balance
/// or elsewhere, as its amounts say.
pub(super) fn begun(work: &mut Work<'_>, id: &str, given: &Object) -> Result<(), Refusal> {
    let Some(mut note) = work.read("credit_note", id) else {
        return Ok(());
    };
    let Some(mut invoice) = work.read("invoice", &owned(&note, "invoice")) else {
        return Ok(());
    };
    let total = write_lines(work, &note, &invoice, given)?;
    let before = int(&invoice, "pre_payment_credit_notes_amount");
    let after = int(&invoice, "post_payment_credit_notes_amount");
    let creditable = int(&invoice, "total") - before - after;
    if total < 1 || total > creditable {
        return Err(Refusal::state(format!(
            "A credit note of {total} is not between 1 and the {creditable} that can be credited of the invoice."
        ))
        .param("amount"));
    }
    let pre = total.min(int(&invoice, "amount_remaining"));
    let post = total - pre;
    check_post(given, post)?;
    write_totals(&mut note, total, (pre, post));
    number(work, &mut note, &invoice);
    set(&mut note, "customer", owned(&invoice, "customer"));
    set(&mut note, "currency", owned(&invoice, "currency"));
    set(&mut invoice, "pre_payment_credit_notes_amount", before + pre);
    set(&mut invoice, "post_payment_credit_notes_amount", after + post);
    if pre > 0 {
        invoice::pay::credit(work, &mut invoice, pre);
    }
    give_back(work, &mut note, &invoice, given)?;
    work.save(invoice);
    show_lines(work, &mut note);
    work.save(note);
    Ok(())
}

/// What is credited beyond what was due must be said to go somewhere.
/// Source: the docstring of `credit_notes.create`.
fn check_post(given: &Object, post: i64) -> Result<(), Refusal> {
    let ways = ["refund_amount", "credit_amount", "out_of_band_amount"];
    let sum: i64 = ways
        .iter()
        .map(|name| int(given, name).clamp(0, amount::GREATEST))
        .sum();
    match sum == post {
        true => Ok(()),
        false => Err(Refusal::state(format!(
            "The sum of refund_amount, credit_amount and out_of_band_amount ({sum}) must equal what is credited \
             beyond the amount due ({post})."
        ))),
    }
}

fn write_totals(note: &mut Object, total: i64, (pre, post): (i64, i64)) {
    for name in [
        "amount",
        "total",
        "subtotal",
        "total_excluding_tax",
        "subtotal_excluding_tax",
    ] {
        set(note, name, total);
    }
    set(note, "pre_payment_amount", pre);
    set(note, "post_payment_amount", post);
    let kind = match (pre > 0, post > 0) {
        (true, true) => "mixed",
        (false, true) => "post_payment",
        _ => "pre_payment",
    };
    set(note, "type", kind);
    set(note, "status", "issued");
}

/// Numbers a credit note after its invoice.
fn number(work: &Work<'_>, note: &mut Object, invoice: &Object) {
    let count = work.all_with("credit_note", "invoice", &id_of(invoice)).len();
    set(
        note,
        "number",
        format!("{}-CN-{count:02}", owned(invoice, "number")),
    );
    let account = owned(&account::own(work), "id");
    let pdf = format!(
        "https://pay.stripe.com/credit_notes/{account}/{}/pdf?s=ap",
        id_of(note)
    );
    set(note, "pdf", pdf);
    set_if_unset(note, "effective_at", work.now);
}

/// Makes the lines, and gives what they add up to; without lines, the amount that was given is one.
fn write_lines(work: &mut Work<'_>, note: &Object, invoice: &Object, given: &Object) -> Result<i64, Refusal> {
    let entries = list(given, "lines");
    if entries.is_empty() {
        let rest = ["refund_amount", "credit_amount", "out_of_band_amount"];
        let rest: i64 = rest
            .iter()
            .map(|name| int(given, name).clamp(0, amount::GREATEST))
            .sum();
        let whole = given.get("amount").and_then(Value::as_i64);
        return Ok(whole.unwrap_or_else(|| rest.saturating_add(int(invoice, "amount_remaining"))));
    }
    let mut total: i64 = 0;
    for entry in entries.iter().filter_map(Value::as_object) {
        let mut line = work.make("credit_note_line_item", entry)?;
        let credited = match text(entry, "type") {
            Some("invoice_line_item") => of_invoice_line(work, invoice, &mut line, entry)?,
            _ => custom(entry)?,
        };
        if let Some(whole) = entry.get("amount").and_then(Value::as_i64)
            && text(entry, "type") != Some("invoice_line_item")
            && whole != credited
        {
            return Err(Refusal::parameter(
                "lines",
                "A line's amount is not its unit amount times its quantity.",
            ));
        }
        set(&mut line, "amount", credited);
        work.save(line.clone());
        work.place_under(&id_of(note), &line);
        total = total.saturating_add(credited);
    }
    amount::whole(total.into())
}

/// Gives what a line credits of an invoice's line: an amount, or a quantity of it.
fn of_invoice_line(
    work: &Work<'_>,
    invoice: &Object,
    line: &mut Object,
    entry: &Object,
) -> Result<i64, Refusal> {
    let id = owned(entry, "invoice_line_item");
    let credited = work
        .read("line_item", &id)
        .filter(|found| text(found, "invoice") == text(invoice, "id"))
        .ok_or_else(|| Refusal::no_such(400, "line_item", &id).param("lines[0][invoice_line_item]"))?;
    set_if_unset(line, "description", owned(&credited, "description"));
    let whole = int(&credited, "amount");
    let amount = match (
        entry.get("amount").and_then(Value::as_i64),
        decimal(entry, "quantity"),
    ) {
        (Some(amount), _) => amount,
        (None, Some(quantity)) => {
            let all = decimal(&credited, "quantity").filter(|all| *all > Decimal::ZERO);
            amount::times(Decimal::from(whole) / all.unwrap_or(Decimal::ONE), quantity)?
        }
        (None, None) => whole,
    };
    match amount < 0 || amount > whole {
        true => Err(
            Refusal::state(format!("The line `{id}` has only {whole} that can be credited.")).param("lines"),
        ),
        false => Ok(amount),
    }
}

/// Gives what a line of its own words credits.
fn custom(entry: &Object) -> Result<i64, Refusal> {
    let quantity = decimal(entry, "quantity").unwrap_or(Decimal::ONE);
    match amount::unit(entry, "unit_amount") {
        Some(unit) => amount::times(unit, quantity),
        None => entry
            .get("amount")
            .and_then(Value::as_i64)
            .ok_or_else(|| Refusal::missing("lines[0][unit_amount]")),
    }
}

fn show_lines(work: &Work<'_>, note: &mut Object) {
    let id = id_of(note);
    let of_note = |record: &&crate::sandbox::store::Record| record.parent.as_deref() == Some(&id);
    let lines: Vec<Value> = work
        .changes
        .iter()
        .filter(of_note)
        .map(|record| Value::Object(record.object()))
        .collect();
    set_inner(note, "lines", "url", format!("/v1/credit_notes/{id}/lines"));
    set_inner(note, "lines", "data", lines);
}

/// Gives the money back that goes beyond what was due.
fn give_back(
    work: &mut Work<'_>,
    note: &mut Object,
    invoice: &Object,
    given: &Object,
) -> Result<(), Refusal> {
    if let Some(amount) = given
        .get("refund_amount")
        .and_then(Value::as_i64)
        .filter(|amount| *amount > 0)
    {
        let charge = invoice::pay::intent(work, invoice)
            .and_then(|id| work.read("payment_intent", &id))
            .and_then(|intent| text(&intent, "latest_charge").map(str::to_owned));
        let Some(charge) = charge else {
            return Err(
                Refusal::state("The invoice was not paid by a charge that could be refunded.")
                    .param("refund_amount"),
            );
        };
        let refund = refund::make(work, &charge, amount)?;
        set(
            note,
            "refunds",
            json!([{"amount_refunded": amount, "refund": refund, "type": "refund", "payment_record_refund": null}]),
        );
    }
    if let Some(amount) = given
        .get("credit_amount")
        .and_then(Value::as_i64)
        .filter(|amount| *amount > 0)
    {
        let transaction = balance::apply(work, -amount, balance::Reason::CreditNote(note))?;
        set(note, "customer_balance_transaction", transaction);
    }
    Ok(())
}

/// Voids a credit note, which gives an open invoice its due amount back.
pub(super) fn void(work: &mut Work<'_>, id: &str) -> Result<(), Refusal> {
    let Some(mut note) = work.read("credit_note", id) else {
        return Err(Refusal::no_such(404, "credit_note", id));
    };
    let invoice = text(&note, "invoice").and_then(|id| work.read("invoice", id));
    let Some(mut invoice) = invoice.filter(|invoice| text(invoice, "status") == Some("open")) else {
        return Err(Refusal::state(
            "Only credit notes of open invoices can be voided.",
        ));
    };
    if text(&note, "status") == Some("void") {
        return Err(Refusal::state("The credit note is void already."));
    }
    let pre = int(&note, "pre_payment_amount");
    let credited = int(&invoice, "pre_payment_credit_notes_amount") - pre;
    set(&mut invoice, "pre_payment_credit_notes_amount", credited);
    invoice::pay::credit(work, &mut invoice, -pre);
    work.save(invoice);
    set(&mut note, "status", "void");
    set(&mut note, "voided_at", work.now);
    work.note("credit_note.voided", &note);
    work.save(note);
    Ok(())
}
