//! Flows for the tests of this room: made by hand from expressions of literals, columns and calls.

use std::sync::Arc;

use crate::catalog::{ApiType, Catalog, OperationKind};
use crate::diag::{Sources, Span};
use crate::lang::program::{
    BinaryOperator, Binding, Expression, ExpressionKind, Flow, Fragment, Statement, Step, StepKind,
};
use crate::model::{Cell, Header, Row, Type, Value};

use super::evaluator::{Clock, Evaluator};
use super::functions;

pub(super) fn span() -> Span {
    let file = Sources::default().add("test.flow", "");
    Span {
        file,
        start: 0,
        end: 0,
    }
}

pub(super) fn expression(kind: ExpressionKind) -> Expression {
    Expression {
        kind,
        value_type: Type::Any,
        span: span(),
    }
}

pub(super) fn literal(value: impl Into<Literal>) -> Expression {
    expression(ExpressionKind::Literal(value.into().0))
}

pub(super) struct Literal(Value);

impl From<Value> for Literal {
    fn from(value: Value) -> Self {
        Literal(value)
    }
}

impl From<&str> for Literal {
    fn from(text: &str) -> Self {
        Literal(Value::text(text))
    }
}

impl From<i64> for Literal {
    fn from(integer: i64) -> Self {
        Literal(Value::Integer(integer))
    }
}

impl From<bool> for Literal {
    fn from(flag: bool) -> Self {
        Literal(Value::Boolean(flag))
    }
}

/// A column by its place: `A` is 0.
pub(super) fn column(index: usize) -> Expression {
    expression(ExpressionKind::Column {
        index,
        name: Arc::from(format!("Column {index}")),
    })
}

/// A field of what an earlier step's object has.
pub(super) fn answer(step: usize, path: &[&str]) -> Expression {
    expression(ExpressionKind::StepField {
        step,
        path: path.iter().map(|name| Arc::from(*name)).collect(),
    })
}

pub(super) fn local(index: usize) -> Expression {
    expression(ExpressionKind::Local(index))
}

pub(super) fn call(name: &str, arguments: Vec<Expression>) -> Expression {
    let function = functions::find(name).unwrap_or_else(|| panic!("there is a function {name}"));
    expression(ExpressionKind::Call {
        function: function.signature.name,
        arguments,
    })
}

pub(super) fn binary(left: Expression, operator: BinaryOperator, right: Expression) -> Expression {
    expression(ExpressionKind::Binary(operator, Box::new(left), Box::new(right)))
}

pub(super) fn interpolation(values: Vec<Expression>) -> Expression {
    expression(ExpressionKind::Interpolation(
        values.into_iter().map(Fragment::Value).collect(),
    ))
}

pub(super) fn require(condition: Expression, otherwise: &str) -> Statement {
    Statement::Require {
        condition,
        otherwise: literal(otherwise),
    }
}

/// A step that makes an object, with the catalogue's own types for its bindings.
pub(super) fn create(index: usize, resource: &str, bindings: Vec<(&str, Expression)>) -> Statement {
    let resource = Catalog::embedded()
        .resource(resource)
        .expect("the resource exists");
    Statement::Step(Step {
        index,
        name: Arc::from(resource.name),
        kind: StepKind::Create,
        resource: resource.name,
        matching: None,
        bindings: bindings
            .into_iter()
            .map(|(name, value)| Binding {
                name: name.to_owned(),
                create_type: Some(parameter(resource.name, name)),
                update_type: None,
                max_length: None,
                value,
                span: span(),
            })
            .collect(),
        span: span(),
    })
}

/// Finds the type of a parameter by its form name.
pub(super) fn parameter(resource: &str, name: &str) -> ApiType {
    use crate::catalog::Alternative;
    let catalog = Catalog::embedded();
    let create = catalog
        .resource(resource)
        .and_then(|resource| resource.operation(OperationKind::Create))
        .expect("it can be created");
    let mut parts = name.split('[').map(|part| part.trim_end_matches(']'));
    let first = parts.next().expect("a name has a first part");
    let mut found = catalog
        .member(create.params.expect("it takes parameters"), first)
        .expect("the parameter exists");
    for part in parts {
        found = found
            .alternatives
            .iter()
            .find_map(|alternative| match alternative {
                Alternative::Shape(shape) => catalog.member(*shape, part),
                Alternative::Map(item) | Alternative::List(item) => Some((**item).clone()),
                _ => None,
            })
            .expect("the member exists");
    }
    found
}

/// Makes an evaluator of statements over a sheet with columns A to F.
pub(super) fn evaluator(body: Vec<Statement>) -> Evaluator {
    keyed_evaluator(None, Vec::new(), body)
}

pub(super) fn keyed_evaluator(
    filter: Option<Expression>,
    key: Vec<Expression>,
    body: Vec<Statement>,
) -> Evaluator {
    let locals = body
        .iter()
        .filter(|statement| matches!(statement, Statement::Let { .. }))
        .count();
    let flow = Flow {
        name: Arc::from("test"),
        description: None,
        account: None,
        source: Arc::from("sheet"),
        filter,
        key,
        body,
        locals,
        hash: String::new(),
        span: span(),
    };
    let header = Header {
        file: Arc::from("book.xlsx"),
        sheet: Some(Arc::from("Sheet1")),
        columns: ["A", "B", "C", "D", "E", "F"].map(Arc::from).to_vec(),
        positions: (0..6).collect(),
        row: 1,
    };
    Evaluator::new(Arc::new(flow), Arc::new(header), clock())
}

pub(super) fn clock() -> Clock {
    Clock {
        today: jiff::civil::date(2026, 1, 31),
    }
}

/// Row 2 of the sheet.
pub(super) fn row<const WIDTH: usize>(values: [Value; WIDTH]) -> Row {
    Row {
        number: 2,
        cells: values.map(Cell::Value).to_vec(),
    }
}
