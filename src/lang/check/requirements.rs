//! Fields that Stripe wants: always, beside others, or not beside others.

use std::collections::BTreeMap;

use crate::catalog::{Alternative, ApiType, Catalog, Operation, ShapeId};
use crate::diag::{Diagnostic, Span};
use crate::lang::codes::requests as codes;
use crate::lang::program::{Binding, Presence};
use crate::model::Form;

use super::Context;
use super::listed;

/// A rule that Stripe's types don't show. Fields are named as Stripe names them.
enum Rule {
    /// At least one of them.
    OneOf(&'static [&'static str]),
    /// Not two of them.
    NotBoth(&'static [&'static str]),
    /// The first only with the second.
    With(&'static str, &'static str),
}

/// The rules by operation. Source: the descriptions of the parameters in Stripe's API reference,
/// <https://docs.stripe.com/api>.
const RULES: &[(&str, &[Rule])] = &[
    (
        "prices.create",
        &[
            Rule::OneOf(&["product", "product_data"]),
            Rule::NotBoth(&["product", "product_data"]),
            Rule::OneOf(&[
                "unit_amount",
                "unit_amount_decimal",
                "custom_unit_amount",
                "tiers",
            ]),
            Rule::NotBoth(&["unit_amount", "unit_amount_decimal"]),
            Rule::With("tiers", "tiers_mode"),
        ],
    ),
    (
        "coupons.create",
        &[
            Rule::OneOf(&["percent_off", "amount_off"]),
            Rule::NotBoth(&["percent_off", "amount_off"]),
            Rule::With("amount_off", "currency"),
        ],
    ),
    (
        "invoices.create",
        &[
            Rule::OneOf(&["customer", "customer_account", "from_invoice"]),
            Rule::NotBoth(&["due_date", "days_until_due"]),
        ],
    ),
    (
        "invoice_items.create",
        &[
            Rule::OneOf(&["customer", "customer_account"]),
            Rule::NotBoth(&["amount", "unit_amount_decimal"]),
            Rule::NotBoth(&["pricing", "price_data"]),
            Rule::With("amount", "currency"),
        ],
    ),
    (
        "subscriptions.create",
        &[Rule::OneOf(&["customer", "customer_account"])],
    ),
    (
        "refunds.create",
        &[Rule::OneOf(&["charge", "payment_intent", "customer"])],
    ),
];

/// Reports the fields that an operation wants and a step does not bind.
pub(super) fn check(
    operation: &Operation,
    bound: &BTreeMap<String, Span>,
    head: Span,
    context: &mut Context,
) {
    let mut missing = Vec::new();
    if let Some(shape) = operation.params {
        let walk = Walk {
            catalog: context.catalog(),
            bound,
        };
        walk.shape(shape, "", &mut missing);
    }
    if !missing.is_empty() {
        let names: Vec<String> = missing.iter().map(|name| Form::flow_path(name)).collect();
        let plural = if names.len() == 1 {
            "a required field is"
        } else {
            "required fields are"
        };
        let list = listed(names.iter().map(String::as_str));
        context.report(
            Diagnostic::error(&codes::REQUIRED, head, format!("{plural} missing: {list}")).with_note(
                format!(
                    "Stripe refuses `{}` without {}",
                    operation.id,
                    if names.len() == 1 { "it" } else { "them" }
                ),
            ),
        );
    }
    let rules = RULES.iter().find(|(id, _)| *id == operation.id);
    for rule in rules.iter().flat_map(|(_, rules)| rules.iter()) {
        check_rule(rule, bound, head, context);
    }
}

