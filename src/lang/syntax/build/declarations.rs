//! Accounts, sources, constants and flows.

use crate::diag::{Diagnostic, Span};
use crate::lang::codes::syntax as codes;

use super::{Builder, Pair, Rule};
use crate::lang::syntax::{
    Account, ColumnDeclaration, ColumnType, Comment, Definition, Expression, ExpressionKind, Flow, Function,
    Item, Name, Origin, Setting, Source,
};

/// What a line at the top of a file can begin with.
const DECLARATIONS: &[&str] = &["account", "source", "use", "let", "fn", "flow", "test"];

impl Builder<'_> {
    pub(in crate::lang::syntax) fn file<'p>(
        &mut self,
        mut pairs: impl Iterator<Item = Pair<'p>>,
    ) -> Vec<Item> {
        let Some(file) = pairs.next() else {
            return Vec::new();
        };
        for pair in file.clone().into_inner().flatten() {
            if pair.as_rule() == Rule::comment {
                self.keep_comment(&pair);
            }
        }
        let mut items = Vec::new();
        let mut above: Vec<Comment> = Vec::new();
        for pair in file.into_inner() {
            match pair.as_rule() {
                Rule::comment => above.push(self.comment(&pair)),
                Rule::EOI => {}
                _ => {
                    items.push(self.item(pair, &above));
                    above.clear();
                }
            }
        }
        items
    }

    fn item(&mut self, pair: Pair, above: &[Comment]) -> Item {
        match pair.as_rule() {
            Rule::account => Item::Account(self.account(pair)),
            Rule::source => Item::Source(self.source(pair)),
            Rule::plugin => Item::Plugin(self.plugin(pair)),
            Rule::definition => Item::Constant(self.definition(pair)),
            Rule::function_definition => Item::Function(self.function_definition(pair)),
            Rule::test => Item::Test(self.test(pair)),
            Rule::flow => Item::Flow(self.flow(pair, above)),
            Rule::stray_brace => {
                let span = self.span(&pair);
                self.report(Diagnostic::error(
                    &codes::BRACKET,
                    span,
                    "this `}` closes nothing",
                ));
                Item::Broken(span)
            }
            _ => Item::Broken(self.unknown_line(&pair, DECLARATIONS, "a declaration")),
        }
    }

    fn account(&mut self, pair: Pair) -> Account {
        let mut account = Account {
            name: None,
            settings: Vec::new(),
            span: self.span(&pair),
        };
        for part in self.parts(pair) {
            match part.as_rule() {
                Rule::name | Rule::foreign_name | Rule::missing_name => {
                    account.name = self.name(&part, "the account");
                }
                Rule::settings => account.settings = self.settings(part),
                Rule::missing_block => self.missing(&part, "the account has no settings"),
                Rule::rest => self.unexpected(&part, "the end of the line"),
                _ => {}
            }
        }
        account
    }

    fn settings(&mut self, block: Pair) -> Vec<Setting> {
        let mut settings = Vec::new();
        for part in self.parts(block.clone()) {
            match part.as_rule() {
                Rule::setting => settings.push(self.setting(part)),
                Rule::caught => {
                    self.unknown_line(&part, &["key", "mode", "timeout", "rate"], "a setting");
                }
                Rule::unclosed => self.unclosed(&block, &part),
                Rule::rest => self.unexpected(&part, "the end of the line"),
                _ => {}
            }
        }
        settings
    }

    fn setting(&mut self, pair: Pair) -> Setting {
        let whole = self.span(&pair);
        let mut parts = self.parts(pair);
        let name = match parts.next() {
            Some(word) => self.plain_name(&word),
            None => nameless(whole),
        };
        let value = self.assigned(parts, &name.text);
        Setting {
            name,
            value,
            span: whole,
        }
    }

    /// Builds what stands behind a name: `= value`, and what is left of the line.
    pub(super) fn assigned<'p>(&mut self, parts: impl Iterator<Item = Pair<'p>>, name: &str) -> Expression {
        let mut value = None;
        let mut equals_missing = None;
        let mut rest = None;
        for part in parts {
            match part.as_rule() {
                Rule::missing_equals => equals_missing = Some(part),
                Rule::rest => rest = Some(part),
                _ => value = Some(part),
            }
        }
        if let Some(missing) = equals_missing {
            self.no_equals(&missing, rest.as_ref(), name);
            return self.broken(self.gap(&missing));
        }
        let expression = match value {
            Some(value) => self.value(value, &format!("`{name}` has no value")),
            None => return self.broken(self.span_of(0, 0)),
        };
        match rest {
            Some(rest) => {
                self.unexpected_behind_value(&rest, "an operator, or the end of the line");
                self.spoiled(expression)
            }
            None => expression,
        }
    }

    fn no_equals(&mut self, missing: &Pair, rest: Option<&Pair>, name: &str) {
        let Some(rest) = rest else {
            self.missing(missing, format!("`{name}` has no value"));
            return;
        };
        let start = rest.as_span().start();
        let (_, word) = super::trouble::first_token(rest.as_str());
        let span = self.span_of(start, start + word.len());
        let problem = Diagnostic::error(&codes::MISSING, span, format!("`{name}` has no `=` behind it"))
            .labelled("expected `=`");
        self.report(match word {
            ":" | "==" | ":=" | "=>" | "->" => {
                problem.with_hint(format!("here a value is given with `=`, not with `{word}`"))
            }
            _ => problem,
        });
    }

    pub(super) fn broken(&self, span: Span) -> Expression {
        Expression {
            kind: ExpressionKind::Broken(Vec::new()),
            span,
        }
    }

    /// Marks a value as broken because of what follows it; it is still looked into.
    pub(super) fn spoiled(&self, value: Expression) -> Expression {
        Expression {
            span: value.span,
            kind: ExpressionKind::Broken(vec![value]),
        }
    }

    pub(super) fn definition(&mut self, pair: Pair) -> Definition {
        let span = self.span(&pair);
        let mut name = None;
        let mut others = Vec::new();
        for part in self.parts(pair) {
            match part.as_rule() {
                Rule::let_word => {}
                Rule::name | Rule::foreign_name | Rule::missing_name => name = self.name(&part, "the value"),
                _ => others.push(part),
            }
        }
        let called = name
            .as_ref()
            .map_or_else(|| "let".into(), |name| name.text.clone());
        let value = self.assigned(others.into_iter(), &called);
        Definition { name, value, span }
    }

    fn function_definition(&mut self, pair: Pair) -> Function {
        let span = self.span(&pair);
        let mut name = None;
        let mut parameters = Vec::new();
        let mut others = Vec::new();
        for part in self.parts(pair) {
            match part.as_rule() {
                Rule::fn_word => {}
                Rule::name | Rule::foreign_name | Rule::missing_name => {
                    name = self.name(&part, "the function")
                }
                Rule::parameters => parameters = self.parameters(part),
                Rule::missing_parameters => self.missing(&part, "the function does not say what it takes"),
                _ => others.push(part),
            }
        }
        let called = name
            .as_ref()
            .map_or_else(|| "fn".into(), |name| name.text.clone());
        let value = self.assigned(others.into_iter(), &called);
        Function {
            name,
            parameters,
            value,
            span,
        }
    }

    fn parameters(&mut self, holder: Pair) -> Vec<Name> {
        let mut parameters = Vec::new();
        for part in self.parts(holder.clone()) {
            match part.as_rule() {
                Rule::scrap => self.unexpected(&part, "a name, or `)`"),
                Rule::unclosed => self.unclosed(&holder, &part),
                _ => parameters.extend(self.name(&part, "a parameter")),
            }
        }
        parameters
    }

    fn source(&mut self, pair: Pair) -> Source {
        let mut source = Source {
            name: None,
            origin: None,
            columns: Vec::new(),
            span: self.span(&pair),
        };
        let mut no_equals = None;
        for part in self.parts(pair) {
            match part.as_rule() {
                Rule::name | Rule::foreign_name | Rule::missing_name => {
                    source.name = self.name(&part, "the source")
                }
                Rule::origin => source.origin = Some(self.origin(part)),
                Rule::missing_value => self.missing_origin(&part),
                Rule::missing_equals => no_equals = Some(part),
                Rule::columns => source.columns = self.columns(part),
                Rule::head_rest => match no_equals.take() {
                    Some(missing) => self.no_equals(&missing, Some(&part), "source"),
                    None => self.unexpected(&part, "a block of columns, or the end of the line"),
                },
                _ => {}
            }
        }
        if let Some(missing) = no_equals {
            self.no_equals(&missing, None, "source");
        }
        source
    }

    fn missing_origin(&mut self, missing: &Pair) {
        let place = self.gap(missing);
        self.report(
            Diagnostic::error(&codes::MISSING, place, "the source does not say what to read")
                .labelled("expected `csv(…)`, `xlsx(…)`, `ods(…)` or `jsonl(…)`")
                .with_hint("for a workbook: `xlsx(\"book.xlsx\", sheet: \"Customers\")`"),
        );
    }

    pub(super) fn origin(&mut self, pair: Pair) -> Origin {
        let span = self.span(&pair);
        let mut kind = nameless(span);
        let mut arguments = Vec::new();
        for part in self.parts(pair) {
            match part.as_rule() {
                Rule::arguments => arguments = self.arguments(part),
                _ => kind = self.plain_name(&part),
            }
        }
        Origin {
            kind,
            arguments,
            span,
        }
    }

    fn columns(&mut self, block: Pair) -> Vec<ColumnDeclaration> {
        let mut columns = Vec::new();
        for part in self.parts(block.clone()) {
            match part.as_rule() {
                Rule::column_declaration => columns.extend(self.column(part)),
                Rule::caught => {
                    let span = self.span(&part);
                    self.report(
                        Diagnostic::error(&codes::UNKNOWN_LINE, span, "this declares no column")
                            .labelled("expected a column, such as `Amount: decimal`"),
                    );
                }
                Rule::unclosed => self.unclosed(&block, &part),
                Rule::rest => self.unexpected(&part, "the end of the line"),
                _ => {}
            }
        }
        columns
    }

    fn column(&mut self, pair: Pair) -> Option<ColumnDeclaration> {
        let span = self.span(&pair);
        let mut name = None;
        let mut format = None;
        let mut no_colon = false;
        for part in self.parts(pair) {
            match part.as_rule() {
                Rule::column | Rule::name | Rule::foreign_name => name = self.name(&part, "the column"),
                Rule::format => format = Some(self.format(part)),
                Rule::missing_value => self.missing(&part, "the column has no type"),
                Rule::missing_colon => {
                    no_colon = true;
                    let place = self.gap(&part);
                    self.report(
                        Diagnostic::error(&codes::MISSING, place, "the column has no type")
                            .labelled("expected `:` and a type, such as `: decimal`"),
                    );
                }
                Rule::junk if !no_colon => self.unexpected(&part, "the end of the line"),
                _ => {}
            }
        }
        name.map(|name| ColumnDeclaration { name, format, span })
    }

    fn format(&mut self, pair: Pair) -> ColumnType {
        let span = self.span(&pair);
        let mut name = nameless(span);
        let mut arguments = Vec::new();
        for part in self.parts(pair) {
            match part.as_rule() {
                Rule::arguments => arguments = self.arguments(part),
                _ => name = self.plain_name(&part),
            }
        }
        ColumnType {
            name,
            arguments,
            span,
        }
    }

    fn flow(&mut self, pair: Pair, above: &[Comment]) -> Flow {
        let span = self.span(&pair);
        let mut flow = Flow {
            description: description(above),
            name: None,
            after: Vec::new(),
            account: None,
            body: Vec::new(),
            head: span,
            span,
        };
        for part in self.parts(pair) {
            match part.as_rule() {
                Rule::flow_word => flow.head = self.span(&part),
                Rule::name | Rule::foreign_name | Rule::missing_name => {
                    flow.name = self.name(&part, "the flow");
                    flow.head = flow.head.to(self.span(&part));
                }
                Rule::after => {
                    let parts: Vec<Pair> = self.parts(part).collect();
                    for name in parts.iter().filter(|name| name.as_rule() != Rule::after_word) {
                        flow.after.extend(self.name(name, "a flow"));
                    }
                }
                Rule::on => {
                    let parts: Vec<Pair> = self.parts(part).collect();
                    for name in parts.iter().filter(|name| name.as_rule() != Rule::on_word) {
                        flow.account = self.name(name, "an account");
                    }
                }
                Rule::head_rest => self.unexpected(&part, "`after`, `on`, or the flow's block"),
                Rule::body => flow.body = self.body(part),
                Rule::missing_block => self.missing(&part, "the flow has no block"),
                _ => {}
            }
        }
        flow
    }
}

fn description(above: &[Comment]) -> Option<String> {
    let lines: Vec<&str> = above
        .iter()
        .filter(|comment| comment.describes)
        .map(|comment| &*comment.text)
        .collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

fn nameless(span: Span) -> Name {
    Name {
        text: "".into(),
        span,
    }
}
