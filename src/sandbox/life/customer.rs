use super::object::{Object, id_of, set, set_if_unset, text};
use super::payment_method;
use crate::sandbox::ids;
use crate::sandbox::refusal::Refusal;
use crate::sandbox::work::{Birth, Work};

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

/// Takes the payment methods that a customer is given.
pub(super) fn begun(work: &mut Work<'_>, id: &str, given: &Object) -> Result<(), Refusal> {
    let attach = |method: &str| {
        let mut to = Object::new();
        set(&mut to, "customer", id);
        (method.to_owned(), to)
    };
    if let Some(method) = text(given, "payment_method") {
        let (method, to) = attach(method);
        payment_method::attach(work, &method, &to)?;
    }
    let usual = super::object::inner(given, "invoice_settings")
        .and_then(|settings| text(settings, "default_payment_method"));
    let Some(usual) = usual else { return Ok(()) };
    let method = payment_method::resolve(work, usual)?;
    let Some(mut customer) = work.read("customer", id) else {
        return Ok(());
    };
    super::object::set_inner(
        &mut customer,
        "invoice_settings",
        "default_payment_method",
        id_of(&method),
    );
    work.save(customer);
    Ok(())
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
