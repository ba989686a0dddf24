use serde_json::{Map, Value, map};

use super::refusal::Refusal;

/// The deepest nesting of names that is read; Stripe's own parameters stay below ten.
const DEEPEST: usize = 16;

/// Reads form-encoded text, of a body or of a query, into nested parameters.
///
/// All leaves are texts. Lists come as objects too, with their indexes as names, since only the type of
/// a parameter tells whether `metadata[0]` is an index or a name.
pub(super) fn decode(text: &[u8]) -> Result<Map<String, Value>, Refusal> {
    let mut root = Map::new();
    for (name, value) in form_urlencoded::parse(text) {
        let parts = parts(&name)?;
        insert(&mut root, &parts, &value).ok_or_else(|| {
            Refusal::parameter(
                &*name,
                format!("Invalid parameters: `{name}` conflicts with another one"),
            )
        })?;
    }
    Ok(root)
}

/// Splits `items[0][price]` into its parts. An empty part is the next index of a list.
fn parts(name: &str) -> Result<Vec<&str>, Refusal> {
    let Some((first, rest)) = name.split_once('[') else {
        return Ok(vec![name]);
    };
    let mut parts = vec![first];
    parts.extend(
        rest.split('[')
            .map(|part| part.split_once(']').map_or(part, |(inner, _)| inner)),
    );
    if parts.len() > DEEPEST {
        return Err(Refusal::parameter(
            name,
            format!("Invalid parameters: `{name}` nests too deep"),
        ));
    }
    Ok(parts)
}

/// Puts a leaf at its place; `None` when something else is there.
fn insert(into: &mut Map<String, Value>, parts: &[&str], leaf: &str) -> Option<()> {
    let (first, rest) = parts.split_first()?;
    let key = match (first.is_empty(), rest.first()) {
        (true, Some(next)) => open_item(into, next),
        (true, None) => into.len().to_string(),
        (false, _) => (*first).to_owned(),
    };
    if rest.is_empty() {
        if into.get(&key).is_some_and(Value::is_object) {
            return None;
        }
        into.insert(key, Value::String(leaf.to_owned()));
        return Some(());
    }
    let branch = match into.entry(key) {
        map::Entry::Occupied(found) => found.into_mut(),
        map::Entry::Vacant(free) => free.insert(Value::Object(Map::new())),
    };
    insert(branch.as_object_mut()?, rest, leaf)
}

/// Gives the index that `items[][next]` means: the last item, or a new one when that has `next` already.
fn open_item(list: &Map<String, Value>, next: &str) -> String {
    let last = list.len().saturating_sub(1).to_string();
    match list.get(&last) {
        Some(Value::Object(item)) if !item.contains_key(next) => last,
        _ => list.len().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::decode;

    fn read(text: &str) -> Value {
        decode(text.as_bytes()).map_or_else(|refusal| Value::String(refusal.message), Value::Object)
    }

    #[test]
    fn brackets_raw_and_escaped_are_the_same() {
        let wanted = json!({"address": {"line1": "A B"}, "metadata": {"k": ""}});
        assert_eq!(read("address[line1]=A+B&metadata[k]="), wanted);
        assert_eq!(read("address%5Bline1%5D=A%20B&metadata%5Bk%5D="), wanted);
    }

    #[test]
    fn empty_brackets_number_the_items() {
        assert_eq!(
            read("expand[]=a&expand[]=b"),
            json!({"expand": {"0": "a", "1": "b"}})
        );
        assert_eq!(
            read("items[][price]=p&items[][quantity]=1&items[][price]=q"),
            json!({"items": {"0": {"price": "p", "quantity": "1"}, "1": {"price": "q"}}})
        );
    }

    #[test]
    fn a_name_can_not_be_a_text_and_an_object() {
        assert!(
            read("a=1&a[b]=2")
                .as_str()
                .is_some_and(|text| text.contains("conflicts"))
        );
        assert!(
            read("a[b]=2&a=1")
                .as_str()
                .is_some_and(|text| text.contains("conflicts"))
        );
    }

    #[test]
    fn nesting_has_an_end() {
        let deep = format!("a{}=1", "[b]".repeat(100_000));
        assert!(read(&deep).as_str().is_some_and(|text| text.contains("too deep")));
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(0_u8..=255, 0..200)) {
            let _ = decode(&bytes);
        }

        #[test]
        fn any_brackets_are_read_or_refused(text in "[a\\[\\]&=0]{0,60}") {
            let _ = decode(text.as_bytes());
        }
    }
}
