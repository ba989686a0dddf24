use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::path::Path;
use std::time::{Duration, SystemTime};

use crate::model::Fingerprint;

/// How long after its last change a file's times are not yet believed: two saves within one tick of the file
/// system's clock have the same time.
const TICK: Duration = Duration::from_millis(50);

/// The same where the file system may count whole seconds, or two of them.
const COARSE_TICK: Duration = Duration::from_millis(2_500);

/// What a path held when it was looked at.
#[derive(Clone, Debug)]
pub(super) struct Stamp {
    /// What stood there.
    pub(super) content: Content,
    /// By which it is known again without being read; `None` while that can't be believed.
    known_by: Option<Traits>,
}

/// What stands at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// A file with this content.
    File(Fingerprint),
    /// Nothing.
    Nothing,
    /// Something that can't be read, such as a folder, or a file of another user.
    Unreadable(io::ErrorKind),
}

/// What the system says of a file without reading it. A write changes at least one of them.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Traits {
    length: u64,
    modified: Option<SystemTime>,
    /// Device, number and time of the last change of a file's own entry, where the system tells them.
    entry: Option<(u64, u64, i64, i64)>,
}

impl Stamp {
    /// Looks at a path. The content is read unless everything about the file is as it was.
    pub(super) fn take(path: &Path, former: Option<&Stamp>) -> Stamp {
        let unread = |error: io::Error| Stamp {
            content: match error.kind() {
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Content::Nothing,
                kind => Content::Unreadable(kind),
            },
            known_by: None,
        };
        let metadata = match fs::metadata(path) {
            Ok(metadata) if metadata.is_file() => metadata,
            // A pipe would wait for a writer, so nothing but a file is opened.
            Ok(_) => return unread(io::ErrorKind::IsADirectory.into()),
            Err(error) => return unread(error),
        };
        let traits = Traits::of(&metadata);
        if let Some(former) = former
            && former.known_by.as_ref() == Some(&traits)
        {
            return former.clone();
        }
        let known_by = traits.is_settled(SystemTime::now()).then_some(traits);
        match read(path) {
            Ok(fingerprint) => Stamp {
                content: Content::File(fingerprint),
                known_by,
            },
            Err(error) => unread(error),
        }
    }
}

impl Traits {
    fn of(metadata: &Metadata) -> Self {
        Traits {
            length: metadata.len(),
            modified: metadata.modified().ok(),
            entry: entry(metadata),
        }
    }

    /// Tells whether a write after `now` would show.
    fn is_settled(&self, now: SystemTime) -> bool {
        let Some(modified) = self.modified else {
            return false;
        };
        let fraction = modified
            .duration_since(SystemTime::UNIX_EPOCH)
            .map_or(0, |since| since.subsec_nanos());
        let tick = if fraction == 0 { COARSE_TICK } else { TICK };
        now.duration_since(modified).is_ok_and(|age| age > tick)
    }
}

#[cfg(unix)]
fn entry(metadata: &Metadata) -> Option<(u64, u64, i64, i64)> {
    use std::os::unix::fs::MetadataExt;
    Some((
        metadata.dev(),
        metadata.ino(),
        metadata.ctime(),
        metadata.ctime_nsec(),
    ))
}

#[cfg(not(unix))]
fn entry(_metadata: &Metadata) -> Option<(u64, u64, i64, i64)> {
    None
}

/// Hashes a file, a block at a time.
fn read(path: &Path) -> io::Result<Fingerprint> {
    let mut file = File::open(path)?;
    let mut failure = None;
    let blocks = std::iter::from_fn(|| {
        let mut block = Vec::with_capacity(64 * 1024);
        match file.by_ref().take(64 * 1024).read_to_end(&mut block) {
            Ok(0) => None,
            Ok(_) => Some(block),
            Err(error) => {
                failure = Some(error);
                None
            }
        }
    });
    let fingerprint = Fingerprint::of(blocks);
    failure.map_or(Ok(fingerprint), Err)
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File};
    use std::time::{Duration, SystemTime};

    use super::{Content, Stamp, Traits};

    fn traits(modified: SystemTime) -> Traits {
        Traits {
            length: 1,
            modified: Some(modified),
            entry: None,
        }
    }

    #[test]
    fn times_are_believed_once_a_further_write_would_show() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_millis(1_000_000_500);
        assert!(!traits(now).is_settled(now));
        assert!(!traits(now - Duration::from_millis(30)).is_settled(now));
        assert!(traits(now - Duration::from_millis(60)).is_settled(now));
        // A whole second may be all that the file system counts.
        assert!(!traits(now - Duration::from_millis(1_500)).is_settled(now));
        assert!(traits(now - Duration::from_millis(3_500)).is_settled(now));
        // A clock that was put back.
        assert!(!traits(now + Duration::from_secs(60)).is_settled(now));
    }

    #[test]
    fn a_save_in_the_same_moment_and_of_the_same_size_is_seen() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("sheet.csv");
        fs::write(&path, "one").expect("it is written");
        let first = Stamp::take(&path, None);
        fs::write(&path, "two").expect("it is written");
        assert_ne!(Stamp::take(&path, Some(&first)).content, first.content);
    }

    #[test]
    fn a_file_of_another_time_and_the_same_bytes_is_the_same() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("sheet.csv");
        fs::write(&path, "one").expect("it is written");
        let first = Stamp::take(&path, None);
        let file = File::options().write(true).open(&path).expect("it opens");
        let long_ago = SystemTime::now() - Duration::from_secs(3_600);
        file.set_modified(long_ago).expect("its time is set");
        let second = Stamp::take(&path, Some(&first));
        assert_eq!(second.content, first.content);
        assert!(second.known_by.is_some());
    }

    #[test]
    fn what_is_no_file_is_not_opened() {
        let folder = tempfile::tempdir().expect("a folder");
        let content = |name: &str| Stamp::take(&folder.path().join(name), None).content;
        assert_eq!(content("gone"), Content::Nothing);
        assert_eq!(content("gone/deeper"), Content::Nothing);
        assert!(matches!(content("."), Content::Unreadable(_)));
    }
}
