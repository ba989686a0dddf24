//! Calls of functions, with brackets or behind a bar.

use std::sync::Arc;

use crate::diag::{Diagnostic, Span};
use crate::lang::codes::{names, types as codes};
use crate::lang::forms::special_forms;
use crate::lang::program::{Expression, ExpressionKind};
use crate::lang::signature::{ParameterKind, Returns, Signature};
use crate::lang::syntax as tree;
use crate::lang::syntax::{Argument, Name};
use crate::model::{Decimal, Type, Value};

use super::expression::{Reader, shown};
use super::operators::unify;
use super::typed::Typed;
use super::with_nearest;

impl Reader<'_, '_> {
    /// Reads a call; `piped` is what stands before the bar, and the first argument then.
    pub(super) fn call(
        &mut self,
        function: &Name,
        piped: Option<&tree::Expression>,
        arguments: &[Argument],
        span: Span,
    ) -> Typed {
        if &*function.text == "lookup" {
            return self.lookup(arguments, piped, span);
        }
        let over: Vec<&tree::Expression> = piped
            .into_iter()
            .chain(arguments.iter().map(|argument| &argument.value))
            .collect();
        if let Some(found) = self.call_over_rows(function, &over, span) {
            return found;
        }
        if let Some(declared) = self.context.declared_functions.get(&function.text).cloned() {
            return self.own_function(&declared, &over, span);
        }
        let mut read: Vec<Expression> = Vec::new();
        read.extend(piped.map(|value| self.expression(value)));
        for argument in arguments {
            if let Some(label) = &argument.label {
                self.context.report(
                    Diagnostic::error(
                        &codes::ARGUMENT_COUNT,
                        label.span,
                        format!(
                            "functions take their arguments by place, so `{}:` can't stand here",
                            label.text
                        ),
                    )
                    .with_hint("leave the name out"),
                );
            }
            read.push(self.expression(&argument.value));
        }
        if let Some((plugin, called)) = function.text.split_once('.')
            && self.context.declared_plugins.contains_key(plugin)
        {
            return self.plugin_call(function, (plugin, called), read, span);
        }
        let Some(signature) = self.context.function(&function.text) else {
            self.unknown_function(function);
            return Typed::broken(span);
        };
        if !self.check_count(signature, function, read.len(), span) {
            return Typed::broken(span);
        }
        for (index, argument) in read.iter().enumerate() {
            if let Some((name, kind)) = parameter(signature, index) {
                self.check_kind(signature, name, kind, argument);
            }
        }
        self.check_literals(signature, &read);
        let value_type = returned(signature, &read);
        let kind = ExpressionKind::Call {
            function: signature.name,
            arguments: read,
        };
        Typed::new(kind, value_type, span)
    }

    fn unknown_function(&mut self, function: &Name) {
        let name = &*function.text;
        if matches!(name, "env" | "file") {
            self.context.report(
                Diagnostic::error(
                    &names::UNKNOWN_FUNCTION,
                    function.span,
                    format!("`{name}` belongs to the `key` of an account"),
                )
                .with_hint("flows are pure: the same rows give the same requests"),
            );
            return;
        }
        let problem = Diagnostic::error(
            &names::UNKNOWN_FUNCTION,
            function.span,
            format!("there is no function `{name}`"),
        );
        let functions = self.context.environment.functions;
        let own: Vec<Arc<str>> = self.context.declared_functions.keys().cloned().collect();
        let known = || {
            let own = own.iter().map(|name| &**name);
            let special = special_forms().map(|signature| signature.name);
            let known = functions.iter().map(|signature| signature.name);
            known.chain(special).chain(own)
        };
        let problem = match habit(name) {
            Some(Habit::Function(function)) if known().any(|name| name == function) => {
                problem.with_hint(format!("did you mean `{function}`?"))
            }
            Some(Habit::Other(hint)) => problem.with_hint(hint),
            Some(Habit::Function(_)) | None => with_nearest(problem, name, known()),
        };
        self.context
            .report(problem.with_note("`sheetflow functions` lists all functions"));
    }

