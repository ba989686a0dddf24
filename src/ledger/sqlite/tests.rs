//! What can be brought about only with the database itself at hand.

use std::path::PathBuf;

use sqlx::AssertSqlSafe;
use tempfile::TempDir;

use crate::ledger::{Entry, Ledger, LedgerError, RecordFingerprint, RunId};
use crate::model::{Fingerprint, RecordKey};

use super::SqliteLedger;
use super::open::{MIGRATIONS, migrator};
use super::statement::{
    FINGERPRINTS, FORGET_FINGERPRINTS, FORGET_OBJECTS, GENERATIONS, INTENTS, NOT_OPEN, OBJECTS, RIVALS,
    SETTLE,
};

struct Bench {
    path: PathBuf,
    _directory: TempDir,
}

impl Bench {
    fn new() -> Self {
        let directory = tempfile::tempdir().expect("a temporary directory");
        Bench {
            path: directory.path().join("ledger.db"),
            _directory: directory,
        }
    }

    async fn open(&self) -> SqliteLedger {
        SqliteLedger::open(&self.path).await.expect("it opens")
    }
}

async fn run(ledger: &SqliteLedger, statement: &'static str) {
    sqlx::query(statement)
        .execute(&ledger.writer)
        .await
        .expect("the statement runs");
}

async fn ask(ledger: &SqliteLedger, pragma: &'static str) -> String {
    sqlx::query_scalar(pragma)
        .fetch_one(&ledger.writer)
        .await
        .expect("the pragma answers")
}

fn key(number: usize) -> RecordKey {
    RecordKey::new(&[number.to_string()])
}

fn applied(numbers: impl Iterator<Item = usize>) -> Vec<Entry> {
    numbers
        .map(|number| {
            Entry::Fingerprint(RecordFingerprint {
                flow: "customers".to_owned(),
                key: key(number),
                fingerprint: Fingerprint::of(["x"]),
            })
        })
        .collect()
}

async fn count_applied(ledger: &SqliteLedger, most: usize) -> usize {
    let keys: Vec<RecordKey> = (0..most).map(key).collect();
    let known = ledger.fingerprints("customers", &keys).await.expect("it reads");
    known.iter().flatten().count()
}

#[tokio::test]
async fn commits_wait_for_the_disk_and_references_are_checked() {
    let bench = Bench::new();
    let ledger = bench.open().await;
    assert_eq!(
        ask(
            &ledger,
            "SELECT CAST(synchronous AS TEXT) FROM pragma_synchronous"
        )
        .await,
        "2",
        "2 is full"
    );
    assert_eq!(ask(&ledger, "PRAGMA journal_mode").await, "wal");
    assert_eq!(
        ask(
            &ledger,
            "SELECT CAST(foreign_keys AS TEXT) FROM pragma_foreign_keys"
        )
        .await,
        "1"
    );
}

#[tokio::test]
async fn a_full_disk_keeps_nothing_of_the_commit_and_can_be_gone_on_from() {
    let bench = Bench::new();
    let ledger = bench.open().await;
    ledger.commit(applied(0..10)).await.expect("it is kept");
    sqlx::query_scalar::<_, i64>("PRAGMA max_page_count = 40")
        .fetch_one(&ledger.writer)
        .await
        .expect("the file may grow to 40 pages");
    let error = ledger
        .commit(applied(10..9_000))
        .await
        .expect_err("they need more pages");
    assert!(matches!(error, LedgerError::Full { .. }), "{error}");
    assert_eq!(
        error.to_string(),
        format!("`{}` can't be written: the disk is full", bench.path.display())
    );
    assert_eq!(count_applied(&ledger, 9_000).await, 10);
    ledger.commit(applied(10..20)).await.expect("a small one is kept");
    assert_eq!(count_applied(&ledger, 9_000).await, 20);
}

#[tokio::test]
async fn a_ledger_that_may_not_be_written_says_so() {
    let bench = Bench::new();
    let ledger = bench.open().await;
    run(&ledger, "PRAGMA query_only = ON").await;
    let error = ledger.commit(applied(0..1)).await.expect_err("it is refused");
    assert!(matches!(error, LedgerError::ReadOnly { .. }), "{error}");
    assert_eq!(count_applied(&ledger, 1).await, 0);
}

#[tokio::test]
async fn a_ledger_from_a_newer_version_is_refused_and_left_alone() {
    let bench = Bench::new();
    let ledger = bench.open().await;
    run(
        &ledger,
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
         VALUES (99, 'later', true, x'00', 0)",
    )
    .await;
    ledger.close().await;
    let error = SqliteLedger::open(&bench.path).await.expect_err("it is refused");
    let known = MIGRATIONS.len();
    assert_eq!(
        error.to_string(),
        format!(
            "the ledger `{}` was written by a newer sheetflow (layout 99, this one knows {known}): \
             update sheetflow",
            bench.path.display()
        )
    );
}

