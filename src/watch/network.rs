use std::path::{Path, PathBuf};

/// The kinds of file systems where others write without an event here.
const NETWORK: [&str; 22] = [
    "9p",
    "afs",
    "beegfs",
    "ceph",
    "cifs",
    "coda",
    "davfs",
    "fuse.davfs2",
    "fuse.gcsfuse",
    "fuse.glusterfs",
    "fuse.rclone",
    "fuse.s3fs",
    "fuse.sshfs",
    "fuse.vmhgfs-fuse",
    "glusterfs",
    "lustre",
    "nfs",
    "nfs4",
    "smb3",
    "smbfs",
    "vboxsf",
    "virtiofs",
];

/// Finds the first of these folders that is on a network, with the kind of its file system. Only Linux tells.
pub(super) fn find<'f>(folders: impl IntoIterator<Item = &'f PathBuf>) -> Option<(PathBuf, String)> {
    let mounts = std::fs::read_to_string("/proc/self/mountinfo").ok()?;
    folders.into_iter().find_map(|folder| {
        let kind = kind_of(&mounts, folder)?;
        NETWORK.contains(&kind).then(|| (folder.clone(), kind.to_owned()))
    })
}

/// Finds the kind of file system that a folder is on, in the text of `/proc/self/mountinfo`: the fifth word of a
/// line is where it is mounted, the first behind ` - ` is its kind. Of two at one place the later one counts.
fn kind_of<'t>(mounts: &'t str, folder: &Path) -> Option<&'t str> {
    let mut best: Option<(usize, &str)> = None;
    for line in mounts.lines() {
        let Some((place, kind)) = line
            .split_once(" - ")
            .and_then(|(mount, rest)| Some((mount.split(' ').nth(4)?, rest.split(' ').next()?)))
        else {
            continue;
        };
        let place = unescaped(place);
        let depth = Path::new(&place).components().count();
        if folder.starts_with(&place) && best.is_none_or(|(deepest, _)| depth >= deepest) {
            best = Some((depth, kind));
        }
    }
    best.map(|(_, kind)| kind)
}

/// Spaces, tabs, line ends and backslashes stand there in octal.
fn unescaped(text: &str) -> String {
    text.replace("\\040", " ")
        .replace("\\011", "\t")
        .replace("\\012", "\n")
        .replace("\\134", "\\")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::kind_of;

    const MOUNTS: &str = "\
22 1 252:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
40 22 0:50 / /mnt/books rw - nfs4 server:/books rw,vers=4.2
41 40 0:51 / /mnt/books/local\\040copy rw - tmpfs tmpfs rw
42 22 0:52 / /mnt/books rw - cifs //server/books rw
broken
";

    #[test]
    fn the_deepest_and_latest_mount_counts() {
        let kind = |path: &str| kind_of(MOUNTS, Path::new(path));
        assert_eq!(kind("/home/ann"), Some("ext4"));
        assert_eq!(kind("/mnt/books/2026"), Some("cifs"));
        assert_eq!(kind("/mnt/bookshelf"), Some("ext4"));
        assert_eq!(kind("/mnt/books/local copy/x"), Some("tmpfs"));
        assert_eq!(kind_of("", Path::new("/")), None);
    }
}
