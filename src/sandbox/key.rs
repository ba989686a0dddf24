use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use super::refusal::Refusal;

/// The beginnings of keys that are taken.
const TEST_KEYS: [&str; 2] = ["sk_test_", "rk_test_"];

/// How much of a wrong key is shown at its end.
const SHOWN: usize = 4;

/// Checks the `Authorization` header: any test key is good, as bearer or as the user of basic
/// authorisation.
pub(super) fn check(header: Option<&str>) -> Result<(), Refusal> {
    let key = header.and_then(read).unwrap_or_default();
    if key.is_empty() {
        return Err(Refusal::unauthorised(
            "You did not provide an API key. You need to provide your API key in the Authorization header, using \
             Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY'). See https://stripe.com/docs/api#authentication \
             for details, or we can help at https://support.stripe.com/.",
        ));
    }
    match TEST_KEYS.iter().any(|prefix| key.starts_with(prefix)) {
        true => Ok(()),
        false => Err(Refusal::unauthorised(format!(
            "Invalid API Key provided: {}",
            hidden(&key)
        ))),
    }
}

fn read(header: &str) -> Option<String> {
    let (scheme, value) = header.trim().split_once(' ')?;
    let value = value.trim();
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(value.to_owned());
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(BASE64_STANDARD.decode(value).ok()?).ok()?;
    Some(text.split(':').next().unwrap_or("").to_owned())
}

/// Keeps what kind of key it is, and the last letters of one that is long enough.
fn hidden(key: &str) -> String {
    let start = key.rfind('_').map_or(0, |place| place + 1);
    let (kind, secret) = key.split_at(start);
    let count = secret.chars().count();
    let shown = if count > 2 * SHOWN { SHOWN } else { 0 };
    let tail: String = secret.chars().skip(count - shown).collect();
    format!("{kind}{}{tail}", "*".repeat(count - shown))
}

#[cfg(test)]
mod tests {
    use super::{check, hidden};

    #[test]
    fn test_keys_are_taken_in_both_schemes() {
        assert!(check(Some("Bearer sk_test_x")).is_ok());
        assert!(check(Some("bearer rk_test_x")).is_ok());
        // `sk_test_sheetflow_sandbox:`
        assert!(check(Some("Basic c2tfdGVzdF9zaGVldGZsb3dfc2FuZGJveDo=")).is_ok());
    }

    #[test]
    fn other_keys_are_refused_without_being_shown() {
        let message = |header| check(header).map_err(|refusal| (refusal.status, refusal.message));
        assert_eq!(
            message(Some("Bearer sk_live_abcdefgh1234")),
            Err((401, "Invalid API Key provided: sk_live_********1234".to_owned()))
        );
        assert!(message(None).is_err_and(|(status, text)| status == 401 && text.starts_with("You did not")));
        assert!(message(Some("Bearer")).is_err());
        assert_eq!(hidden("ab"), "**");
        assert_eq!(hidden("sk_live_äöü"), "sk_live_***");
    }
}
