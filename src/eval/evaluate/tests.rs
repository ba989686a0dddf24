use proptest::prelude::{prop_assert, proptest};

use super::{Scope, evaluate};
use crate::eval::compile::compile;
use crate::eval::plugins::NoPlugins;
use crate::eval::testing::{
    answer, any_value, binary, column, expression, interpolation, literal, row, today,
};
use crate::eval::{Lookups, Objects};
use crate::lang::program::{BinaryOperator, Expression, ExpressionKind, MatchArm, UnaryOperator};
use crate::model::Value;

/// Evaluates over the row `12`, `"abc"`, nothing; shows the value, or what is wrong after `error: `.
fn value_of(tested: &Expression) -> String {
    value_with(tested, &[])
}

fn value_with(tested: &Expression, objects: &[Option<Value>]) -> String {
    let row = row([Value::Integer(12), Value::text("abc"), Value::Null]);
    let mut known = Objects::default();
    for (step, object) in objects.iter().enumerate() {
        if let Some(object) = object {
            known.set(step, None, object.clone());
        }
    }
    let scope = Scope {
        row: &row,
        lines: &[],
        line: None,
        objects: &known,
        locals: &[],
        lookups: &Lookups::default(),
        guarded: None,
        today: today(),
        plugins: &NoPlugins,
        prepared: None,
    };
    let node = compile(tested);
    match evaluate(&node, &scope) {
        Ok(value) => format!("{} {value}", value.type_of()),
        Err(trouble) => format!("error: {}", trouble.message),
    }
}

fn unknown() -> Expression {
    answer(0, &["id"])
}

fn null() -> Expression {
    literal(Value::Null)
}

fn not(value: Expression) -> Expression {
    expression(ExpressionKind::Unary(UnaryOperator::Not, Box::new(value)))
}

fn choose(condition: Expression, then: Expression, otherwise: Expression) -> Expression {
    expression(ExpressionKind::If {
        condition: Box::new(condition),
        then: Box::new(then),
        otherwise: Box::new(otherwise),
    })
}

const UNKNOWN: &str = "any value (known after apply)";

#[test]
fn arithmetic_with_nothing_is_nothing() {
    assert_eq!(
        value_of(&binary(column(0), BinaryOperator::Add, column(2))),
        "null "
    );
    assert_eq!(
        value_of(&binary(literal(" "), BinaryOperator::Multiply, literal(2))),
        "null "
    );
}

#[test]
fn text_is_added_when_it_is_a_number_and_never_joined() {
    assert_eq!(
        value_of(&binary(literal("1.50"), BinaryOperator::Add, literal("2"))),
        "decimal 3.50"
    );
    assert_eq!(
        value_of(&binary(column(1), BinaryOperator::Add, literal("def"))),
        "error: `+` adds numbers, and `abc` is none; text is joined as in \"{First} {Last}\""
    );
    assert_eq!(
        value_of(&binary(column(1), BinaryOperator::Subtract, literal(1))),
        "error: `abc` is not a number"
    );
}

#[test]
fn an_unknown_side_is_passed_over_when_it_cannot_matter() {
    let (yes, no) = (|| literal(true), || literal(false));
    for (tested, expected) in [
        (binary(no(), BinaryOperator::And, unknown()), "boolean false"),
        (binary(unknown(), BinaryOperator::And, no()), "boolean false"),
        (binary(yes(), BinaryOperator::And, unknown()), UNKNOWN),
        (binary(unknown(), BinaryOperator::Or, yes()), "boolean true"),
        (binary(no(), BinaryOperator::Or, unknown()), UNKNOWN),
        (choose(yes(), literal(1), unknown()), "integer 1"),
        (choose(unknown(), literal(1), literal(2)), UNKNOWN),
        (
            binary(literal("a"), BinaryOperator::Otherwise, unknown()),
            "text a",
        ),
        (
            binary(unknown(), BinaryOperator::Otherwise, literal("a")),
            UNKNOWN,
        ),
        (binary(unknown(), BinaryOperator::Equal, null()), UNKNOWN),
        (binary(unknown(), BinaryOperator::Add, literal(1)), UNKNOWN),
        (interpolation(vec![literal("x"), unknown()]), UNKNOWN),
        (not(unknown()), UNKNOWN),
    ] {
        assert_eq!(value_of(&tested), expected);
    }
}

#[test]
fn the_right_side_of_and_is_not_looked_at_when_the_left_is_false() {
    let trouble = || binary(column(1), BinaryOperator::Greater, literal(1));
    assert_eq!(
        value_of(&binary(null(), BinaryOperator::And, trouble())),
        "boolean false"
    );
    assert_eq!(
        value_of(&binary(unknown(), BinaryOperator::And, trouble())),
        UNKNOWN
    );
    assert_eq!(
        value_of(&binary(literal(true), BinaryOperator::And, trouble())),
        "error: `abc` is not a number"
    );
}

#[test]
fn nothing_counts_as_false_and_text_is_no_condition() {
    assert_eq!(value_of(&not(column(2))), "boolean true");
    assert_eq!(value_of(&choose(column(2), literal(1), literal(2))), "integer 2");
    assert!(value_of(&not(column(1))).starts_with("error: `abc` is text, not true or false"));
}

