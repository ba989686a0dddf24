use std::borrow::Cow;
use std::fmt;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::ClientError;
use crate::model::{Form, FormValue};

/// What stays as it is in an id within a path: the unreserved characters of RFC 3986.
const QUOTED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The methods of Stripe's API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Creates, updates, calls.
    Post,
    /// Deletes, cancels.
    Delete,
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Delete => "DELETE",
        })
    }
}

/// One request.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// What to do.
    pub method: Method,
    /// The endpoint whose limit counts: method and path template, such as `POST /v1/customers/{customer}`.
    pub endpoint: &'a str,
    /// The path with its ids quoted, as [`fill`] makes it. No query.
    pub path: &'a str,
    /// The parameters: the body of a POST, the query of the others.
    pub form: &'a Form,
    /// The key under which Stripe remembers what it did; a POST or DELETE without one is refused. At
    /// most 255 characters (<https://docs.stripe.com/api/idempotent_requests>).
    pub idempotency_key: Option<&'a str>,
    /// The id of the object that is written, so that it is never written by two requests at once.
    pub object: Option<&'a str>,
}

/// Fills the holes of a path template with ids, URL-quoted: `/v1/customers/{customer}` and `cus_1` make
/// `/v1/customers/cus_1`.
///
/// Refuses an id that is missing, empty, or would change the path (`.`, `..`).
pub fn fill(template: &str, ids: &[(&str, &str)]) -> Result<String, ClientError> {
    let mut path = String::with_capacity(template.len() + 24);
    let mut rest = template;
    while let Some((before, hole)) = rest.split_once('{') {
        let Some((name, after)) = hole.split_once('}') else {
            return Err(ClientError::refused(format!(
                "the path `{template}` has an open hole"
            )));
        };
        let Some((_, id)) = ids.iter().find(|(known, _)| *known == name) else {
            return Err(ClientError::refused(format!(
                "no id for `{name}` in `{template}`"
            )));
        };
        if matches!(*id, "" | "." | "..") {
            return Err(ClientError::refused(format!(
                "`{id}` is no id for `{name}` in `{template}`"
            )));
        }
        path.push_str(before);
        path.extend(utf8_percent_encode(id, QUOTED));
        rest = after;
    }
    path.push_str(rest);
    Ok(path)
}

/// Encodes a form as `application/x-www-form-urlencoded`, in its own order.
///
/// Refuses a value that is not known yet, and names its parameter.
pub(super) fn encode(form: &Form) -> Result<String, ClientError> {
    let mut encoder = form_urlencoded::Serializer::new(String::with_capacity(form.len() * 32));
    for (name, value) in form.iter() {
        match value {
            FormValue::Text(text) => encoder.append_pair(name, text),
            FormValue::Unknown => {
                return Err(ClientError::refused(format!(
                    "the value of `{name}` is not known yet"
                )));
            }
        };
    }
    Ok(encoder.finish())
}

/// Names the endpoint of a path, for the limits: whatever looks like an id becomes `{id}`, so that all ids
/// share one limit.
pub fn endpoint_of(method: Method, path: &str) -> String {
    let mut endpoint = format!("{method} ");
    for (index, segment) in path.trim_start_matches('/').split('/').enumerate() {
        endpoint.push('/');
        endpoint.push_str(&if index > 0 && is_id(segment) {
            Cow::Borrowed("{id}")
        } else {
            segment.into()
        });
    }
    endpoint
}

/// Tells whether a segment looks like an id: names of collections are lower-case words.
fn is_id(segment: &str) -> bool {
    !segment
        .bytes()
        .all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop, proptest};

    use super::{Method, encode, endpoint_of, fill};
    use crate::model::{Form, FormValue};

    #[test]
    fn ids_are_quoted_in_paths() {
        let path = fill("/v1/coupons/{coupon}/x", &[("coupon", "50% off/ä+b")]);
        assert_eq!(path.expect("an id"), "/v1/coupons/50%25%20off%2F%C3%A4%2Bb/x");
    }

    #[test]
    fn ids_that_would_change_the_path_are_refused() {
        for id in ["", ".", ".."] {
            assert!(
                fill("/v1/customers/{customer}", &[("customer", id)]).is_err(),
                "{id}"
            );
        }
        assert!(fill("/v1/customers/{customer}", &[]).is_err());
        assert!(fill("/v1/customers/{customer", &[("customer", "cus_1")]).is_err());
    }

    #[test]
    fn a_form_is_encoded_as_stripe_reads_it() {
        let mut form = Form::default();
        form.set_text("email", "jo+x@example.com");
        form.set_text("address[line1]", "Main St & 5");
        form.set_text("description", "");
        assert_eq!(
            encode(&form).expect("all values are known"),
            "email=jo%2Bx%40example.com&address%5Bline1%5D=Main+St+%26+5&description="
        );
    }

    #[test]
    fn an_unknown_value_is_refused_by_its_name() {
        let mut form = Form::default();
        form.set("customer", FormValue::Unknown);
        let error = encode(&form).expect_err("nothing to send");
        assert_eq!(
            error.to_string(),
            "the request can't be sent: the value of `customer` is not known yet"
        );
    }

    #[test]
    fn all_ids_share_an_endpoint() {
        assert_eq!(endpoint_of(Method::Get, "/v1/customers"), "GET /v1/customers");
        assert_eq!(
            endpoint_of(Method::Get, "/v1/invoices/in_1aB/lines"),
            "GET /v1/invoices/{id}/lines"
        );
        assert_eq!(
            endpoint_of(Method::Get, "/v1/test_helpers/test_clocks"),
            "GET /v1/test_helpers/test_clocks"
        );
    }

    proptest! {
        #[test]
        fn what_is_encoded_is_decoded(
            pairs in prop::collection::hash_map(any::<String>(), any::<String>(), 0..8)
        ) {
            let form: Form = pairs
                .iter()
                .map(|(name, text)| (name.clone(), FormValue::Text(text.clone())))
                .collect();
            let body = encode(&form).expect("all values are known");
            let decoded: Vec<(String, String)> =
                form_urlencoded::parse(body.as_bytes()).into_owned().collect();
            let sent: Vec<(String, String)> = form
                .iter()
                .map(|(name, _)| (name.to_owned(), form.text(name).unwrap_or_default().to_owned()))
                .collect();
            assert_eq!(decoded, sent);
        }

        #[test]
        fn no_id_can_leave_its_segment(id in any::<String>()) {
            if let Ok(path) = fill("/v1/customers/{customer}", &[("customer", &id)]) {
                let quoted = path.strip_prefix("/v1/customers/").expect("the template's beginning");
                assert!(!quoted.contains(['/', '?', '#', '\\', ' ']));
                let url = reqwest::Url::parse(&format!("http://localhost{path}")).expect("a URL");
                assert_eq!(url.path(), path);
            }
        }
    }
}
