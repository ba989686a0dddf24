use serde_json::{Value, json};

use super::super::object::{Object, has, id_of, inner, is_set, list, owned, set, set_inner, text};
use super::super::{charged, discount, invoice_item};
use super::step::{self, Step};
use super::totals;
use crate::sandbox::refusal::Refusal;
use crate::sandbox::work::Work;

/// The most lines that an invoice can have. Source: the docstring of `invoice` in `invoice_items.create`.
pub(in crate::sandbox::life) const MOST: usize = 250;

/// How many lines an invoice shows itself.
const SHOWN: usize = 10;

/// Fields that a line has from its invoice item.
const FROM_ITEM: [&str; 11] = [
    "amount",
    "currency",
    "description",
    "discountable",
    "discounts",
    "metadata",
    "period",
    "pricing",
    "quantity",
    "quantity_decimal",
    "invoice",
];

/// Gives an invoice's lines in their order: items that were pending before it, newest first; lines of
/// subscriptions, newest first; items added later, oldest first.
/// Source: the docstring of `lines` in Stripe's Python SDK.
pub(in crate::sandbox::life) fn in_order(work: &Work<'_>, invoice: &str) -> Vec<Object> {
    let begun = work.get("invoice", invoice).map_or(0, |record| record.sequence);
    let lines = work.all_with("line_item", "invoice", invoice);
    let (mut pending, mut subscribed, mut added) = (Vec::new(), Vec::new(), Vec::new());
    for line in lines {
        let item = item_of(&line).and_then(|id| work.get("invoiceitem", &id));
        match item {
            Some(item) if item.sequence < begun => pending.push((item.sequence, line)),
            Some(item) => added.push((item.sequence, line)),
            None => subscribed.push(line),
        }
    }
    pending.sort_by_key(|(sequence, _)| std::cmp::Reverse(*sequence));
    added.sort_by_key(|(sequence, _)| *sequence);
    let pending = pending.into_iter().map(|(_, line)| line);
    let added = added.into_iter().map(|(_, line)| line);
    pending.chain(subscribed.into_iter().rev()).chain(added).collect()
}

/// Gives the invoice item that a line stands for.
pub(in crate::sandbox::life) fn item_of(line: &Object) -> Option<String> {
    let details = inner(inner(line, "parent")?, "invoice_item_details")?;
    text(details, "invoice_item").map(str::to_owned)
}

/// Shows the first lines in the invoice itself.
pub(super) fn show(invoice: &mut Object, lines: &[Object]) {
    let shown: Vec<Value> = lines.iter().take(SHOWN).cloned().map(Value::Object).collect();
    set_inner(invoice, "lines", "data", shown);
    set_inner(invoice, "lines", "has_more", lines.len() > SHOWN);
}

/// Puts an invoice item on a draft, as a new line, unless that has as many as it can have.
pub(in crate::sandbox::life) fn attach(
    work: &mut Work<'_>,
    invoice: &str,
    item: Object,
) -> Result<(), Refusal> {
    check_room(work, invoice)?;
    put_on(work, invoice, item)
}

/// Puts an invoice item on a draft that has room for it.
pub(super) fn put_on(work: &mut Work<'_>, invoice: &str, mut item: Object) -> Result<(), Refusal> {
    set(&mut item, "invoice", invoice);
    let mut line = work.make("line_item", &Object::new())?;
    let subscription = inner(&item, "parent")
        .and_then(|parent| inner(parent, "subscription_details"))
        .and_then(|details| text(details, "subscription"));
    let details = json!({
        "invoice_item": id_of(&item),
        "proration": is_set(&item, "proration"),
        "proration_details": null,
        "subscription": subscription,
    });
    set(&mut line, "subscription", subscription);
    set(
        &mut line,
        "parent",
        json!({
            "invoice_item_details": details,
            "subscription_item_details": null,
            "type": "invoice_item_details",
        }),
    );
    take_over(&mut line, &item);
    work.save(item);
    work.save(line);
    Ok(())
}

/// Tells how many more lines an invoice can have.
pub(super) fn room(work: &Work<'_>, invoice: &str) -> usize {
    MOST.saturating_sub(work.count_with("line_item", "invoice", invoice))
}

/// Refuses what would be a line too many.
pub(super) fn check_room(work: &Work<'_>, invoice: &str) -> Result<(), Refusal> {
    match room(work, invoice) {
        1.. => Ok(()),
        0 => Err(Refusal::parameter(
            "invoice",
            format!("An invoice can have at most {MOST} items."),
        )),
    }
}

/// Brings the line of an invoice item in line with it.
pub(in crate::sandbox::life) fn follow(work: &mut Work<'_>, item: &Object) {
    if let Some(mut line) = line_of(work, item) {
        take_over(&mut line, item);
        work.save(line);
    }
}

/// Finds the line that stands for an invoice item.
pub(in crate::sandbox::life) fn line_of(work: &Work<'_>, item: &Object) -> Option<Object> {
    let lines = work.all_with("line_item", "invoice", text(item, "invoice")?);
    lines
        .into_iter()
        .find(|line| item_of(line).as_deref() == text(item, "id"))
}

fn take_over(line: &mut Object, item: &Object) {
    for name in FROM_ITEM {
        set(line, name, item.get(name).cloned().unwrap_or_default());
    }
    set(line, "subtotal", item.get("amount").cloned().unwrap_or_default());
}

