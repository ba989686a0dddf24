//! Values and stages of pipes as a flow would write them.

use crate::diag::Sources;
use crate::eval::Stage;
use crate::lang::program::{BinaryOperator, Expression, ExpressionKind};
use crate::model::Value;

use super::failure::ShownStage;

/// Writes a value as a flow would; what can't be seen in a text is escaped.
pub(super) fn shown(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Text(text) => format!("{text:?}"),
        Value::List(items) => {
            let items: Vec<String> = items.iter().map(shown).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Record(members) => {
            let members = members
                .iter()
                .map(|(name, value)| format!("{name}: {}", shown(value)));
            format!("{{ {} }}", members.collect::<Vec<_>>().join(", "))
        }
        Value::Unknown => "what only Stripe can answer".to_owned(),
        Value::Boolean(_) | Value::Integer(_) | Value::Decimal(_) | Value::Date(_) | Value::Time(_) => {
            value.to_string()
        }
    }
}

/// Shows the stages of a pipe; none for what is no pipe.
pub(super) fn shown_stages(stages: &[Stage<'_>], texts: &Sources) -> Vec<ShownStage> {
    if stages.len() < 2 {
        return Vec::new();
    }
    let stages = stages.iter().enumerate();
    let shown = stages.map(|(index, stage)| ShownStage {
        text: match index {
            0 => texts.slice(stage.expression.span).to_owned(),
            _ => call_text(stage.expression, texts),
        },
        value: match &stage.value {
            Ok(value) => shown(value),
            Err(message) => format!("no value: {message}"),
        },
    });
    shown.collect()
}

/// Writes a call as it stands behind a bar.
fn call_text(expression: &Expression, texts: &Sources) -> String {
    let (name, arguments) = match &expression.kind {
        ExpressionKind::Call { function, arguments } => ((*function).to_owned(), arguments),
        ExpressionKind::PluginCall {
            plugin,
            function,
            arguments,
            ..
        } => (format!("{plugin}.{function}"), arguments),
        _ => return texts.slice(expression.span).to_owned(),
    };
    let others: Vec<&str> = arguments
        .iter()
        .skip(1)
        .map(|argument| texts.slice(argument.span))
        .collect();
    match others.is_empty() {
        true => name,
        false => format!("{name}({})", others.join(", ")),
    }
}

/// Gives the sign of a comparison; none for other operators.
pub(super) fn comparison(operator: BinaryOperator) -> Option<&'static str> {
    match operator {
        BinaryOperator::Equal => Some(""),
        BinaryOperator::NotEqual => Some("anything but "),
        BinaryOperator::Less => Some("less than "),
        BinaryOperator::LessOrEqual => Some("at most "),
        BinaryOperator::Greater => Some("more than "),
        BinaryOperator::GreaterOrEqual => Some("at least "),
        BinaryOperator::In => Some("one of "),
        BinaryOperator::NotIn => Some("none of "),
        BinaryOperator::Add
        | BinaryOperator::Subtract
        | BinaryOperator::Multiply
        | BinaryOperator::Divide
        | BinaryOperator::Remainder
        | BinaryOperator::And
        | BinaryOperator::Or
        | BinaryOperator::Otherwise => None,
    }
}
