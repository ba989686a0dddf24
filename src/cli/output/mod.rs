//! What a person or a program sees: the report on stdout, everything else on stderr.
//!
//! A closed pipe is no error: what goes to it is dropped, and the command goes on to its end, so that
//! `sheetflow apply … | head` sends every record all the same.

mod paint;
mod stream;
mod table;

use std::io::{self, IsTerminal};

use clap::ColorChoice;
use clap::builder::StyledStr;
use serde_json::{Value, json};

pub(crate) use paint::Role;
pub(crate) use table::{Cell, Table, printable};

use super::CliError;
use super::arguments::{Format, GlobalArguments};
use super::error::{causes, differences, has_more};
use crate::diag::{Diagnostic, Sources, Style, render_human, render_json};
use crate::engine::EngineError;
use stream::Stream;

/// What the process was started in, as far as output is concerned.
#[derive(Clone, Debug)]
pub(crate) struct Environment {
    /// `NO_COLOR` is set and not empty, or the terminal is `dumb`.
    pub(crate) no_colour: bool,
    /// Columns of the terminal; `None` when stdout is none.
    pub(crate) width: Option<usize>,
    /// Whether stdout is a terminal.
    pub(crate) stdout_is_terminal: bool,
    /// Whether stderr is a terminal.
    pub(crate) stderr_is_terminal: bool,
}

impl Environment {
    /// Looks at the process.
    pub(crate) fn of_process() -> Self {
        let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let size = terminal_size::terminal_size_of(io::stdout());
        Environment {
            no_colour: is_set("NO_COLOR") || std::env::var_os("TERM").is_some_and(|term| term == "dumb"),
            width: size.map(|(width, _)| usize::from(width.0)),
            stdout_is_terminal: io::stdout().is_terminal(),
            stderr_is_terminal: io::stderr().is_terminal(),
        }
    }
}

/// How text for people is to look.
#[derive(Clone, Copy, Debug)]
pub(crate) struct View {
    /// Whether colours are wanted.
    pub(crate) style: Style,
    /// Columns; `None` where lines may be of any length.
    pub(crate) width: Option<usize>,
}

impl View {
    /// Puts a text in the colours of its role.
    pub(crate) fn paint(self, role: Role, text: &str) -> String {
        role.paint(self.style, text)
    }
}

/// Where a command writes.
#[derive(Debug)]
pub(crate) struct Output {
    format: Format,
    quiet: bool,
    width: Option<usize>,
    stdout: Stream,
    stderr: Stream,
    stderr_is_terminal: bool,
    has_report: bool,
}

impl Output {
    /// Opens the process's streams.
    pub(crate) fn new(global: &GlobalArguments, environment: &Environment) -> Self {
        let style = |is_terminal| match global.color {
            ColorChoice::Always => Style::Colour,
            ColorChoice::Auto if is_terminal && !environment.no_colour => Style::Colour,
            ColorChoice::Auto | ColorChoice::Never => Style::Plain,
        };
        Output {
            format: global.format,
            quiet: global.quiet,
            width: environment.width,
            stdout: Stream::new(io::stdout(), style(environment.stdout_is_terminal)),
            stderr: Stream::new(io::stderr(), style(environment.stderr_is_terminal)),
            stderr_is_terminal: environment.stderr_is_terminal,
            has_report: false,
        }
    }

    /// Writes a command's report, in the form that was asked for. Only that form is made.
    pub(crate) fn report(
        &mut self,
        human: impl FnOnce(View) -> String,
        json: impl FnOnce() -> Value,
    ) -> Result<(), CliError> {
        match self.format {
            Format::Human => {
                let text = human(self.view());
                self.text(&text)
            }
            Format::Json => self.json(&json()),
        }
    }

    /// Writes text to stdout as it is.
    pub(crate) fn text(&mut self, text: &str) -> Result<(), CliError> {
        self.has_report = true;
        self.stdout.write(text).map_err(CliError::Output)
    }

    /// Writes one JSON document to stdout.
    pub(crate) fn json(&mut self, value: &Value) -> Result<(), CliError> {
        self.text(&format!("{value:#}\n"))
    }

    /// Writes text of the argument parser to stdout.
    pub(crate) fn styled_text(&mut self, text: &StyledStr) -> Result<(), CliError> {
        let rendered = rendered(text, self.stdout.style());
        self.text(&rendered)
    }

