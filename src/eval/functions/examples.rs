//! The examples of all functions are tests: each is read, evaluated and compared.

use std::borrow::Cow;
use std::cell::Cell;

use proptest::collection::vec;
use proptest::prelude::{ProptestConfig, prop_assert, proptest};

use crate::eval::bounded::check_size;
use crate::eval::compile::compile;
use crate::eval::evaluate::{Scope, evaluate};
use crate::eval::testing::{any_value, call, expression, literal, today};
use crate::lang::program::{Expression, ExpressionKind};
use crate::model::{Row, Value};

use super::{Call, TABLE, find, signatures};

#[test]
fn every_example_gives_its_value() {
    let mut problems = Vec::new();
    for example in signatures().iter().flat_map(|signature| signature.examples) {
        let found = value_of(example.expression);
        let holds = match (example.value.strip_prefix("error: "), &found) {
            (Some(part), Err(message)) => message.contains(part),
            (None, Ok(value)) => value_of(example.value).is_ok_and(|expected| same(&expected, value)),
            _ => false,
        };
        if !holds {
            problems.push(format!("{} gave {found:?}", example.expression));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn the_table_is_sorted_and_complete() {
    for pair in TABLE.windows(2) {
        assert!(pair[0].signature.name < pair[1].signature.name);
    }
    for function in TABLE {
        let signature = &function.signature;
        assert!(find(signature.name).is_some(), "{}", signature.name);
        assert!(
            !signature.examples.is_empty(),
            "{} has no example",
            signature.name
        );
        assert!(signature.summary.ends_with('.'), "{}", signature.name);
        let own =
            |example: &crate::lang::Example| example.expression.contains(&format!("{}(", signature.name));
        assert!(signature.examples.iter().all(own), "{}", signature.name);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn every_function_takes_any_values(arguments in vec(any_value(), 0..=4)) {
        let borrowed: Vec<Cow<'_, Value>> = arguments.iter().map(Cow::Borrowed).collect();
        for function in TABLE {
            let result = Call {
                function,
                arguments: &borrowed,
                pattern: None,
                today: today(),
            }
            .apply();
            match result {
                Ok(value) => prop_assert!(check_size(&value).is_ok(), "{}", function.signature.name),
                Err(fault) => prop_assert!(!fault.message.is_empty() && fault.operand.is_none_or(|index| index < 4)),
            }
        }
    }
}

#[test]
fn functions_that_build_text_stop_at_the_limit() {
    let long = "x".repeat(1000);
    let wide = "y".repeat(2000);
    for (name, arguments) in [
        ("pad", vec![literal("7"), literal(i64::MAX), literal("0")]),
        (
            "replace",
            vec![literal(long.as_str()), literal("x"), literal(wide.as_str())],
        ),
        ("split", vec![literal(" ".repeat(20_000).as_str()), literal(" ")]),
    ] {
        assert!(value_at(&call(name, arguments)).is_err(), "{name}");
    }
}

/// Integers and decimals of the same digits count as the same: `3` is how a whole decimal is written.
fn same(expected: &Value, found: &Value) -> bool {
    match (expected, found) {
        (Value::Integer(integer), Value::Decimal(decimal)) => integer.to_string() == decimal.to_string(),
        _ => expected == found,
    }
}

fn value_of(text: &str) -> Result<Value, String> {
    let reader = Reader {
        text,
        position: Cell::new(0),
    };
    let expression = reader.expression();
    assert_eq!(reader.rest().trim(), "", "all of `{text}` is read");
    value_at(&expression)
}

fn value_at(expression: &Expression) -> Result<Value, String> {
    let known = crate::eval::Objects::default();
    let scope = Scope {
        row: &Row {
            number: 2,
            cells: Vec::new(),
        },
        lines: &[],
        line: None,
        objects: &known,
        locals: &[],
        lookups: &crate::eval::Lookups::default(),
        guarded: None,
        today: today(),
        plugins: &crate::eval::plugins::NoPlugins,
        prepared: None,
    };
    evaluate(&compile(expression), &scope)
        .map(Cow::into_owned)
        .map_err(|trouble| trouble.message)
}

/// Reads calls and literals: as much of the language as examples use.
struct Reader<'a> {
    text: &'a str,
    position: Cell<usize>,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.position.get()..]
    }

    fn eat(&self, mark: &str) -> bool {
        let blank = self.rest().len() - self.rest().trim_start().len();
        let found = self.rest().trim_start().starts_with(mark);
        if found {
            self.position.set(self.position.get() + blank + mark.len());
        }
        found
    }

    fn until(&self, inside: impl Fn(char) -> bool) -> &'a str {
        self.eat("");
        let rest = self.rest();
        let word = &rest[..rest.find(|letter| !inside(letter)).unwrap_or(rest.len())];
        self.position.set(self.position.get() + word.len());
        word
    }

    fn literal(&self, value: Value) -> Expression {
        expression(ExpressionKind::Literal(value))
    }

    fn expression(&self) -> Expression {
        for quote in ["\"", "'"] {
            if self.eat(quote) {
                let text = self.text_until(quote);
                return self.literal(Value::text(text));
            }
        }
        if self.eat("[") {
            return expression(ExpressionKind::List(self.items("]")));
        }
        if self.eat("{") {
            let mut members = Vec::new();
            while !self.eat("}") {
                let name = self.until(|letter| letter.is_alphanumeric() || letter == '_');
                assert!(self.eat(":"));
                members.push((name.into(), self.expression()));
                self.eat(",");
            }
            return expression(ExpressionKind::Record(members));
        }
        let word = self.until(|letter| letter.is_alphanumeric() || "_-.".contains(letter));
        if self.eat("(") {
            return call(word, self.items(")"));
        }
        self.literal(scalar(word))
    }

    fn text_until(&self, quote: &str) -> &'a str {
        let rest = self.rest();
        let end = rest.find(quote).expect("the text ends");
        self.position.set(self.position.get() + end + quote.len());
        &rest[..end]
    }

    fn items(&self, end: &str) -> Vec<Expression> {
        let mut items = Vec::new();
        while !self.eat(end) {
            items.push(self.expression());
            self.eat(",");
        }
        items
    }
}

