//! Expressions: pest's flat chains become trees by the strength of their operators.

use std::cell::RefCell;
use std::sync::LazyLock;

use pest::pratt_parser::{Assoc, Op, PrattParser};

use crate::diag::Diagnostic;
use crate::lang::codes::syntax as codes;
use crate::lang::program::{BinaryOperator, UnaryOperator};

use super::{Builder, Pair, Rule};
use crate::lang::syntax::{Argument, Expression, ExpressionKind, Name};

/// The operators from the loosest to the tightest. A pipe takes all of an arithmetic on its left and
/// nothing of a comparison: `Price * Quantity | round(2) > 10`.
static OPERATORS: LazyLock<PrattParser<Rule>> = LazyLock::new(|| {
    let left = |rule| Op::infix(rule, Assoc::Left);
    PrattParser::new()
        .op(left(Rule::or))
        .op(left(Rule::and))
        .op(Op::prefix(Rule::negation))
        .op(left(Rule::equal)
            | left(Rule::not_equal)
            | left(Rule::less)
            | left(Rule::less_or_equal)
            | left(Rule::greater)
            | left(Rule::greater_or_equal)
            | left(Rule::r#in)
            | left(Rule::not_in)
            | Op::postfix(Rule::emptiness))
        .op(Op::postfix(Rule::pipe))
        .op(left(Rule::otherwise))
        .op(left(Rule::add) | left(Rule::subtract))
        .op(left(Rule::multiply) | left(Rule::divide) | left(Rule::remainder))
        .op(Op::prefix(Rule::negate))
});

impl Builder<'_> {
    /// Builds the value in a slot; `message` is what is wrong when it is missing.
    pub(super) fn value(&mut self, pair: Pair, message: &str) -> Expression {
        match pair.as_rule() {
            Rule::expression => match self.parts(pair.clone()).next() {
                Some(inner) => self.value(inner, message),
                None => self.broken(self.span(&pair)),
            },
            Rule::conditional => self.conditional(pair),
            Rule::selection => self.selection(pair),
            Rule::chain => self.chain(pair),
            _ => {
                self.missing(&pair, message);
                self.broken(self.gap(&pair))
            }
        }
    }

    fn chain(&mut self, pair: Pair) -> Expression {
        let span = self.span(&pair);
        let parts: Vec<Pair> = self.parts(pair).collect();
        let operators = parts
            .iter()
            .filter(|part| part.as_rule() != Rule::operand)
            .count();
        let built = self.deeper(operators + 1, span, |builder| {
            if builder.chain_is_broken(&parts) {
                let kind = ExpressionKind::Broken(builder.operands(parts));
                return Expression { kind, span };
            }
            builder.climb(parts)
        });
        built.unwrap_or_else(|| self.broken(span))
    }

    /// Reports what is missing in a chain. Only whole chains reach the operators.
    fn chain_is_broken(&mut self, parts: &[Pair]) -> bool {
        let mut broken = parts.is_empty();
        for (index, part) in parts.iter().enumerate() {
            match part.as_rule() {
                Rule::missing_operand => {
                    let operator = index.checked_sub(1).and_then(|before| parts.get(before));
                    let sign = operator.map_or("the operator", |operator| operator.as_str().trim());
                    self.missing(part, format!("`{sign}` has nothing on its right"));
                    broken = true;
                }
                Rule::emptiness => {
                    if let Some(missing) = self
                        .parts(part.clone())
                        .find(|inner| inner.as_rule() == Rule::missing_empty)
                    {
                        self.missing(&missing, "`is` asks for nothing");
                        broken = true;
                    }
                }
                Rule::pipe => broken |= self.pipe_is_broken(part),
                _ => {}
            }
        }
        broken
    }

    pub(super) fn pipe_is_broken(&mut self, pipe: &Pair) -> bool {
        let missing = self
            .parts(pipe.clone())
            .find(|inner| inner.as_rule() == Rule::missing_function);
        if let Some(missing) = &missing {
            let place = self.gap(missing);
            self.report(
                Diagnostic::error(&codes::MISSING, place, "`|` leads nowhere")
                    .labelled("expected the name of a function, such as `trim`"),
            );
        }
        missing.is_some()
    }

    /// Builds the operands of a chain that is broken.
    fn operands(&mut self, parts: Vec<Pair>) -> Vec<Expression> {
        let operands = parts.into_iter().filter(|part| part.as_rule() == Rule::operand);
        operands.map(|part| self.operand(part)).collect()
    }

    fn climb(&mut self, parts: Vec<Pair>) -> Expression {
        let builder = RefCell::new(self);
        OPERATORS
            .map_primary(|part| builder.borrow_mut().operand(part))
            .map_prefix(|sign, value| {
                let span = builder.borrow().span(&sign).to(value.span);
                let operator = match sign.as_rule() {
                    Rule::negate => UnaryOperator::Negate,
                    _ => UnaryOperator::Not,
                };
                Expression {
                    kind: ExpressionKind::Unary(operator, Box::new(value)),
                    span,
                }
            })
            .map_postfix(|value, part| match part.as_rule() {
                Rule::pipe => builder.borrow_mut().pipe(value, part),
                _ => builder.borrow().emptiness(value, part),
            })
            .map_infix(|left, operator, right| Expression {
                span: left.span.to(right.span),
                kind: ExpressionKind::Binary(binary(operator.as_rule()), Box::new(left), Box::new(right)),
            })
            .parse(parts.into_iter())
    }

    pub(super) fn pipe(&mut self, value: Expression, pair: Pair) -> Expression {
        let span = value.span.to(self.span(&pair));
        let function = self.parts(pair).find(|part| part.as_rule() == Rule::function);
        let Some(function) = function else {
            return self.broken(span);
        };
        let (function, arguments) = self.function(function);
        Expression {
            kind: ExpressionKind::Pipe {
                value: Box::new(value),
                function,
                arguments,
            },
            span,
        }
    }

    /// Builds `name(arguments)`, whose brackets may be missing behind a bar.
    fn function(&mut self, pair: Pair) -> (Name, Vec<Argument>) {
        let mut name = self.plain_name(&pair);
        let mut arguments = Vec::new();
        for part in self.parts(pair) {
            match part.as_rule() {
                Rule::arguments => arguments = self.arguments(part),
                _ => name = self.plain_name(&part),
            }
        }
        (name, arguments)
    }

    fn emptiness(&self, value: Expression, pair: Pair) -> Expression {
        let span = value.span.to(self.span(&pair));
        let negated = self.parts(pair).any(|part| part.as_rule() == Rule::not_word);
        Expression {
            kind: ExpressionKind::IsEmpty {
                value: Box::new(value),
                negated,
            },
            span,
        }
    }

    fn operand(&mut self, pair: Pair) -> Expression {
        let span = self.span(&pair);
        let mut parts: Vec<Pair> = self.parts(pair).collect();
        if parts.is_empty() {
            return self.broken(span);
        }
        let further = parts.split_off(1);
        let levels = further.len();
        let built = self.deeper(levels, span, |builder| {
            let mut value = match parts.pop() {
                Some(atom) => builder.atom(atom),
                None => builder.broken(span),
            };
            for part in further {
                value = builder.access(value, part);
            }
            value
        });
        built.unwrap_or_else(|| self.broken(span))
    }

    fn access(&mut self, value: Expression, pair: Pair) -> Expression {
        let place = self.span(&pair);
        let span = value.span.to(place);
        match pair.as_rule() {
            Rule::member => {
                let name = self.parts(pair).next().map(|part| self.plain_name(&part));
                match name {
                    Some(name) => Expression {
                        kind: ExpressionKind::Member(Box::new(value), name),
                        span,
                    },
                    None => self.broken(span),
                }
            }
            Rule::index => {
                let index = self.bracketed(pair, "`[ ]` holds no index");
                Expression {
                    kind: ExpressionKind::Index(Box::new(value), Box::new(index)),
                    span,
                }
            }
            _ => {
                self.report(
                    Diagnostic::error(&codes::MISSING, place, "a name is missing behind the point")
                        .labelled("expected a name, such as `.id`"),
                );
                self.broken(span)
            }
        }
    }

    /// Builds the one value between two brackets.
    pub(super) fn bracketed(&mut self, holder: Pair, message: &str) -> Expression {
        let mut value = self.broken(self.span(&holder));
        for part in self.parts(holder.clone()) {
            match part.as_rule() {
                Rule::junk | Rule::scrap => {
                    self.unexpected_behind_value(&part, "an operator, or the closing bracket")
                }
                Rule::unclosed => self.unclosed(&holder, &part),
                _ => value = self.value(part, message),
            }
        }
        value
    }
}

fn binary(rule: Rule) -> BinaryOperator {
    match rule {
        Rule::or => BinaryOperator::Or,
        Rule::and => BinaryOperator::And,
        Rule::not_in => BinaryOperator::NotIn,
        Rule::r#in => BinaryOperator::In,
        Rule::equal => BinaryOperator::Equal,
        Rule::not_equal => BinaryOperator::NotEqual,
        Rule::less_or_equal => BinaryOperator::LessOrEqual,
        Rule::less => BinaryOperator::Less,
        Rule::greater_or_equal => BinaryOperator::GreaterOrEqual,
        Rule::greater => BinaryOperator::Greater,
        Rule::subtract => BinaryOperator::Subtract,
        Rule::multiply => BinaryOperator::Multiply,
        Rule::divide => BinaryOperator::Divide,
        Rule::remainder => BinaryOperator::Remainder,
        Rule::otherwise => BinaryOperator::Otherwise,
        _ => BinaryOperator::Add,
    }
}
