use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;

use crate::lang::program::BinaryOperator;
use crate::model::{Cell, Row, Value};

use super::batch::Prepared;
use super::bounded::{BoundedText, check_size};
use super::convert::has_unknown;
use super::fault::{Fault, Trouble, describe};
use super::functions::Call;
use super::guards::Guarded;
use super::lookups::Lookups;
use super::node::{CallNode, MatchNode, Node, Part, PluginNode};
use super::objects::Objects;
use super::operate::{Truth, equality, item, member, negate, operate};
use super::plugins::{Plugins, call_fault};

/// What an expression can see.
pub(super) struct Scope<'a> {
    /// The row whose cells columns mean: a line, or the first of the record's.
    pub(super) row: &'a Row,
    /// All lines of the record; the row alone without `group by`.
    pub(super) lines: &'a [Row],
    /// Which line it is, inside `each row`.
    pub(super) line: Option<usize>,
    /// What is known of the steps' objects.
    pub(super) objects: &'a Objects,
    /// The values that `let` bound so far.
    pub(super) locals: &'a [Value],
    pub(super) today: Date,
    pub(super) plugins: &'a dyn Plugins,
    pub(super) lookups: &'a Lookups,
    /// What guards are about; nothing elsewhere.
    pub(super) guarded: Option<&'a Guarded>,
    /// Calls that were made before, and which row of theirs this is.
    pub(super) prepared: Option<(&'a Prepared, usize)>,
}

type Evaluated<'a> = Result<Cow<'a, Value>, Trouble>;

/// Computes an expression for one row.
pub(super) fn evaluate<'a>(node: &'a Node, scope: &'a Scope<'_>) -> Evaluated<'a> {
    match node {
        Node::Literal(value) => Ok(Cow::Borrowed(value)),
        Node::Column(index) => column(*index, scope),
        Node::Local(local) => Ok(borrowed_or(scope.locals.get(local.index), Value::Null)),
        Node::StepField { step, path } => {
            step_field(*step, path, scope).map_err(|fault| blame(fault, node, &[]))
        }
        Node::Interpolation(parts) => interpolation(parts, scope, node),
        Node::Call(call) => call_function(call, scope, node),
        Node::PluginCall(call) => plugin_call(call, scope, node),
        Node::Missing(name) => Err(blame(
            Fault::new(format!("there is no function `{name}`")),
            node,
            &[],
        )),
        Node::Binary(operator, sides) => binary(*operator, sides, scope, node),
        Node::Negate(value) => {
            let negated = negate(&*evaluate(value, scope)?);
            negated.map(Cow::Owned).map_err(|fault| blame(fault, value, &[]))
        }
        Node::Not(value) => Ok(Cow::Owned(truth(value, scope)?.not().into())),
        Node::IsEmpty { value, negated } => {
            let value = evaluate(value, scope)?;
            let truth = if *value == Value::Unknown {
                Truth::Unknown
            } else {
                Truth::from(value.is_empty())
            };
            Ok(Cow::Owned(if *negated { truth.not() } else { truth }.into()))
        }
        Node::If(parts) => {
            let [condition, then, otherwise] = &**parts;
            match truth(condition, scope)? {
                Truth::True => evaluate(then, scope),
                Truth::False => evaluate(otherwise, scope),
                Truth::Unknown => Ok(Cow::Owned(Value::Unknown)),
            }
        }
        Node::Match(arms) => match_arms(arms, scope),
        Node::Member(value, name) => {
            member(evaluate(value, scope)?, name).map_err(|fault| blame(fault, value, &[]))
        }
        Node::Lines(value) => sized(lines(value, scope)?, node),
        Node::Aggregate { call, value } => {
            let values = [Cow::Owned(lines(value, scope)?)];
            apply(call, &values, scope, value)
        }
        Node::Lookup(lookup) => {
            let value = evaluate(&lookup.value, scope)?;
            if has_unknown(&value) {
                return Ok(Cow::Owned(Value::Unknown));
            }
            scope
                .lookups
                .find(&lookup.source, (lookup.wanted, &value), lookup.given)
                .map(Cow::Owned)
                .map_err(|fault| blame(fault, &lookup.value, &[]))
        }
        Node::Total(index) => Ok(scope
            .guarded
            .and_then(|guarded| guarded.totals.get(*index))
            .map_or(Cow::Owned(Value::Null), Cow::Borrowed)),
        Node::PlanCount(count) => Ok(Cow::Owned(
            scope
                .guarded
                .map_or(Value::Null, |guarded| guarded.counts.value(*count)),
        )),
        Node::Item(list, index) => item(evaluate(list, scope)?, &*evaluate(index, scope)?)
            .map_err(|fault| blame(fault, node, &[&**list, &**index])),
        Node::List(items) => list(items, scope, node),
        Node::Record(members) => record(members, scope, node),
    }
}

