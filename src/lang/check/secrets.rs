//! Finds keys that stand in the text of a flow.

use std::sync::LazyLock;

use regex::Regex;

use crate::diag::{Diagnostic, Span};
use crate::lang::codes::settings as codes;
use crate::lang::syntax::{Argument, Expression, ExpressionKind, File, Item, Literal, Statement, TextPart};

/// What secret keys of Stripe look like: `sk_` or `rk_`, a mode or `org`, and letters.
static SECRET: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"\b(?:[sr]k_(?:test|live|org)_|whsec_)[A-Za-z0-9]").ok());
/// What publishable keys look like.
static PUBLISHABLE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"\bpk_(?:test|live|org)_[A-Za-z0-9]").ok());
/// A whole key, as it may stand in a comment; examples such as `sk_test_…` are none.
static WHOLE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"\b[sr]k_(?:test|live|org)_[A-Za-z0-9_]{10}").ok());

/// Tells whether a text holds a publishable key.
pub(super) fn is_publishable(text: &str) -> bool {
    matches(&PUBLISHABLE, text)
}

/// Tells whether a text holds a key of any kind, so that nothing else is said of it.
pub(super) fn is_key(text: &str) -> bool {
    matches(&SECRET, text) || is_publishable(text)
}

fn matches(pattern: &LazyLock<Option<Regex>>, text: &str) -> bool {
    pattern.as_ref().is_some_and(|pattern| pattern.is_match(text))
}

/// Makes the problem of a secret in the text.
pub(super) fn secret(span: Span, message: &str) -> Diagnostic {
    Diagnostic::error(&codes::SECRET, span, message)
        .with_hint("name where it is: `key = env(\"STRIPE_API_KEY\")` or `key = file(\"stripe.key\")`")
        .with_note("a key that stood in a file was seen: roll it in Stripe's dashboard")
}

/// Reports every literal and every comment of a file that holds a key.
pub(super) fn find(file: &File, diagnostics: &mut Vec<Diagnostic>) {
    for comment in &file.comments {
        if matches(&WHOLE, &comment.text) {
            diagnostics.push(secret(comment.span, "a secret key stands in this comment"));
        }
    }
    let mut finder = Finder { diagnostics };
    for item in &file.items {
        finder.item(item);
    }
}

struct Finder<'d> {
    diagnostics: &'d mut Vec<Diagnostic>,
}

impl Finder<'_> {
    fn item(&mut self, item: &Item) {
        match item {
            Item::Account(account) => {
                for setting in &account.settings {
                    let reported = &*setting.name.text == "key"
                        && matches!(&setting.value.kind, ExpressionKind::Literal(Literal::Text(text)) if !is_publishable(text));
                    if !reported {
                        self.expression(&setting.value);
                    }
                }
            }
            Item::Source(source) => {
                if let Some(origin) = &source.origin {
                    self.arguments(&origin.arguments);
                }
            }
            Item::Plugin(plugin) => {
                self.all(&plugin.path);
                self.all(plugin.limits.iter().map(|(_, value)| value));
            }
            Item::Constant(constant) => self.expression(&constant.value),
            Item::Flow(flow) => flow.body.iter().for_each(|statement| self.statement(statement)),
            Item::Function(function) => self.expression(&function.value),
            Item::Test(test) => {
                self.all(&test.name);
                test.lines.iter().for_each(|line| self.all(line.expressions()));
            }
            Item::Broken(_) => {}
        }
    }

    fn statement(&mut self, statement: &Statement) {
        self.all(statement.expressions());
        for block in statement.blocks() {
            block.iter().for_each(|statement| self.statement(statement));
        }
    }

    fn arguments(&mut self, arguments: &[Argument]) {
        self.all(arguments.iter().map(|argument| &argument.value));
    }

    fn all<'e>(&mut self, expressions: impl IntoIterator<Item = &'e Expression>) {
        for expression in expressions {
            self.expression(expression);
        }
    }

    fn expression(&mut self, expression: &Expression) {
        match &expression.kind {
            ExpressionKind::Literal(Literal::Text(text)) => self.text(text, expression.span),
            ExpressionKind::Interpolation(parts) => {
                for part in parts {
                    if let TextPart::Text(text) = part {
                        self.text(text, expression.span);
                    }
                }
            }
            _ => {}
        }
        self.all(expression.children());
    }

    fn text(&mut self, text: &str, span: Span) {
        if matches(&SECRET, text) {
            self.diagnostics
                .push(secret(span, "a secret key stands in this text"));
        } else if is_publishable(text) {
            self.diagnostics.push(
                Diagnostic::error(&codes::PUBLISHABLE, span, "a publishable key can't do this work")
                    .with_hint("use a restricted or secret key: `key = env(\"STRIPE_API_KEY\")`"),
            );
        }
    }
}
