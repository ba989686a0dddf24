/// Characters of a plugin's own text that a message repeats.
const LONGEST: usize = 500;

/// Shortens text of outside for a message, and takes out what could steer a terminal.
pub(super) fn shortened(text: &str) -> String {
    let visible = |letter: char| if letter.is_control() { ' ' } else { letter };
    let mut letters = text.chars();
    let mut short: String = letters.by_ref().take(LONGEST).map(visible).collect();
    if letters.next().is_some() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::shortened;

    #[test]
    fn what_steers_a_terminal_is_taken_out() {
        assert_eq!(shortened("bad\u{1b}[2J\nrow"), "bad [2J row");
    }

    #[test]
    fn long_text_is_cut_between_characters() {
        assert_eq!(shortened(&"ß".repeat(600)).chars().count(), 501);
    }
}