    /// Writes text of the argument parser to stderr.
    pub(crate) fn error_text(&mut self, text: &StyledStr) -> Result<(), CliError> {
        let rendered = rendered(text, self.stderr.style());
        self.stderr_text(&rendered)
    }

    /// Says something beside the report, on stderr; nothing with `-q`.
    pub(crate) fn message(&mut self, text: &str) -> Result<(), CliError> {
        if self.quiet {
            return Ok(());
        }
        self.stderr_text(&format!("{text}\n"))
    }

    /// Shows what ended a command: on stderr for people, and with `--format json` on stdout too, unless
    /// a report stands there already.
    pub(crate) fn problem(&mut self, problem: &CliError) -> Result<(), CliError> {
        let text = problem_text(problem, self.stderr.style());
        self.stderr_text(&text)?;
        if self.format == Format::Json && !self.has_report {
            self.json(&problem_json(problem))?;
        }
        Ok(())
    }

    /// Asks a question on stderr and leaves the cursor behind it.
    pub(crate) fn prompt(&mut self, question: &str) -> Result<(), CliError> {
        self.stderr_text(question)
    }

    /// Tells how messages are to look.
    pub(crate) fn message_style(&self) -> Style {
        self.stderr.style()
    }

    /// Tells whether nothing but the report is wanted.
    pub(crate) fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// Tells how text for stdout is to look.
    pub(crate) fn view(&self) -> View {
        View {
            style: self.stdout.style(),
            width: self.width,
        }
    }

    /// Tells what the report is to be.
    pub(crate) fn format(&self) -> Format {
        self.format
    }

    /// Tells whether a progress bar has a place: stderr is a terminal, and nobody asked for silence.
    pub(crate) fn shows_progress(&self) -> bool {
        self.stderr_is_terminal && !self.quiet
    }

    /// Writes out what is still held back.
    pub(crate) fn finish(&mut self) -> Result<(), CliError> {
        let flushed = self.stdout.flush().and(self.stderr.flush());
        flushed.map_err(CliError::Output)
    }

    /// Stdout goes first, so that both keep their order on a terminal.
    fn stderr_text(&mut self, text: &str) -> Result<(), CliError> {
        let flushed = self.stdout.flush();
        let said = self.stderr.write(text).and(self.stderr.flush());
        flushed.and(said).map_err(CliError::Output)
    }
}

fn rendered(text: &StyledStr, style: Style) -> String {
    match style {
        Style::Colour => text.ansi().to_string(),
        Style::Plain => text.to_string(),
    }
}

/// Gives the problems of a project, where they are what ended the command.
fn diagnostics_of(problem: &CliError) -> Option<(&[Diagnostic], &Sources)> {
    let CliError::Engine(problem) = problem else {
        return None;
    };
    match &**problem {
        EngineError::Check { diagnostics, texts } => Some((diagnostics, texts)),
        _ => None,
    }
}

fn problem_text(problem: &CliError, style: Style) -> String {
    if let Some((diagnostics, texts)) = diagnostics_of(problem) {
        return render_human(diagnostics, texts, style);
    }
    let message = printable(&problem.to_string());
    let mut text = format!("{}: {message}\n", Role::Bad.paint(style, "error"));
    for cause in causes(problem) {
        text.push_str(&format!("  because: {}\n", printable(&cause)));
    }
    for difference in differences(problem) {
        text.push_str(&format!("  - {}\n", printable(&difference.to_string())));
    }
    if has_more(problem) {
        text.push_str("  - and more\n");
    }
    for hint in problem.hints() {
        text.push_str(&format!("  {}: {hint}\n", Role::Name.paint(style, "help")));
    }
    text
}

fn problem_json(problem: &CliError) -> Value {
    let diagnostics = diagnostics_of(problem).map(|(diagnostics, texts)| render_json(diagnostics, texts));
    let mut error = json!({
        "kind": problem.kind(),
        "message": problem.to_string(),
        "causes": causes(problem),
        "hints": problem.hints(),
        "diagnostics": diagnostics,
    });
    if !differences(problem).is_empty() {
        error["differences"] = json!(differences(problem));
        error["more_differences"] = json!(has_more(problem));
    }
    json!({ "error": error })
}
