//! What may be empty, and what may fail: found from the leaves up, and from the conditions above.

use crate::lang::program::{
    BinaryOperator, Expression, ExpressionKind, Fragment, Outcome, Presence, UnaryOperator,
};
use crate::model::{Type, Value};

use super::hash;

/// Functions that give a value whatever they get.
const NEVER_EMPTY: [&str; 11] = [
    "contains",
    "count",
    "distinct",
    "ends_with",
    "is_email",
    "json",
    "length",
    "matches",
    "split",
    "starts_with",
    "today",
];

/// Functions that may give nothing although what they get is there.
const MAY_FIND_NOTHING: [&str; 11] = [
    "average", "digits", "extract", "first", "join", "last", "max", "min", "replace", "slice", "sum",
];

/// Functions that work on whatever they get.
const NEVER_FAIL: [&str; 14] = [
    "contains",
    "count",
    "digits",
    "ends_with",
    "first",
    "is_email",
    "last",
    "length",
    "lower",
    "squeeze",
    "starts_with",
    "today",
    "trim",
    "upper",
];

/// Tells whether a value may be empty; what an answer's own description says is added by its reader.
pub(super) fn of(kind: &ExpressionKind) -> Presence {
    match kind {
        ExpressionKind::Literal(Value::Unknown) => Presence::Always,
        ExpressionKind::Literal(value) => when(!is_empty(value)),
        ExpressionKind::Interpolation(fragments) => when(fragments.iter().any(|fragment| match fragment {
            Fragment::Text(text) => !text.trim().is_empty(),
            Fragment::Value(value) => value.presence == Presence::Always,
        })),
        ExpressionKind::Lines(_)
        | ExpressionKind::PlanCount(_)
        | ExpressionKind::IsEmpty { .. }
        | ExpressionKind::List(_)
        | ExpressionKind::Record(_)
        | ExpressionKind::Outcome(Outcome::Status)
        | ExpressionKind::Unary(UnaryOperator::Not, _) => Presence::Always,
        ExpressionKind::Column { .. }
        | ExpressionKind::Local(_)
        | ExpressionKind::StepField { .. }
        | ExpressionKind::Outcome(_)
        | ExpressionKind::Lookup { .. }
        | ExpressionKind::PluginCall { .. }
        | ExpressionKind::Item(..) => Presence::Perhaps,
        ExpressionKind::Member(value, _) => value.presence.max(Presence::Perhaps),
        ExpressionKind::Aggregate { function, value } => match function.as_str() {
            "count" => Presence::Always,
            _ => value.presence,
        },
        ExpressionKind::Call { function, .. } if NEVER_EMPTY.contains(function) => Presence::Always,
        ExpressionKind::Call { function, arguments } if MAY_FIND_NOTHING.contains(function) => {
            most(arguments).max(Presence::Perhaps)
        }
        ExpressionKind::Call { arguments, .. } => most(arguments),
        ExpressionKind::Unary(UnaryOperator::Negate, value) => value.presence,
        ExpressionKind::Binary(operator, left, right) => between(*operator, left, right),
        ExpressionKind::If { then, otherwise, .. } => then.presence.max(otherwise.presence),
        ExpressionKind::Match { arms, otherwise, .. } => {
            let values = arms.iter().map(|arm| arm.value.presence);
            let otherwise = otherwise.iter().map(|value| value.presence);
            values.chain(otherwise).max().unwrap_or(Presence::Always)
        }
    }
}

