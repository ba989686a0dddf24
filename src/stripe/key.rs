use secrecy::{ExposeSecret, SecretString};

use super::ClientError;
use crate::model::Mode;

/// What stands in an error or an answer where a server repeated the key.
const MASK: &str = "[key]";

/// What a secret key may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// `sk_…`: everything that the account may do.
    Secret,
    /// `rk_…`: only what it was given.
    Restricted,
}

/// What keys begin with. Source: <https://docs.stripe.com/keys>.
const PREFIXES: [(&str, KeyKind, Mode); 4] = [
    ("sk_test_", KeyKind::Secret, Mode::Test),
    ("sk_live_", KeyKind::Secret, Mode::Live),
    ("rk_test_", KeyKind::Restricted, Mode::Test),
    ("rk_live_", KeyKind::Restricted, Mode::Live),
];

/// Tells which of an account's two worlds a key opens, by its prefix.
///
/// Refuses publishable keys (`pk_…`) and whatever begins with none of the four known prefixes.
pub fn key_mode(key: &SecretString) -> Result<Mode, ClientError> {
    key_parts(key).map(|(_, mode)| mode)
}

/// Tells whether a key is restricted, and its mode. Errors are those of [`key_mode`].
pub(super) fn key_parts(key: &SecretString) -> Result<(KeyKind, Mode), ClientError> {
    let text = key.expose_secret();
    if text.starts_with("pk_") {
        return Err(ClientError::PublishableKey);
    }
    if !text
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    {
        return Err(ClientError::UnknownKey);
    }
    PREFIXES
        .iter()
        .find(|(prefix, _, _)| text.len() > prefix.len() && text.starts_with(prefix))
        .map(|(_, kind, mode)| (*kind, *mode))
        .ok_or(ClientError::UnknownKey)
}

/// Replaces the key wherever it occurs. Stripe masks keys itself; another server may not.
pub(super) fn mask(text: String, key: &SecretString) -> String {
    if text.contains(key.expose_secret()) {
        text.replace(key.expose_secret(), MASK)
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::{key_mode, mask};
    use crate::model::Mode;
    use crate::stripe::ClientError;

    #[test]
    fn the_prefix_decides_the_mode() {
        for (key, mode) in [
            ("sk_test_1", Mode::Test),
            ("rk_test_1", Mode::Test),
            ("sk_live_1", Mode::Live),
            ("rk_live_1", Mode::Live),
        ] {
            assert_eq!(key_mode(&key.into()).expect("a known prefix"), mode, "{key}");
        }
    }

    #[test]
    fn publishable_keys_are_refused_by_name() {
        let error = key_mode(&"pk_live_1".into()).expect_err("it is for browsers");
        assert!(matches!(error, ClientError::PublishableKey));
    }

    #[test]
    fn what_is_no_key_is_refused_and_not_repeated() {
        for text in [
            "",
            "sk_test_",
            "sk_org_live_1",
            "hunter2",
            "sk_test_a\nb",
            "sk_test_ä",
        ] {
            let error = key_mode(&text.into()).expect_err("no key");
            assert!(matches!(error, ClientError::UnknownKey), "{text}");
            assert!(!error.to_string().contains("hunter2"));
        }
    }

    #[test]
    fn a_repeated_key_is_masked() {
        let masked = mask("no key sk_test_1, sk_test_1".to_owned(), &"sk_test_1".into());
        assert_eq!(masked, "no key [key], [key]");
    }
}
