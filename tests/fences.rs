//! The imports fence: which room may import which. `docs/architecture.md` says why.
//!
//! The effects fence is `.clippy.toml`, and `cargo clippy` holds it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Each room with the rooms that it may import. A room that is not in the table may not exist.
const ROOMS: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("diag", &[]),
    ("catalog", &["model"]),
    ("lang", &["model", "diag", "catalog"]),
    ("eval", &["model", "diag", "catalog", "lang"]),
    ("plan", &["model", "diag", "catalog", "lang"]),
    ("source", &["model", "diag"]),
    ("stripe", &["model", "catalog"]),
    ("sandbox", &["model", "catalog"]),
    ("ledger", &["model", "plan"]),
    ("plugin", &["model", "lang", "eval"]),
    ("watch", &["model"]),
    (
        "engine",
        &[
            "model", "diag", "catalog", "lang", "eval", "plan", "source", "stripe", "sandbox", "ledger",
            "plugin", "watch",
        ],
    ),
    (
        "cli",
        &[
            "model", "diag", "catalog", "lang", "eval", "plan", "source", "stripe", "sandbox", "ledger",
            "plugin", "watch", "engine",
        ],
    ),
];

/// Each third-party crate that stays in its room, with the places that may name it.
const FENCED_CRATES: &[(&str, &[&str])] = &[
    ("pest", &["lang/syntax"]),
    ("pest_derive", &["lang/syntax"]),
    ("croner", &["lang/program/cron"]),
    ("sqlx", &["ledger", "sandbox"]),
    ("axum", &["sandbox"]),
    ("reqwest", &["stripe", "source"]),
    ("calamine", &["source"]),
    ("csv_core", &["source"]),
    ("encoding_rs", &["source"]),
    ("encoding_rs_io", &["source"]),
    ("zip", &["source"]),
    ("cfb", &["source"]),
    ("quick_xml", &["source", "cli"]),
    ("clap", &["cli"]),
    ("similar", &["cli"]),
    ("indicatif", &["cli"]),
    ("annotate_snippets", &["diag"]),
    ("wasmparser", &["plugin"]),
    ("wasmtime", &["plugin"]),
    ("wit_component", &["plugin"]),
    ("wit_parser", &["plugin"]),
    ("wat", &["plugin"]),
    ("toml", &["plugin"]),
    ("notify", &["watch"]),
    ("arc_swap", &["engine"]),
];

#[test]
fn rooms_import_only_what_the_table_allows() {
    let rooms: BTreeMap<&str, &[&str]> = ROOMS.iter().copied().collect();
    let mut problems = Vec::new();
    for (file, text) in rust_files() {
        let Some(room) = room_of(&file) else { continue };
        let Some(allowed) = rooms.get(room.as_str()) else {
            problems.push(format!("{}: room `{room}` is not in the table", file.display()));
            continue;
        };
        for used in crate_paths(&text) {
            if used != room && !allowed.contains(&used.as_str()) {
                problems.push(format!("{}: `{room}` imports `{used}`", file.display()));
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn third_party_crates_stay_in_their_room() {
    let mut problems = Vec::new();
    for (file, text) in rust_files() {
        let place = file.to_string_lossy().replace('\\', "/");
        for (name, places) in FENCED_CRATES {
            let used = without_comments(&text).contains(&format!("{name}::"));
            let allowed = places
                .iter()
                .any(|allowed| place.starts_with(&format!("{allowed}/")) || place == format!("{allowed}.rs"));
            if used && !allowed {
                problems.push(format!(
                    "{place}: names `{name}`, which belongs in {}",
                    places.join(", ")
                ));
            }
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn other_rooms_are_never_imported_by_glob() {
    let globs: Vec<String> = rust_files()
        .into_iter()
        .flat_map(|(file, text)| {
            without_comments(&text)
                .lines()
                .filter(|line| line.contains("use crate::") && line.contains("::*"))
                .map(|line| format!("{}: {}", file.display(), line.trim()))
                .collect::<Vec<_>>()
        })
        .collect();
    assert!(globs.is_empty(), "{}", globs.join("\n"));
}

#[test]
fn every_room_of_the_table_exists() {
    let found: BTreeSet<String> = rust_files()
        .iter()
        .filter_map(|(file, _)| room_of(file))
        .collect();
    let table: BTreeSet<String> = ROOMS.iter().map(|(room, _)| (*room).to_owned()).collect();
    assert_eq!(found, table);
}

#[test]
fn the_written_architecture_has_the_same_rooms_and_imports() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/architecture.md");
    let text = fs::read_to_string(page).expect("the page can be read");
    let quoted =
        |cell: &str| -> Vec<String> { cell.split('`').skip(1).step_by(2).map(str::to_owned).collect() };
    let written: Vec<(Vec<String>, Vec<String>)> = text
        .lines()
        .filter(|line| line.starts_with("| `"))
        .map(|line| {
            let cells: Vec<&str> = line.split('|').collect();
            (quoted(cells[1]), quoted(cells[2]))
        })
        .collect();
    let held: Vec<(Vec<String>, Vec<String>)> = ROOMS
        .iter()
        .map(|(room, imports)| {
            let imports = imports.iter().map(|import| (*import).to_owned()).collect();
            (vec![(*room).to_owned()], imports)
        })
        .collect();
    assert_eq!(written, held);
}

/// Reads all files below `src`, with paths relative to it.
fn rust_files() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![root.clone()];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder of src can be listed") {
            let path = entry.expect("an entry of src can be read").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).expect("a file of src can be read");
                files.push((
                    path.strip_prefix(&root).expect("it lies below src").to_owned(),
                    text,
                ));
            }
        }
    }
    files
}

/// Gives the room that a file belongs to; `lib.rs` and `main.rs` belong to none.
fn room_of(file: &Path) -> Option<String> {
    let mut parts = file.components();
    let first = parts.next()?.as_os_str().to_string_lossy().into_owned();
    parts.next().map(|_| first)
}

/// Collects the rooms that `crate::room` paths name, in code and in grouped `use crate::{…}` lists.
fn crate_paths(text: &str) -> BTreeSet<String> {
    let code = without_comments(text);
    let mut rooms = BTreeSet::new();
    for (index, _) in code.match_indices("crate::") {
        let rest = &code[index + "crate::".len()..];
        assert!(
            !rest.starts_with('{'),
            "write each room's imports apart: {}",
            &rest[..rest.len().min(60)]
        );
        let word: String = rest
            .chars()
            .take_while(|letter| letter.is_ascii_lowercase() || *letter == '_')
            .collect();
        rooms.insert(word);
    }
    rooms
}

fn without_comments(text: &str) -> String {
    text.lines()
        .map(|line| line.split("//").next().unwrap_or(""))
        .collect::<Vec<_>>()
        .join("\n")
}