/// Computes a value for each line, as a list.
fn lines(value: &Node, scope: &Scope<'_>) -> Result<Value, Trouble> {
    let values: Result<Vec<Value>, Trouble> = scope
        .lines
        .iter()
        .map(|line| {
            let scope = Scope {
                row: line,
                prepared: None,
                ..*scope
            };
            let found = evaluate(value, &scope).map(Cow::into_owned);
            found.map_err(|trouble| Trouble {
                line: trouble.line.or(Some(line.number)),
                ..trouble
            })
        })
        .collect();
    Ok(Value::List(values?))
}

/// Computes a condition.
pub(super) fn truth(node: &Node, scope: &Scope<'_>) -> Result<Truth, Trouble> {
    Truth::of(&*evaluate(node, scope)?).map_err(|fault| blame(fault, node, &[]))
}

/// Finds the cell to blame: the only column that the operand at fault read, or else the expression.
pub(super) fn blame(fault: Fault, node: &Node, operands: &[&Node]) -> Trouble {
    let culprit = fault
        .operand
        .and_then(|index| operands.get(index).copied())
        .unwrap_or(node);
    Trouble {
        message: fault.message,
        column: culprit.sole_column(),
        line: None,
    }
}

fn column<'a>(index: usize, scope: &'a Scope<'_>) -> Evaluated<'a> {
    match scope.row.cells.get(index) {
        Some(Cell::Value(value)) => Ok(Cow::Borrowed(value)),
        Some(Cell::Broken(text)) => Err(Trouble {
            message: text.to_string(),
            column: Some(index),
            line: None,
        }),
        None => Ok(Cow::Owned(Value::Null)),
    }
}

fn borrowed_or(value: Option<&Value>, default: Value) -> Cow<'_, Value> {
    value.map_or(Cow::Owned(default), Cow::Borrowed)
}

fn step_field<'a>(step: usize, path: &[Arc<str>], scope: &Scope<'a>) -> Result<Cow<'a, Value>, Fault> {
    let objects: &'a Objects = scope.objects;
    let Some(object) = objects.seen(step, scope.line) else {
        return Ok(Cow::Owned(Value::Unknown));
    };
    path.iter()
        .try_fold(Cow::Borrowed(object), |value, name| member(value, name))
}

fn interpolation<'a>(parts: &'a [Part], scope: &'a Scope<'_>, node: &Node) -> Evaluated<'a> {
    let mut text = BoundedText::default();
    let mut unknown = false;
    for part in parts {
        let pushed = match part {
            Part::Text(piece) => text.push(piece),
            Part::Value(value) => {
                let value = evaluate(value, scope)?;
                unknown = unknown || has_unknown(&value);
                text.push(&*value)
            }
        };
        pushed.map_err(|fault| blame(fault, node, &[]))?;
    }
    Ok(Cow::Owned(if unknown {
        Value::Unknown
    } else {
        Value::text(text.finish())
    }))
}

/// Calls a function. Up to three arguments are kept off the heap.
fn call_function<'a>(call: &'a CallNode, scope: &'a Scope<'_>, node: &Node) -> Evaluated<'a> {
    match call.arguments.as_slice() {
        [one] => apply(call, &[evaluate(one, scope)?], scope, node),
        [one, two] => apply(call, &[evaluate(one, scope)?, evaluate(two, scope)?], scope, node),
        [one, two, three] => {
            let arguments = [
                evaluate(one, scope)?,
                evaluate(two, scope)?,
                evaluate(three, scope)?,
            ];
            apply(call, &arguments, scope, node)
        }
        several => {
            let arguments: Vec<_> = several
                .iter()
                .map(|argument| evaluate(argument, scope))
                .collect::<Result<_, _>>()?;
            apply(call, &arguments, scope, node)
        }
    }
}

fn apply<'a>(
    call: &'a CallNode,
    arguments: &[Cow<'_, Value>],
    scope: &Scope<'_>,
    node: &Node,
) -> Evaluated<'a> {
    Call {
        function: call.function,
        arguments,
        pattern: call.pattern.as_ref(),
        today: scope.today,
    }
    .apply()
    .map(Cow::Owned)
    .map_err(|fault| {
        let operands: Vec<&Node> = call.arguments.iter().collect();
        blame(fault, node, &operands)
    })
}

