//! The question before anything is sent.

use std::io::{self, BufRead, IsTerminal};

use crate::engine::Session;
use crate::model::Mode;

use super::{CliError, Context};

/// What is asked, and whether it was answered beforehand.
#[derive(Clone, Copy, Debug)]
pub(super) struct Question<'a> {
    /// `--yes`
    pub(super) yes: bool,
    /// In test mode.
    pub(super) test: &'a str,
    /// In live mode.
    pub(super) live: &'a str,
}

/// Asks before anything is sent. Where nobody can answer, test mode goes on and live mode does not.
pub(super) fn confirmed(
    question: Question<'_>,
    session: &Session,
    context: &mut Context,
) -> Result<bool, CliError> {
    if question.yes {
        return Ok(true);
    }
    let connection = session.connection.as_ref();
    let live = connection.is_some_and(|connection| connection.mode == Mode::Live);
    if !io::stdin().is_terminal() {
        return match live {
            false => Ok(true),
            true => Err(CliError::NobodyToAsk),
        };
    }
    let words = if live { question.live } else { question.test };
    context.output.prompt(words)?;
    let mut answer = String::new();
    io::stdin()
        .lock()
        .read_line(&mut answer)
        .map_err(CliError::System)?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}
