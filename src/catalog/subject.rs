//! Finds what a name such as `invoice`, `invoices.create` or `customer.create.address` means.

use thiserror::Error;

use super::{ApiType, Catalog, Operation, OperationKind, PathProblem, Resource, Segment};

/// What a name stands for.
#[derive(Clone, Debug)]
pub enum Subject<'a> {
    /// `customer`, or `customers`.
    Resource(&'a Resource),
    /// `customer.create`, or `customers.create`.
    Operation(&'a Resource, &'a Operation),
    /// `customer.create.address`.
    Parameter {
        /// The resource.
        resource: &'a Resource,
        /// The operation that takes it.
        operation: &'a Operation,
        /// The path below the operation, such as `items[0].price`.
        path: String,
        /// Its type.
        api_type: ApiType,
    },
    /// `customer.email`: a field of the object, with the operations that set it.
    Field {
        /// The resource.
        resource: &'a Resource,
        /// The path below the resource, such as `address.line1`.
        path: String,
        /// Its type in answers; `None` when it can only be sent.
        answer: Option<ApiType>,
        /// Its type when an object is created.
        create: Option<ApiType>,
        /// Its type when an object is updated.
        update: Option<ApiType>,
    },
}

/// A name that means nothing.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum UnknownSubject {
    /// No resource or operation begins so.
    #[error("no resource is called `{name}`")]
    Resource {
        /// The name.
        name: String,
        /// The nearest names of resources, the likeliest first.
        nearest: Vec<String>,
    },
    /// The resource has no operation or field, or the operation no parameter, of this name.
    #[error("`{of}` has no {what} `{name}`")]
    Member {
        /// What was found, such as `customer.create`.
        of: String,
        /// What was looked for: `operation or field`, `parameter`.
        what: &'static str,
        /// The rest of the name.
        name: String,
        /// The nearest whole names, the likeliest first.
        nearest: Vec<String>,
    },
}

impl UnknownSubject {
    /// Gives the names that may have been meant, the likeliest first.
    pub fn nearest(&self) -> &[String] {
        match self {
            UnknownSubject::Resource { nearest, .. } | UnknownSubject::Member { nearest, .. } => nearest,
        }
    }
}

