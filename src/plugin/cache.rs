use std::fs::{self, File};
use std::hash::{Hash, Hasher};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;
use wasmtime::Engine;
use wasmtime::component::Component;

use super::seal::Seal;

/// How many compiled plugins are kept; the ones written longest ago go first.
const KEPT: usize = 40;

/// The most bytes of a compiled plugin that are read; a Python one has about 80 MB.
const LARGEST: u64 = 1 << 30;

const ENDING: &str = "cwasm";

/// Compiled plugins in a folder. What is read from it is run, so nothing is read whose seal does not hold.
///
/// Files are written under a temporary name, synced, and then given their own name, which is never
/// overwritten. Whatever is doubtful is deleted, and the caller compiles again.
pub(super) struct Cache {
    folder: PathBuf,
    seal: Seal,
    engine_hash: String,
}

impl Cache {
    /// Opens a folder, and makes it when it is not there. `key_file` holds the key of the seals.
    pub(super) fn open(engine: &Engine, folder: &Path, key_file: &Path) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        Ok(Cache {
            folder: folder.to_owned(),
            seal: Seal::open(key_file)?,
            engine_hash: engine_hash(engine),
        })
    }

    /// Gives the compiled plugin for these component bytes, if a file has it and its seal holds.
    pub(super) fn load(&self, engine: &Engine, bytes: &[u8]) -> Option<Component> {
        let name = self.name(bytes);
        let path = self.folder.join(&name);
        let sealed = read_entry(&path).ok()?;
        let loaded = self.seal.open_sealed(&name, &sealed).and_then(|code| {
            // SAFETY: the seal shows that this program wrote these bytes, for this component and an engine
            // with these settings; they are in memory, so nobody changes them after the seal was looked at.
            #[expect(unsafe_code, reason = "compiled code can't be loaded in another way")]
            let component = unsafe { Component::deserialize(engine, code) };
            component.ok()
        });
        if loaded.is_none() {
            // Another process may have deleted it already.
            let _ = fs::remove_file(&path);
        }
        loaded
    }

    /// Keeps a compiled plugin. A file that another process has written meanwhile stays.
    pub(super) fn store(&self, bytes: &[u8], component: &Component) -> io::Result<()> {
        let code = component.serialize().map_err(io::Error::other)?;
        let name = self.name(bytes);
        let mut file = NamedTempFile::new_in(&self.folder)?;
        file.write_all(&self.seal.tag(&name, &code))?;
        file.write_all(&code)?;
        file.as_file().sync_all()?;
        match file.persist_noclobber(self.folder.join(name)) {
            Ok(_) => {}
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error.error),
        }
        self.forget_old()
    }

    fn name(&self, bytes: &[u8]) -> String {
        format!("{}-{}.{ENDING}", hex(&Sha256::digest(bytes)), self.engine_hash)
    }

    /// Deletes the files that were written longest ago, and what a killed process left behind.
    fn forget_old(&self) -> io::Result<()> {
        let mut entries = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if name.starts_with(".tmp") || name.ends_with(ENDING) {
                entries.push((entry.metadata()?.modified()?, entry.path()));
            }
        }
        entries.sort();
        let surplus = entries.len().saturating_sub(KEPT);
        for (_, path) in entries.into_iter().take(surplus) {
            // Another process may have deleted it already.
            let _ = fs::remove_file(path);
        }
        Ok(())
    }
}

fn read_entry(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(LARGEST).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Hashes everything about an engine that its compiled code depends on.
fn engine_hash(engine: &Engine) -> String {
    struct Into256(Sha256);
    impl Hasher for Into256 {
        fn write(&mut self, bytes: &[u8]) {
            self.0.update(bytes);
        }
        fn finish(&self) -> u64 {
            // Nobody asks: the whole digest is taken below.
            0
        }
    }
    let mut hash = Into256(Sha256::new());
    engine.precompile_compatibility_hash().hash(&mut hash);
    hex(&hash.0.finalize()[..8])
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
