//! Whether a value can be what a field takes. Only what is sure to be wrong is reported; the rest is
//! known with the row.

use crate::catalog::{Alternative, ApiType, Catalog};
use crate::diag::Diagnostic;
use crate::lang::codes::types as codes;
use crate::lang::program::{BinaryOperator, Expression, ExpressionKind};
use crate::model::{Currency, Decimal, Type, Value};

use super::expression::shown;
use super::{Context, listed, with_nearest};

/// Checks every value that an expression can end in: the branches of `if` and `match`, both sides of `??`.
pub(super) fn check(value: &Expression, api: &ApiType, field: &str, context: &mut Context) {
    match &value.kind {
        ExpressionKind::If { then, otherwise, .. } => {
            check(then, api, field, context);
            check(otherwise, api, field, context);
        }
        ExpressionKind::Match { arms, otherwise, .. } => {
            for arm in arms {
                check(&arm.value, api, field, context);
            }
            if let Some(otherwise) = otherwise {
                check(otherwise, api, field, context);
            }
        }
        ExpressionKind::Binary(BinaryOperator::Otherwise, left, right) => {
            check(left, api, field, context);
            check(right, api, field, context);
        }
        ExpressionKind::Literal(Value::Null | Value::Unknown) => {}
        _ => {
            if !api
                .alternatives
                .iter()
                .any(|alternative| fits(value, alternative, context.catalog()))
            {
                let problem = misfit(value, api, field, context.catalog());
                context.report(problem);
            }
        }
    }
}

fn fits(value: &Expression, alternative: &Alternative, catalog: &Catalog) -> bool {
    match &value.kind {
        ExpressionKind::Literal(literal) => literal_fits(literal, alternative, catalog),
        _ => type_fits(&value.value_type, alternative),
    }
}

fn literal_fits(literal: &Value, alternative: &Alternative, catalog: &Catalog) -> bool {
    let text = match literal {
        // Empty text is an empty value, and clears the field or sends nothing.
        Value::Text(text) if text.trim().is_empty() => return true,
        Value::Text(text) => &**text,
        Value::Decimal(decimal) if matches!(alternative, Alternative::Timestamp) => {
            return decimal.fract().is_zero();
        }
        other => {
            return match alternative {
                Alternative::Enum(index) => catalog.enum_values(*index).contains(&&*other.to_string()),
                _ => type_fits(&other.type_of(), alternative),
            };
        }
    };
    match alternative {
        Alternative::Enum(index) => catalog.enum_values(*index).contains(&text),
        // Capitals are made small when the value is sent.
        Alternative::Currency => Currency::parse(text).is_ok(),
        Alternative::Integer => text.trim().parse::<i64>().is_ok(),
        Alternative::Number | Alternative::Decimal => text.trim().parse::<Decimal>().is_ok(),
        // Text is never a boolean.
        Alternative::Boolean | Alternative::True | Alternative::False => false,
        Alternative::Timestamp => {
            text.trim().parse::<i64>().is_ok()
                || text.parse::<jiff::civil::Date>().is_ok()
                || text.parse::<jiff::Timestamp>().is_ok()
        }
        Alternative::Unset => false,
        other => type_fits(&Type::Text, other),
    }
}

fn type_fits(value_type: &Type, alternative: &Alternative) -> bool {
    let any = matches!(value_type, Type::Any | Type::Null);
    any || match alternative {
        Alternative::Any => true,
        Alternative::Text => !matches!(value_type, Type::List(_) | Type::Record | Type::Object(_)),
        Alternative::Integer => matches!(value_type, Type::Integer | Type::Text),
        Alternative::Number | Alternative::Decimal => {
            matches!(value_type, Type::Integer | Type::Decimal | Type::Text)
        }
        Alternative::Boolean | Alternative::True | Alternative::False => {
            matches!(value_type, Type::Boolean)
        }
        Alternative::Timestamp => {
            matches!(value_type, Type::Integer | Type::Date | Type::Time | Type::Text)
        }
        Alternative::DateTime => matches!(value_type, Type::Date | Type::Time | Type::Text),
        Alternative::Currency => matches!(value_type, Type::Text),
        Alternative::Enum(_) => matches!(value_type, Type::Text | Type::Integer),
        Alternative::Shape(_) | Alternative::Map(_) => matches!(value_type, Type::Record),
        Alternative::List(_) => matches!(value_type, Type::List(_)),
        Alternative::File
        | Alternative::Unset
        | Alternative::Object(_)
        | Alternative::Reference(_)
        | Alternative::ReferenceShape(_)
        | Alternative::ListOf(_)
        | Alternative::SearchOf(_) => false,
    }
}

