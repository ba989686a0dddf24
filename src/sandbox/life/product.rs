use serde_json::Value;

use super::object::{Object, id_of, set};
use super::price;
use crate::sandbox::refusal::Refusal;
use crate::sandbox::store::{Cursor, Record, Selection};
use crate::sandbox::work::Work;

/// Makes the price that a product brings along.
pub(super) fn begun(work: &mut Work<'_>, id: &str, given: &Object) -> Result<(), Refusal> {
    let (Some(Value::Object(data)), Some(mut product)) =
        (given.get("default_price_data"), work.read("product", id))
    else {
        return Ok(());
    };
    let mut data = data.clone();
    set(&mut data, "product", id);
    let price = price::make(work, &data)?;
    set(&mut product, "default_price", price);
    work.save(product);
    Ok(())
}

/// Notes the time of the last change.
pub(super) fn touch(work: &Work<'_>, product: &mut Object) {
    set(product, "updated", work.now);
}

/// Makes the product of a price's `product_data`, and gives its id.
pub(super) fn make(work: &mut Work<'_>, data: &Object) -> Result<String, Refusal> {
    let product = work.make("product", data)?;
    Ok(id_of(&product))
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
