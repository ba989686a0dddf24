use crate::words::{is_particle, is_roman};

/// Gives a name with capitals where they belong.
pub fn title_case(name: &str) -> String {
    let words: Vec<&str> = name.split_whitespace().collect();
    let last = words.len().saturating_sub(1);
    words
        .iter()
        .enumerate()
        .map(|(index, word)| match word {
            word if is_mixed(word) => (*word).to_owned(),
            word if is_roman(word) && index > 0 => word.to_uppercase(),
            // A particle is small inside a name; the first and the last word are names.
            word if is_particle(word) && index > 0 && index < last => word.to_lowercase(),
            word => capitalised(word),
        })
        .collect::<Vec<_>>()
        .join(" ")
}

/// Tells whether someone has thought about this word's letters: `DeAndre`, `Lee`.
fn is_mixed(word: &str) -> bool {
    word.chars().any(char::is_lowercase) && word.chars().any(char::is_uppercase)
}

/// Writes a capital at the start of a word and after hyphens and apostrophes.
fn capitalised(word: &str) -> String {
    let mut result = String::new();
    let mut starts = true;
    for letter in word.to_lowercase().chars() {
        if starts && letter.is_alphabetic() {
            result.extend(letter.to_uppercase());
            starts = false;
        } else {
            result.push(letter);
            starts = starts || is_border(letter, &result);
        }
        if result.ends_with("Mc") && !word.contains('.') {
            starts = true;
        }
    }
    result
}

/// Tells whether a new name begins behind this letter: `Jean-Luc`, `O'Neill`, `D'Angelo`, but not `Bond's`.
fn is_border(letter: char, written: &str) -> bool {
    match letter {
        '-' | '\u{2010}' | '\u{2011}' | '.' | '(' => true,
        '\'' | '\u{2019}' => written.chars().filter(|letter| letter.is_alphabetic()).count() == 1,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::title_case;

    #[test]
    fn capitals_stand_where_they_belong() {
        for (name, expected) in [
            ("ANN LEE", "Ann Lee"),
            ("ann   lee", "Ann Lee"),
            ("JOHN VAN DER BERG", "John van der Berg"),
            ("VAN GOGH", "Van Gogh"),
            ("jean-luc picard", "Jean-Luc Picard"),
            ("SHAUGHNESSY O'NEILL", "Shaughnessy O'Neill"),
            ("ronald mcdonald", "Ronald McDonald"),
            ("MACHADO", "Machado"),
            ("DeAndre JONES", "DeAndre Jones"),
            ("henry viii tudor iii", "Henry Viii Tudor III"),
            ("j.r.r. tolkien", "J.R.R. Tolkien"),
            ("ÉMILE ZOLA", "Émile Zola"),
            ("österreich", "Österreich"),
            ("", ""),
        ] {
            assert_eq!(title_case(name), expected, "{name}");
        }
    }
}
