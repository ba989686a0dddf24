//! What every ledger promises. Each test below runs over the memory twin and over SQLite.

mod intents;
mod records;
mod runs;

use sheetflow::ledger::{Entry, Ledger, LedgerError, MemoryLedger, SqliteLedger};

/// Runs each of the named functions over both twins.
macro_rules! contract {
    ($($file:ident { $($name:ident)* })*) => {
        mod memory {
            $($(#[tokio::test]
            async fn $name() {
                super::$file::$name(&super::MemoryLedger::new()).await;
            })*)*
        }

        mod sqlite {
            $($(#[tokio::test]
            async fn $name() {
                let directory = tempfile::tempdir().expect("a temporary directory");
                let ledger = super::SqliteLedger::open(&directory.path().join("ledger.db"))
                    .await
                    .expect("a new ledger opens");
                super::$file::$name(&ledger).await;
            })*)*
        }
    };
}

contract! {
    runs {
        a_ledger_belongs_to_one_account
        runs_are_numbered_from_one_and_listed_newest_first
        only_a_run_that_was_started_can_end_or_be_named
        results_are_paged_and_filtered
        the_last_run_of_a_flow_is_the_newest_that_names_it
        results_are_counted_and_read_by_flow
        changes_come_last_first
        changes_of_one_object_come_first_first
    }
    intents {
        an_intent_stays_open_until_it_is_settled
        an_open_intent_can_be_committed_again
        a_settled_intent_is_never_opened_again
        a_step_has_at_most_one_open_intent
        a_generation_is_used_once
        only_an_open_intent_can_be_settled
        every_kind_of_settlement_counts_as_an_attempt
        open_intents_are_found_without_their_rows
        an_intent_takes_the_fingerprint_away
        the_entries_of_a_commit_work_in_their_order
        a_commit_with_one_wrong_entry_keeps_nothing
    }
    records {
        records_are_given_in_the_order_of_the_keys_that_were_asked_for
        an_object_that_is_gone_takes_the_fingerprint_away
        an_object_keeps_the_run_that_made_it
        an_object_is_traced_to_the_record_that_made_it
        keys_with_objects_are_paged_in_order
        what_was_not_applied_in_full_is_unfinished
        all_that_an_object_stands_for_is_found_its_maker_first
        what_was_taken_back_is_kept_by_flow
        a_stale_record_loses_its_fingerprint_and_nothing_else
    }
}

async fn commit(ledger: &impl Ledger, entries: impl IntoIterator<Item = Entry>) {
    ledger
        .commit(entries.into_iter().collect())
        .await
        .expect("the commit holds");
}

async fn refuse(ledger: &impl Ledger, entries: impl IntoIterator<Item = Entry>) -> LedgerError {
    ledger
        .commit(entries.into_iter().collect())
        .await
        .expect_err("the commit is refused")
}
