use super::{Object, set, set_if_unset, text};
use crate::sandbox::ids;
use crate::sandbox::refusal::Refusal;
use crate::sandbox::work::Birth;

/// Refuses an email address that Stripe refuses: it takes one `@` with text before it, a domain with a
/// dot inside, and no spaces or letters beyond ASCII in the domain.
pub(super) fn check(given: &Object) -> Result<(), Refusal> {
    match text(given, "email") {
        Some(email) if !is_email(email) => {
            Err(Refusal::parameter("email", format!("Invalid email address: {email}")).code("email_invalid"))
        }
        _ => Ok(()),
    }
}

fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else {
        return false;
    };
    let is_spaced = text
        .chars()
        .any(|letter| letter.is_whitespace() || letter.is_control());
    let labels: Vec<&str> = domain.split('.').collect();
    !local.is_empty()
        && !is_spaced
        && local.is_ascii()
        && domain
            .chars()
            .all(|letter| letter.is_alphanumeric() || matches!(letter, '.' | '-'))
        && labels.len() >= 2
        && labels.iter().all(|label| !label.is_empty())
}

pub(super) fn begin(birth: &mut Birth, customer: &mut Object) {
    let prefix = ids::letters("", 8, &mut birth.random).to_uppercase();
    set_if_unset(customer, "invoice_prefix", prefix);
    set_if_unset(customer, "tax_exempt", "none");
    set_if_unset(customer, "preferred_locales", Vec::<String>::new());
    set(customer, "delinquent", false);
    if customer
        .get("next_invoice_sequence")
        .is_none_or(serde_json::Value::is_null)
    {
        set(customer, "next_invoice_sequence", 1);
    }
}

#[cfg(test)]
mod tests {
    use super::is_email;

    #[test]
    fn addresses_that_stripe_refused_are_refused() {
        for text in [
            "foo@bar", " a@b.co", "a@b.co ", "a＠b.co", "a@b..co", "@b.co", "a b@c.de", "a@b@c.de",
        ] {
            assert!(!is_email(text), "{text}");
        }
        for text in [
            "a@b.co",
            "first.last+tag@sub.example.com",
            "jörg@x.de".replace('ö', "oe").as_str(),
        ] {
            assert!(is_email(text), "{text}");
        }
    }
}
