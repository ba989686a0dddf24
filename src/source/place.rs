use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::SourceError;

/// A source's file: where it is, and how the flow names it.
#[derive(Clone, Debug)]
pub(super) struct Place {
    /// The path as the flow has it.
    pub(super) name: String,
    /// The path to open.
    path: PathBuf,
}

impl Place {
    /// Takes a path relative to the project's directory; an absolute one stays as it is.
    pub(super) fn new(base: &Path, name: &str) -> Self {
        Place {
            name: name.to_owned(),
            path: base.join(name),
        }
    }

    /// Opens the file. A missing one is an error with the most similar name of its folder.
    pub(super) fn open(&self) -> Result<File, SourceError> {
        let opened = File::open(&self.path).and_then(|file| match file.metadata()?.is_dir() {
            true => Err(io::Error::from(io::ErrorKind::IsADirectory)),
            false => Ok(file),
        });
        opened.map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => SourceError::NoFile {
                file: self.name.clone(),
                nearest: self.nearest(),
            },
            _ => self.io(error),
        })
    }

    /// Says that reading the file failed.
    pub(super) fn io(&self, cause: io::Error) -> SourceError {
        SourceError::Io {
            file: self.name.clone(),
            cause,
        }
    }

    /// Says that the file is not what it should be.
    pub(super) fn damaged(&self, problem: impl Into<String>) -> SourceError {
        SourceError::Damaged {
            file: self.name.clone(),
            problem: problem.into(),
        }
    }

    /// Says that the file breaks a bound.
    pub(super) fn too_large(&self, problem: impl Into<String>) -> SourceError {
        SourceError::TooLarge {
            file: self.name.clone(),
            problem: problem.into(),
        }
    }

    fn nearest(&self) -> Option<String> {
        let wanted = self.path.file_name()?.to_str()?.to_owned();
        let names: Vec<String> = fs::read_dir(self.path.parent()?)
            .ok()?
            .take(10_000)
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .collect();
        let nearest = nearest_name(&wanted, names.iter().map(String::as_str))?;
        Some(
            Path::new(&self.name)
                .with_file_name(nearest)
                .display()
                .to_string(),
        )
    }
}

/// Finds the name that a person may have meant: the most alike, if any is alike at all.
pub(super) fn nearest_name<'a>(wanted: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = wanted.to_lowercase();
    names
        .map(|name| (strsim::jaro_winkler(&wanted, &name.to_lowercase()), name))
        .filter(|(likeness, _)| *likeness > 0.75)
        .max_by(|(one, _), (two, _)| one.total_cmp(two))
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::nearest_name;

    #[test]
    fn the_nearest_name_ignores_case_and_forgives_a_slip() {
        let names = ["customers.xlsx", "invoices.csv"];
        assert_eq!(
            nearest_name("Custmers.xlsx", names.into_iter()),
            Some("customers.xlsx")
        );
        assert_eq!(nearest_name("zzz", names.into_iter()), None);
    }
}