impl Catalog {
    /// Finds what a dotted name means: a resource by Stripe's `object` value or by its name in Stripe's
    /// libraries, one of its operations, a parameter of an operation, or a field of its objects.
    ///
    /// # Errors
    ///
    /// The part of the name that is not known, with the nearest names.
    pub fn subject(&self, name: &str) -> Result<Subject<'_>, UnknownSubject> {
        let prefixes = || {
            let dots = name.match_indices('.').map(|(at, _)| at);
            let mut ends: Vec<usize> = dots.chain([name.len()]).collect();
            ends.reverse();
            ends.into_iter()
                .map(|end| (&name[..end], name[end..].strip_prefix('.').unwrap_or("")))
        };
        for (prefix, rest) in prefixes() {
            if let Some((resource, operation)) = self.operation(prefix) {
                return self.below_operation(resource, operation, rest);
            }
        }
        for (prefix, rest) in prefixes() {
            if let Some(resource) = self.resource_or_service(prefix) {
                return self.below_resource(resource, rest);
            }
        }
        Err(UnknownSubject::Resource {
            name: name.to_owned(),
            nearest: self.nearest_resources(name),
        })
    }

    fn resource_or_service(&self, name: &str) -> Option<&Resource> {
        self.resource(name)
            .or_else(|| self.resources().find(|resource| resource.service == Some(name)))
    }

    /// Looks at the whole name, and at its first word, which may be a misspelt resource before a field.
    fn nearest_resources(&self, name: &str) -> Vec<String> {
        let names = || self.resources().map(|resource| resource.name);
        let whole = Catalog::nearest(name, names());
        let first = name.split('.').next().unwrap_or(name);
        let found = if whole.is_empty() {
            Catalog::nearest(first, names())
        } else {
            whole
        };
        found.into_iter().map(str::to_owned).collect()
    }

    fn below_resource<'a>(
        &'a self,
        resource: &'a Resource,
        rest: &str,
    ) -> Result<Subject<'a>, UnknownSubject> {
        if rest.is_empty() {
            return Ok(Subject::Resource(resource));
        }
        let (first, below) = rest.split_once('.').unwrap_or((rest, ""));
        match resource.named(first) {
            None => self.field(resource, rest),
            Some(operation) => self.below_operation(resource, operation, below),
        }
    }

    fn below_operation<'a>(
        &'a self,
        resource: &'a Resource,
        operation: &'a Operation,
        rest: &str,
    ) -> Result<Subject<'a>, UnknownSubject> {
        if rest.is_empty() {
            return Ok(Subject::Operation(resource, operation));
        }
        let of = format!("{}.{}", resource.name, operation.verb());
        match (operation.params, Segment::parse_path(rest)) {
            (Some(shape), Some(path)) => match self.parameter(shape, &path) {
                Ok(api_type) => Ok(Subject::Parameter {
                    resource,
                    operation,
                    path: rest.to_owned(),
                    api_type,
                }),
                Err(problem) => Err(unknown(of, "parameter", rest, &path, &problem)),
            },
            _ => Err(UnknownSubject::Member {
                of,
                what: "parameter",
                name: rest.to_owned(),
                nearest: Vec::new(),
            }),
        }
    }

    fn field<'a>(&'a self, resource: &'a Resource, rest: &str) -> Result<Subject<'a>, UnknownSubject> {
        let of = resource.name.to_owned();
        let Some(path) = Segment::parse_path(rest) else {
            return Err(UnknownSubject::Member {
                of,
                what: "operation or field",
                name: rest.to_owned(),
                nearest: Vec::new(),
            });
        };
        let parameter = |kind| {
            let shape = resource.operation(kind)?.params?;
            self.parameter(shape, &path).ok()
        };
        let answer = self.parameter(resource.fields, &path);
        let (create, update) = (parameter(OperationKind::Create), parameter(OperationKind::Update));
        match answer {
            Err(problem) if create.is_none() && update.is_none() => {
                Err(self.unknown_field(resource, unknown(of, "operation or field", rest, &path, &problem)))
            }
            answer => Ok(Subject::Field {
                resource,
                path: rest.to_owned(),
                answer: answer.ok(),
                create,
                update,
            }),
        }
    }

    /// Adds the operations to the nearest names of a field.
    fn unknown_field(&self, resource: &Resource, problem: UnknownSubject) -> UnknownSubject {
        let UnknownSubject::Member {
            of,
            what,
            name,
            nearest,
        } = problem
        else {
            return problem;
        };
        let verbs = resource.operations.iter().map(Operation::verb);
        let mut near: Vec<String> = Catalog::nearest(&name, verbs)
            .into_iter()
            .map(|verb| format!("{of}.{verb}"))
            .collect();
        near.extend(nearest);
        near.dedup();
        near.truncate(3);
        UnknownSubject::Member {
            of,
            what,
            name,
            nearest: near,
        }
    }
}

impl Resource {
    /// Finds an operation by its short name, such as `create` or `finalize_invoice`. That of the main
    /// service comes before those of others, which are found by their ids alone then.
    pub fn named(&self, verb: &str) -> Option<&Operation> {
        let of_main_service = |operation: &&Operation| {
            self.service
                .and_then(|service| operation.id.strip_prefix(service)?.strip_prefix('.'))
                == Some(verb)
        };
        self.operations
            .iter()
            .find(of_main_service)
            .or_else(|| self.operations.iter().find(|operation| operation.verb() == verb))
    }
}

