use serde_json::Value;

use super::{Object, price, set, text};
use crate::sandbox::refusal::Refusal;
use crate::sandbox::store::{Cursor, Record, Selection};
use crate::sandbox::work::{Birth, Work};

pub(super) fn begin(
    work: &mut Work<'_>,
    birth: &mut Birth,
    product: &mut Object,
    given: &Object,
) -> Result<(), Refusal> {
    let Some(Value::Object(data)) = given.get("default_price_data") else {
        return Ok(());
    };
    let mut data = data.clone();
    set(&mut data, "product", text(product, "id").unwrap_or(""));
    let price = price::make(work, birth.sequence + 1, &data)?;
    set(product, "default_price", price);
    Ok(())
}

/// Notes the time of the last change.
pub(super) fn touch(work: &Work<'_>, product: &mut Object) {
    set(product, "updated", work.now);
}

/// Makes the product of a price's `product_data`, and gives its id.
pub(super) fn make(work: &mut Work<'_>, data: &Object) -> Result<String, Refusal> {
    let Some(resource) = work.shapes.catalog.resource("product") else {
        return Err(Refusal::not_carried_out("products.create"));
    };
    let mut birth = work.birth();
    let id = work.id_for(resource, text(data, "id"), &mut birth)?;
    let product = work.beside(resource, &id, data)?;
    work.put(Record::new(birth.sequence, resource.name, id.clone()), product);
    Ok(id)
}

/// A product that ever had a price stays. The wording is a recorded one.
pub(super) fn before_delete(work: &Work<'_>, record: &Record) -> Result<(), Refusal> {
    let prices = Selection {
        keyed: vec![("product", &record.id)],
        cursor: Cursor::Newest,
    };
    match work.store.walk("price", &prices).next() {
        None => Ok(()),
        Some(_) => Err(Refusal::state(
            "This product cannot be deleted because it has one or more user-created prices.",
        )),
    }
}
