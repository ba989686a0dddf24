use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::Path;

use hmac::{Hmac, Mac};
use sha2::Sha256;
use tempfile::NamedTempFile;

/// Bytes of a tag, which stands before what it seals.
pub(super) const TAG: usize = 32;

/// Bytes of a key: SHA-256's block, so that the key is taken as it is.
const KEY: usize = 64;

/// A secret key that shows which files this program itself has written (HMAC-SHA-256).
pub(super) struct Seal {
    key: [u8; KEY],
}

impl Seal {
    /// Reads the key, or makes one that only the user can read. A key that others could have read or that
    /// is damaged is replaced, and with it everything that it sealed is void.
    pub(super) fn open(key_file: &Path) -> io::Result<Self> {
        for _ in 0..3 {
            match read_key(key_file) {
                Ok(Some(key)) => return Ok(Seal { key }),
                Ok(None) => fs::remove_file(key_file)?,
                Err(error) if error.kind() == io::ErrorKind::NotFound => make_key(key_file)?,
                Err(error) => return Err(error),
            }
        }
        Err(io::Error::other(
            "the key of the plugin cache changes while it is read",
        ))
    }

    /// Gives the tag for some bytes under a name.
    pub(super) fn tag(&self, name: &str, bytes: &[u8]) -> [u8; TAG] {
        self.mac(name, bytes).finalize().into_bytes().into()
    }

    /// Gives the bytes behind a tag, if the tag is theirs under this name.
    pub(super) fn open_sealed<'a>(&self, name: &str, sealed: &'a [u8]) -> Option<&'a [u8]> {
        let (tag, bytes) = sealed.split_at_checked(TAG)?;
        self.mac(name, bytes).verify_slice(tag).ok()?;
        Some(bytes)
    }

    fn mac(&self, name: &str, bytes: &[u8]) -> Hmac<Sha256> {
        let mut mac = <Hmac<Sha256> as Mac>::new((&self.key).into());
        mac.update(&(name.len() as u64).to_le_bytes());
        mac.update(name.as_bytes());
        mac.update(bytes);
        mac
    }
}

/// Reads the key; `None` when it is damaged, or when others than the user may read it.
fn read_key(key_file: &Path) -> io::Result<Option<[u8; KEY]>> {
    let file = File::open(key_file)?;
    if !is_private(&file.metadata()?) {
        return Ok(None);
    }
    let mut bytes = Vec::with_capacity(KEY);
    file.take(KEY as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes.try_into().ok())
}

/// Makes a key, unless another process has made one meanwhile.
fn make_key(key_file: &Path) -> io::Result<()> {
    let folder = key_file.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mut key = [0; KEY];
    getrandom::fill(&mut key).map_err(io::Error::other)?;
    let mut file = NamedTempFile::new_in(folder)?;
    file.write_all(&key)?;
    file.as_file().sync_all()?;
    match file.persist_noclobber(key_file) {
        Ok(_) => Ok(()),
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error.error),
    }
}

#[cfg(unix)]
fn is_private(metadata: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    metadata.is_file() && metadata.permissions().mode() & 0o077 == 0
}

#[cfg(not(unix))]
fn is_private(metadata: &fs::Metadata) -> bool {
    metadata.is_file()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{KEY, Seal};

    #[test]
    fn a_tag_holds_for_its_own_bytes_and_name_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let seal = Seal::open(&folder.path().join("key")).expect("a key is made");
        let sealed = [seal.tag("one", b"code").as_slice(), b"code"].concat();
        assert_eq!(seal.open_sealed("one", &sealed), Some(b"code".as_slice()));
        assert_eq!(seal.open_sealed("two", &sealed), None);
        assert_eq!(seal.open_sealed("one", &sealed[..sealed.len() - 1]), None);
        assert_eq!(seal.open_sealed("one", b"short"), None);
    }

    #[test]
    fn the_key_stays_from_one_opening_to_the_next() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("key");
        let first = Seal::open(&file).expect("a key is made");
        let second = Seal::open(&file).expect("the key is read");
        assert_eq!(first.tag("n", b"x"), second.tag("n", b"x"));
    }

    #[test]
    fn a_damaged_key_is_replaced() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("key");
        fs::write(&file, "short").expect("a damaged key");
        Seal::open(&file).expect("a key is made");
        assert_eq!(fs::read(&file).expect("the key").len(), KEY);
    }

    #[cfg(unix)]
    #[test]
    fn a_key_that_others_may_read_is_replaced() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("key");
        fs::write(&file, [7; KEY]).expect("a key from elsewhere");
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).expect("its mode is set");
        Seal::open(&file).expect("a key is made");
        assert_ne!(fs::read(&file).expect("the key"), [7; KEY]);
        let mode = fs::metadata(&file).expect("the key").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
