use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::{mpsc, watch};

use crate::model::Clock;

use super::error::SandboxError;
use super::idempotency::{Kept, LIFETIME};
use super::refusal::Refusal;
use super::state_file::StateFile;
use super::store::Record;

/// The most requests that one commit takes.
const GROUP: usize = 512;

/// What one request writes: its objects and its idempotency key, together or not at all.
#[derive(Debug)]
pub(super) struct Change {
    pub(super) records: Vec<Record>,
    pub(super) kept: Option<Kept>,
}

/// Hands changes to the writer, and waits for them to be durable.
#[derive(Debug)]
pub(super) struct Pen {
    sender: mpsc::Sender<Option<Change>>,
    sent: AtomicU64,
    durable: watch::Receiver<u64>,
}

/// A reserved place in the writer's queue, so that a change can be handed over without waiting.
#[derive(Debug)]
pub(super) struct Slot<'a> {
    permit: mpsc::Permit<'a, Option<Change>>,
    sent: &'a AtomicU64,
}

/// Writes changes to the state file, many requests to a commit.
#[derive(Debug)]
pub(super) struct Writer {
    file: StateFile,
    clock: Clock,
    receiver: mpsc::Receiver<Option<Change>>,
    durable: watch::Sender<u64>,
}

/// Makes the two ends of the writer's queue.
pub(super) fn queue(file: StateFile, clock: Clock) -> (Pen, Writer) {
    let (sender, receiver) = mpsc::channel(GROUP);
    let (durable, committed) = watch::channel(0);
    let pen = Pen {
        sender,
        sent: AtomicU64::new(0),
        durable: committed,
    };
    let writer = Writer {
        file,
        clock,
        receiver,
        durable,
    };
    (pen, writer)
}

impl Pen {
    /// Waits for a place in the queue. Errors when the writer has stopped.
    pub(super) async fn reserve(&self) -> Result<Slot<'_>, Refusal> {
        match self.sender.reserve().await {
            Ok(permit) => Ok(Slot {
                permit,
                sent: &self.sent,
            }),
            Err(_) => Err(Refusal::broken()),
        }
    }

    /// Waits until everything that was handed over so far is committed. Errors when the writer has
    /// stopped before.
    pub(super) async fn durable(&self) -> Result<(), Refusal> {
        let sent = self.sent.load(Ordering::Acquire);
        let mut durable = self.durable.clone();
        match durable.wait_for(|committed| *committed >= sent).await {
            Ok(_) => Ok(()),
            Err(_) => Err(Refusal::broken()),
        }
    }

    /// Lets the writer commit what it has, and then stop.
    pub(super) async fn stop(&self) {
        // A writer that has stopped already is what is wanted.
        let _ = self.sender.send(None).await;
    }
}

impl Slot<'_> {
    /// Hands a change over.
    pub(super) fn send(self, change: Change) {
        self.sent.fetch_add(1, Ordering::AcqRel);
        self.permit.send(Some(change));
    }
}

impl Writer {
    /// Commits what comes until it is told to stop, or until a commit fails.
    pub(super) async fn run(mut self) -> Result<(), SandboxError> {
        let mut received = Vec::with_capacity(GROUP);
        let mut committed = 0;
        loop {
            self.receiver.recv_many(&mut received, GROUP).await;
            let is_last = received.is_empty() || received.iter().any(Option::is_none);
            let changes: Vec<Change> = received.drain(..).flatten().collect();
            let oldest = self.clock.now().as_second().saturating_sub(LIFETIME);
            if !changes.is_empty() {
                self.file.write(&changes, oldest).await?;
            }
            committed += u64::try_from(changes.len()).unwrap_or(0);
            self.durable.send_replace(committed);
            if is_last {
                return self.file.close().await;
            }
        }
    }
}
