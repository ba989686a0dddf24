use std::borrow::Cow;
use std::sync::LazyLock;

use regex::{Captures, Regex};

/// What Stripe's secret keys and webhook secrets look like, from the prefix to the last letter.
/// Source: <https://docs.stripe.com/keys>.
static SECRET: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"(\b|_)((?:[sr]k_(?:test|live|org)|whsec)_)([A-Za-z0-9_]+)").ok());

/// Puts stars over secret keys. The text keeps its length, so that spans still fit; a text without a
/// secret is borrowed.
pub fn conceal(text: &str) -> Cow<'_, str> {
    let Some(secret) = SECRET.as_ref() else {
        return Cow::Borrowed(text);
    };
    secret.replace_all(text, |found: &Captures| {
        let part = |index| found.get(index).map_or("", |part| part.as_str());
        format!("{}{}{}", part(1), part(2), "*".repeat(part(3).len()))
    })
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::conceal;

    #[test]
    fn keys_are_covered_and_keep_their_length() {
        assert_eq!(
            conceal("key = \"sk_live_51Hx\" and 'rk_test_a_b'"),
            "key = \"sk_live_****\" and 'rk_test_***'"
        );
        assert_eq!(conceal("whsec_abc"), "whsec_***");
    }

    #[test]
    fn other_words_are_left_alone() {
        for text in ["task_test_1", "sk_other_1", "STRIPE_API_KEY", "pk_live_1"] {
            assert!(matches!(conceal(text), Cow::Borrowed(_)), "{text}");
        }
    }
}
