use crate::model::{Cell, SourceKind, SourceSpec, Value};

use super::convert::convert;

/// Gives the cell that a source would give for a value that stands in one of its columns: read as the column is
/// declared, and in delimited text, which knows nothing else, as text.
pub fn cell_of(spec: &SourceSpec, column: &str, value: Value) -> Cell {
    let declared = spec.columns.iter().find(|declared| &*declared.name == column);
    let is_text_file = matches!(spec.kind, SourceKind::Csv { .. });
    let value = match value {
        Value::Integer(_) | Value::Decimal(_) | Value::Boolean(_) | Value::Date(_) | Value::Time(_)
            if is_text_file && declared.is_none() =>
        {
            Value::text(value.to_string())
        }
        value => value,
    };
    let mut cell = Cell::Value(value);
    convert(&mut cell, declared.map(|declared| &declared.format));
    cell
}

#[cfg(test)]
mod tests {
    use super::cell_of;
    use crate::model::{Cell, ColumnDeclaration, ColumnFormat, SourceKind, SourceSpec, Value};

    #[test]
    fn a_value_is_read_as_the_file_would_give_it() {
        let spec = SourceSpec {
            name: "lines".into(),
            kind: SourceKind::Csv {
                path: "lines.csv".to_owned(),
                delimiter: None,
                quote: None,
                encoding: None,
                header: None,
            },
            columns: vec![ColumnDeclaration {
                name: "Amount".into(),
                format: ColumnFormat::DecimalComma,
            }],
        };
        let amount = cell_of(&spec, "Amount", Value::text("1.234,50"));
        assert_eq!(
            amount,
            Cell::Value(Value::Decimal("1234.50".parse().expect("a decimal")))
        );
        assert!(matches!(
            cell_of(&spec, "Amount", Value::text("x")),
            Cell::Broken(_)
        ));
        assert_eq!(
            cell_of(&spec, "Item", Value::Integer(7)),
            Cell::Value(Value::text("7"))
        );
    }
}
