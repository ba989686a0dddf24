use std::fmt;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use thiserror::Error;
use wit_parser::Resolve;

use super::function::snake_case;

/// A language that new plugins can be written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// Rust, compiled by rustup's own tool chain.
    Rust,
    /// C, compiled by Zig.
    C,
    /// JavaScript, run by QuickJS inside the component.
    JavaScript,
    /// Python, run by CPython inside the component.
    Python,
    /// Zig.
    Zig,
}

/// A file of a new project: its path in the project's folder, and its text.
type Template = (&'static str, &'static str);

const INTERFACE: Template = ("wit/plugin.wit", include_str!("templates/shared/plugin.wit"));
const README: Template = ("README.md", include_str!("templates/shared/README.md"));

const RUST: &[Template] = &[
    ("plugin.toml", include_str!("templates/rust/plugin.toml")),
    ("Cargo.toml", include_str!("templates/rust/Cargo.toml.template")),
    ("src/lib.rs", include_str!("templates/rust/src/lib.rs.template")),
    ("src/code.rs", include_str!("templates/rust/src/code.rs.template")),
    (".gitignore", include_str!("templates/rust/gitignore")),
];

const C: &[Template] = &[
    ("plugin.toml", include_str!("templates/c/plugin.toml")),
    ("src/plugin.c", include_str!("templates/c/src/plugin.c")),
    ("src/component.h", include_str!("templates/c/src/component.h")),
    ("src/component.c", include_str!("templates/c/src/component.c")),
    (".gitignore", include_str!("templates/c/gitignore")),
];

const JAVASCRIPT: &[Template] = &[
    ("plugin.toml", include_str!("templates/js/plugin.toml")),
    ("src/plugin.js", include_str!("templates/js/src/plugin.js")),
    (".gitignore", include_str!("templates/js/gitignore")),
];

const PYTHON: &[Template] = &[
    ("plugin.toml", include_str!("templates/python/plugin.toml")),
    ("src/plugin.py", include_str!("templates/python/src/plugin.py")),
    (".gitignore", include_str!("templates/python/gitignore")),
];

const ZIG: &[Template] = &[
    ("plugin.toml", include_str!("templates/zig/plugin.toml")),
    ("src/plugin.zig", include_str!("templates/zig/src/plugin.zig")),
    (
        "src/component.zig",
        include_str!("templates/zig/src/component.zig"),
    ),
    (".gitignore", include_str!("templates/zig/gitignore")),
];

/// Why no new project was made.
#[derive(Debug, Error)]
pub enum NewProjectError {
    /// The name can't be a plugin's.
    #[error(
        "`{0}` can't be a plugin's name: expected words of small letters and digits, with `-` between them"
    )]
    Name(String),
    /// No template is written in this language.
    #[error("no plugin can be started in `{0}`: expected rust, c, js, python or zig")]
    Language(String),
    /// Something is there already.
    #[error("`{0}` is there already")]
    IsThere(PathBuf),
    /// A file or folder can't be made.
    #[error("`{path}` can't be made")]
    File {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
}

impl Language {
    /// All languages, in the order of the command line's help.
    pub const ALL: [Language; 5] = [
        Language::Rust,
        Language::C,
        Language::JavaScript,
        Language::Python,
        Language::Zig,
    ];

    /// Gives the word of the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Language::Rust => "rust",
            Language::C => "c",
            Language::JavaScript => "js",
            Language::Python => "python",
            Language::Zig => "zig",
        }
    }

    /// Says what must be installed before the first build; the build fetches the rest.
    pub fn needs(self) -> &'static str {
        match self {
            Language::Rust => "The build needs rustup.",
            Language::C | Language::Zig | Language::Python => {
                "The build needs Python 3 with venv and pip, and fetches the tool chain from PyPI once."
            }
            Language::JavaScript => "The build needs npm, and fetches the tool chain from its registry once.",
        }
    }

    fn templates(self) -> &'static [Template] {
        match self {
            Language::Rust => RUST,
            Language::C => C,
            Language::JavaScript => JAVASCRIPT,
            Language::Python => PYTHON,
            Language::Zig => ZIG,
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Language::Rust => "Rust",
            Language::C => "C",
            Language::JavaScript => "JavaScript",
            Language::Python => "Python",
            Language::Zig => "Zig",
        })
    }
}