/// Tells whether computing a value may reject the row.
pub(super) fn may_fail(kind: &ExpressionKind, value_type: &Type) -> bool {
    let itself = match kind {
        // Every cell of delimited text is a text; others may hold what can't be read.
        ExpressionKind::Column { .. } | ExpressionKind::Lookup { .. } => *value_type != Type::Text,
        ExpressionKind::Call { function, .. } => !NEVER_FAIL.contains(function),
        ExpressionKind::PluginCall { .. } | ExpressionKind::Aggregate { .. } => true,
        ExpressionKind::Match { otherwise, .. } => otherwise.is_none(),
        // Sums and products of any numbers may leave what decimals can hold.
        ExpressionKind::Binary(operator, ..) => matches!(
            operator,
            BinaryOperator::Add
                | BinaryOperator::Subtract
                | BinaryOperator::Multiply
                | BinaryOperator::Divide
                | BinaryOperator::Remainder
        ),
        ExpressionKind::Unary(operator, value) => {
            *operator == UnaryOperator::Negate && !value.value_type.is_number()
        }
        _ => false,
    };
    itself || kind.children().into_iter().any(|child| child.may_fail)
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Text(text) => text.trim().is_empty(),
        _ => false,
    }
}

fn when(present: bool) -> Presence {
    match present {
        true => Presence::Always,
        false => Presence::Perhaps,
    }
}

fn most(values: &[Expression]) -> Presence {
    values
        .iter()
        .map(|value| value.presence)
        .max()
        .unwrap_or(Presence::Always)
}

fn between(operator: BinaryOperator, left: &Expression, right: &Expression) -> Presence {
    match operator {
        BinaryOperator::Otherwise => left.presence.min(right.presence),
        BinaryOperator::And
        | BinaryOperator::Or
        | BinaryOperator::Equal
        | BinaryOperator::NotEqual
        | BinaryOperator::In
        | BinaryOperator::NotIn => Presence::Always,
        BinaryOperator::Add
        | BinaryOperator::Subtract
        | BinaryOperator::Multiply
        | BinaryOperator::Divide
        | BinaryOperator::Remainder
        | BinaryOperator::Less
        | BinaryOperator::LessOrEqual
        | BinaryOperator::Greater
        | BinaryOperator::GreaterOrEqual => left.presence.max(right.presence),
    }
}

/// What conditions have shown to be there, in the form in which two expressions are the same.
#[derive(Debug, Default)]
pub(super) struct Filled(Vec<String>);

impl Filled {
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Forgets what was learned behind a mark.
    pub(super) fn truncate(&mut self, len: usize) {
        self.0.truncate(len);
    }

    /// Forgets what was learned of a step's object, which is read again.
    pub(super) fn forget(&mut self, step: usize) {
        let of_step = format!("step{step}[");
        for known in self.0.iter_mut().filter(|known| known.contains(&of_step)) {
            // Places of the others stay, for marks name them.
            known.clear();
        }
    }

    /// Takes what is there when a condition holds, or does not.
    pub(super) fn learn(&mut self, condition: &Expression, holds: bool) {
        match &condition.kind {
            ExpressionKind::IsEmpty { value, negated } if *negated == holds => self.add(value),
            ExpressionKind::Unary(UnaryOperator::Not, inner) => self.learn(inner, !holds),
            ExpressionKind::Binary(BinaryOperator::And, left, right) if holds => {
                self.learn(left, true);
                self.learn(right, true);
            }
            ExpressionKind::Binary(BinaryOperator::Or, left, right) if !holds => {
                self.learn(left, false);
                self.learn(right, false);
            }
            ExpressionKind::Binary(BinaryOperator::Equal, left, right)
                if holds && right.presence == Presence::Always =>
            {
                self.add(left);
            }
            _ => {}
        }
    }

    /// Adds a value, and what it is a part of: without the object there would be no field.
    fn add(&mut self, value: &Expression) {
        self.0.push(hash::expression(value));
        if let ExpressionKind::StepField { step, path } = &value.kind {
            for length in 0..path.len() {
                let holder = ExpressionKind::StepField {
                    step: *step,
                    path: path.iter().take(length).cloned().collect(),
                };
                self.0.push(hash::expression(&Expression {
                    kind: holder,
                    ..value.clone()
                }));
            }
        }
    }

    /// Takes the doubt from a value that was shown to be there.
    pub(super) fn narrow(&self, value: &mut Expression) {
        if value.presence != Presence::Always
            && !self.0.is_empty()
            && self.0.contains(&hash::expression(value))
        {
            value.presence = Presence::Always;
        }
    }
}
