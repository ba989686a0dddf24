use jiff::Timestamp;
use jiff::fmt::strtime;

use crate::eval::bounded::check_text;
use crate::eval::fault::{Fault, quote};
use crate::lang::{ParameterKind, Returns, Signature};
use crate::model::{Type, Value};

use super::function::{Call, Function, example, required};

pub(super) static FUNCTION: Function = Function {
    signature: Signature {
        name: "format_date",
        group: "date",
        summary: "Writes a date or a time (in UTC) in a strftime form.",
        parameters: required(&[("date", ParameterKind::DateOrTime), ("form", ParameterKind::Text)]),
        returns: Returns::Type(Type::Text),
        examples: &[
            example(r#"format_date(2026-01-31, "%d.%m.%Y")"#, r#""31.01.2026""#),
            example(r#"format_date(2026-01-31, "%B %Y")"#, r#""January 2026""#),
            example(
                r#"format_date(2026-01-31, "%!")"#,
                "error: is not a form of dates",
            ),
        ],
        check_literals: Some(check_form),
    },
    pattern: None,
    run,
};

/// The longest form, in bytes; what it gives is at most 256 times as long.
const LONGEST: usize = 1_000;

fn run(call: &Call<'_>) -> Result<Value, Fault> {
    let form = call.text(1)?.unwrap_or_default();
    let Some(moment) = call.moment(0)? else {
        return Ok(Value::Null);
    };
    let text = format(&form, moment.timestamp()?).map_err(|message| Fault::new(message).at(1))?;
    check_text(text.len())?;
    Ok(Value::text(text))
}

fn format(form: &str, time: Timestamp) -> Result<String, String> {
    if form.len() > LONGEST {
        return Err(format!("the form is longer than {LONGEST} bytes"));
    }
    strtime::format(form, time).map_err(|error| format!("{} is not a form of dates: {error}", quote(form)))
}

/// Tries a literal form; what can be written for one time can be for any.
fn check_form(literals: &[Option<&Value>]) -> Result<(), (usize, String)> {
    match literals.get(1) {
        Some(Some(Value::Text(form))) => format(form, Timestamp::UNIX_EPOCH)
            .map(drop)
            .map_err(|message| (1, message)),
        _ => Ok(()),
    }
}
