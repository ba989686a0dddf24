//! What only a ledger in a file promises.

use std::path::{Path, PathBuf};

use sheetflow::ledger::{Entry, Ledger, LedgerError, RunId, SqliteLedger};
use tempfile::TempDir;

use super::sample::{FLOW, applied, intent, key, object, start};

fn directory() -> TempDir {
    tempfile::tempdir().expect("a temporary directory")
}

async fn open(path: &Path) -> SqliteLedger {
    SqliteLedger::open(path).await.expect("it opens")
}

async fn refused(path: &Path) -> LedgerError {
    SqliteLedger::open(path).await.expect_err("it is refused")
}

/// Makes a closed ledger with some hundred records.
async fn filled(directory: &Path) -> PathBuf {
    let path = directory.join("ledger.db");
    let ledger = open(&path).await;
    start(&ledger).await;
    let records = (0..300).map(|number| number.to_string());
    let entries = records.flat_map(|record| {
        [
            Entry::Object(object(&record, "customer", "cus_1")),
            applied(&record, "x"),
        ]
    });
    ledger.commit(entries.collect()).await.expect("it is kept");
    ledger.close().await;
    path
}

#[tokio::test]
async fn what_was_committed_is_there_after_reopening() {
    let directory = directory();
    let path = directory.path().join("state").join("ledger.db");
    let ledger = open(&path).await;
    start(&ledger).await;
    ledger
        .commit(vec![Entry::Intent(intent("a", "customer", 1))])
        .await
        .expect("it is kept");
    let open_before = ledger.open_intents(None).await.expect("it reads");
    ledger.close().await;
    let ledger = open(&path).await;
    assert_eq!(ledger.open_intents(None).await.expect("it reads"), open_before);
    assert_eq!(start(&ledger).await, RunId(2));
}

#[cfg(unix)]
#[tokio::test]
async fn the_files_are_readable_by_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt;

    let directory = directory();
    let ledger = open(&directory.path().join("ledger.db")).await;
    start(&ledger).await;
    let mut files: Vec<_> = std::fs::read_dir(directory.path())
        .expect("it is listed")
        .map(|entry| entry.expect("it is an entry").path())
        .map(|path| {
            (
                path.clone(),
                std::fs::metadata(path).expect("it is there").permissions().mode() & 0o777,
            )
        })
        .map(|(path, mode)| format!("{} {mode:o}", path.file_name().expect("a name").to_string_lossy()))
        .collect();
    files.sort();
    assert_eq!(files, ["ledger.db 600", "ledger.db-shm 600", "ledger.db-wal 600"]);
}

#[tokio::test]
async fn two_programs_may_write_and_read_in_turn() {
    let directory = directory();
    let path = directory.path().join("ledger.db");
    let (one, two) = tokio::join!(open(&path), open(&path));
    start(&one).await;
    let (first, second) = tokio::join!(
        one.commit(vec![Entry::Intent(intent("a", "customer", 1))]),
        two.commit(vec![Entry::Intent(intent("b", "customer", 1))]),
    );
    first.and(second).expect("both are kept");
    assert_eq!(one.open_intents(None).await.expect("it reads").len(), 2);
}

#[tokio::test]
async fn a_file_that_is_no_ledger_is_refused() {
    let directory = directory();
    let path = directory.path().join("ledger.db");
    std::fs::write(&path, "email,name\n".repeat(1_000)).expect("it is written");
    let error = refused(&path).await;
    assert!(matches!(error, LedgerError::Corrupt { .. }), "{error}");
    assert!(
        error.to_string().contains("is damaged or is no ledger"),
        "{error}"
    );
    assert!(
        std::fs::read_to_string(&path)
            .expect("it reads")
            .starts_with("email"),
        "it is left as it was"
    );
}

#[tokio::test]
async fn a_ledger_that_was_cut_off_is_an_error_and_no_fresh_start() {
    let directory = directory();
    let path = filled(directory.path()).await;
    let bytes = std::fs::read(&path).expect("it reads");
    for kept in [bytes.len() / 2, bytes.len() - 4096, 4096, 100, 1, 0] {
        std::fs::write(&path, &bytes[..kept]).expect("it is written");
        let Err(error) = read_all(&path).await else {
            panic!("{kept} of {} bytes", bytes.len())
        };
        assert!(
            matches!(error, LedgerError::Corrupt { .. }),
            "{kept} bytes: {error}"
        );
    }
}

#[tokio::test]
async fn a_ledger_whose_making_was_interrupted_is_made_now() {
    let directory = directory();
    let path = directory.path().join("ledger.db");
    for done in [&["ledger.db-new"][..], &["ledger.db-new", "ledger.db"]] {
        for file in done {
            std::fs::write(directory.path().join(file), "").expect("it is written");
        }
        open(&path).await.close().await;
        assert!(!directory.path().join("ledger.db-new").exists());
        std::fs::remove_file(&path).expect("it is there");
    }
}

#[tokio::test]
async fn damaged_pages_are_an_error() {
    let directory = directory();
    let path = filled(directory.path()).await;
    let mut bytes = std::fs::read(&path).expect("it reads");
    bytes[8192..].fill(0xa5);
    std::fs::write(&path, &bytes).expect("it is written");
    let error = read_all(&path).await.expect_err("it is damaged");
    assert!(matches!(error, LedgerError::Corrupt { .. }), "{error}");
}

async fn read_all(path: &Path) -> Result<(), LedgerError> {
    let ledger = SqliteLedger::open(path).await?;
    let keys: Vec<_> = (0..300).map(|number| key(&number.to_string())).collect();
    let known = ledger.known(FLOW, &keys).await?;
    assert!(
        known.iter().all(|record| record.object("customer").is_some()),
        "records were lost in silence"
    );
    Ok(())
}

#[tokio::test]
async fn a_place_where_no_file_can_be_is_an_error() {
    let directory = directory();
    let error = refused(directory.path()).await;
    assert!(matches!(error, LedgerError::Open { .. }), "{error}");
    let file = directory.path().join("file");
    std::fs::write(&file, "").expect("it is written");
    let error = refused(&file.join("ledger.db")).await;
    assert!(matches!(error, LedgerError::Open { .. }), "{error}");
}
