use std::path::{Path, PathBuf};

use super::connection::Target;

/// Ledgers of the sandbox, of other servers and of real accounts are kept apart.
pub(super) fn state_directory(root: &Path, base: Option<&Path>, target: &Target) -> PathBuf {
    let base = base.map_or_else(|| root.join(".sheetflow"), Path::to_owned);
    match target {
        Target::Account => base,
        Target::Sandbox => base.join("sandbox"),
        Target::Server(url) => base.join(server_directory(url)),
    }
}

fn server_directory(url: &str) -> PathBuf {
    let name: String = url
        .chars()
        .map(|letter| {
            if letter.is_ascii_alphanumeric() {
                letter
            } else {
                '-'
            }
        })
        .collect();
    Path::new("servers").join(name)
}
