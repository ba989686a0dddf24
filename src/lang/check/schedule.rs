//! When a flow runs by itself, and when a run ends early.

use std::sync::LazyLock;

use jiff::civil::Time;
use jiff::tz::TimeZoneDatabase;

use crate::catalog::Catalog;
use crate::diag::Diagnostic;
use crate::lang::codes::{flows as codes, settings};
use crate::lang::program::{Schedule, Share};
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
        ScheduleKind::Cron(value) => cron(value, reader.context).into_iter().collect(),
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
    let zone = match zone {
        None => None,
        Some(zone) => {
            let name = literal_text(zone).unwrap_or_default();
            if ZONES.get(name).is_err() {
                context.report(unknown_zone(name, zone));
                return None;
            }
            Some(name.into())
        }
    };
    (!read.is_empty()).then_some(Schedule::At { times: read, zone })
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

fn cron(value: &tree::Expression, context: &mut Context) -> Option<Schedule> {
    let text = literal_text(value);
    let fits = text.is_some_and(|text| {
        let known = |letter: char| letter.is_ascii_alphanumeric() || "*/,-".contains(letter);
        text.split_whitespace().count() == 5 && text.chars().all(|letter| known(letter) || letter == ' ')
    });
    match text {
        Some(text) if fits => Some(Schedule::Cron(text.into())),
        _ if matches!(value.kind, ExpressionKind::Broken(_)) => None,
        _ => {
            context.report(
                Diagnostic::error(&codes::SCHEDULE, value.span, "this is no cron schedule").labelled(
                    "expected minute, hour, day, month and day of the week, such as `\"30 6 * * 1-5\"`",
                ),
            );
            None
        }
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