fn scalar(word: &str) -> Value {
    match word {
        "null" => Value::Null,
        "true" => Value::Boolean(true),
        "false" => Value::Boolean(false),
        _ => word
            .parse()
            .map(Value::Integer)
            .or_else(|_| word.parse().map(Value::Date))
            .or_else(|_| word.parse().map(Value::Decimal))
            .unwrap_or_else(|_| panic!("`{word}` is a literal")),
    }
}

#[test]
fn wrong_literals_are_found_before_any_row_is_read() {
    for (name, literals, wrong) in [
        ("matches", vec!["", "("], Some(1)),
        ("extract", vec!["", "[0-9]+"], None),
        ("date", vec!["", "%d/%m/%Y"], None),
        ("date", vec!["", "%d/%m/%y %H:%M"], None),
        ("date", vec!["", "%d/%m"], Some(1)),
        ("date", vec!["", "dd/mm/yyyy"], Some(1)),
        ("format_date", vec!["", "%d.%m.%Y"], None),
        ("format_date", vec!["", "%!"], Some(1)),
        ("decimal", vec!["", "komma"], Some(1)),
        ("round", vec!["", "", "down"], Some(2)),
    ] {
        let values: Vec<Value> = literals.iter().map(|text| Value::text(*text)).collect();
        let given: Vec<Option<&Value>> = values.iter().map(Some).collect();
        let check = find(name).and_then(|function| function.signature.check_literals);
        let found = check.and_then(|check| check(&given).err());
        assert_eq!(found.map(|(index, _)| index), wrong, "{name} {literals:?}");
    }
}
