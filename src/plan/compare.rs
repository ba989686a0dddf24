use serde_json::Value;

/// Finds the value that an answer of Stripe has for a parameter's name: `address[line1]` is the member
/// `line1` of `address`. Items of a list object are looked up in its `data`.
pub fn value_at<'a>(object: &'a Value, name: &str) -> Option<&'a Value> {
    let mut value = object;
    for part in name.split('[') {
        let part = part.strip_suffix(']').unwrap_or(part);
        value = match value {
            Value::Array(items) => items.get(part.parse::<usize>().ok()?)?,
            Value::Object(members) => match members.get(part) {
                Some(member) => member,
                None => members
                    .get("data")?
                    .as_array()?
                    .get(part.parse::<usize>().ok()?)?,
            },
            _ => return None,
        };
    }
    Some(value)
}

/// Gives an answer's value as the text that a form would have; an expanded object is its id. `None` for
/// `null` and for values that no single parameter can have.
pub fn object_text(value: &Value) -> Option<String> {
    match value {
        Value::Null | Value::Array(_) => None,
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) => Some(text.clone()),
        Value::Object(members) => members.get("id")?.as_str().map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{object_text, value_at};

    #[test]
    fn parameters_are_found_in_answers() {
        let subscription = json!({
            "metadata": {"crm.id": "7"},
            "items": {"object": "list", "data": [{"price": {"id": "price_1", "object": "price"}}]},
            "discounts": ["di_1"],
            "days_until_due": 30,
        });
        let text = |name| value_at(&subscription, name).and_then(object_text);
        assert_eq!(text("metadata[crm.id]").as_deref(), Some("7"));
        assert_eq!(text("items[0][price]").as_deref(), Some("price_1"));
        assert_eq!(text("discounts[0]").as_deref(), Some("di_1"));
        assert_eq!(text("days_until_due").as_deref(), Some("30"));
        assert_eq!(text("items[1][price]"), None);
        assert_eq!(text("metadata[other]"), None);
    }
}