    fn check_count(&mut self, signature: &Signature, function: &Name, found: usize, span: Span) -> bool {
        let parameters = &signature.parameters;
        let least = parameters.required.len();
        let most = least + parameters.optional.len();
        if found >= least && (found <= most || parameters.rest.is_some()) {
            return true;
        }
        let expected = match (least, most) {
            _ if parameters.rest.is_some() => format!("at least {least}"),
            (0, 0) => "no".to_owned(),
            (least, most) if least == most => least.to_string(),
            (least, most) => format!("{least} to {most}"),
        };
        let plural = if (least, most) == (1, 1) { "" } else { "s" };
        let place = if span.start == function.span.start {
            span
        } else {
            function.span
        };
        self.context.report(
            Diagnostic::error(
                &codes::ARGUMENT_COUNT,
                place,
                format!(
                    "`{}` takes {expected} argument{plural}, and gets {found}",
                    signature.name
                ),
            )
            .with_note(format!("it is used as {}", usage(signature))),
        );
        false
    }

    fn check_kind(&mut self, signature: &Signature, name: &str, kind: ParameterKind, argument: &Expression) {
        if fits(kind, argument) {
            return;
        }
        let what = match &argument.kind {
            ExpressionKind::Literal(Value::Text(text)) => format!("`\"{text}\"` is not"),
            _ => format!("this is {}", shown(argument)),
        };
        self.context.report(
            Diagnostic::error(
                &codes::WRONG_ARGUMENT,
                argument.span,
                format!(
                    "`{}` wants {} for `{name}`, and {what}",
                    signature.name,
                    wanted(kind)
                ),
            )
            .with_note(format!("it is used as {}", usage(signature))),
        );
    }

    fn check_literals(&mut self, signature: &Signature, arguments: &[Expression]) {
        let Some(check) = signature.check_literals else {
            return;
        };
        let literals: Vec<Option<&Value>> = arguments
            .iter()
            .map(|argument| match &argument.kind {
                ExpressionKind::Literal(Value::Unknown) => None,
                ExpressionKind::Literal(value) => Some(value),
                _ => None,
            })
            .collect();
        if let Err((index, message)) = check(&literals)
            && let Some(argument) = arguments.get(index)
        {
            self.context.report(Diagnostic::error(
                &codes::WRONG_ARGUMENT,
                argument.span,
                format!("`{}` can't use this: {message}", signature.name),
            ));
        }
    }
}

fn parameter(signature: &Signature, index: usize) -> Option<(&'static str, ParameterKind)> {
    let parameters = &signature.parameters;
    parameters
        .required
        .iter()
        .chain(parameters.optional)
        .nth(index)
        .copied()
        .or(parameters.rest)
}

/// Tells whether an argument may be of a kind; only what is sure to be wrong is refused.
fn fits(kind: ParameterKind, argument: &Expression) -> bool {
    if matches!(argument.value_type, Type::Any | Type::Null) {
        return true;
    }
    let literal = match &argument.kind {
        ExpressionKind::Literal(Value::Text(text)) => Some(text.trim()),
        _ => None,
    };
    let scalar = !matches!(
        argument.value_type,
        Type::List(_) | Type::Record | Type::Object(_)
    );
    match kind {
        ParameterKind::Any => true,
        ParameterKind::Text => scalar,
        ParameterKind::List => matches!(argument.value_type, Type::List(_)),
        ParameterKind::Boolean => match &argument.value_type {
            Type::Boolean => true,
            Type::Text => literal.is_none(),
            _ => false,
        },
        ParameterKind::Integer => match (&argument.kind, &argument.value_type) {
            (ExpressionKind::Literal(Value::Decimal(decimal)), _) => decimal.fract().is_zero(),
            (_, Type::Integer | Type::Decimal) => true,
            (_, Type::Text) => literal.is_none_or(|text| text.parse::<i64>().is_ok()),
            _ => false,
        },
        ParameterKind::Number => match &argument.value_type {
            Type::Integer | Type::Decimal => true,
            Type::Text => literal.is_none_or(|text| text.parse::<Decimal>().is_ok()),
            _ => false,
        },
        ParameterKind::Date | ParameterKind::DateOrTime => match &argument.value_type {
            Type::Date | Type::Time => true,
            Type::Text => literal.is_none_or(|text| {
                text.parse::<jiff::civil::Date>().is_ok() || text.parse::<jiff::Timestamp>().is_ok()
            }),
            _ => false,
        },
    }
}

