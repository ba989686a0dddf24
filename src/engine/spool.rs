use std::fs::{self, File};
use std::io::{BufRead, BufReader, BufWriter, Seek, Write};
use std::marker::PhantomData;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::EngineError;

/// How many items stay in memory before a spool turns to its file.
const IN_MEMORY: usize = 10_000;

/// Items written once and read in order, as often as needed. A few stay in memory; more go to a file, so
/// that memory does not grow with the sheet. The file is deleted with the spool.
#[derive(Debug)]
pub(super) struct Spool<Item> {
    path: PathBuf,
    memory: Vec<Item>,
    file: Option<BufWriter<File>>,
    length: u64,
}

impl<Item: Serialize + DeserializeOwned + Clone> Spool<Item> {
    /// Makes an empty spool whose file, if it comes to that, is `directory/name`.
    pub(super) fn new(directory: &Path, name: &str) -> Self {
        let path = directory.join(format!("{name}-{}.spool", std::process::id()));
        Spool {
            path,
            memory: Vec::new(),
            file: None,
            length: 0,
        }
    }

    /// Adds an item.
    pub(super) fn push(&mut self, item: Item) -> Result<(), EngineError> {
        self.length += 1;
        if self.file.is_none() && self.memory.len() < IN_MEMORY {
            self.memory.push(item);
            return Ok(());
        }
        let path = self.path.clone();
        let failed = |source| EngineError::Write {
            path: path.clone(),
            source,
        };
        if self.file.is_none() {
            self.file = Some(BufWriter::new(create(&self.path).map_err(failed)?));
        }
        let Some(file) = &mut self.file else { return Ok(()) };
        serde_json::to_writer(&mut *file, &item).map_err(|error| failed(error.into()))?;
        file.write_all(b"\n").map_err(failed)
    }

    /// Gives the number of items.
    pub(super) fn len(&self) -> u64 {
        self.length
    }

    /// Reads all items from the first on.
    pub(super) fn read(&mut self) -> Result<Items<'_, Item>, EngineError> {
        let path = self.path.clone();
        let failed = |source| EngineError::Write {
            path: path.clone(),
            source,
        };
        let lines = match &mut self.file {
            None => None,
            Some(file) => {
                file.flush().map_err(failed)?;
                let mut reader = file.get_ref().try_clone().map_err(failed)?;
                reader.rewind().map_err(failed)?;
                Some(BufReader::new(reader))
            }
        };
        Ok(Items {
            memory: self.memory.iter(),
            lines,
            path,
            item: PhantomData,
        })
    }
}

/// Makes an empty file, and its directory, for its owner alone.
pub(super) fn create(path: &Path) -> std::io::Result<File> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    let mut options = File::options();
    options.read(true).write(true).create(true).truncate(true);
    // Rows of a sheet are nobody else's business.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

impl<Item> Drop for Spool<Item> {
    fn drop(&mut self) {
        if self.file.take().is_some() {
            // A spool that stays behind costs disk, and the next run writes over it.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// The items of a [`Spool`] in order.
pub(super) struct Items<'a, Item> {
    memory: std::slice::Iter<'a, Item>,
    lines: Option<BufReader<File>>,
    path: PathBuf,
    item: PhantomData<Item>,
}

impl<Item: DeserializeOwned + Clone> Iterator for Items<'_, Item> {
    type Item = Result<Item, EngineError>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(item) = self.memory.next() {
            return Some(Ok(item.clone()));
        }
        let mut line = String::new();
        let read = match self.lines.as_mut()?.read_line(&mut line) {
            Ok(0) => return None,
            Ok(_) => serde_json::from_str(&line).map_err(std::io::Error::from),
            Err(error) => Err(error),
        };
        Some(read.map_err(|source| EngineError::Read {
            path: self.path.clone(),
            source,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::{IN_MEMORY, Spool};

    #[test]
    fn items_come_back_in_order_from_memory_and_file() {
        let directory = tempfile::tempdir().unwrap();
        let mut spool = Spool::new(directory.path(), "test");
        let count = IN_MEMORY as u64 + 500;
        for number in 0..count {
            spool.push(number).unwrap();
        }
        for _ in 0..2 {
            let read: Vec<u64> = spool.read().unwrap().map(Result::unwrap).collect();
            assert_eq!(read, (0..count).collect::<Vec<_>>());
        }
        drop(spool);
        assert_eq!(
            std::fs::read_dir(directory.path()).unwrap().count(),
            0,
            "the file is gone"
        );
    }
}
