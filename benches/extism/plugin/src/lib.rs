//! `e164` of the bundled plugin, from the same source, as an Extism plugin: text in, text out.

#[path = "../../../../plugins/phone/src/number.rs"]
mod number;
#[path = "../../../../plugins/phone/src/region.rs"]
mod region;

use extism_pdk::{FnResult, WithReturnCode, plugin_fn};

#[plugin_fn]
pub fn e164(number: String) -> FnResult<String> {
    number::e164(&number, None).map_err(|reason| WithReturnCode::new(extism_pdk::Error::msg(reason), 1))
}