fn unknown(
    of: String,
    what: &'static str,
    name: &str,
    path: &[Segment<'_>],
    problem: &super::UnknownParameter,
) -> UnknownSubject {
    let right = Segment::write_path(&path[..problem.at]);
    let nearest = match &problem.reason {
        PathProblem::UnknownName { nearest, .. } => nearest
            .iter()
            .map(|member| match right.as_str() {
                "" => format!("{of}.{member}"),
                right => format!("{of}.{right}.{member}"),
            })
            .collect(),
        PathProblem::IndexWanted => {
            let rest = Segment::write_path(&path[problem.at..]);
            vec![format!("{of}.{right}[0].{rest}")]
        }
        PathProblem::NoList | PathProblem::NoMembers => vec![format!("{of}.{right}")],
    };
    UnknownSubject::Member {
        of,
        what,
        name: name.to_owned(),
        nearest,
    }
}

#[cfg(test)]
mod tests {
    use super::{Catalog, Subject};
    use proptest::prelude::proptest;

    fn found(name: &str) -> String {
        match Catalog::embedded().subject(name) {
            Ok(Subject::Resource(resource)) => resource.name.to_owned(),
            Ok(Subject::Operation(_, operation)) => format!("{}()", operation.id),
            Ok(Subject::Parameter { operation, path, .. }) => format!("{}({path})", operation.id),
            Ok(Subject::Field {
                resource,
                path,
                answer,
                create,
                update,
            }) => format!(
                "{} {path} {}{}{}",
                resource.name,
                if answer.is_some() { "a" } else { "" },
                if create.is_some() { "c" } else { "" },
                if update.is_some() { "u" } else { "" },
            ),
            Err(problem) => format!("{problem}: {}", problem.nearest().join(", ")),
        }
    }

    #[test]
    fn names_of_objects_and_of_libraries_both_lead_there() {
        for (name, meaning) in [
            ("customer", "customer"),
            ("customers", "customer"),
            ("checkout.session", "checkout.session"),
            ("invoice.create", "invoices.create()"),
            ("invoices.create", "invoices.create()"),
            ("invoice.finalize_invoice", "invoices.finalize_invoice()"),
            ("checkout.session.create", "checkout.sessions.create()"),
            ("tax_id.create", "tax_ids.create()"),
            ("customers.tax_ids.create", "customers.tax_ids.create()"),
            (
                "test_helpers.test_clock.advance",
                "test_helpers.test_clocks.advance()",
            ),
            ("customer.create.address", "customers.create(address)"),
            (
                "subscriptions.create.items[0].price",
                "subscriptions.create(items[0].price)",
            ),
            ("customer.email", "customer email acu"),
            ("customer.address.line1", "customer address.line1 acu"),
            ("customer.created", "customer created a"),
            ("customer.payment_method", "customer payment_method c"),
        ] {
            assert_eq!(found(name), meaning, "{name}");
        }
    }

    #[test]
    fn unknown_names_are_met_with_the_nearest() {
        for (name, message) in [
            ("custmer", "no resource is called `custmer`: customer"),
            (
                "customer.emial",
                "`customer` has no operation or field `emial`: customer.email",
            ),
            (
                "customer.creat",
                "`customer` has no operation or field `creat`: customer.create, customer.created",
            ),
            (
                "customer.create.adress.line1",
                "`customer.create` has no parameter `adress.line1`: customer.create.address",
            ),
            (
                "subscription.create.items.price",
                "`subscription.create` has no parameter `items.price`: subscription.create.items[0].price",
            ),
            (
                "customer.create.email.x",
                "`customer.create` has no parameter `email.x`: customer.create.email",
            ),
        ] {
            let text = found(name);
            assert!(text.starts_with(message), "{name}: {text}");
        }
    }

    #[test]
    fn a_short_name_hides_only_what_the_main_service_has_too() {
        for resource in Catalog::embedded().resources() {
            for operation in &resource.operations {
                let found = resource.named(operation.verb()).expect("it is there");
                let is_main = found.id.strip_prefix(resource.service.unwrap_or(""));
                let is_only = resource
                    .operations
                    .iter()
                    .filter(|other| other.verb() == operation.verb())
                    .count()
                    == 1;
                assert!(is_only || is_main.is_some(), "{}", operation.id);
            }
        }
    }

    proptest! {
        #[test]
        fn any_name_is_answered(name in "[a-z.\\[\\]0-9_é ]{0,40}") {
            let _ = Catalog::embedded().subject(&name);
        }
    }
}
