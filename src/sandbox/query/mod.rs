mod reader;

use rust_decimal::Decimal;
use serde_json::{Map, Value};

use super::refusal::Refusal;
use reader::Reader;

/// The fields that can be searched, beyond `created`, `currency`, `metadata` and `status` where the
/// object has them. Source: <https://docs.stripe.com/search#supported-query-fields-for-each-resource>.
const FIELDS: [(&str, &[&str]); 7] = [
    (
        "charge",
        &[
            "amount",
            "customer",
            "disputed",
            "payment_method_details.card.brand",
            "payment_method_details.card.exp_month",
            "payment_method_details.card.exp_year",
            "payment_method_details.card.fingerprint",
            "payment_method_details.card.last4",
            "refunded",
        ],
    ),
    ("customer", &["email", "name", "phone"]),
    (
        "invoice",
        &["customer", "number", "receipt_number", "subscription", "total"],
    ),
    ("payment_intent", &["amount", "customer"]),
    ("price", &["active", "lookup_key", "product", "type"]),
    ("product", &["active", "description", "name", "shippable", "url"]),
    ("subscription", &[]),
];

const COMMON_FIELDS: [&str; 3] = ["created", "currency", "status"];

/// A search query: clauses that must all hold, or of which one must.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Query {
    clauses: Vec<Clause>,
    /// Whether one clause is enough.
    is_any: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Clause {
    is_negated: bool,
    field: Field,
    wanted: Wanted,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Field {
    Plain(String),
    Metadata(String),
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Wanted {
    Text(String),
    Part(String),
    Null,
    Number(Sign, Decimal),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sign {
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
}

impl Query {
    /// Reads a query for a resource.
    ///
    /// Errors when it does not parse, mixes AND with OR, or names a field that can't be searched.
    pub(super) fn read(resource: &str, text: &str) -> Result<Query, Refusal> {
        let mut reader = Reader::new(text);
        let mut clauses = Vec::new();
        let mut joins: Vec<bool> = Vec::new();
        while !reader.is_done() {
            if !clauses.is_empty() {
                joins.push(reader.join());
            }
            let clause = reader.clause().ok_or_else(not_parsed)?;
            check_field(resource, &clause.field)?;
            clauses.push(clause);
        }
        if clauses.is_empty() {
            return Err(not_parsed());
        }
        let is_any = joins.first().copied().unwrap_or(false);
        if joins.iter().any(|join| *join != is_any) {
            return Err(Refusal::parameter(
                "query",
                "You can't combine AND and OR in one search query.",
            ));
        }
        Ok(Query { clauses, is_any })
    }

    /// Tells whether an object is found.
    pub(super) fn finds(&self, object: &Map<String, Value>) -> bool {
        match self.is_any {
            true => self.clauses.iter().any(|clause| clause.holds(object)),
            false => self.clauses.iter().all(|clause| clause.holds(object)),
        }
    }
}

fn not_parsed() -> Refusal {
    Refusal::parameter(
        "query",
        "We were unable to parse your search query. Try using the format `metadata[\"key\"]:\"value\"` to query for \
         metadata or key:\"value\" to query for other fields.",
    )
}

fn check_field(resource: &str, field: &Field) -> Result<(), Refusal> {
    let Field::Plain(name) = field else {
        return Ok(());
    };
    let own = FIELDS.iter().find(|(known, _)| *known == resource);
    let is_known = COMMON_FIELDS.contains(&name.as_str())
        || own.is_some_and(|(_, fields)| fields.contains(&name.as_str()));
    match is_known {
        true => Ok(()),
        false => Err(Refusal::parameter(
            "query",
            format!("Field `{name}` is an unsupported search field for resource `{resource}s`."),
        )),
    }
}

impl Clause {
    fn holds(&self, object: &Map<String, Value>) -> bool {
        self.is_negated != self.is_match(object)
    }

    fn is_match(&self, object: &Map<String, Value>) -> bool {
        let found = self.field.of(object);
        match (&self.wanted, found) {
            (Wanted::Null, found) => found.is_null(),
            (_, Value::Null) => false,
            (Wanted::Text(text), found) => match self.field {
                Field::Metadata(_) => as_text(found).eq_ignore_ascii_case(text),
                Field::Plain(_) => has_words(&as_text(found), text),
            },
            (Wanted::Part(part), found) => as_text(found).to_lowercase().contains(&part.to_lowercase()),
            (Wanted::Number(sign, limit), found) => {
                Decimal::from_str_exact(&as_text(found)).is_ok_and(|found| sign.holds(found, *limit))
            }
        }
    }
}

impl Field {
    fn of<'a>(&self, object: &'a Map<String, Value>) -> &'a Value {
        let (first, rest) = match self {
            Field::Metadata(key) => {
                return object
                    .get("metadata")
                    .map_or(&Value::Null, |map| member(map, key));
            }
            Field::Plain(name) => name.split_once('.').unwrap_or((name, "")),
        };
        let found = object.get(first).unwrap_or(&Value::Null);
        rest.split('.')
            .filter(|part| !part.is_empty())
            .fold(found, member)
    }
}

fn member<'a>(value: &'a Value, name: &str) -> &'a Value {
    value.get(name).unwrap_or(&Value::Null)
}

impl Sign {
    fn holds(self, found: Decimal, limit: Decimal) -> bool {
        match self {
            Sign::Greater => found > limit,
            Sign::GreaterOrEqual => found >= limit,
            Sign::Less => found < limit,
            Sign::LessOrEqual => found <= limit,
        }
    }
}

fn as_text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Tells whether a text has these words in this order, in any case.
fn has_words(text: &str, wanted: &str) -> bool {
    let (text, wanted) = (words(text), words(wanted));
    !wanted.is_empty() && text.windows(wanted.len()).any(|part| part == wanted)
}

fn words(text: &str) -> Vec<String> {
    text.split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value, json};

    use super::Query;

    fn finds(query: &str) -> Result<bool, String> {
        let object = json!({
            "email": "ada@example.com", "name": "Ada King Lovelace", "phone": null, "created": 1000,
            "metadata": {"crm id": "A\"7"}
        });
        let object: Map<String, Value> = object.as_object().cloned().unwrap_or_default();
        Query::read("customer", query)
            .map(|query| query.finds(&object))
            .map_err(|refusal| refusal.message)
    }

    #[test]
    fn clauses_compare_words_parts_numbers_and_nothing() {
        for query in [
            r#"email:"ada@example.com""#,
            r#"name:"king lovelace""#,
            r#"name~"LOVE""#,
            "phone:null",
            "-email:null",
            "created>999 created<=1000",
            r#"metadata["crm id"]:"A\"7""#,
            r#"-metadata["other"]:"x" AND created>=1000"#,
            r#"name:"nobody" OR created:1000"#,
        ] {
            assert_eq!(finds(query), Ok(true), "{query}");
        }
        for query in [
            r#"name:"Ada Lovelace""#,
            r#"email:"bob""#,
            "created>1000",
            r#"phone:"1""#,
        ] {
            assert_eq!(finds(query), Ok(false), "{query}");
        }
    }

    #[test]
    fn what_is_no_query_is_refused() {
        for query in [
            "",
            "email",
            r#"email:"a"#,
            r#"name~"ab""#,
            "created>x",
            r#"shoe:"1""#,
            r#"name:"a" AND name:"b" OR name:"c""#,
            r#"name:"a"name:"b""#,
        ] {
            assert!(finds(query).is_err(), "{query}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_a_query_or_refused(text in "[a-z\\[\\]\":~<>=\\\\ ANDOR-]{0,40}") {
            let _ = Query::read("customer", &text);
        }
    }
}
