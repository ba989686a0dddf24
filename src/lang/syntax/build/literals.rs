//! The smallest parts of expressions: literals, texts with values in them, calls, lists, records.

use std::sync::Arc;
use std::time::Duration;

use pest::Parser;
use rust_decimal::Decimal;

use crate::diag::{Diagnostic, Span};
use crate::lang::codes::syntax as codes;

use super::{Builder, Pair, Rule};
use crate::lang::syntax::grammar::FlowParser;
use crate::lang::syntax::{Argument, Expression, ExpressionKind, Literal, Name, TextPart};

impl Builder<'_> {
    pub(super) fn atom(&mut self, pair: Pair) -> Expression {
        let span = self.span(&pair);
        let kind = match pair.as_rule() {
            Rule::null => ExpressionKind::Literal(Literal::Null),
            Rule::boolean => ExpressionKind::Literal(Literal::Boolean(pair.as_str() == "true")),
            Rule::number => self.number(pair.as_str(), span),
            Rule::date => self.date(pair.as_str(), span),
            Rule::moment => self.moment(pair.as_str(), span),
            Rule::percentage => self.percentage(pair.as_str(), span),
            Rule::duration => self.duration(pair.as_str(), span),
            Rule::rate => self.rate(pair.as_str(), span),
            Rule::broken_number => self.broken_number(pair.as_str(), span),
            Rule::text => self.text(pair),
            Rule::raw_text => ExpressionKind::Literal(Literal::Text(self.plain_quoted(&pair))),
            Rule::column => ExpressionKind::Column(self.plain_name(&pair).text),
            Rule::broken_text | Rule::broken_raw | Rule::broken_column => {
                self.report_quote(pair.as_rule(), pair.as_str(), span);
                ExpressionKind::Broken(Vec::new())
            }
            Rule::name => ExpressionKind::Name(pair.as_str().into()),
            Rule::foreign_name => {
                let name = pair.as_str();
                self.report(
                    Diagnostic::error(&codes::NAME, span, format!("`{name}` needs backticks")).with_hint(
                        format!("write `` `{name}` ``: bare names have the letters A to Z, digits and `_`"),
                    ),
                );
                ExpressionKind::Column(name.into())
            }
            Rule::call => self.call(pair),
            Rule::group => {
                return Expression {
                    span,
                    ..self.bracketed(pair, "the brackets hold no value")
                };
            }
            Rule::list => self.list(pair),
            Rule::record => self.record(pair),
            _ => ExpressionKind::Broken(Vec::new()),
        };
        Expression { kind, span }
    }

    fn plain_quoted(&self, pair: &Pair) -> Arc<str> {
        let text = pair.as_str();
        text.get(1..text.len().saturating_sub(1)).unwrap_or("").into()
    }

    fn unreadable_literal(&mut self, span: Span, message: String, hint: &str) -> ExpressionKind {
        let mut problem = Diagnostic::error(&codes::LITERAL, span, message);
        if !hint.is_empty() {
            problem = problem.with_hint(hint);
        }
        self.report(problem);
        ExpressionKind::Broken(Vec::new())
    }

    fn number(&mut self, text: &str, span: Span) -> ExpressionKind {
        let digits = text.replace('_', "");
        if let Ok(integer) = digits.parse::<i64>() {
            return ExpressionKind::Literal(Literal::Integer(integer));
        }
        match Decimal::from_str_exact(&digits) {
            Ok(decimal) => ExpressionKind::Literal(Literal::Decimal(decimal)),
            Err(_) => self.unreadable_literal(
                span,
                format!("`{text}` has more digits than can be kept exact"),
                "",
            ),
        }
    }

    fn broken_number(&mut self, text: &str, span: Span) -> ExpressionKind {
        let hint = if text.contains(|letter: char| letter.is_ascii_alphabetic()) {
            "a name begins with no digit; a column with such a name stands in backticks"
        } else {
            "a number has one point at most: `1250.00`"
        };
        self.unreadable_literal(span, format!("`{text}` is no number"), hint)
    }

    fn date(&mut self, text: &str, span: Span) -> ExpressionKind {
        match text.parse() {
            Ok(date) => ExpressionKind::Literal(Literal::Date(date)),
            Err(_) => self.unreadable_literal(
                span,
                format!("there is no day `{text}`"),
                "dates are year, month, day: `2026-01-31`",
            ),
        }
    }

    fn moment(&mut self, text: &str, span: Span) -> ExpressionKind {
        match text.parse() {
            Ok(moment) => ExpressionKind::Literal(Literal::Moment(moment)),
            Err(_) => self.unreadable_literal(
                span,
                format!("there is no time `{text}`"),
                "times name their zone: `2026-01-31T12:10:00Z`, or `+02:00` for `Z`",
            ),
        }
    }

    fn percentage(&mut self, text: &str, span: Span) -> ExpressionKind {
        let digits = text.trim_end_matches('%').replace('_', "");
        match Decimal::from_str_exact(&digits) {
            Ok(percent) => ExpressionKind::Literal(Literal::Percentage(percent)),
            Err(_) => self.unreadable_literal(
                span,
                format!("`{text}` has more digits than can be kept exact"),
                "",
            ),
        }
    }

    fn duration(&mut self, text: &str, span: Span) -> ExpressionKind {
        let digits = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
        let milliseconds: u64 = match &text[digits.len()..] {
            "ms" => 1,
            "s" => 1_000,
            "m" => 60_000,
            "h" => 3_600_000,
            _ => 86_400_000,
        };
        let number = digits.replace('_', "").parse::<u64>().ok();
        match number.and_then(|number| number.checked_mul(milliseconds)) {
            Some(total) => ExpressionKind::Literal(Literal::Duration(Duration::from_millis(total))),
            None => self.unreadable_literal(span, format!("`{text}` is too long"), ""),
        }
    }

    fn rate(&mut self, text: &str, span: Span) -> ExpressionKind {
        match text.trim_end_matches("/s").replace('_', "").parse() {
            Ok(rate) => ExpressionKind::Literal(Literal::Rate(rate)),
            Err(_) => self.unreadable_literal(span, format!("`{text}` is too fast"), ""),
        }
    }

    /// Builds a text from its parts: chunks, escapes and values in braces.
    fn text(&mut self, pair: Pair) -> ExpressionKind {
        let base = self.base() + pair.as_span().start() + 1;
        let inside = self.plain_quoted(&pair);
        let Ok(parts) = FlowParser::parse(Rule::text_parts, &inside) else {
            return ExpressionKind::Broken(Vec::new());
        };
        let parts: Vec<TextPart> = self.within(base, |builder| {
            let all = parts.flat_map(|all| all.into_inner());
            all.filter_map(|part| builder.text_part(part)).collect()
        });
        let values = parts.iter().any(|part| matches!(part, TextPart::Value(_)));
        if values {
            return ExpressionKind::Interpolation(joined(parts));
        }
        let text: String = parts
            .iter()
            .map(|part| match part {
                TextPart::Text(text) => &**text,
                TextPart::Value(_) => "",
            })
            .collect();
        ExpressionKind::Literal(Literal::Text(text.into()))
    }

    fn text_part(&mut self, part: Pair) -> Option<TextPart> {
        match part.as_rule() {
            Rule::text_chunk => Some(TextPart::Text(part.as_str().into())),
            Rule::text_escape => self
                .escape(&part)
                .map(|letter| TextPart::Text(letter.to_string().into())),
            Rule::text_value => Some(TextPart::Value(self.interpolated(&part))),
            _ => None,
        }
    }

    fn escape(&mut self, part: &Pair) -> Option<char> {
        let span = self.span(part);
        let escape = part.as_str();
        match escape.get(1..) {
            Some("n") => Some('\n'),
            Some("t") => Some('\t'),
            Some("r") => Some('\r'),
            Some(letter @ ("\"" | "\\" | "{" | "}" | "'" | "`")) => letter.chars().next(),
            Some(code) if code.starts_with("u{") => {
                let digits = code.trim_start_matches("u{").trim_end_matches('}');
                let letter = u32::from_str_radix(digits, 16).ok().and_then(char::from_u32);
                if letter.is_none() {
                    self.unreadable_literal(span, format!("`{escape}` is no character"), "");
                }
                letter
            }
            _ => {
                self.unreadable_literal(
                    span,
                    format!("`{escape}` is no escape"),
                    "a backslash itself is `\\\\`; patterns are easier in single quotes: `'\\d+'`",
                );
                None
            }
        }
    }

    /// Builds `{E}` in a text.
    fn interpolated(&mut self, part: &Pair) -> Expression {
        let span = self.span(part);
        let base = self.base() + part.as_span().start() + 1;
        let inside = self.plain_quoted(part);
        let Ok(pairs) = FlowParser::parse(Rule::interpolated, &inside) else {
            self.report(Diagnostic::error(
                &codes::DEPTH,
                span,
                "brackets stand too deep in each other",
            ));
            return self.broken(span);
        };
        let parts: Vec<Pair> = pairs.flat_map(|all| all.into_inner()).collect();
        self.within(base, |builder| {
            let mut value = None;
            for part in parts {
                match part.as_rule() {
                    Rule::comment | Rule::EOI => {}
                    Rule::leftover => builder.unexpected_behind_value(&part, "an operator, or `}`"),
                    _ if value.is_none() => {
                        let message = "the braces hold no value; the character itself is written `\\{`";
                        value = Some(builder.value(part, message));
                    }
                    _ => {}
                }
            }
            value.unwrap_or_else(|| builder.broken(span))
        })
    }

    fn call(&mut self, pair: Pair) -> ExpressionKind {
        let mut function = self.plain_name(&pair);
        let mut arguments = Vec::new();
        for part in self.parts(pair) {
            match part.as_rule() {
                Rule::arguments => arguments = self.arguments(part),
                _ => function = self.plain_name(&part),
            }
        }
        ExpressionKind::Call { function, arguments }
    }

    pub(super) fn arguments(&mut self, holder: Pair) -> Vec<Argument> {
        let mut arguments = Vec::new();
        for part in self.parts(holder.clone()) {
            match part.as_rule() {
                Rule::argument => arguments.push(self.argument(part)),
                Rule::scrap => self.unexpected(&part, "a comma, or `)`"),
                Rule::unclosed => self.unclosed(&holder, &part),
                _ => {}
            }
        }
        arguments
    }

    fn argument(&mut self, pair: Pair) -> Argument {
        let span = self.span(&pair);
        let mut label = None;
        let mut value = None;
        for part in self.parts(pair) {
            match part.as_rule() {
                Rule::label => label = self.parts(part).next().map(|word| self.plain_name(&word)),
                Rule::junk => self.unexpected_behind_value(&part, "an operator, a comma, or `)`"),
                _ => value = Some(self.value(part, "an argument is missing")),
            }
        }
        Argument {
            label,
            value: value.unwrap_or_else(|| self.broken(span)),
        }
    }

    fn list(&mut self, holder: Pair) -> ExpressionKind {
        let mut items = Vec::new();
        for part in self.parts(holder.clone()) {
            match part.as_rule() {
                Rule::junk | Rule::scrap => {
                    self.unexpected_behind_value(&part, "an operator, a comma, or `]`")
                }
                Rule::unclosed => self.unclosed(&holder, &part),
                _ => items.push(self.value(part, "a value is missing")),
            }
        }
        ExpressionKind::List(items)
    }

    fn record(&mut self, holder: Pair) -> ExpressionKind {
        ExpressionKind::Record(self.entries(holder))
    }

    /// Builds the entries of a record.
    pub(super) fn entries(&mut self, holder: Pair) -> Vec<(Name, Expression)> {
        let mut entries = Vec::new();
        for part in self.parts(holder.clone()) {
            match part.as_rule() {
                Rule::entry => entries.push(self.entry(part)),
                Rule::scrap => self.unexpected(&part, "an entry, such as `name: 1`, or `}`"),
                Rule::unclosed => self.unclosed(&holder, &part),
                _ => {}
            }
        }
        entries
    }

    fn entry(&mut self, pair: Pair) -> (Name, Expression) {
        let span = self.span(&pair);
        let mut name = None;
        let mut value = None;
        for part in self.parts(pair) {
            match part.as_rule() {
                Rule::junk => self.unexpected_behind_value(&part, "an operator, a comma, or `}`"),
                _ if name.is_none() => name = Some(self.plain_name(&part)),
                _ => value = Some(self.value(part, "the entry has no value")),
            }
        }
        let name = name.unwrap_or(Name {
            text: "".into(),
            span,
        });
        (name, value.unwrap_or_else(|| self.broken(span)))
    }
}

/// Joins neighbouring texts.
fn joined(parts: Vec<TextPart>) -> Vec<TextPart> {
    let mut whole: Vec<TextPart> = Vec::new();
    for part in parts {
        match (whole.last_mut(), part) {
            (Some(TextPart::Text(before)), TextPart::Text(text)) => {
                *before = format!("{before}{text}").into()
            }
            (_, part) => whole.push(part),
        }
    }
    whole
}
