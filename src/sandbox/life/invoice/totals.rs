use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::super::amount;
use super::super::discount::{self, Reduction};
use super::super::object::{Object, id_of, inner, int, list, set, set_inner, text, texts};
use super::super::tax::{self, Rate, Tax};
use super::lines;
use crate::sandbox::refusal::Refusal;
use crate::sandbox::work::Work;

/// One line while it is worked out.
struct Line {
    fields: Object,
    /// What is left of the amount after discounts.
    left: i64,
    /// What each discount takes off.
    off: Vec<(String, i64)>,
    taxes: Vec<Tax>,
}

/// Works a draft out anew: discounts and taxes of each line, and the invoice's totals from them.
pub(in crate::sandbox::life) fn renew(work: &mut Work<'_>, id: &str) -> Result<(), Refusal> {
    let Some(mut invoice) = work.read("invoice", id) else {
        return Ok(());
    };
    let mut worked = Vec::new();
    for fields in lines::in_order(work, id) {
        worked.push(Line {
            left: int(&fields, "amount"),
            fields,
            off: Vec::new(),
            taxes: Vec::new(),
        });
    }
    discount_lines(work, &invoice, &mut worked)?;
    let usual = tax::rates(list(&invoice, "default_tax_rates"));
    for line in &mut worked {
        line.taxes = tax::on(line.left, &rates(work, &line.fields, &usual))?;
    }
    write_lines(work, &mut worked);
    write_totals(&mut invoice, &worked);
    let balance = balance(work, &invoice);
    set(&mut invoice, "starting_balance", balance);
    settle(&mut invoice, 0);
    let shown: Vec<Object> = worked.into_iter().map(|line| line.fields).collect();
    lines::show(&mut invoice, &shown);
    work.save(invoice);
    Ok(())
}

/// Takes off the discounts of single lines, and then those of the invoice.
fn discount_lines(work: &Work<'_>, invoice: &Object, worked: &mut [Line]) -> Result<(), Refusal> {
    for line in worked.iter_mut() {
        for reduction in reductions(work, &line.fields) {
            take_off(&reduction, std::slice::from_mut(line))?;
        }
    }
    for reduction in reductions(work, invoice) {
        take_off(&reduction, worked)?;
    }
    Ok(())
}

fn reductions(work: &Work<'_>, bearer: &Object) -> Vec<Reduction> {
    texts(bearer, "discounts")
        .iter()
        .filter_map(|id| discount::reduction(work, id))
        .collect()
}

fn take_off(reduction: &Reduction, worked: &mut [Line]) -> Result<(), Refusal> {
    let mut left: Vec<i64> = worked.iter().map(|line| line.left).collect();
    let is_for: Vec<bool> = worked.iter().map(|line| reduction.is_for(&line.fields)).collect();
    let parts = reduction.take_off(&mut left, &is_for)?;
    for (line, (left, part)) in worked.iter_mut().zip(left.into_iter().zip(parts)) {
        line.left = left;
        line.off.push((reduction.id.clone(), part));
    }
    Ok(())
}

/// Gives the tax rates of a line: its item's own, else the invoice's.
fn rates(work: &Work<'_>, line: &Object, usual: &[Rate]) -> Vec<Rate> {
    let parent = inner(line, "parent");
    let item = lines::item_of(line)
        .and_then(|id| work.read("invoiceitem", &id))
        .or_else(|| {
            let details = inner(parent?, "subscription_item_details")?;
            work.read("subscription_item", text(details, "subscription_item")?)
        });
    match item.map(|item| tax::rates(list(&item, "tax_rates"))) {
        Some(own) if !own.is_empty() => own,
        _ => usual.to_vec(),
    }
}

fn write_lines(work: &mut Work<'_>, worked: &mut [Line]) {
    for line in worked {
        let before = line.fields.clone();
        let off: Vec<Value> = line.off.iter().map(|(id, part)| off(id, *part)).collect();
        set(&mut line.fields, "discount_amounts", off);
        let taxes: Vec<Value> = line.taxes.iter().map(Tax::shown).collect();
        set(&mut line.fields, "taxes", taxes);
        let amount = int(&line.fields, "amount");
        set(&mut line.fields, "subtotal", amount);
        if before != line.fields {
            work.save(line.fields.clone());
        }
    }
}

fn off(discount: &str, amount: i64) -> Value {
    json!({"amount": amount, "discount": discount})
}