#[tokio::test]
async fn a_ledger_whose_layout_was_tampered_with_is_refused() {
    let bench = Bench::new();
    let ledger = bench.open().await;
    run(&ledger, "UPDATE _sqlx_migrations SET checksum = x'00'").await;
    ledger.close().await;
    let error = SqliteLedger::open(&bench.path).await.expect_err("it is refused");
    assert!(matches!(error, LedgerError::Corrupt { .. }), "{error}");
}

#[tokio::test]
async fn another_programs_database_is_refused_and_left_alone() {
    let bench = Bench::new();
    let ledger = bench.open().await;
    run(&ledger, "PRAGMA application_id = 7").await;
    ledger.close().await;
    let error = SqliteLedger::open(&bench.path).await.expect_err("it is refused");
    assert!(
        error.to_string().ends_with("it is another program's database"),
        "{error}"
    );
}

/// Layout 1 with one of everything, as a version of the program that knew no more has left it.
const LAYOUT_1: &[&str] = &[
    "INSERT INTO account VALUES (1, 'acct_1', 0)",
    "INSERT INTO runs VALUES (1, 'apply', 1, '[[\"customers\",\"00\"]]', '2026-01-01T00:00:00Z', 'finished', '{}', \
     '2026-01-01T00:00:01Z')",
    "INSERT INTO records VALUES ('customers', '[\"0\"]', 'ff')",
    "INSERT INTO objects VALUES ('customers', '[\"0\"]', 'customer', 'customer', 'cus_1', \
     '[[\"name\",{\"text\":\"A\"}]]', 'ff', 1, 1, 1, 'customers.csv, line 2', '2026-01-01T00:00:00.5Z')",
    "INSERT INTO intents (idempotency_key, run, flow, key, step, generation, action, operation, method, path, form, \
     place, created) VALUES ('k1', 1, 'customers', '[\"0\"]', 'customer', 2, 'update', 'customers.update', 'POST', \
     '/v1/customers/cus_1', '[]', 'customers.csv, line 2', '2026-01-01T00:00:00Z')",
];

#[tokio::test]
async fn a_ledger_of_the_first_layout_is_read_in_full() {
    let bench = Bench::new();
    let options = sqlx::sqlite::SqliteConnectOptions::new()
        .filename(&bench.path)
        .create_if_missing(true);
    let old = sqlx::SqlitePool::connect_with(options).await.expect("it opens");
    migrator()
        .run_to(1, &old)
        .await
        .expect("the first migration runs");
    for statement in LAYOUT_1 {
        sqlx::query(*statement).execute(&old).await.expect("the row fits");
    }
    old.close().await;

    let ledger = bench.open().await;
    assert_eq!(
        ledger.account().await.expect("it reads").expect("it is there").id,
        "acct_1"
    );
    assert!(
        ledger
            .run(RunId(1))
            .await
            .expect("it reads")
            .expect("it is there")
            .end
            .is_some()
    );
    let known = ledger
        .known("customers", &[key(0)])
        .await
        .expect("it reads")
        .remove(0);
    assert_eq!(
        known.fingerprint.map(|fingerprint| fingerprint.to_string()),
        Some("ff".to_owned())
    );
    assert_eq!(known.objects[0].form.text("name"), Some("A"));
    assert_eq!(known.intents[0].generation, 2);
}

#[tokio::test]
async fn what_no_version_has_written_is_an_error() {
    let bench = Bench::new();
    let ledger = bench.open().await;
    for statement in LAYOUT_1 {
        run(&ledger, statement).await;
    }
    for damage in [
        "UPDATE objects SET form = '[[1]]'",
        "UPDATE intents SET created = 'yesterday'",
        "UPDATE intents SET generation = -1",
    ] {
        run(&ledger, damage).await;
        let error = ledger
            .known("customers", &[key(0)])
            .await
            .expect_err("it is damaged");
        assert!(matches!(error, LedgerError::Corrupt { .. }), "{damage}: {error}");
    }
}

/// Nothing goes through a whole table, whatever size the ledger has grown to.
#[tokio::test]
async fn batches_find_their_rows_by_an_index() {
    let bench = Bench::new();
    let ledger = bench.open().await;
    for statement in [
        NOT_OPEN,
        SETTLE,
        FORGET_OBJECTS,
        FORGET_FINGERPRINTS,
        RIVALS,
        FINGERPRINTS,
        OBJECTS,
        GENERATIONS,
        INTENTS,
    ] {
        let explain = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}"));
        let plan: Vec<(i64, i64, i64, String)> = sqlx::query_as(explain)
            .fetch_all(&ledger.writer)
            .await
            .expect("it is explained");
        for (_, _, _, step) in plan {
            let scans = ["objects", "intents", "records"]
                .iter()
                .any(|table| step.contains(&format!("SCAN {table}")));
            assert!(!scans, "{statement}: {step}");
        }
    }
}
