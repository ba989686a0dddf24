//! Conditions that a test expects to hold when a record's steps are through.

use crate::diag::Span;
use crate::lang::program::{BinaryOperator, Expression, ExpressionKind};
use crate::model::{Rejection, Value};

use super::failure::{Failure, FieldFailure};
use super::judge::Judge;
use super::record::{Tried, Way};
use super::shown::{comparison, shown, shown_stages};

impl Judge<'_> {
    /// Looks at every record that goes through.
    pub(super) fn judge_condition(
        &self,
        condition: &Expression,
        fuel: Option<u64>,
        span: Span,
    ) -> Result<(), Failure> {
        let mut records = self.tried.iter().filter(|tried| tried.outcome.is_ok()).peekable();
        if records.peek().is_none() {
            let failure = Failure::new(span, "no record goes through, so that nothing holds for it");
            return Err(failure.with_notes(self.circumstances()));
        }
        for tried in records {
            let Ok(way) = Way::through(self.evaluation, &tried.lines, None) else {
                continue;
            };
            self.measured.take_costliest();
            let value = way.walk.compute(condition, None, &way.objects);
            let used = self.measured.take_costliest();
            if let (Some(most), Some((plugin, used))) = (fuel, used)
                && used > most
            {
                let message =
                    format!("a call of the plugin `{plugin}` uses {used} fuel, and the test allows {most}");
                return Err(Failure::new(span, message).with_notes(vec![tried.place.clone()]));
            }
            self.holds(condition, value, &way)
                .map_err(|failure| self.at_record(failure, tried))?;
        }
        Ok(())
    }

    fn holds(
        &self,
        condition: &Expression,
        value: Result<Value, Rejection>,
        way: &Way<'_>,
    ) -> Result<(), Failure> {
        match value {
            Ok(Value::Boolean(true)) => Ok(()),
            Ok(Value::Unknown) => Err(Failure::new(
                condition.span,
                "only Stripe can answer whether this holds",
            )),
            Ok(_) => Err(self.does_not_hold(condition, way)),
            Err(rejection) => Err(Failure::new(
                condition.span,
                format!("this can't be computed: {}", rejection.message),
            )),
        }
    }

    /// Shows both sides of the comparison that fails.
    fn does_not_hold(&self, condition: &Expression, way: &Way<'_>) -> Failure {
        let compute = |expression: &Expression| way.walk.compute(expression, None, &way.objects);
        let failure = Failure::new(condition.span, "this does not hold");
        let ExpressionKind::Binary(operator, left, right) = &condition.kind else {
            return failure;
        };
        if *operator == BinaryOperator::And {
            let left_holds = compute(left) == Ok(Value::Boolean(true));
            return self.does_not_hold(if left_holds { right } else { left }, way);
        }
        let (Some(sign), Ok(found), Ok(expected)) = (comparison(*operator), compute(left), compute(right))
        else {
            return failure;
        };
        failure.with_fields(vec![FieldFailure {
            field: self.texts.slice(left.span).to_owned(),
            span: left.span,
            expected: format!("{sign}{}", shown(&expected)),
            found: shown(&found),
            stages: shown_stages(&way.walk.stages(left, None, &way.objects), self.texts),
        }])
    }

    /// Says which record it is, where there are several.
    fn at_record(&self, mut failure: Failure, tried: &Tried) -> Failure {
        if self.tried.len() > 1 {
            failure.notes.push(format!("it is the record of {}", tried.place));
        }
        failure
    }
}
