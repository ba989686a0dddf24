//! The former values of what a request changes, so that it can be taken back.

use crate::model::{Form, FormValue};

/// Completes the former values of the fields that are sent. A list is sent whole, so all its former items belong to
/// them; where nobody knows what had been sent before, the list is left out rather than guessed.
pub(super) fn former_values(sent: &Form, before: &Form, known: Option<&Form>) -> Form {
    let mut former = Form::default();
    for (name, _) in sent.iter() {
        let list =
            list_of(name).or_else(|| known.is_some_and(|known| has_items(known, name)).then_some(name));
        let Some(list) = list else {
            if let Some(value) = before.get(name) {
                former.set(name, value.clone());
            }
            continue;
        };
        let Some(known) = known else { continue };
        let items = known.iter().filter(|(item, _)| list_of(item) == Some(list));
        for (item, value) in items {
            former.set(item, value.clone());
        }
        if former.get(name).is_none() && (name != list || !has_items(known, list)) {
            former.set(name, FormValue::Text(String::new()));
        }
    }
    former
}

/// Gives the list that a parameter is an item of, or lies in one: `items` of `items[0][price]`.
pub(super) fn list_of(name: &str) -> Option<&str> {
    let mut from = 0;
    while let Some(open) = name.get(from..)?.find('[') {
        let start = from + open + 1;
        let part = name.get(start..)?.split(']').next()?;
        if !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()) {
            return name.get(..start - 1);
        }
        from = start;
    }
    None
}

fn has_items(form: &Form, list: &str) -> bool {
    form.iter().any(|(name, _)| list_of(name) == Some(list))
}

#[cfg(test)]
mod tests {
    use super::{former_values, list_of};
    use crate::model::{Form, FormValue};

    fn form(pairs: &[(&str, &str)]) -> Form {
        pairs
            .iter()
            .map(|(name, text)| ((*name).to_owned(), FormValue::Text((*text).to_owned())))
            .collect()
    }

    #[test]
    fn the_list_of_an_item_is_found() {
        for (name, list) in [
            ("items[0][price]", Some("items")),
            (
                "payment_settings[payment_method_types][12]",
                Some("payment_settings[payment_method_types]"),
            ),
            ("metadata[crm_id]", None),
            ("name", None),
            ("a[", None),
        ] {
            assert_eq!(list_of(name), list, "{name}");
        }
    }

    #[test]
    fn all_items_of_a_list_that_was_sent_before_are_its_former_values() {
        let known = form(&[("name", "Ann"), ("tags[0]", "a"), ("tags[1]", "b")]);
        let shorter = former_values(
            &form(&[("tags[0]", "z")]),
            &form(&[("tags[0]", "a")]),
            Some(&known),
        );
        assert_eq!(shorter, form(&[("tags[0]", "a"), ("tags[1]", "b")]));
        let cleared = former_values(&form(&[("tags", "")]), &form(&[("tags", "a")]), Some(&known));
        assert_eq!(cleared, form(&[("tags[0]", "a"), ("tags[1]", "b")]));
    }

    #[test]
    fn a_list_of_which_nobody_knows_is_left_out() {
        let sent = form(&[("name", "Bob"), ("tags[0]", "z")]);
        let before = form(&[("name", "Ann"), ("tags[0]", "a")]);
        assert_eq!(former_values(&sent, &before, None), form(&[("name", "Ann")]));
    }
}