#[test]
fn comparison_with_nothing_is_nothing_but_equality_answers() {
    assert_eq!(
        value_of(&binary(column(2), BinaryOperator::Less, literal(1))),
        "null "
    );
    assert_eq!(
        value_of(&binary(column(2), BinaryOperator::Equal, null())),
        "boolean true"
    );
    assert_eq!(
        value_of(&binary(column(0), BinaryOperator::NotEqual, null())),
        "boolean true"
    );
}

#[test]
fn in_finds_equal_items_and_is_unknown_only_when_none_is_known() {
    let list = |items| expression(ExpressionKind::List(items));
    let within = |item, items| binary(item, BinaryOperator::In, list(items));
    assert_eq!(
        value_of(&within(column(0), vec![literal("12.0"), unknown()])),
        "boolean true"
    );
    assert_eq!(
        value_of(&within(column(0), vec![literal(13), unknown()])),
        UNKNOWN
    );
    assert_eq!(value_of(&within(column(0), vec![literal(13)])), "boolean false");
    assert_eq!(
        value_of(&binary(column(0), BinaryOperator::NotIn, literal("abc"))),
        "error: `abc` is not a list"
    );
}

#[test]
fn match_takes_the_first_arm_that_equals() {
    let arms = |otherwise: Option<Expression>| {
        expression(ExpressionKind::Match {
            subject: Box::new(column(1)),
            arms: vec![
                MatchArm {
                    patterns: vec![literal("x"), literal("y")],
                    value: literal(1),
                },
                MatchArm {
                    patterns: vec![literal("z")],
                    value: literal(2),
                },
            ],
            otherwise: otherwise.map(Box::new),
        })
    };
    assert_eq!(value_of(&arms(Some(literal(3)))), "integer 3");
    assert_eq!(value_of(&arms(None)), "error: no arm of `match` takes `abc`");
}

#[test]
fn members_and_items_that_are_not_there_are_nothing() {
    let record = || expression(ExpressionKind::Record(vec![("a".into(), literal(1))]));
    let member = |name: &str| expression(ExpressionKind::Member(Box::new(record()), name.into()));
    assert_eq!(value_of(&member("a")), "integer 1");
    assert_eq!(value_of(&member("b")), "null ");
    let list = || expression(ExpressionKind::List(vec![literal("x"), unknown()]));
    let item = |index| expression(ExpressionKind::Item(Box::new(list()), Box::new(literal(index))));
    assert_eq!(value_of(&item(0)), "text x");
    assert_eq!(value_of(&item(1)), UNKNOWN);
    assert_eq!(value_of(&item(2)), "null ");
    assert_eq!(value_of(&item(-1)), "null ");
    let of_text = expression(ExpressionKind::Member(Box::new(column(1)), "a".into()));
    assert_eq!(value_of(&of_text), "error: `abc` has no member `a`");
}

#[test]
fn answers_are_read_along_their_path() {
    let object = Value::from_json(&serde_json::json!({ "id": "in_1", "customer": { "name": "Ann" } }));
    let objects = [Some(object)];
    assert_eq!(
        value_with(&answer(0, &["customer", "name"]), &objects),
        "text Ann"
    );
    assert_eq!(value_with(&answer(0, &["total"]), &objects), "null ");
    assert_eq!(value_with(&answer(1, &["id"]), &objects), UNKNOWN);
    assert_eq!(
        value_with(&answer(0, &["id", "name"]), &objects),
        "error: `in_1` has no member `name`"
    );
}

#[test]
fn interpolation_writes_values_as_they_read() {
    let amount = literal(Value::Decimal("12.50".parse().expect("a decimal")));
    let day = literal(Value::Date(jiff::civil::date(2026, 1, 31)));
    assert_eq!(
        value_of(&interpolation(vec![amount, literal(" on "), day, column(2)])),
        "text 12.50 on 2026-01-31"
    );
}

#[test]
fn text_that_doubles_is_stopped() {
    let long = "x".repeat(600_000);
    let doubled = interpolation(vec![literal(long.as_str()), literal(long.as_str())]);
    assert!(value_of(&doubled).starts_with("error: the text would be longer"));
}

proptest! {
    #[test]
    fn every_operator_takes_any_values(left in any_value(), right in any_value()) {
        for operator in [
            BinaryOperator::Add,
            BinaryOperator::Subtract,
            BinaryOperator::Multiply,
            BinaryOperator::Divide,
            BinaryOperator::Remainder,
            BinaryOperator::Equal,
            BinaryOperator::NotEqual,
            BinaryOperator::Less,
            BinaryOperator::LessOrEqual,
            BinaryOperator::Greater,
            BinaryOperator::GreaterOrEqual,
            BinaryOperator::And,
            BinaryOperator::Or,
            BinaryOperator::In,
            BinaryOperator::NotIn,
            BinaryOperator::Otherwise,
        ] {
            let tested = binary(literal(left.clone()), operator, literal(right.clone()));
            prop_assert!(!value_of(&tested).is_empty());
        }
        let item = ExpressionKind::Item(Box::new(literal(left.clone())), Box::new(literal(right)));
        prop_assert!(!value_of(&expression(item)).is_empty());
        let negated = ExpressionKind::Unary(UnaryOperator::Negate, Box::new(literal(left)));
        prop_assert!(!value_of(&expression(negated)).is_empty());
    }
}
