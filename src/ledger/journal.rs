use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;

use super::{Entry, Ledger, LedgerError};

/// Appends that may wait for the next commit; more of them wait for a place.
const WAITING: usize = 1024;

/// The most entries that one commit gathers, so that its memory is bounded. One append may hold more.
const GATHERED: usize = 4096;

/// Gathers what records running side by side have to keep into few durable commits.
///
/// Whatever is appended while a commit runs goes into the next one. After a failed commit nothing is
/// taken any more: a request whose intent is not durable must not be sent.
#[derive(Debug)]
pub struct Journal<Store> {
    ledger: Arc<Store>,
    appends: mpsc::Sender<Append>,
    /// The one task. It is aborted when the journal is dropped without being closed.
    task: JoinSet<Result<(), LedgerError>>,
}

#[derive(Debug)]
struct Append {
    entries: Vec<Entry>,
    durable: oneshot::Sender<Result<(), LedgerError>>,
}

impl<Store: Ledger> Journal<Store> {
    /// Starts the task that commits. Needs a tokio runtime around it.
    pub fn start(ledger: Arc<Store>) -> Self {
        let (appends, waiting) = mpsc::channel(WAITING);
        let mut task = JoinSet::new();
        task.spawn(commit_all(Arc::clone(&ledger), waiting));
        Journal {
            ledger,
            appends,
            task,
        }
    }

    /// Gives the ledger, to read what is known.
    pub fn ledger(&self) -> &Store {
        &self.ledger
    }

    /// Waits until the entries are durable; they stay together in one commit, in order.
    ///
    /// Errors when that commit fails, and for ever after. When the caller stops waiting, the entries may
    /// be kept or not.
    pub async fn append(&self, entries: Vec<Entry>) -> Result<(), LedgerError> {
        let (durable, answer) = oneshot::channel();
        let append = Append { entries, durable };
        self.appends.send(append).await.map_err(|_| LedgerError::Closed)?;
        answer.await.map_err(|_| LedgerError::Closed)?
    }

    /// Commits what still waits, ends the task, and gives the error of the commit that failed, if one
    /// did.
    pub async fn close(mut self) -> Result<(), LedgerError> {
        drop(self.appends);
        match self.task.join_next().await {
            Some(Ok(state)) => state,
            Some(Err(_)) | None => Err(LedgerError::Closed),
        }
    }
}

async fn commit_all<Store: Ledger>(
    ledger: Arc<Store>,
    mut waiting: mpsc::Receiver<Append>,
) -> Result<(), LedgerError> {
    let mut state = Ok(());
    while let Some(first) = waiting.recv().await {
        let (entries, waiters) = gather(first, &mut waiting);
        if state.is_ok() {
            state = ledger.commit(entries).await;
        }
        for waiter in waiters {
            // Who no longer waits needs no answer.
            let _ = waiter.send(state.clone());
        }
    }
    state
}

/// Takes what waits by now, without waiting for more.
fn gather(
    first: Append,
    waiting: &mut mpsc::Receiver<Append>,
) -> (Vec<Entry>, Vec<oneshot::Sender<Result<(), LedgerError>>>) {
    let mut entries = first.entries;
    let mut waiters = vec![first.durable];
    while entries.len() < GATHERED {
        let Ok(append) = waiting.try_recv() else { break };
        entries.extend(append.entries);
        waiters.push(append.durable);
    }
    (entries, waiters)
}
