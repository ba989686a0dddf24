//! The question before something is done.

use std::io::{self, BufRead, IsTerminal};

use crate::engine::Session;
use crate::model::Mode;

use super::{CliError, Context};

/// Tells whether an account has real money.
pub(super) fn is_live(session: &Session) -> bool {
    let connection = session.connection.as_ref();
    connection.is_some_and(|connection| connection.mode == Mode::Live)
}

/// Asks. Where nobody can answer, test mode goes on and live mode does not.
pub(super) fn confirmed(question: &str, session: &Session, context: &mut Context) -> Result<bool, CliError> {
    if !io::stdin().is_terminal() {
        return match is_live(session) {
            false => Ok(true),
            true => Err(CliError::NobodyToAsk),
        };
    }
    context.output.prompt(question)?;
    let mut answer = String::new();
    io::stdin()
        .lock()
        .read_line(&mut answer)
        .map_err(CliError::System)?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}
