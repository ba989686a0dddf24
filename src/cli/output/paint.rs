use anstyle::{AnsiColor, Style as Ansi};

use crate::diag::Style;

/// What a piece of text is, which decides its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(crate) enum Role {
    /// Nothing special.
    #[default]
    Plain,
    /// A heading.
    Heading,
    /// A name that can be typed.
    Name,
    /// Beside the point.
    Faint,
    /// Done, or well.
    Good,
    /// Worth a look.
    Warning,
    /// Wrong, or failed.
    Bad,
}

impl Role {
    /// Puts a text in the role's colours.
    pub(crate) fn paint(self, style: Style, text: &str) -> String {
        let ansi = match (style, self) {
            (Style::Plain, _) | (_, Role::Plain) => return text.to_owned(),
            (_, Role::Heading) => Ansi::new().bold(),
            (_, Role::Name) => AnsiColor::Cyan.on_default(),
            (_, Role::Faint) => Ansi::new().dimmed(),
            (_, Role::Good) => AnsiColor::Green.on_default(),
            (_, Role::Warning) => AnsiColor::Yellow.on_default().bold(),
            (_, Role::Bad) => AnsiColor::Red.on_default().bold(),
        };
        format!("{ansi}{text}{ansi:#}")
    }
}
