use jiff::Timestamp;
use jiff::fmt::strtime;

use crate::eval::fault::{Fault, quote};
use crate::lang::{ParameterKind, Returns, Signature};
use crate::model::{Type, Value};

use super::function::{Call, Function, example, optional};

pub(super) static FUNCTION: Function = Function {
    signature: Signature {
        name: "date",
        group: "date",
        summary: "Reads a date: ISO text, or text of a strftime form such as `%d/%m/%Y`; of a time, \
                  its day in UTC.",
        parameters: optional(&[("value", ParameterKind::Any)], &[("form", ParameterKind::Text)]),
        returns: Returns::Type(Type::Date),
        examples: &[
            example(r#"date("2026-01-31")"#, "2026-01-31"),
            example(r#"date("31/01/2026", "%d/%m/%Y")"#, "2026-01-31"),
            example(r#"date("31.1.26", "%d.%m.%y")"#, "2026-01-31"),
            example(
                r#"date("31/02/2026", "%d/%m/%Y")"#,
                "error: is not a date of the form",
            ),
            example(r#"date("soon")"#, "error: is not a date"),
        ],
        check_literals: Some(check_form),
    },
    pattern: None,
    run,
};

fn run(call: &Call<'_>) -> Result<Value, Fault> {
    let form = call.text(1)?;
    let (Some(form), Value::Text(text)) = (form, call.value(0)) else {
        return Ok(call.date(0)?.map_or(Value::Null, Value::Date));
    };
    let text = text.trim();
    if text.is_empty() {
        return Ok(Value::Null);
    }
    match strtime::parse(&*form, text).and_then(|parsed| parsed.to_date()) {
        Ok(date) => Ok(Value::Date(date)),
        Err(_) => Err(Fault::new(format!(
            "{} is not a date of the form {}",
            quote(text),
            quote(&form)
        ))
        .at(0)),
    }
}

/// Tries a literal form: what it writes for a day must read back as that day.
fn check_form(literals: &[Option<&Value>]) -> Result<(), (usize, String)> {
    let Some(Some(Value::Text(form))) = literals.get(1) else {
        return Ok(());
    };
    let read_back = strtime::format(&**form, Timestamp::UNIX_EPOCH)
        .and_then(|written| strtime::parse(&**form, written))
        .and_then(|parsed| parsed.to_date());
    match read_back {
        Ok(_) => Ok(()),
        Err(error) => Err((1, format!("{} is not a form of dates: {error}", quote(form)))),
    }
}
