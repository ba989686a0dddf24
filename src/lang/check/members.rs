//! `bill.lines.data[0].amount`, `row["Customer no"]`: ways into what a value holds.

use std::sync::Arc;

use crate::catalog::{Alternative, ApiType, Catalog};
use crate::diag::{Diagnostic, Span};
use crate::lang::codes::{names, types as codes};
use crate::lang::program::{Expression, ExpressionKind, Presence};
use crate::lang::syntax as tree;
use crate::lang::syntax::Name;
use crate::model::{Type, Value};

use super::expression::{Reader, described};
use super::typed::Typed;
use super::{listed, with_nearest};

impl Reader<'_, '_> {
    pub(super) fn member(&mut self, value: &tree::Expression, name: &Name, span: Span) -> Typed {
        if is_row(value) {
            return self.scope.column(&name.text, span, self.context);
        }
        if self.is_rows(value) {
            return self.rows_column(&name.text, span);
        }
        if self.is_plan(value) {
            return self.plan_count(name, span);
        }
        let holder = self.typed(value);
        let Some(api) = &holder.api else {
            return self.member_of_value(holder.expression, name, span);
        };
        match find_member(api, &name.text, self.context.catalog()) {
            Found::Member(found) => Typed {
                expression: reached(holder.expression, &name.text, &found, span),
                api: Some(found),
            },
            Found::Anything => self.member_of_value(holder.expression, name, span),
            Found::OnlyAnId => {
                self.context.report(
                    Diagnostic::error(
                        &codes::WRONG_PATH,
                        name.span,
                        format!(
                            "there is no `{}` here: Stripe answers with an id alone",
                            name.text
                        ),
                    )
                    .with_label(holder.expression.span, "this is an id"),
                );
                Typed::broken(span)
            }
            Found::NoMembers => self.no_members(&holder.expression, name, span),
            Found::Unknown(known) => {
                let problem = Diagnostic::error(
                    &names::UNKNOWN_ANSWER_FIELD,
                    name.span,
                    format!(
                        "{} has no field `{}`",
                        holder_name(&holder.expression.value_type),
                        name.text
                    ),
                )
                .with_note(format!("fields: {}", listed(known.iter().copied())));
                self.context.report(with_nearest(problem, &name.text, known));
                Typed::broken(span)
            }
        }
    }

    fn member_of_value(&mut self, holder: Expression, name: &Name, span: Span) -> Typed {
        match &holder.value_type {
            Type::Any | Type::Record | Type::Object(_) | Type::Null => {}
            _ => return self.no_members(&holder, name, span),
        }
        let kind = ExpressionKind::Member(Box::new(holder), name.text.clone());
        Typed::new(kind, Type::Any, span)
    }

    fn no_members(&mut self, holder: &Expression, name: &Name, span: Span) -> Typed {
        let what = described(&holder.value_type);
        let mut problem = Diagnostic::error(
            &codes::WRONG_PATH,
            name.span,
            format!("{what} has no parts, so there is no `{}`", name.text),
        )
        .with_label(holder.span, format!("this is {what}"));
        if matches!(holder.value_type, Type::List(_)) {
            problem = problem.with_hint("say which item: `[0]`");
        }
        self.context.report(problem);
        Typed::broken(span)
    }

    pub(super) fn index(&mut self, value: &tree::Expression, index: &tree::Expression, span: Span) -> Typed {
        if is_row(value) {
            return self.row_column(index, span);
        }
        if self.is_rows(value)
            && let tree::ExpressionKind::Literal(tree::Literal::Text(name)) = &index.kind
        {
            return self.rows_column(name, span);
        }
        let holder = self.typed(value);
        let index = self.expression(index);
        if let ExpressionKind::Literal(Value::Text(name)) = &index.kind {
            let name = Name {
                text: name.clone(),
                span: index.span,
            };
            if holder.api.is_none() {
                return self.member_of_value(holder.expression, &name, span);
            }
        }
        let item = match &holder.api {
            Some(api) => item_type(api),
            None => None,
        };
        let value_type = match (&item, &holder.expression.value_type) {
            (Some(item), _) => value_type(item),
            (None, Type::List(inside)) => (**inside).clone(),
            (None, Type::Any | Type::Null) => Type::Any,
            (None, other) => {
                let what = described(other);
                self.context.report(
                    Diagnostic::error(&codes::WRONG_PATH, index.span, format!("{what} has no items"))
                        .with_label(holder.expression.span, format!("this is {what}")),
                );
                return Typed::broken(span);
            }
        };
        self.check_index(&index);
        let kind = ExpressionKind::Item(Box::new(holder.expression), Box::new(index));
        Typed {
            api: item,
            ..Typed::new(kind, value_type, span)
        }
    }

    fn check_index(&mut self, index: &Expression) {
        let wrong = match &index.kind {
            ExpressionKind::Literal(Value::Integer(number)) => *number < 0,
            ExpressionKind::Literal(Value::Unknown) => false,
            ExpressionKind::Literal(_) => true,
            _ => !matches!(
                index.value_type,
                Type::Integer | Type::Any | Type::Text | Type::Null
            ),
        };
        if wrong {
            self.context.report(
                Diagnostic::error(&codes::WRONG_PATH, index.span, "this can't be an index")
                    .labelled("expected a whole number from 0"),
            );
        }
    }

