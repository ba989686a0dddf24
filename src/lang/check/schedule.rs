//! When a flow runs by itself, and when a run ends early.

use std::ops::Range;
use std::sync::LazyLock;

use jiff::civil::Time;
use jiff::tz::{TimeZone, TimeZoneDatabase};

use crate::catalog::Catalog;
use crate::diag::{Diagnostic, Span};
use crate::lang::codes::{flows as codes, settings};
use crate::lang::program::{Cron, CronField, CronProblem, Schedule, Share};
use crate::lang::syntax as tree;
use crate::lang::syntax::{ExpressionKind, Literal, ScheduleKind};
use crate::model::Decimal;

use super::Context;
use super::expression::Reader;
use super::options::literal_text;

/// The zones that the program carries: the same on every machine, and no file is read.
static ZONES: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// Reads a schedule; none when it is wrong, several for `after A, B`.
pub(super) fn read(tree: &tree::Schedule, reader: &mut Reader) -> Vec<Schedule> {
    match &tree.kind {
        ScheduleKind::Every(value) => every(value, reader.context).into_iter().collect(),
        ScheduleKind::At { times, zone } => at(times, zone.as_ref(), reader.context).into_iter().collect(),
        ScheduleKind::Cron { fields, zone } => {
            cron(fields, zone.as_ref(), reader.context).into_iter().collect()
        }
        ScheduleKind::OnChange => vec![Schedule::OnChange],
        // Whether there are such flows was looked at when the flows were put in order.
        ScheduleKind::After(names) => names
            .iter()
            .map(|name| Schedule::After(name.text.clone()))
            .collect(),
    }
}

fn every(value: &tree::Expression, context: &mut Context) -> Option<Schedule> {
    match &value.kind {
        ExpressionKind::Literal(Literal::Duration(duration)) if !duration.is_zero() => {
            Some(Schedule::Every(*duration))
        }
        ExpressionKind::Broken(_) => None,
        _ => {
            context.report(
                Diagnostic::error(&codes::SCHEDULE, value.span, "this is no time between runs")
                    .labelled("expected a duration above zero, such as `15m`, `1h` or `2d`"),
            );
            None
        }
    }
}

fn at(
    times: &[tree::Expression],
    zone: Option<&tree::Expression>,
    context: &mut Context,
) -> Option<Schedule> {
    let mut read: Vec<Time> = times
        .iter()
        .filter_map(|time| match &time.kind {
            ExpressionKind::Literal(Literal::Clock(time)) => Some(*time),
            _ => None,
        })
        .collect();
    read.sort_unstable();
    read.dedup();
    let zone = zone_of(zone, context)?;
    (!read.is_empty()).then_some(Schedule::At { times: read, zone })
}

/// Reads the time zone behind `in`; UTC when none is said, `None` when there is none of that name.
fn zone_of(zone: Option<&tree::Expression>, context: &mut Context) -> Option<TimeZone> {
    let Some(zone) = zone else {
        return Some(TimeZone::UTC);
    };
    let name = literal_text(zone).unwrap_or_default();
    match ZONES.get(name) {
        Ok(found) => Some(found),
        Err(_) => {
            context.report(unknown_zone(name, zone));
            None
        }
    }
}

fn unknown_zone(name: &str, zone: &tree::Expression) -> Diagnostic {
    let problem = Diagnostic::error(&codes::SCHEDULE, zone.span, "there is no such time zone");
    let known: Vec<String> = ZONES.available().map(|known| known.to_string()).collect();
    let city = |known: &&String| {
        known
            .rsplit('/')
            .next()
            .is_some_and(|city| city.eq_ignore_ascii_case(name))
    };
    let nearest = known.iter().find(city).map(String::as_str);
    let nearest = nearest.or_else(|| {
        Catalog::nearest(name, known.iter().map(String::as_str))
            .first()
            .copied()
    });
    problem.with_hint(match nearest {
        Some(nearest) if !name.is_empty() => format!("did you mean `\"{nearest}\"`?"),
        _ => "zones have names such as `\"Europe/Kyiv\"` or `\"UTC\"`".to_owned(),
    })
}

fn cron(
    value: &tree::Expression,
    zone: Option<&tree::Expression>,
    context: &mut Context,
) -> Option<Schedule> {
    let zone = zone_of(zone, context);
    if matches!(value.kind, ExpressionKind::Broken(_)) {
        return None;
    }
    let Some(text) = literal_text(value) else {
        context.report(
            Diagnostic::error(&codes::SCHEDULE, value.span, "this is no cron schedule").labelled(FIVE_FIELDS),
        );
        return None;
    };
    match Cron::parse(text, zone.clone().unwrap_or(TimeZone::UTC)) {
        Ok(cron) => zone.map(|_| Schedule::Cron(cron)),
        Err(problem) => {
            context.report(not_cron(&problem, text, value.span));
            None
        }
    }
}

const FIVE_FIELDS: &str = "expected minute, hour, day, month and day of the week, such as `\"30 6 * * 1-5\"`";

fn not_cron(problem: &CronProblem, text: &str, literal: Span) -> Diagnostic {
    let report = |span: Span| Diagnostic::error(&codes::SCHEDULE, span, problem.to_string());
    match problem {
        CronProblem::Count(_) => report(literal).labelled(FIVE_FIELDS),
        CronProblem::Field { field, place, .. } => {
            report(inside(literal, text, place)).labelled(format!("expected {}", field.values()))
        }
        CronProblem::Step { field, step, place } => {
            let report = report(inside(literal, text, place));
            match field {
                CronField::Minute => report.with_hint(format!("`every {step}m` runs that often")),
                CronField::Hour => report.with_hint(format!("`every {step}h` runs that often")),
                CronField::Day => report.with_hint(format!("`every {step}d` runs that often")),
                CronField::Month | CronField::DayOfWeek => report,
            }
        }
        CronProblem::Never => report(literal)
            .labelled("it never comes")
            .with_hint("`L` is the last day of each month: `\"0 9 L * *\"`"),
    }
}

/// Gives the place of a part of a text; of the whole text where escapes shift what stands behind them.
fn inside(literal: Span, text: &str, place: &Range<usize>) -> Span {
    let quotes = 2;
    let length = usize::try_from(literal.end - literal.start).unwrap_or(0);
    let (Ok(start), Ok(end)) = (u32::try_from(place.start), u32::try_from(place.end)) else {
        return literal;
    };
    if length != text.len() + quotes {
        return literal;
    }
    let begin = literal.start + 1;
    Span {
        start: begin + start,
        end: begin + end,
        ..literal
    }
}

/// Reads a number or a percentage above zero.
pub(super) fn share(tree: &tree::Share, context: &mut Context) -> Option<Share> {
    let value = tree.value();
    let read = match &value.kind {
        ExpressionKind::Literal(Literal::Integer(count)) => u64::try_from(*count)
            .ok()
            .filter(|count| *count > 0)
            .map(Share::Count),
        ExpressionKind::Literal(Literal::Percentage(percent)) => {
            let fits = *percent > Decimal::ZERO && *percent <= Decimal::ONE_HUNDRED;
            fits.then_some(Share::Percent(*percent))
        }
        ExpressionKind::Broken(_) => return None,
        _ => None,
    };
    if read.is_none() {
        context.report(
            Diagnostic::error(&settings::BAD_SETTING, value.span, "this is no part of many")
                .labelled("expected a whole number from 1, or a percentage up to `100%`"),
        );
    }
    read
}
