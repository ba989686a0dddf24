//! Flows for the tests of this room: made by hand from expressions of literals, columns and calls.

use std::collections::BTreeMap;
use std::sync::Arc;

use expect_test::Expect;
use proptest::prelude::{Just, Strategy, any, prop_oneof};

use crate::catalog::{ApiType, Catalog, OperationKind};
use crate::diag::{Sources, Span};
use crate::lang::program::{
    BinaryOperator, Binding, Expression, ExpressionKind, Flow, Fragment, Presence, Statement, Step,
    StepDetail, StepKind,
};
use crate::model::{Cell, Decimal, DesiredStep, Header, Rejection, Row, Type, Value};

use super::batch::Prepared;
use super::evaluator::Evaluator;
use super::functions;
use super::objects::Objects;
use super::walk::Stop;

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
        presence: Presence::Perhaps,
        may_fail: true,
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
        detail: StepDetail::None,
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
        grouping: Vec::new(),
        key,
        guards: Vec::new(),
        stop: None,
        schedules: Vec::new(),
        paused: false,
        after: Vec::new(),
        body,
        write_back: None,
        reports: Vec::new(),
        lookups: Vec::new(),
        locals,
        plugins: Vec::new(),
        hash: String::new(),
        frame: String::new(),
        span: span(),
    };
    let header = Header {
        file: Arc::from("book.xlsx"),
        sheet: Some(Arc::from("Sheet1")),
        columns: ["A", "B", "C", "D", "E", "F"].map(Arc::from).to_vec(),
        positions: (0..6).collect(),
        row: 1,
    };
    Evaluator::new(Arc::new(flow), Arc::new(header), today())
}

pub(super) fn today() -> jiff::civil::Date {
    jiff::civil::date(2026, 1, 31)
}

/// Row 2 of the sheet.
pub(super) fn row<const WIDTH: usize>(values: [Value; WIDTH]) -> Row {
    Row {
        number: 2,
        cells: values.map(Cell::Value).to_vec(),
    }
}

impl Evaluator {
    /// Evaluates all steps of a row in order; `objects` holds what is known of each step's object.
    pub(super) fn record(&self, row: &Row, objects: &[Option<Value>]) -> Result<Vec<DesiredStep>, Rejection> {
        self.prepared_record(row, objects, None)
    }

    pub(super) fn prepared_record(
        &self,
        row: &Row,
        objects: &[Option<Value>],
        prepared: Option<(&Prepared, usize)>,
    ) -> Result<Vec<DesiredStep>, Rejection> {
        let mut known = Objects::default();
        for (step, object) in objects.iter().enumerate() {
            if let Some(object) = object {
                known.set(step, None, object.clone());
            }
        }
        let mut walk = self.walk(std::slice::from_ref(row), prepared);
        let mut steps = Vec::new();
        while let Some(stop) = walk.next(&known)? {
            if let Stop::Step { desired, .. } = stop {
                steps.push(desired);
            }
        }
        Ok(steps)
    }

    /// Evaluates a row as far as one step.
    pub(super) fn step(
        &self,
        step: usize,
        row: &Row,
        objects: &[Option<Value>],
    ) -> Result<DesiredStep, Rejection> {
        let steps = self.record(row, objects)?;
        Ok(steps.into_iter().nth(step).unwrap_or_default())
    }
}

/// Shows one step of a record: its fields, what is empty, what `by` looks for; or the rejection.
#[expect(clippy::needless_pass_by_value, reason = "an expectation is written in place")]
pub(super) fn check(evaluator: &Evaluator, row: &Row, expected: Expect) {
    expected.assert_eq(&shown(evaluator.step(0, row, &[])));
}

/// Shows one step, or the rejection.
pub(super) fn shown(step: Result<DesiredStep, Rejection>) -> String {
    match step {
        Ok(step) => {
            let mut lines: Vec<String> = step
                .form
                .iter()
                .map(|(name, value)| format!("{name} = {value}"))
                .collect();
            lines.extend(step.empty.iter().map(|name| format!("{name} is empty")));
            lines.extend(step.wanted.iter().map(|wanted| format!("by {wanted}")));
            lines.join("\n")
        }
        Err(rejection) => {
            let field = rejection
                .field
                .map_or(String::new(), |field| format!(" ({field})"));
            format!("{}{field}: {}", rejection.place, rejection.message)
        }
    }
}

pub(super) fn decimal(text: &str) -> Value {
    Value::Decimal(text.parse::<Decimal>().expect("a decimal"))
}

pub(super) fn record(members: &[(&str, Value)]) -> Value {
    Value::Record(
        members
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone()))
            .collect::<BTreeMap<_, _>>(),
    )
}

/// Any value at all, with more of those that something may trip over.
pub(super) fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        Just(Value::Unknown),
        any::<bool>().prop_map(Value::Boolean),
        any::<i64>().prop_map(Value::Integer),
        (-40_i64..40).prop_map(Value::Integer),
        Just(Value::Integer(i64::MIN)),
        any_decimal().prop_map(Value::Decimal),
        any_text().prop_map(Value::text),
        (-9999_i16..=9999, 1_i8..=12, 1_i8..=28)
            .prop_map(|(year, month, day)| Value::Date(jiff::civil::date(year, month, day))),
        (-377_705_023_201_i64..=253_402_207_200).prop_filter_map("a time", |second| {
            jiff::Timestamp::from_second(second).ok().map(Value::Time)
        }),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::List),
            proptest::collection::btree_map("[a-z\\[\\]]{0,3}", inner, 0..4).prop_map(Value::Record),
        ]
    })
}

pub(super) fn any_decimal() -> impl Strategy<Value = Decimal> {
    (any::<[u32; 3]>(), any::<bool>(), 0_u32..=28).prop_map(|([low, middle, high], negative, scale)| {
        Decimal::from_parts(low, middle, high, negative, scale)
    })
}

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        ".{0,12}",
        "[ 0-9.,+-]{0,12}",
        "[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9:+Z.-]{0,12})?",
        "(%[-_0^#:]?[0-9]{0,3}[a-zA-Z%.]){0,4}",
        "[a-z()\\[\\]{}*+?|^$\\\\0-9,]{0,16}",
        Just("usd".to_owned()),
        Just("comma".to_owned()),
        Just("half_even".to_owned()),
        Just("\u{1f468}\u{200d}\u{1f469}e\u{301}\u{df}\u{130}".to_owned()),
    ]
}
