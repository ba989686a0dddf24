//! Every resource of the catalogue, with parameters made from the catalogue.

use std::collections::BTreeMap;

use sheetflow::catalog::{Alternative, ApiType, Catalog, Operation, OperationKind, Resource, ShapeId};
use sheetflow::sandbox::Settings;

use super::client::Client;

/// What creates need beyond the parameters that the catalogue calls required.
const TOGETHER: [(&str, &[(&str, &str)]); 16] = [
    (
        "products.features.create",
        &[("entitlement_feature", "@entitlements.feature")],
    ),
    (
        "test_helpers.issuing.authorizations.create",
        &[("card", "@issuing.card")],
    ),
    ("transfers.create", &[("destination", "@account")]),
    (
        "prices.create",
        &[
            ("product", "@product"),
            ("unit_amount", "0"),
            ("recurring[interval]", "month"),
        ],
    ),
    ("plans.create", &[("amount", "100")]),
    ("coupons.create", &[("percent_off", "25")]),
    ("invoices.create", &[("customer", "@customer")]),
    (
        "invoice_items.create",
        &[("customer", "@customer"), ("amount", "100")],
    ),
    (
        "subscriptions.create",
        &[("customer", "@customer"), ("items[0][price]", "@price")],
    ),
    ("subscription_items.create", &[("price", "@price")]),
    ("payment_intents.create", &[("amount", "100")]),
    (
        "charges.create",
        &[("amount", "100"), ("currency", "usd"), ("source", "tok_visa")],
    ),
    ("refunds.create", &[("charge", "@charge")]),
    ("credit_notes.create", &[("amount", "100")]),
    ("payment_links.create", &[("line_items[0][price]", "@price")]),
    ("promotion_codes.create", &[("promotion[coupon]", "@coupon")]),
];

/// Requests that bring an object that another one needed into the state that is needed.
const READY: [(&str, &str, &str); 2] = [
    (
        "invoice",
        "/v1/invoiceitems",
        "customer={customer}&invoice={id}&amount=900",
    ),
    ("invoice", "/v1/invoices/{id}/finalize", ""),
];

/// Parents that nothing creates: objects that Stripe makes by itself.
const UNMADE: [&str; 1] = ["application_fee"];

/// Makes objects with parameters from the catalogue.
pub(crate) struct Maker<'a> {
    client: &'a Client,
    /// One object of each resource that another one needed.
    made: BTreeMap<&'static str, String>,
}

#[tokio::test]
async fn every_resource_is_created_read_listed_changed_and_deleted() {
    let client = Client::start(Settings::default()).await;
    let mut maker = Maker::new(&client);
    let mut lived = 0;
    for resource in Catalog::embedded().resources() {
        for operation in &resource.operations {
            if operation.kind == OperationKind::Create && maker.live(resource, operation).await {
                lived += 1;
            }
        }
    }
    assert_eq!(lived, 92, "all creates but that of an application fee's refund");
}

impl<'a> Maker<'a> {
    pub(crate) fn new(client: &'a Client) -> Self {
        Maker {
            client,
            made: BTreeMap::new(),
        }
    }
}