/// Warns of fields that Stripe wants where what it answered before may be null: the record would stop there,
/// with the steps above sent already.
pub(super) fn check_presence(operation: &Operation, bindings: &[Binding], context: &mut Context) {
    let rules = RULES.iter().filter(|(id, _)| *id == operation.id);
    let one_of: Vec<&str> = rules
        .flat_map(|(_, rules)| rules.iter())
        .filter_map(|rule| match rule {
            Rule::OneOf(fields) => Some(*fields),
            Rule::NotBoth(_) | Rule::With(..) => None,
        })
        // With two of them bound, one may be empty.
        .filter(|fields| {
            let bound = |binding: &&Binding| fields.contains(&&*binding.name);
            bindings.iter().filter(bound).count() == 1
        })
        .flatten()
        .copied()
        .collect();
    for binding in bindings {
        let required = binding.create_type.as_ref().is_some_and(|api| api.required);
        if (required || one_of.contains(&&*binding.name)) && binding.value.presence == Presence::Nullable {
            context.report(
                Diagnostic::warning(
                    &codes::PERHAPS_NOTHING,
                    binding.value.span,
                    format!(
                        "Stripe wants `{}`, and may have answered with null here",
                        Form::flow_path(&binding.name)
                    ),
                )
                .with_hint("make sure of it above, `ensure … is not empty else \"…\"`, or give another value: `… ?? …`"),
            );
        }
    }
}

fn check_rule(rule: &Rule, bound: &BTreeMap<String, Span>, head: Span, context: &mut Context) {
    match rule {
        Rule::OneOf(fields) => {
            if !fields.iter().any(|field| place(bound, field).is_some()) {
                context.report(Diagnostic::error(
                    &codes::TOGETHER,
                    head,
                    format!(
                        "one of these fields is missing: {}",
                        listed(fields.iter().copied())
                    ),
                ));
            }
        }
        Rule::NotBoth(fields) => {
            let mut there = fields
                .iter()
                .filter_map(|field| place(bound, field).map(|span| (*field, span)));
            if let (Some((first, former)), Some((second, span))) = (there.next(), there.next()) {
                context.report(
                    Diagnostic::error(
                        &codes::TOGETHER,
                        span,
                        format!("Stripe does not take `{second}` together with `{first}`"),
                    )
                    .with_label(former, format!("`{first}` is bound here")),
                );
            }
        }
        Rule::With(field, companion) => {
            if let (Some(span), None) = (place(bound, field), place(bound, companion)) {
                context.report(Diagnostic::error(
                    &codes::TOGETHER,
                    span,
                    format!("Stripe takes `{field}` only together with `{companion}`"),
                ));
            }
        }
    }
}

/// Finds where a field, or one inside it, is bound.
fn place(bound: &BTreeMap<String, Span>, field: &str) -> Option<Span> {
    let inside = format!("{field}[");
    bound.get(field).copied().or_else(|| {
        bound
            .range(inside.clone()..)
            .next()
            .filter(|(name, _)| name.starts_with(&inside))
            .map(|(_, span)| *span)
    })
}

struct Walk<'b> {
    catalog: &'static Catalog,
    bound: &'b BTreeMap<String, Span>,
}

impl Walk<'_> {
    /// Collects what is required in a shape, at the top or in an object that the step has begun to fill.
    fn shape(&self, shape: ShapeId, prefix: &str, missing: &mut Vec<String>) {
        for (member, api) in self.catalog.members(shape) {
            let name = if prefix.is_empty() {
                member.to_owned()
            } else {
                format!("{prefix}[{member}]")
            };
            if self.bound.contains_key(&name) {
                continue;
            }
            if place(self.bound, &name).is_some() {
                self.inside(&api, &name, missing);
            } else if api.required {
                missing.push(name);
            }
        }
    }

    fn inside(&self, api: &ApiType, name: &str, missing: &mut Vec<String>) {
        let shapes: Vec<&Alternative> = api
            .alternatives
            .iter()
            .filter(|alternative| matches!(alternative, Alternative::Shape(_) | Alternative::List(_)))
            .collect();
        match shapes.as_slice() {
            [Alternative::Shape(shape)] => self.shape(*shape, name, missing),
            [Alternative::List(item)] => {
                for index in 0.. {
                    let item_name = format!("{name}[{index}]");
                    if place(self.bound, &item_name).is_none() {
                        return;
                    }
                    if !self.bound.contains_key(&item_name) {
                        self.inside(item, &item_name, missing);
                    }
                }
            }
            // With several shapes, nobody knows which one is meant.
            _ => {}
        }
    }
}