/// Calls a plugin, unless an argument is not known yet.
fn plugin_call<'a>(call: &'a PluginNode, scope: &'a Scope<'_>, node: &Node) -> Evaluated<'a> {
    let prepared = scope
        .prepared
        .and_then(|(prepared, row)| prepared.result(call, row));
    if let Some(Ok(value)) = prepared {
        return sized(value.clone(), node);
    }
    let arguments: Vec<Value> = call
        .arguments
        .iter()
        .map(|argument| evaluate(argument, scope).map(Cow::into_owned))
        .collect::<Result<_, _>>()?;
    if arguments.iter().any(has_unknown) {
        return Ok(Cow::Owned(Value::Unknown));
    }
    let result = match prepared {
        Some(result) => result.clone(),
        None => scope.plugins.call(&call.plugin, call.index, &arguments),
    };
    let value = result.map_err(|reason| blame(call_fault(call, &arguments, &reason), node, &[]))?;
    sized(value, node)
}

fn binary<'a>(
    operator: BinaryOperator,
    sides: &'a [Node; 2],
    scope: &'a Scope<'_>,
    node: &Node,
) -> Evaluated<'a> {
    let [left, right] = sides;
    match operator {
        BinaryOperator::And => logic(left, right, Truth::False, scope),
        BinaryOperator::Or => logic(left, right, Truth::True, scope),
        BinaryOperator::Otherwise => {
            let value = evaluate(left, scope)?;
            if value.is_empty() {
                evaluate(right, scope)
            } else {
                Ok(value)
            }
        }
        _ => operate(operator, &*evaluate(left, scope)?, &*evaluate(right, scope)?)
            .map(Cow::Owned)
            .map_err(|fault| blame(fault, node, &[left, right])),
    }
}

/// Computes `and` and `or`: a side that is `decisive` settles it, whatever the other is.
fn logic<'a>(left: &'a Node, right: &'a Node, decisive: Truth, scope: &'a Scope<'_>) -> Evaluated<'a> {
    let truth = match truth(left, scope)? {
        decided if decided == decisive => decided,
        // The right side may only make sense when the left holds, so its trouble is not one yet.
        Truth::Unknown => match truth(right, scope) {
            Ok(decided) if decided == decisive => decided,
            _ => Truth::Unknown,
        },
        Truth::True | Truth::False => truth(right, scope)?,
    };
    Ok(Cow::Owned(truth.into()))
}

fn match_arms<'a>(arms: &'a MatchNode, scope: &'a Scope<'_>) -> Evaluated<'a> {
    let subject = evaluate(&arms.subject, scope)?;
    for (patterns, value) in &arms.arms {
        for pattern in patterns {
            match equality(&subject, &*evaluate(pattern, scope)?) {
                Truth::True => return evaluate(value, scope),
                Truth::Unknown => return Ok(Cow::Owned(Value::Unknown)),
                Truth::False => {}
            }
        }
    }
    match &arms.otherwise {
        Some(otherwise) => evaluate(otherwise, scope),
        None if *subject == Value::Unknown => Ok(Cow::Owned(Value::Unknown)),
        None => Err(blame(
            Fault::new(format!("no arm of `match` takes {}", describe(&subject))),
            &arms.subject,
            &[],
        )),
    }
}

fn list<'a>(items: &'a [Node], scope: &'a Scope<'_>, node: &Node) -> Evaluated<'a> {
    let items = items
        .iter()
        .map(|item| evaluate(item, scope).map(Cow::into_owned))
        .collect::<Result<_, _>>()?;
    sized(Value::List(items), node)
}

fn record<'a>(members: &'a [(Arc<str>, Node)], scope: &'a Scope<'_>, node: &Node) -> Evaluated<'a> {
    let members: BTreeMap<String, Value> = members
        .iter()
        .map(|(name, member)| Ok((name.to_string(), evaluate(member, scope)?.into_owned())))
        .collect::<Result<_, _>>()?;
    sized(Value::Record(members), node)
}

fn sized<'a>(value: Value, node: &Node) -> Evaluated<'a> {
    check_size(&value).map_err(|fault| blame(fault, node, &[]))?;
    Ok(Cow::Owned(value))
}

#[cfg(test)]
mod tests;