    /// Reads `row["any name"]`.
    fn row_column(&mut self, index: &tree::Expression, span: Span) -> Typed {
        match &index.kind {
            tree::ExpressionKind::Literal(tree::Literal::Text(name)) => {
                self.scope.column(name, span, self.context)
            }
            tree::ExpressionKind::Broken(_) => Typed::broken(span),
            _ => {
                self.context.report(
                    Diagnostic::error(
                        &codes::WRONG_PATH,
                        index.span,
                        "`row[…]` wants the name of a column",
                    )
                    .labelled("expected a text, such as `\"Customer no\"`"),
                );
                Typed::broken(span)
            }
        }
    }
}

/// Names what an answer's field is looked for in.
fn holder_name(value_type: &Type) -> String {
    match value_type {
        Type::Object(resource) => format!("a {resource}"),
        other => described(other),
    }
}

fn is_row(value: &tree::Expression) -> bool {
    matches!(&value.kind, tree::ExpressionKind::Name(name) if &**name == "row")
}

/// Goes one name further into an answer.
fn reached(holder: Expression, name: &str, found: &ApiType, span: Span) -> Expression {
    let presence = match found.nullable || found.may_be_absent {
        true => Presence::Nullable,
        false => holder.presence,
    };
    let kind = match holder.kind {
        ExpressionKind::StepField { step, mut path } => {
            path.push(name.into());
            ExpressionKind::StepField { step, path }
        }
        kind => ExpressionKind::Member(Box::new(Expression { kind, ..holder }), Arc::from(name)),
    };
    Expression {
        kind,
        value_type: value_type(found),
        presence,
        may_fail: false,
        span,
    }
}

/// Takes the id of a whole object.
pub(super) fn id_of(object: Expression) -> Expression {
    let text = ApiType {
        alternatives: vec![Alternative::Text],
        ..ApiType::default()
    };
    let span = object.span;
    reached(object, "id", &text, span)
}

/// What a name leads to in an answer.
enum Found {
    Member(ApiType),
    /// Nothing is known of what is inside.
    Anything,
    /// The object is there as its id only.
    OnlyAnId,
    NoMembers,
    Unknown(Vec<&'static str>),
}

fn find_member(api: &ApiType, name: &str, catalog: &'static Catalog) -> Found {
    let mut known: Vec<&'static str> = Vec::new();
    let mut reference = false;
    let mut object = false;
    for alternative in &api.alternatives {
        let shape = match alternative {
            Alternative::Any => return Found::Anything,
            Alternative::Map(inside) => return Found::Member((**inside).clone()),
            Alternative::Shape(shape) => *shape,
            Alternative::Object(resource) => match catalog.resource(resource) {
                Some(resource) => resource.fields,
                None => return Found::Anything,
            },
            Alternative::ListOf(resource) | Alternative::SearchOf(resource) => {
                if let Some(found) = envelope_member(resource, name) {
                    return Found::Member(found);
                }
                object = true;
                known.extend(["data", "has_more", "object", "url"]);
                continue;
            }
            Alternative::Reference(_) | Alternative::ReferenceShape(_) => {
                reference = true;
                continue;
            }
            _ => continue,
        };
        if let Some(found) = catalog.member(shape, name) {
            return Found::Member(found);
        }
        object = true;
        known.extend(catalog.members(shape).map(|(name, _)| name));
    }
    match (object, reference) {
        (true, _) => Found::Unknown(known),
        (false, true) => Found::OnlyAnId,
        (false, false) => Found::NoMembers,
    }
}

/// Gives the members that every list of Stripe's has.
fn envelope_member(resource: &'static str, name: &str) -> Option<ApiType> {
    let alternative = match name {
        "data" => Alternative::List(Box::new(ApiType {
            alternatives: vec![Alternative::Object(resource)],
            ..ApiType::default()
        })),
        "has_more" => Alternative::Boolean,
        "object" | "url" => Alternative::Text,
        _ => return None,
    };
    Some(ApiType {
        alternatives: vec![alternative],
        ..ApiType::default()
    })
}

fn item_type(api: &ApiType) -> Option<ApiType> {
    api.alternatives.iter().find_map(|alternative| match alternative {
        Alternative::List(item) => Some((**item).clone()),
        _ => None,
    })
}

/// Gives the type of a value of the language that an answer has there.
pub(super) fn value_type(api: &ApiType) -> Type {
    let types = api.alternatives.iter().map(|alternative| match alternative {
        Alternative::Text
        | Alternative::Decimal
        | Alternative::DateTime
        | Alternative::Currency
        | Alternative::Enum(_)
        | Alternative::File
        | Alternative::Unset
        | Alternative::Reference(_)
        | Alternative::ReferenceShape(_) => Type::Text,
        Alternative::Integer | Alternative::Timestamp => Type::Integer,
        Alternative::Number => Type::Decimal,
        Alternative::Boolean | Alternative::True | Alternative::False => Type::Boolean,
        Alternative::Any => Type::Any,
        Alternative::Shape(_) | Alternative::Map(_) | Alternative::ListOf(_) | Alternative::SearchOf(_) => {
            Type::Record
        }
        Alternative::List(item) => Type::List(Box::new(value_type(item))),
        Alternative::Object(resource) => Type::Object((*resource).to_owned()),
    });
    types
        .reduce(|one, other| if one == other { one } else { Type::Any })
        .unwrap_or(Type::Any)
}
