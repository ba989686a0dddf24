use serde_json::{Map, Value};

use crate::catalog::{Alternative, ApiType, Catalog, OperationKind, Resource};
use crate::sandbox::life;
use crate::sandbox::place::Place;
use crate::sandbox::refusal::Refusal;
use crate::sandbox::shapes::Members;
use crate::sandbox::work::Work;

/// What Stripe's test data call objects that need not be created first.
/// Source: <https://docs.stripe.com/testing>.
const ALWAYS_THERE: [&str; 5] = ["pm_card_", "tok_", "btok_", "pm_usBankAccount", "src_"];

/// Parameters that name an object of their own name wherever they stand. Others of a resource's name may
/// be something else: a company's `tax_id` is a number, not an object.
const NAMED: [&str; 15] = [
    "charge",
    "coupon",
    "customer",
    "invoice",
    "payment_intent",
    "payment_method",
    "plan",
    "price",
    "product",
    "promotion_code",
    "quote",
    "setup_intent",
    "subscription",
    "subscription_item",
    "tax_rate",
];

/// Refuses ids of objects that are not there, in parameters that name an object.
///
/// The catalogue types such parameters as texts. They are known by the field of the same name, which is
/// a reference, or by their own name, which is a resource's.
pub(super) fn check(work: &Work<'_>, resource: &Resource, given: &Map<String, Value>) -> Result<(), Refusal> {
    let fields = work.shapes.members(resource.fields);
    // A parameter of the resource's own name is its content: the `file` of a file.
    let given = given.iter().filter(|(name, _)| *name != resource.name);
    members(work, Some(&fields), given, &Place::default())
}

fn members<'a>(
    work: &Work<'_>,
    fields: Option<&Members>,
    given: impl IntoIterator<Item = (&'a String, &'a Value)>,
    place: &Place,
) -> Result<(), Refusal> {
    for (name, value) in given {
        let place = place.member(name);
        match value {
            Value::String(id) => is_there(work, &targets(work, fields, name), id, &place)?,
            Value::Object(inner) if name != "metadata" => members(work, None, inner, &place)?,
            Value::Array(items) => list(work, &targets(work, fields, name), items, &place)?,
            _ => {}
        }
    }
    Ok(())
}

fn list(work: &Work<'_>, targets: &[&'static str], items: &[Value], place: &Place) -> Result<(), Refusal> {
    for (index, item) in items.iter().enumerate() {
        match item {
            Value::String(id) => is_there(work, targets, id, &place.item(index))?,
            Value::Object(inner) => members(work, None, inner, &place.item(index))?,
            _ => {}
        }
    }
    Ok(())
}

/// Gives the resources that the id in a parameter can be of; none when it is no id, or when one of them
/// can't be created here.
fn targets(work: &Work<'_>, fields: Option<&Members>, name: &str) -> Vec<&'static str> {
    let catalog = work.shapes.catalog;
    let found = match fields.and_then(|fields| fields.get(name)) {
        Some(field) => references(field),
        None => NAMED.into_iter().filter(|known| *known == name).collect(),
    };
    let all_creatable = found.iter().all(|name| is_creatable(catalog, name));
    match (all_creatable, found.as_slice()) {
        (false, _) => Vec::new(),
        (true, ["price" | "plan"]) => vec!["price", "plan"],
        (true, _) => found,
    }
}

/// Gives the resources whose ids a field, or each item of a list, can hold.
fn references(field: &ApiType) -> Vec<&'static str> {
    field
        .alternatives
        .iter()
        .flat_map(|alternative| match alternative {
            Alternative::Reference(resource) | Alternative::Object(resource) => vec![*resource],
            Alternative::List(item) => references(item),
            _ => Vec::new(),
        })
        .collect()
}

fn is_creatable(catalog: &'static Catalog, name: &str) -> bool {
    catalog.resource(name).is_some_and(|resource| {
        resource
            .operations
            .iter()
            .any(|operation| operation.kind == OperationKind::Create && operation.of.contains(&name))
    })
}

fn is_there(work: &Work<'_>, targets: &[&'static str], id: &str, place: &Place) -> Result<(), Refusal> {
    let Some(first) = targets.first() else {
        return Ok(());
    };
    let known = ALWAYS_THERE.iter().any(|prefix| id.starts_with(prefix))
        || targets
            .iter()
            .any(|target| work.find_live(target, id).is_ok() || life::own(work, target, id).is_some());
    match known {
        true => Ok(()),
        false => Err(Refusal::no_such(400, first, id).param(&place.sent)),
    }
}