impl Maker<'_> {
    /// Makes an object of its own, and gives it.
    pub(crate) async fn make(&mut self, create: &'static Operation) -> serde_json::Value {
        let path = Box::pin(self.path(create))
            .await
            .expect("its parents can be made");
        let form = Box::pin(self.form(create)).await;
        let created = self.client.post(&path, &form).await;
        assert_eq!(created.status, 200, "{}: {form}: {}", create.id, created.body);
        created.body
    }

    /// Takes one object through its life, and tells whether its parent can be made.
    async fn live(&mut self, resource: &'static Resource, create: &'static Operation) -> bool {
        let Some(path) = Box::pin(self.path(create)).await else {
            return false;
        };
        let form = Box::pin(self.form(create)).await;
        let created = self.client.post(&path, &form).await;
        assert_eq!(created.status, 200, "{}: {form}: {}", create.id, created.body);
        let answers: Vec<&str> = create.of.clone();
        assert!(answers.contains(&created.text("object")) || created.body.get("object").is_none());
        let id = created.text("id").to_owned();
        let of = |kind| beside(resource, create, kind);
        if let Some(retrieve) = of(OperationKind::Retrieve) {
            let got = self.client.get(&at(retrieve, &path, &id)).await;
            assert_eq!(got.body, created.body, "{}", retrieve.id);
        }
        if let Some(list) = of(OperationKind::List)
            && list.path == create.path
        {
            let form = required_query(list);
            let listed = self.client.get(&format!("{path}?limit=100{form}")).await;
            assert_eq!(listed.status, 200, "{}: {}", list.id, listed.body);
            let data = listed.body["data"].as_array().cloned().unwrap_or_default();
            assert!(
                !form.is_empty() || data.contains(&created.body),
                "{}: {}",
                list.id,
                listed.body
            );
        }
        if let Some(update) = of(OperationKind::Update) {
            let form = Box::pin(self.form(update)).await;
            let updated = self.client.post(&at(update, &path, &id), &form).await;
            assert_eq!(updated.status, 200, "{}: {form}: {}", update.id, updated.body);
            assert_eq!(updated.text("id"), id, "{}", update.id);
        }
        if let Some(delete) = of(OperationKind::Delete)
            && self.made.get(resource.name) != Some(&id)
        {
            let deleted = self.client.delete(&at(delete, &path, &id)).await;
            assert_eq!(deleted.status, 200, "{}: {}", delete.id, deleted.body);
            assert_eq!(deleted.body["deleted"], true, "{}", delete.id);
            let again = self.client.delete(&at(delete, &path, &id)).await;
            assert_eq!(again.status, 404, "{}: {}", delete.id, again.body);
        }
        true
    }

    /// Gives an object of a resource, and makes it when there is none.
    async fn any(&mut self, name: &'static str) -> Option<String> {
        if let Some(id) = self.made.get(name) {
            return Some(id.clone());
        }
        let resource = Catalog::embedded().resource(name)?;
        let create = resource
            .operations
            .iter()
            .find(|operation| operation.kind == OperationKind::Create)?;
        let path = Box::pin(self.path(create)).await?;
        let form = Box::pin(self.form(create)).await;
        let created = self.client.post(&path, &form).await;
        assert_eq!(created.status, 200, "{}: {form}: {}", create.id, created.body);
        let id = created.text("id").to_owned();
        for (_, path, form) in READY.iter().filter(|(name, _, _)| *name == resource.name) {
            let filled = |text: &str| {
                text.replace("{id}", &id)
                    .replace("{customer}", created.text("customer"))
            };
            let answer = self.client.post(&filled(path), &filled(form)).await;
            assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        }
        self.made.insert(resource.name, id.clone());
        Some(id)
    }

    /// Fills the holes of a create's path with parents.
    async fn path(&mut self, create: &'static Operation) -> Option<String> {
        let mut path = create.path.to_owned();
        for hole in &create.path_params {
            let prefix = create.path.split(&format!("/{{{hole}}}")).next()?;
            let parent = Catalog::embedded()
                .resources()
                .find(|resource| resource.path == Some(prefix))?;
            if UNMADE.contains(&parent.name) {
                return None;
            }
            let id = Box::pin(self.any(parent.name)).await?;
            path = path.replacen(&format!("{{{hole}}}"), &id, 1);
        }
        Some(path)
    }

    /// Writes the least form that the catalogue allows.
    async fn form(&mut self, operation: &'static Operation) -> String {
        let mut pairs = Vec::new();
        if let Some(shape) = operation.params {
            Box::pin(self.required(shape, "", &mut pairs)).await;
        }
        let together = TOGETHER.iter().find(|(id, _)| *id == operation.id);
        for (name, value) in together.map_or(&[] as &[_], |(_, pairs)| pairs) {
            let value = match value.strip_prefix('@') {
                Some(resource) => Box::pin(self.any(resource)).await.expect("it can be made"),
                None => (*value).to_owned(),
            };
            pairs.push(((*name).to_owned(), value));
        }
        form_urlencoded::Serializer::new(String::new())
            .extend_pairs(pairs)
            .finish()
    }

    async fn required(&mut self, shape: ShapeId, prefix: &str, into: &mut Vec<(String, String)>) {
        for (name, member) in Catalog::embedded().members(shape) {
            if !member.required {
                continue;
            }
            let path = match prefix {
                "" => name.to_owned(),
                prefix => format!("{prefix}[{name}]"),
            };
            Box::pin(self.value(name, &member, path, into)).await;
        }
    }

    async fn value(&mut self, name: &str, member: &ApiType, path: String, into: &mut Vec<(String, String)>) {
        let text = match member.alternatives.first().expect("a type") {
            Alternative::Shape(shape) => {
                let before = into.len();
                Box::pin(self.required(*shape, &path, into)).await;
                if before == into.len() {
                    let (name, member) = Catalog::embedded().members(*shape).next().expect("a member");
                    Box::pin(self.value(name, &member, format!("{path}[{name}]"), into)).await;
                }
                return;
            }
            Alternative::List(item) => {
                return Box::pin(self.value(name, item, format!("{path}[0]"), into)).await;
            }
            Alternative::Map(item) => {
                return Box::pin(self.value(name, item, format!("{path}[k]"), into)).await;
            }
            Alternative::Enum(index) => Catalog::embedded().enum_values(*index)[0].to_owned(),
            Alternative::Text => match Catalog::embedded().resource(name) {
                Some(resource) => Box::pin(self.any(resource.name)).await.unwrap_or("x".to_owned()),
                None => "x".to_owned(),
            },
            Alternative::Currency => "usd".to_owned(),
            Alternative::Boolean | Alternative::True => "true".to_owned(),
            Alternative::False => "false".to_owned(),
            Alternative::DateTime => "2026-01-01T00:00:00Z".to_owned(),
            Alternative::File => "f".to_owned(),
            _ => "1".to_owned(),
        };
        into.push((path, text));
    }
}