fn wanted(kind: ParameterKind) -> &'static str {
    match kind {
        ParameterKind::Any => "any value",
        ParameterKind::Text => "a text",
        ParameterKind::Integer => "a whole number",
        ParameterKind::Number => "a number",
        ParameterKind::Date => "a date",
        ParameterKind::DateOrTime => "a date or a time",
        ParameterKind::Boolean => "`true` or `false`",
        ParameterKind::List => "a list",
    }
}

fn returned(signature: &Signature, arguments: &[Expression]) -> Type {
    let argument = |index: usize| {
        arguments
            .get(index)
            .map_or(Type::Any, |argument| argument.value_type.clone())
    };
    match &signature.returns {
        Returns::Type(value_type) => value_type.clone(),
        Returns::ListOf(item) => Type::List(Box::new(item.clone())),
        Returns::SameAs(index) => argument(*index),
        Returns::ItemOf(index) => match argument(*index) {
            Type::List(item) => *item,
            _ => Type::Any,
        },
        Returns::Number => arguments
            .iter()
            .map(|argument| match &argument.value_type {
                known @ (Type::Integer | Type::Decimal) => known.clone(),
                Type::List(item) if item.is_number() => (**item).clone(),
                _ => Type::Any,
            })
            .reduce(|one, other| unify(&one, &other))
            .unwrap_or(Type::Any),
    }
}

/// Writes how a function is used: `` `replace(text, old, new)` ``.
fn usage(signature: &Signature) -> String {
    let parameters = &signature.parameters;
    let mut names: Vec<String> = parameters
        .required
        .iter()
        .map(|(name, _)| (*name).to_owned())
        .collect();
    names.extend(parameters.optional.iter().map(|(name, _)| format!("[{name}]")));
    names.extend(parameters.rest.iter().map(|(name, _)| format!("{name} …")));
    format!("`{}({})`", signature.name, names.join(", "))
}

/// What a habit from elsewhere is here.
enum Habit {
    Function(&'static str),
    Other(&'static str),
}

/// What spreadsheets and other languages call a function that has another name here.
fn habit(name: &str) -> Option<Habit> {
    Some(match name.to_lowercase().replace('_', "").as_str() {
        "lowercase" | "tolower" | "tolowercase" | "lcase" | "downcase" => Habit::Function("lower"),
        "uppercase" | "toupper" | "touppercase" | "ucase" | "upcase" => Habit::Function("upper"),
        "proper" | "capitalize" | "titlecase" => Habit::Function("title"),
        "len" => Habit::Function("length"),
        "substitute" => Habit::Function("replace"),
        "vlookup" | "xlookup" => Habit::Function("lookup"),
        "avg" | "mean" => Habit::Function("average"),
        "now" => Habit::Function("today"),
        "int" => Habit::Function("integer"),
        "left" | "right" | "mid" | "substring" | "substr" => Habit::Function("slice"),
        "concat" | "concatenate" | "textjoin" => {
            Habit::Other("to join texts, write them into one: `\"{First} {Last}\"`")
        }
        "iferror" | "ifempty" | "coalesce" | "ifnull" => Habit::Other("write `Name ?? \"unknown\"`"),
        "isblank" | "isempty" => Habit::Other("write `Name is empty`"),
        _ => return None,
    })
}
