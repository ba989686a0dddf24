//! What a spreadsheet itself says is wrong with a cell.

use crate::model::Cell;

/// Says that a cell holds an error of the spreadsheet.
pub(super) fn broken_by(error: &str) -> Cell {
    Cell::Broken(format!("{ERROR_VALUE} `{error}`").into())
}

/// Tells whether a text is an error that a spreadsheet shows. Exports and pasted values have it as text,
/// and nobody means it.
pub(super) fn is_error_value(text: &str) -> bool {
    text.starts_with(['#', 'E']) && (ERROR_VALUES.contains(&text) || is_numbered_error(text))
}

/// LibreOffice numbers its errors: `Err:502`.
fn is_numbered_error(text: &str) -> bool {
    text.strip_prefix("Err:")
        .is_some_and(|number| number.len() == 3 && number.bytes().all(|byte| byte.is_ascii_digit()))
}

const ERROR_VALUES: [&str; 11] = [
    "#REF!",
    "#DIV/0!",
    "#N/A",
    "#NAME?",
    "#NULL!",
    "#NUM!",
    "#VALUE!",
    "#SPILL!",
    "#CALC!",
    "#ERROR!",
    "#GETTING_DATA",
];

/// Says that a cell has a formula whose result the file does not have: programs that write workbooks
/// without computing them leave such cells, and taking them as empty would lose an amount.
pub(super) fn uncomputed() -> Cell {
    Cell::Broken(UNCOMPUTED.into())
}

const UNCOMPUTED: &str =
    "the formula has no stored result; open the workbook in a spreadsheet program and save it";

const ERROR_VALUE: &str = "the cell holds the error";

/// How the message of a number ends that was too long for a workbook.
pub(super) const LOST_DIGITS: &str =
    "has lost digits: a workbook's numbers keep 15; format the column as text";

/// What makes a cell of a workbook unusable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Defect {
    /// It holds an error such as `#REF!`.
    ErrorValue,
    /// Its formula has no result.
    Uncomputed,
    /// Its number is too long for a workbook.
    LostDigits,
}

impl Defect {
    /// Tells the defect from a broken cell's message.
    pub(super) fn of(problem: &str) -> Option<Self> {
        if problem.starts_with(ERROR_VALUE) {
            Some(Defect::ErrorValue)
        } else if problem == UNCOMPUTED {
            Some(Defect::Uncomputed)
        } else if problem.ends_with(LOST_DIGITS) {
            Some(Defect::LostDigits)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::is_error_value;

    #[test]
    fn error_values_are_known_as_text_too() {
        assert!(is_error_value("#REF!"));
        assert!(is_error_value("Err:502"));
        assert!(!is_error_value("#1"));
        assert!(!is_error_value("Err:none"));
    }
}