/// Finds the operation of a kind whose path is that of a create, with or without an id at its end.
fn beside(
    resource: &'static Resource,
    create: &Operation,
    kind: OperationKind,
) -> Option<&'static Operation> {
    resource.operations.iter().find(|operation| {
        operation.kind == kind
            && (operation.path == create.path
                || operation
                    .path
                    .rsplit_once("/{")
                    .is_some_and(|(collection, _)| unnamed(collection) == unnamed(create.path)))
    })
}

/// Replaces the names of holes, since one parent is `{id}` in one path and `{transfer}` in another.
fn unnamed(path: &str) -> String {
    path.split('/')
        .map(|part| if part.starts_with('{') { "{}" } else { part })
        .collect::<Vec<_>>()
        .join("/")
}

/// Gives the path of one object of a collection.
fn at(operation: &Operation, collection: &str, id: &str) -> String {
    match operation.path.ends_with('}') {
        true => format!("{collection}/{id}"),
        false => collection.to_owned(),
    }
}

/// Writes the parameters that a list needs.
fn required_query(list: &Operation) -> String {
    let members = list
        .params
        .into_iter()
        .flat_map(|shape| Catalog::embedded().members(shape));
    members
        .filter(|(_, member)| member.required)
        .map(|(name, member)| match member.alternatives.first() {
            Some(Alternative::Enum(index)) => {
                format!("&{name}={}", Catalog::embedded().enum_values(*index)[0])
            }
            Some(Alternative::Shape(shape)) => Catalog::embedded()
                .members(*shape)
                .filter(|(_, member)| member.required)
                .map(|(inner, member)| match member.alternatives.first() {
                    Some(Alternative::Enum(index)) => {
                        format!("&{name}[{inner}]={}", Catalog::embedded().enum_values(*index)[0])
                    }
                    _ => format!("&{name}[{inner}]=x"),
                })
                .collect(),
            _ => format!("&{name}=x"),
        })
        .collect()
}
