/// Words before a family name that belong to it and are written small.
const PARTICLES: &[&str] = &[
    "af", "al", "am", "auf", "av", "ben", "bin", "bint", "da", "dal", "das", "de", "degli", "dei", "del",
    "dela", "della", "dem", "den", "der", "des", "di", "do", "dos", "du", "e", "el", "ibn", "la", "las",
    "le", "los", "op", "ten", "ter", "til", "und", "van", "vom", "von", "y", "zu", "zum", "zur", "'t",
];

/// Words before a name that say who someone is. Compared without points.
const TITLES: &[&str] = &[
    "dame", "dipl", "dipl-ing", "dr", "frau", "fr", "herr", "hr", "ing", "lady", "lord", "m", "mag", "me",
    "miss", "mlle", "mme", "mr", "mrs", "ms", "mx", "prof", "rev", "sir", "sr", "sra", "srta",
];

/// Words after a name. Compared without points.
const SUFFIXES: &[&str] = &[
    "jr", "sr", "ii", "iii", "iv", "esq", "phd", "md", "dds", "mba", "msc", "bsc", "ma", "ba", "llm", "cpa",
];

/// Tells whether a word in any case is a particle.
pub fn is_particle(word: &str) -> bool {
    PARTICLES.contains(&small(word).as_str())
}

/// Tells whether a word in any case is a title.
pub fn is_title(word: &str) -> bool {
    TITLES.contains(&small(word).trim_end_matches('.'))
}

/// Tells whether a word in any case is a suffix.
pub fn is_suffix(word: &str) -> bool {
    SUFFIXES.contains(&small(word).replace('.', "").as_str())
}

/// Tells whether a word is a number in Roman numerals that stands after names.
pub fn is_roman(word: &str) -> bool {
    matches!(small(word).as_str(), "ii" | "iii" | "iv")
}

fn small(word: &str) -> String {
    word.trim_matches(',').replace('\u{2019}', "'").to_lowercase()
}
