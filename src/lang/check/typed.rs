//! What is known of values before any row is read.

use crate::catalog::{Alternative, ApiType};
use crate::diag::Span;
use crate::lang::program::{Expression, ExpressionKind, Presence};
use crate::model::{Type, Value};

use super::presence;

/// An expression, with Stripe's type of it where it is a part of an answer.
#[derive(Clone, Debug)]
pub(super) struct Typed {
    pub(super) expression: Expression,
    pub(super) api: Option<ApiType>,
}

impl Typed {
    pub(super) fn new(kind: ExpressionKind, value_type: Type, span: Span) -> Self {
        Typed {
            expression: Expression {
                presence: presence::of(&kind),
                may_fail: presence::may_fail(&kind, &value_type),
                kind,
                value_type,
                span,
            },
            api: None,
        }
    }

    /// Stands for what is broken and was reported: it fits everywhere, and no program is made of it.
    pub(super) fn broken(span: Span) -> Self {
        Typed::new(ExpressionKind::Literal(Value::Unknown), Type::Any, span)
    }
}

/// What Stripe answers to a step.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) value_type: Type,
    pub(super) api: Option<ApiType>,
    /// Whether there may be no answer at all.
    pub(super) presence: Presence,
}

impl Answer {
    /// An object of a resource.
    pub(super) fn object(resource: &'static str) -> Self {
        Answer {
            value_type: Type::Object(resource.to_owned()),
            api: Some(ApiType {
                alternatives: vec![Alternative::Object(resource)],
                ..ApiType::default()
            }),
            presence: Presence::Always,
        }
    }

    /// Something of which nothing is known.
    pub(super) fn anything() -> Self {
        Answer {
            value_type: Type::Any,
            api: None,
            presence: Presence::Perhaps,
        }
    }
}