/// Says why a value fits none of the alternatives.
fn misfit(value: &Expression, api: &ApiType, field: &str, catalog: &Catalog) -> Diagnostic {
    let wants = |test: fn(&Alternative) -> bool| api.alternatives.iter().any(test);
    let literal = match &value.kind {
        ExpressionKind::Literal(Value::Text(text)) => Some(&**text),
        _ => None,
    };
    let wrong = |message: String| Diagnostic::error(&codes::WRONG_TYPE, value.span, message);
    let expected = expected(api);
    if let Type::Object(resource) = &value.value_type {
        return wrong(format!(
            "`{field}` takes {expected}, and this is the whole {resource} object"
        ))
        .with_hint("did you mean its id? Write `.id` behind it");
    }
    if let Some(text) = literal {
        if wants(|alternative| matches!(alternative, Alternative::Enum(_))) {
            return not_in_enum(text, value, api, field, catalog);
        }
        if wants(|alternative| matches!(alternative, Alternative::Currency)) {
            return Diagnostic::error(
                &codes::NOT_IN_ENUM,
                value.span,
                format!("`{text}` is no currency code"),
            )
            .labelled("expected three letters, such as `\"usd\"`");
        }
    }
    let is_decimal = value.value_type == Type::Decimal;
    if is_decimal && wants(|alternative| matches!(alternative, Alternative::Integer)) {
        return not_minor_units(value, field);
    }
    let problem = match literal {
        Some(text) => wrong(format!("`{field}` takes {expected}, and `\"{text}\"` is not")),
        None => wrong(format!(
            "`{field}` takes {expected}, and this is {}",
            shown(value)
        )),
    };
    if wants(|alternative| matches!(alternative, Alternative::Enum(_))) {
        return problem.with_note(format!("the words: {}", listed(enum_words(api, catalog))));
    }
    if let Some(text @ ("true" | "false")) = literal {
        return problem.with_hint(format!("without quotes: `{text}`"));
    }
    if wants(|alternative| matches!(alternative, Alternative::List(_))) {
        return problem.with_hint(format!("name the item: `{field}[0] = …`, or write a list: `[…]`"));
    }
    if wants(|alternative| matches!(alternative, Alternative::Shape(_))) {
        return problem.with_hint(format!("name the field inside: `{field}.… = …`"));
    }
    problem
}

fn not_in_enum(text: &str, value: &Expression, api: &ApiType, field: &str, catalog: &Catalog) -> Diagnostic {
    let known = enum_words(api, catalog);
    let words = |alternative: &Alternative| matches!(alternative, Alternative::Enum(_) | Alternative::Unset);
    let (message, others) = if api.alternatives.iter().all(words) {
        (format!("`{field}` does not take `\"{text}\"`"), "it takes")
    } else {
        let expected = expected(api);
        (
            format!("`{field}` takes {expected}, and `\"{text}\"` is not"),
            "the words",
        )
    };
    let problem = Diagnostic::error(&codes::NOT_IN_ENUM, value.span, message)
        .with_note(format!("{others}: {}", listed(known.iter().copied())));
    with_nearest(problem, text, known)
}