/// Adds the lines up.
fn write_totals(invoice: &mut Object, worked: &[Line]) {
    let subtotal: i64 = worked.iter().map(|line| int(&line.fields, "amount")).sum();
    let left: i64 = worked.iter().map(|line| line.left).sum();
    let taxes = || worked.iter().flat_map(|line| &line.taxes);
    let sum = |is_inclusive| -> i64 {
        let some = taxes().filter(|tax| tax.is_inclusive == is_inclusive);
        some.map(|tax| tax.amount).sum()
    };
    let (included, added) = (sum(true), sum(false));
    let shipping = inner(invoice, "shipping_cost").map_or(0, |cost| int(cost, "amount_total"));
    let total = left + added + shipping;
    set(invoice, "subtotal", subtotal);
    set(invoice, "subtotal_excluding_tax", subtotal - included);
    set(invoice, "amount_shipping", shipping);
    set(invoice, "total", total);
    set(invoice, "total_excluding_tax", total - included - added);
    set(invoice, "total_discount_amounts", total_off(worked));
    set(invoice, "total_taxes", total_taxes(taxes()));
}

fn total_off(worked: &[Line]) -> Vec<Value> {
    let mut sums: Vec<(&str, i64)> = Vec::new();
    for (id, part) in worked.iter().flat_map(|line| &line.off) {
        match sums.iter_mut().find(|(known, _)| known == id) {
            Some((_, sum)) => *sum += part,
            None => sums.push((id, *part)),
        }
    }
    sums.into_iter().map(|(id, sum)| off(id, sum)).collect()
}

fn total_taxes<'a>(taxes: impl Iterator<Item = &'a Tax>) -> Vec<Value> {
    let mut sums: BTreeMap<&str, Tax> = BTreeMap::new();
    for tax in taxes {
        match sums.get_mut(tax.rate.as_str()) {
            Some(sum) => {
                sum.amount += tax.amount;
                sum.taxable += tax.taxable;
            }
            None => {
                sums.insert(&tax.rate, tax.clone());
            }
        }
    }
    sums.values().map(Tax::shown).collect()
}

/// Gives the balance of the customer, as far as it is in the invoice's currency.
pub(super) fn balance(work: &Work<'_>, invoice: &Object) -> i64 {
    let customer = text(invoice, "customer").and_then(|id| work.read("customer", id));
    let Some(customer) = customer else { return 0 };
    match text(&customer, "currency") {
        Some(currency) if Some(currency) != text(invoice, "currency") => 0,
        _ => int(&customer, "balance"),
    }
}

/// Writes what is due: the total with the balance, unless that is below the least that can be charged.
/// Gives what is left for the balance.
pub(super) fn settle(invoice: &mut Object, least: i64) -> i64 {
    let owed = int(invoice, "total").saturating_add(int(invoice, "starting_balance"));
    let due = if owed <= 0 || owed < least { 0 } else { owed };
    set(invoice, "amount_due", due);
    set_remaining(invoice);
    owed - due
}

/// Brings the remaining amount in line with what is due and what is paid.
pub(in crate::sandbox::life) fn set_remaining(invoice: &mut Object) {
    let remaining = int(invoice, "amount_due").saturating_sub(int(invoice, "amount_paid"));
    set(invoice, "amount_remaining", remaining.max(0));
}

/// Writes what shipping costs, from the rate that the parameters name or describe.
pub(super) fn ship(work: &mut Work<'_>, invoice: &mut Object, given: &Object) -> Result<(), Refusal> {
    let Some(cost) = inner(given, "shipping_cost") else {
        return Ok(());
    };
    let rate = match inner(cost, "shipping_rate_data") {
        Some(data) => Some(work.make("shipping_rate", data)?),
        None => text(cost, "shipping_rate").and_then(|id| work.read("shipping_rate", id)),
    };
    let Some(rate) = rate else { return Ok(()) };
    let fixed = inner(&rate, "fixed_amount");
    if fixed.and_then(|fixed| text(fixed, "currency")) != text(invoice, "currency") {
        return Err(Refusal::parameter(
            "shipping_cost[shipping_rate]",
            format!(
                "The shipping rate `{}` has another currency than the invoice.",
                id_of(&rate)
            ),
        ));
    }
    let amount = fixed.map_or(0, |fixed| int(fixed, "amount"));
    amount::whole(amount.into())?;
    for name in ["amount_subtotal", "amount_total"] {
        set_inner(invoice, "shipping_cost", name, amount);
    }
    set_inner(invoice, "shipping_cost", "shipping_rate", id_of(&rate));
    Ok(())
}
