use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde_json::Value as Json;

use super::EngineError;
use super::spool::create;

/// Values on disk, each read by the place that adding it gave. The file is deleted with the store.
#[derive(Debug)]
pub(super) struct Store {
    path: PathBuf,
    file: Mutex<Option<File>>,
    length: u64,
}

impl Store {
    /// Makes an empty store whose file, when something is added, is `directory/name`.
    pub(super) fn new(directory: &Path, name: &str) -> Self {
        Store {
            path: directory.join(format!("{name}-{}.store", std::process::id())),
            file: Mutex::new(None),
            length: 0,
        }
    }

    /// Adds a value, and gives its place.
    pub(super) fn add(&mut self, value: &Json) -> Result<u64, EngineError> {
        let place = self.length;
        let text = format!("{value}\n");
        let file = self.file.get_mut().unwrap_or_else(PoisonError::into_inner);
        let written = append(file, &self.path, text.as_bytes());
        written.map_err(|source| EngineError::Write {
            path: self.path.clone(),
            source,
        })?;
        self.length += text.len() as u64;
        Ok(place)
    }

    /// Reads the value at a place.
    pub(super) fn read(&self, place: u64) -> Result<Json, EngineError> {
        let file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let read = match &*file {
            Some(file) => line_at(file, place),
            None => Err(io::ErrorKind::NotFound.into()),
        };
        read.map_err(|source| EngineError::Read {
            path: self.path.clone(),
            source,
        })
    }
}

fn append(file: &mut Option<File>, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let file = match file {
        Some(file) => file,
        None => file.insert(create(path)?),
    };
    file.seek(SeekFrom::End(0))?;
    file.write_all(bytes)
}

fn line_at(mut file: &File, place: u64) -> io::Result<Json> {
    file.seek(SeekFrom::Start(place))?;
    let mut line = String::new();
    BufReader::with_capacity(1 << 10, file).read_line(&mut line)?;
    serde_json::from_str(&line).map_err(io::Error::from)
}

impl Drop for Store {
    fn drop(&mut self) {
        let file = self.file.get_mut().unwrap_or_else(PoisonError::into_inner);
        if file.take().is_some() {
            // A file that stays behind costs disk, and the next run writes over it.
            let _ = fs::remove_file(&self.path);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Store;

    #[test]
    fn values_are_read_by_their_places_in_any_order() {
        let directory = tempfile::tempdir().unwrap();
        let mut store = Store::new(directory.path(), "test");
        let long = "x".repeat(5_000);
        let places = [json!(1), json!({"a": long}), json!("é\n")].map(|value| store.add(&value).unwrap());
        assert_eq!(store.read(places[2]).unwrap(), json!("é\n"));
        assert_eq!(store.read(places[1]).unwrap()["a"], json!(long));
        store.add(&json!(4)).unwrap();
        assert_eq!(store.read(places[0]).unwrap(), json!(1));
        drop(store);
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);
    }
}
