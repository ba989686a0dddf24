use crate::words::{is_particle, is_suffix, is_title};

/// The parts of a name.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Split {
    pub title: Option<String>,
    pub given: Option<String>,
    pub particle: Option<String>,
    pub family: Option<String>,
    pub suffix: Option<String>,
}

/// Splits a name. What stands before a comma is the family name, unless what follows is a suffix.
pub fn split(name: &str) -> Split {
    let (name, suffix) = take_suffix(name.trim());
    match name.split_once(',') {
        Some((family, given)) => family_first(family, given, suffix),
        None => given_first(name, suffix),
    }
}

/// Gives the first letters of the given and the family name.
pub fn initials(name: &str) -> String {
    let parts = split(name);
    let family = parts.family.as_deref().map(|family| {
        let particle = parts.particle.as_deref().unwrap_or("");
        family.strip_prefix(particle).unwrap_or(family).trim()
    });
    [parts.given.as_deref(), family]
        .into_iter()
        .flatten()
        .filter_map(|part| part.chars().find(|letter| letter.is_alphabetic()))
        .flat_map(char::to_uppercase)
        .collect()
}

/// Takes the suffixes off the end.
fn take_suffix(name: &str) -> (&str, Vec<&str>) {
    let mut rest = name;
    let mut suffix = Vec::new();
    while let Some((before, last)) = rest.rsplit_once([' ', ',']) {
        let before = before.trim_end();
        if !last.is_empty() && !(is_suffix(last) && !before.trim_end_matches(',').is_empty()) {
            break;
        }
        // Two words are a name: `Li Ma` has no suffix.
        let is_name = before.split_whitespace().filter(|word| !is_title(word)).count() < 2;
        if !last.is_empty() && is_name && !before.ends_with(',') {
            break;
        }
        if !last.is_empty() {
            suffix.insert(0, last);
        }
        rest = before.trim_end_matches(',').trim_end();
    }
    (rest, suffix)
}

fn family_first(family: &str, given: &str, suffix: Vec<&str>) -> Split {
    let (title, given) = take_titles(given.split_whitespace().collect());
    // `Beethoven, Ludwig van`: the particle stands at the end.
    let names = given
        .iter()
        .rposition(|word| !is_particle(word))
        .map_or(0, |last| last + 1);
    let (given, moved) = given.split_at(names);
    let family: Vec<&str> = family.split_whitespace().collect();
    let (own, _) = family.split_at(particles(&family));
    let particle = [moved, own].concat();
    Split {
        title: joined(&title),
        given: joined(given),
        particle: joined(&particle),
        family: joined(&[moved, &family].concat()),
        suffix: joined(&suffix),
    }
}

fn given_first(name: &str, suffix: Vec<&str>) -> Split {
    let (title, words) = take_titles(name.split_whitespace().collect());
    let family_at = match words.len() {
        0 => 0,
        // One word is a family name after a title, and a given name else.
        1 => usize::from(title.is_empty()),
        length => words[1..length - 1]
            .iter()
            .position(|word| is_particle(word))
            .map_or(length - 1, |at| at + 1),
    };
    // `van Gogh` alone begins with its particle.
    let family_at = if words.len() > 1 && is_particle(words[0]) {
        0
    } else {
        family_at
    };
    let (given, family) = words.split_at(family_at);
    Split {
        title: joined(&title),
        given: joined(given),
        particle: joined(&family[..particles(family)]),
        family: joined(family),
        suffix: joined(&suffix),
    }
}

/// Counts the particles at the start of a family name, of which the last word is never one.
fn particles(family: &[&str]) -> usize {
    let most = family.len().saturating_sub(1);
    family[..most].iter().take_while(|word| is_particle(word)).count()
}

/// Takes the titles off the front, but leaves a word to be the name.
fn take_titles(words: Vec<&str>) -> (Vec<&str>, Vec<&str>) {
    let most = words.len().saturating_sub(1);
    let count = words[..most].iter().take_while(|word| is_title(word)).count();
    (words[..count].to_vec(), words[count..].to_vec())
}

fn joined(words: &[&str]) -> Option<String> {
    (!words.is_empty()).then(|| words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::{initials, split};

    /// Writes the parts as title, given, particle, family, suffix.
    fn parts(name: &str) -> String {
        let parts = split(name);
        [
            parts.title,
            parts.given,
            parts.particle,
            parts.family,
            parts.suffix,
        ]
        .map(|part| part.unwrap_or_default())
        .join("|")
    }

    #[test]
    fn names_are_split_as_they_are_written() {
        for (name, expected) in [
            ("Ann Lee", "|Ann||Lee|"),
            ("  Ann   Mary  Lee ", "|Ann Mary||Lee|"),
            ("Dr. Ludwig van Beethoven", "Dr.|Ludwig|van|van Beethoven|"),
            (
                "Prof. Dr. Eva von der Leyen",
                "Prof. Dr.|Eva|von der|von der Leyen|",
            ),
            ("Juan de la Cruz Garcia", "|Juan|de la|de la Cruz Garcia|"),
            ("Martin Luther King Jr.", "|Martin Luther||King|Jr."),
            ("Ann Lee, PhD", "|Ann||Lee|PhD"),
            ("Ann Lee Jr., M.D.", "|Ann||Lee|Jr. M.D."),
            ("Lee, Ann", "|Ann||Lee|"),
            ("Beethoven, Ludwig van", "|Ludwig|van|van Beethoven|"),
            ("van Gogh, Vincent", "|Vincent|van|van Gogh|"),
            ("van Gogh", "||van|van Gogh|"),
            ("Mr. Smith", "Mr.|||Smith|"),
            ("Cher", "|Cher|||"),
            ("Li Ma", "|Li||Ma|"),
            ("", "||||"),
            (",", "||||"),
            ("Dr.", "|Dr.|||"),
        ] {
            assert_eq!(parts(name), expected, "{name}");
        }
    }

    #[test]
    fn initials_pass_over_titles_and_particles() {
        assert_eq!(initials("Dr. Ludwig van Beethoven"), "LB");
        assert_eq!(initials("émile zola"), "ÉZ");
        assert_eq!(initials("Cher"), "C");
        assert_eq!(initials(""), "");
    }
}
