use sha2::{Digest, Sha256};

use crate::eval::fault::Fault;
use crate::lang::{ParameterKind, Returns, Signature};
use crate::model::{Type, Value};

use super::function::{Call, Function, example, required};

pub(super) static FUNCTION: Function = Function {
    signature: Signature {
        name: "sha256",
        group: "other",
        summary: "Gives the SHA-256 of a text in UTF-8, as 64 hexadecimal digits.",
        parameters: required(&[("text", ParameterKind::Text)]),
        returns: Returns::Type(Type::Text),
        examples: &[example(r#"slice(sha256("abc"), 0, 8)"#, r#""ba7816bf""#)],
        check_literals: None,
    },
    pattern: None,
    run,
};

fn run(call: &Call<'_>) -> Result<Value, Fault> {
    let Some(text) = call.text(0)? else {
        return Ok(Value::Null);
    };
    let digest = Sha256::digest(text.as_bytes());
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(Value::text(hex))
}
