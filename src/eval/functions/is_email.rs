use crate::eval::fault::Fault;
use crate::lang::{ParameterKind, Returns, Signature};
use crate::model::{Type, Value};

use super::function::{Call, Function, example, required};

pub(super) static FUNCTION: Function = Function {
    signature: Signature {
        name: "is_email",
        group: "text",
        summary: "Tells whether a text has the form of an e-mail address that Stripe takes: no white \
                  space, one `@`, a domain with a dot.",
        parameters: required(&[("text", ParameterKind::Text)]),
        returns: Returns::Type(Type::Boolean),
        examples: &[
            example(r#"is_email("ann@example.com")"#, "true"),
            example(r#"is_email(" ann@example.com")"#, "false"),
            example(r#"is_email("ann@example")"#, "false"),
            example(r#"is_email("ann＠example.com")"#, "false"),
        ],
        check_literals: None,
    },
    pattern: None,
    run,
};

fn run(call: &Call<'_>) -> Result<Value, Fault> {
    Ok(Value::Boolean(call.text(0)?.is_some_and(|text| is_email(&text))))
}

/// Stripe refuses white space, a missing top-level domain and a full-width `@` with `email_invalid`.
fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else {
        return false;
    };
    text.len() <= 254 && is_local_part(local) && is_domain(domain)
}

fn is_local_part(local: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b".!#$%&'*+/=?^_`{|}~-".contains(&byte);
    (1..=64).contains(&local.len())
        && local.bytes().all(allowed)
        && local.split('.').all(|part| !part.is_empty())
}

fn is_domain(domain: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let top = domain.rsplit('.').next().unwrap_or("");
    domain.contains('.')
        && domain.split('.').all(is_label)
        && top.len() >= 2
        && !top.bytes().all(|byte| byte.is_ascii_digit())
}