impl FromStr for Language {
    type Err = NewProjectError;

    fn from_str(word: &str) -> Result<Self, NewProjectError> {
        Language::ALL
            .into_iter()
            .find(|language| language.as_str() == word)
            .ok_or_else(|| NewProjectError::Language(word.to_owned()))
    }
}

/// Gives the files of a new project, with paths relative to its folder. Errors when the name can't stand in
/// an interface.
fn new_project_files(name: &str, language: Language) -> Result<Vec<(PathBuf, String)>, NewProjectError> {
    check_name(name)?;
    let fill = |(path, text): &Template| {
        let text = text
            .replace("{name}", name)
            .replace("{snake}", &snake_case(name))
            .replace("{language}", &language.to_string())
            .replace("{needs}", language.needs());
        (PathBuf::from(path), text)
    };
    let files: Vec<(PathBuf, String)> = [INTERFACE, README]
        .iter()
        .chain(language.templates())
        .map(fill)
        .collect();
    let is_sound = files
        .iter()
        .filter(|(path, _)| path.extension().is_some_and(|extension| extension == "wit"))
        .all(|(path, text)| Resolve::default().push_str(path, text).is_ok());
    if is_sound {
        Ok(files)
    } else {
        // A word of the interface language itself, such as `world`.
        Err(NewProjectError::Name(name.to_owned()))
    }
}

/// Makes the folder of a new project with its files, and gives their paths. It overwrites nothing.
pub fn create_project(
    folder: &Path,
    name: &str,
    language: Language,
) -> Result<Vec<PathBuf>, NewProjectError> {
    let files = new_project_files(name, language)?;
    if folder.symlink_metadata().is_ok() {
        return Err(NewProjectError::IsThere(folder.to_owned()));
    }
    let mut made = Vec::with_capacity(files.len());
    for (path, text) in files {
        let path = folder.join(path);
        write_new(&path, &text).map_err(|source| NewProjectError::File {
            path: path.clone(),
            source,
        })?;
        made.push(path);
    }
    Ok(made)
}

fn write_new(path: &Path, text: &str) -> io::Result<()> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    File::create_new(path)?.write_all(text.as_bytes())
}

fn check_name(name: &str) -> Result<(), NewProjectError> {
    let is_word = |word: &str| {
        word.starts_with(|first: char| first.is_ascii_lowercase())
            && word
                .chars()
                .all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit())
    };
    if name.len() <= 60 && name.split('-').all(is_word) {
        Ok(())
    } else {
        Err(NewProjectError::Name(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Language, new_project_files};

    #[test]
    fn every_language_gives_a_project_with_a_manifest_and_an_interface() {
        for language in Language::ALL {
            let files = new_project_files("item-code", language).expect("the name is right");
            for wanted in ["plugin.toml", "wit/plugin.wit", "README.md", ".gitignore"] {
                assert!(
                    files.iter().any(|(path, _)| path == Path::new(wanted)),
                    "{language}: {wanted}"
                );
            }
            for (path, text) in files {
                for mark in ["{name}", "{snake}", "{language}", "{needs}"] {
                    assert!(!text.contains(mark), "{language}: {mark} in {}", path.display());
                }
            }
        }
    }

    #[test]
    fn a_name_that_no_interface_can_have_is_refused() {
        for name in [
            "", "Phone", "a_b", "-a", "a-", "1a", "a/b", "../a", "world", "naïve",
        ] {
            assert!(new_project_files(name, Language::Rust).is_err(), "{name}");
        }
    }

    #[test]
    fn a_language_is_found_by_its_word() {
        for language in Language::ALL {
            assert_eq!(language.as_str().parse::<Language>().ok(), Some(language));
        }
        assert!("cobol".parse::<Language>().is_err());
    }
}
