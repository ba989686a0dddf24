use std::fmt;

use serde::{Deserialize, Serialize};

use super::Fingerprint;

/// The parameters of one request, flattened as Stripe's form encoding has them.
///
/// Names are Stripe's own: `email`, `address[line1]`, `items[0][price]`, `metadata[crm.id]`. They are
/// unique and keep the order of the flow.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Form(Vec<(String, FormValue)>);

/// The value of one parameter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FormValue {
    /// Text as it is sent. The empty text clears the field.
    Text(String),
    /// Known only after an earlier step has run.
    Unknown,
}

impl FormValue {
    /// Gives the text, when it is known.
    pub fn text(&self) -> Option<&str> {
        match self {
            FormValue::Text(text) => Some(text),
            FormValue::Unknown => None,
        }
    }
}

impl Form {
    /// Sets a parameter, in its former place when the name is there already.
    pub fn set(&mut self, name: impl Into<String>, value: FormValue) {
        let name = name.into();
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some((_, former)) => *former = value,
            None => self.0.push((name, value)),
        }
    }

    /// Sets a parameter to text.
    pub fn set_text(&mut self, name: impl Into<String>, text: impl Into<String>) {
        self.set(name, FormValue::Text(text.into()));
    }

    /// Gives a parameter's value.
    pub fn get(&self, name: &str) -> Option<&FormValue> {
        self.0
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value)
    }

    /// Gives a parameter's text, when it is known.
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.get(name) {
            Some(FormValue::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// Walks over the parameters in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &FormValue)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// Tells whether there is no parameter.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Gives the number of parameters.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Tells whether every value is known, so that the form can be sent.
    pub fn is_known(&self) -> bool {
        self.0.iter().all(|(_, value)| *value != FormValue::Unknown)
    }

    /// Gives a fingerprint that does not depend on the order of the parameters.
    pub fn fingerprint(&self) -> Fingerprint {
        let mut pairs: Vec<(&str, &str)> = self
            .iter()
            .map(|(name, value)| match value {
                FormValue::Text(text) => (name, text.as_str()),
                FormValue::Unknown => (name, "\u{0}unknown"),
            })
            .collect();
        pairs.sort_unstable();
        Fingerprint::of(pairs.iter().flat_map(|(name, text)| [*name, *text]))
    }

    /// Tells whether a parameter is another one or lies below it: `address[line1]` belongs to `address`.
    pub fn belongs(name: &str, above: &str) -> bool {
        name.strip_prefix(above)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('['))
    }

    /// Gives a parameter's name as a flow writes it: `address[line1]` is `address.line1`, and
    /// `items[0][price]` is `items[0].price`.
    pub fn flow_path(name: &str) -> String {
        let mut path = String::with_capacity(name.len());
        for (index, part) in name.split('[').enumerate() {
            let part = part.strip_suffix(']').unwrap_or(part);
            if index == 0 {
                path.push_str(part);
            } else if !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()) {
                path.push_str(&format!("[{part}]"));
            } else {
                path.push('.');
                path.push_str(part);
            }
        }
        path
    }
}

impl FromIterator<(String, FormValue)> for Form {
    fn from_iter<Pairs: IntoIterator<Item = (String, FormValue)>>(pairs: Pairs) -> Self {
        let mut form = Form::default();
        for (name, value) in pairs {
            form.set(name, value);
        }
        form
    }
}

impl fmt::Display for FormValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FormValue::Text(text) => write!(f, "{text:?}"),
            FormValue::Unknown => f.write_str("(known after apply)"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Form;

    #[test]
    fn names_read_as_the_flow_wrote_them() {
        assert_eq!(Form::flow_path("items[0][price]"), "items[0].price");
        assert_eq!(Form::flow_path("metadata[crm_id]"), "metadata.crm_id");
    }

    #[test]
    fn the_fingerprint_ignores_order_and_sees_values() {
        let mut one = Form::default();
        one.set_text("a", "1");
        one.set_text("b", "2");
        let mut two = Form::default();
        two.set_text("b", "2");
        two.set_text("a", "1");
        assert_eq!(one.fingerprint(), two.fingerprint());
        two.set_text("a", "3");
        assert_ne!(one.fingerprint(), two.fingerprint());
    }
}
