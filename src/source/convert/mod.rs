//! Cells as the flow declares them.
//!
//! Nothing is guessed: what does not read whole as the declared type is a broken cell, whose message
//! says what it is not, and what to declare where that is plain.

mod moment;
mod number;

use crate::model::{Cell, ColumnFormat, Type, Value};

pub(super) use moment::{civil_moment, parse_date, parse_moment};
pub(super) use number::{Separators, is_scientific, parse_exact, parse_number};

/// Gives the type that a declared column's cells have.
pub(super) fn type_of(format: &ColumnFormat) -> Type {
    match format {
        ColumnFormat::Text => Type::Text,
        ColumnFormat::Integer => Type::Integer,
        ColumnFormat::Decimal | ColumnFormat::DecimalComma => Type::Decimal,
        ColumnFormat::Boolean { .. } => Type::Boolean,
        ColumnFormat::Date(_) => Type::Date,
        ColumnFormat::Time => Type::Time,
    }
}

/// Reads a cell as its column declares it. Empty cells, and text of white space alone where no text is
/// wanted, are null.
pub(super) fn convert(cell: &mut Cell, format: Option<&ColumnFormat>) {
    let (Some(format), Cell::Value(value)) = (format, &*cell) else {
        return;
    };
    let converted = match (format, value) {
        (_, Value::Null) | (ColumnFormat::Text, Value::Text(_)) => return,
        (ColumnFormat::Text, value) => Ok(Value::text(value.to_string())),
        (_, Value::Text(text)) if text.trim().is_empty() => Ok(Value::Null),
        (ColumnFormat::Integer, value) => number::to_integer(value),
        (ColumnFormat::Decimal, value) => number::to_decimal(value, Separators::Point),
        (ColumnFormat::DecimalComma, value) => number::to_decimal(value, Separators::Comma),
        (ColumnFormat::Boolean { yes, no }, value) => to_boolean(value, yes, no),
        (ColumnFormat::Date(format), value) => moment::to_date(value, format.as_deref()),
        (ColumnFormat::Time, value) => moment::to_moment(value),
    };
    *cell = match converted {
        Ok(value) => Cell::Value(value),
        Err(problem) => Cell::Broken(problem.into()),
    };
}

fn to_boolean(value: &Value, yes: &str, no: &str) -> Result<Value, String> {
    if let Value::Boolean(_) = value {
        return Ok(value.clone());
    }
    let text = value.to_string();
    let word = text.trim().to_lowercase();
    if word == yes.trim().to_lowercase() {
        Ok(Value::Boolean(true))
    } else if word == no.trim().to_lowercase() {
        Ok(Value::Boolean(false))
    } else {
        Err(format!("`{text}` is neither `{yes}` nor `{no}`"))
    }
}

#[cfg(test)]
mod tests {
    use crate::model::{Cell, ColumnFormat, Value};

    use super::convert;

    fn read(text: &str, format: &ColumnFormat) -> String {
        let mut cell = Cell::Value(Value::text(text));
        convert(&mut cell, Some(format));
        match cell {
            Cell::Value(value) => format!("{}: {value}", value.type_of()),
            Cell::Broken(problem) => problem.to_string(),
        }
    }

    #[test]
    fn text_keeps_its_spaces_and_zeros() {
        assert_eq!(read(" 007 ", &ColumnFormat::Text), "text:  007 ");
    }

    #[test]
    fn white_space_alone_is_null_unless_text_is_wanted() {
        assert_eq!(read(" \u{a0}", &ColumnFormat::Decimal), "null: ");
        assert_eq!(read(" ", &ColumnFormat::Text), "text:  ");
    }

    #[test]
    fn booleans_are_two_words_in_any_case() {
        let format = ColumnFormat::Boolean {
            yes: "Ja".to_owned(),
            no: "nein".to_owned(),
        };
        assert_eq!(read("JA ", &format), "boolean: true");
        assert_eq!(read("Nein", &format), "boolean: false");
        assert_eq!(
            read("vielleicht", &format),
            "`vielleicht` is neither `Ja` nor `nein`"
        );
    }
}