/// Gives the words of all enums that a field takes.
fn enum_words(api: &ApiType, catalog: &Catalog) -> Vec<&'static str> {
    api.alternatives
        .iter()
        .filter_map(|alternative| match alternative {
            Alternative::Enum(index) => Some(catalog.enum_values(*index)),
            _ => None,
        })
        .flatten()
        .copied()
        .collect()
}

fn not_minor_units(value: &Expression, field: &str) -> Diagnostic {
    let last = field.rsplit('.').next().unwrap_or(field);
    if is_money(last) {
        return Diagnostic::error(
            &codes::NOT_MINOR_UNITS,
            value.span,
            format!("`{field}` takes whole minor units, and this is a decimal"),
        )
        .with_hint("convert it: `cents(Amount, Currency)`; 12.50 USD is 1250");
    }
    Diagnostic::error(
        &codes::WRONG_TYPE,
        value.span,
        format!("`{field}` takes a whole number, and this is a decimal"),
    )
    .with_hint("say how it becomes whole: `integer(…)`, `floor(…)`, `ceil(…)` or `integer(round(…))`")
}

fn is_money(name: &str) -> bool {
    let words = ["amount", "balance", "fee", "price", "total", "up_to", "flat"];
    words.iter().any(|word| name.contains(word))
}

/// Warns of a column that is sent as minor units without a word of how it becomes so.
pub(super) fn check_minor_units(value: &Expression, api: &ApiType, field: &str, context: &mut Context) {
    let whole = api
        .alternatives
        .iter()
        .all(|alternative| matches!(alternative, Alternative::Integer | Alternative::Unset));
    let last = field.rsplit('.').next().unwrap_or(field);
    let may_be_major = matches!(value.value_type, Type::Integer | Type::Text | Type::Any);
    if !whole || !is_money(last) || !may_be_major || !is_bare_column(value) {
        return;
    }
    context.report(
        Diagnostic::warning(
            &codes::PERHAPS_NOT_MINOR_UNITS,
            value.span,
            format!("`{field}` takes minor units, and nothing says that this column holds them"),
        )
        .with_hint(
            "convert it: `cents(Amount, Currency)`; when it holds minor units already: `integer(Amount)`",
        ),
    );
}

/// Tells whether a value is made of columns by arithmetic alone.
fn is_bare_column(value: &Expression) -> bool {
    match &value.kind {
        ExpressionKind::Column { .. } => true,
        ExpressionKind::Binary(_, left, right) => is_bare_column(left) || is_bare_column(right),
        ExpressionKind::Unary(_, inner)
        | ExpressionKind::Lines(inner)
        | ExpressionKind::Aggregate { value: inner, .. }
        | ExpressionKind::Lookup { value: inner, .. } => is_bare_column(inner),
        ExpressionKind::If { then, otherwise, .. } => is_bare_column(then) || is_bare_column(otherwise),
        _ => false,
    }
}

/// Says what a field takes, in a few words.
pub(super) fn expected(api: &ApiType) -> String {
    let mut words: Vec<&str> = Vec::new();
    for alternative in &api.alternatives {
        let word = match alternative {
            Alternative::Text => "a text",
            Alternative::Integer => "a whole number",
            Alternative::Number | Alternative::Decimal => "a number",
            Alternative::Boolean => "`true` or `false`",
            Alternative::True => "`true`",
            Alternative::False => "`false`",
            Alternative::Timestamp | Alternative::DateTime => "a date",
            Alternative::Currency => "a currency code",
            Alternative::Enum(_) => "one of a few words",
            Alternative::Shape(_) | Alternative::Map(_) => "fields of its own",
            Alternative::List(_) => "a list",
            Alternative::File => "an uploaded file",
            Alternative::Unset => continue,
            Alternative::Any
            | Alternative::Object(_)
            | Alternative::Reference(_)
            | Alternative::ReferenceShape(_)
            | Alternative::ListOf(_)
            | Alternative::SearchOf(_) => "something else",
        };
        if !words.contains(&word) {
            words.push(word);
        }
    }
    if words.is_empty() {
        return "nothing but an empty text".to_owned();
    }
    words.join(" or ")
}