/// Changes one line, and the invoice item behind it, of a draft.
pub(super) fn change(work: &mut Work<'_>, id: &str, given: &Object) -> Result<(), Refusal> {
    let Some(mut line) = work.read("line_item", id) else {
        return Err(Refusal::no_such(404, "line_item", id));
    };
    charged::check(given)?;
    if has(given, "tax_amounts") {
        return Err(Refusal::not_carried_out("tax_amounts of a line"));
    }
    let Some(item) = item_of(&line) else {
        let fields = work.shapes.fields("line_item");
        work.merge().fields(&fields, &mut line, given)?;
        if charged::is_said(given) {
            charged::write(work, &mut line, given)?;
            let amount = line.get("amount").cloned().unwrap_or_default();
            set(&mut line, "subtotal", amount);
        }
        work.save(line);
        return Ok(());
    };
    let Some(mut item) = work.read("invoiceitem", &item) else {
        return Ok(());
    };
    let fields = work.shapes.fields("invoiceitem");
    work.merge().fields(&fields, &mut item, given)?;
    work.save(item.clone());
    invoice_item::charge(work, &id_of(&item), given)
}

/// Brings the item and the invoice of a changed line in line with it.
pub(in crate::sandbox::life) fn changed(
    work: &mut Work<'_>,
    id: &str,
    given: &Object,
) -> Result<(), Refusal> {
    change(work, id, given)?;
    match work.read("line_item", id) {
        Some(line) => totals::renew(work, &owned(&line, "invoice")),
        None => Ok(()),
    }
}

/// Carries out `add_lines`, `update_lines` and `remove_lines` on a draft.
pub(super) fn edit(work: &mut Work<'_>, id: &str, operation: &str, given: &Object) -> Result<(), Refusal> {
    let Some(invoice) = work.read("invoice", id) else {
        return Err(Refusal::no_such(404, "invoice", id));
    };
    step::check(Step::Edit, &owned(&invoice, "status"))?;
    for entry in list(given, "lines").iter().filter_map(Value::as_object) {
        match operation {
            "invoices.add_lines" => add(work, &invoice, entry)?,
            "invoices.update_lines" => {
                let line = own_line(work, id, entry)?;
                change(work, &id_of(&line), entry)?;
            }
            _ => remove(work, id, entry)?,
        }
    }
    if let (Some(mut invoice), Some(metadata)) = (work.read("invoice", id), given.get("invoice_metadata")) {
        let fields = work.shapes.fields("invoice");
        let metadata = Object::from_iter([("metadata".to_owned(), metadata.clone())]);
        work.merge().fields(&fields, &mut invoice, &metadata)?;
        work.save(invoice);
    }
    totals::renew(work, id)
}

/// Finds the line that an entry names, on the invoice that the path names.
fn own_line(work: &Work<'_>, invoice: &str, entry: &Object) -> Result<Object, Refusal> {
    let id = owned(entry, "id");
    work.read("line_item", &id)
        .filter(|line| text(line, "invoice") == Some(invoice))
        .ok_or_else(|| Refusal::no_such(400, "line_item", &id).param("lines"))
}

fn add(work: &mut Work<'_>, invoice: &Object, entry: &Object) -> Result<(), Refusal> {
    if let Some(pending) = text(entry, "invoice_item") {
        let item = work
            .read("invoiceitem", pending)
            .filter(|item| !has(item, "invoice"))
            .ok_or_else(|| Refusal::no_such(400, "invoiceitem", pending).param("lines"))?;
        invoice_item::check_currency(invoice, &owned(&item, "currency"))?;
        return attach(work, &id_of(invoice), item);
    }
    let mut given = entry.clone();
    set(&mut given, "customer", owned(invoice, "customer"));
    set(&mut given, "invoice", id_of(invoice));
    invoice_item::prepare(work, &mut given)?;
    let item = work.make("invoiceitem", &given)?;
    invoice_item::begun(work, &id_of(&item), &given)
}

fn remove(work: &mut Work<'_>, invoice: &str, entry: &Object) -> Result<(), Refusal> {
    let line = own_line(work, invoice, entry)?;
    let item = item_of(&line).and_then(|id| work.read("invoiceitem", &id));
    work.delete("line_item", &id_of(&line));
    match (item, text(entry, "behavior")) {
        (Some(mut item), Some("unassign")) => {
            set(&mut item, "invoice", Value::Null);
            work.save(item);
        }
        (Some(item), _) => {
            work.delete("invoiceitem", &id_of(&item));
        }
        (None, _) => {}
    }
    Ok(())
}

/// Makes the discounts of one line that its `discounts` parameter asks for.
pub(in crate::sandbox::life) fn discounts(
    work: &mut Work<'_>,
    item: &Object,
    given: &Object,
) -> Result<Option<Vec<String>>, Refusal> {
    if !given.contains_key("discounts") {
        return Ok(None);
    }
    let bearer = discount::Bearer {
        customer: &owned(item, "customer"),
        field: "invoice_item",
        id: &id_of(item),
        currency: &owned(item, "currency"),
    };
    discount::redeem(work, list(given, "discounts"), bearer).map(Some)
}
