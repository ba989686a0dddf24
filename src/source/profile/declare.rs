use super::column::ColumnCensus;
use super::date_form::{DateForm, DateOrder};
use super::judge::are_mixed;
use super::keys::names_a_code;
use super::{FindingKind, Seen};
use crate::model::ColumnFormat;

/// Proposes a declaration that every cell fits, for a column that has none and is text.
pub(super) fn suggest(census: &ColumnCensus) -> Option<String> {
    if census.format.is_some() || census.filled == 0 {
        return None;
    }
    suggest_number(census).or_else(|| suggest_date(census))
}

fn are_all(census: &ColumnCensus, group: &[Seen]) -> bool {
    group.iter().map(|seen| census.count(*seen)).sum::<u64>() == census.filled
}

fn suggest_number(census: &ColumnCensus) -> Option<String> {
    let as_text = census.numbers_as_text.count > 0;
    if !as_text || census.troubles.contains_key(&FindingKind::LostDigits) {
        return None;
    }
    let is_code = census.zero_first > 0 || census.keys.is_some() || names_a_code(&census.name);
    let declaration = if census.count(Seen::DecimalComma) > 0 {
        are_all(census, &[Seen::Integer, Seen::DecimalComma]).then_some("decimal(comma)")
    } else if census.count(Seen::Decimal) > 0 {
        are_all(census, &[Seen::Integer, Seen::Decimal]).then_some("decimal")
    } else {
        (are_all(census, &[Seen::Integer]) && !is_code).then_some("integer")
    };
    declaration.map(str::to_owned)
}

/// Proposes the form of dates whose order shows and is one.
fn suggest_date(census: &ColumnCensus) -> Option<String> {
    if !are_all(census, &[Seen::Date]) || are_mixed(census.dates.keys().copied()) {
        return None;
    }
    let (separator, order, text) = census.dates.iter().find_map(|(form, (_, text))| match form {
        DateForm::Numbers { separator, order } if *order != DateOrder::Either => {
            Some((*separator, *order, text))
        }
        _ => None,
    })?;
    let short_year = text
        .trim()
        .rsplit(separator)
        .next()
        .is_some_and(|year| year.len() == 2);
    let year = if short_year { "%y" } else { "%Y" };
    match order {
        DateOrder::YearMonthDay if separator == '-' => Some("date".to_owned()),
        DateOrder::YearMonthDay => Some(format!("date(\"%Y{separator}%m{separator}%d\")")),
        DateOrder::DayMonthYear => Some(format!("date(\"%d{separator}%m{separator}{year}\")")),
        DateOrder::MonthDayYear => Some(format!("date(\"%m{separator}%d{separator}{year}\")")),
        DateOrder::Either => None,
    }
}

/// Writes a declared format as a flow does.
pub(super) fn declaration(format: &ColumnFormat) -> String {
    match format {
        ColumnFormat::Text => "text".to_owned(),
        ColumnFormat::Integer => "integer".to_owned(),
        ColumnFormat::Decimal => "decimal".to_owned(),
        ColumnFormat::DecimalComma => "decimal(comma)".to_owned(),
        ColumnFormat::Boolean { yes, no } => format!("boolean({yes:?}, {no:?})"),
        ColumnFormat::Date(None) => "date".to_owned(),
        ColumnFormat::Date(Some(format)) => format!("date({format:?})"),
        ColumnFormat::Time => "time".to_owned(),
    }
}
