use tokio::sync::mpsc::UnboundedSender;

use crate::ledger::RecordResult;

/// What happens while a command runs, for progress bars and live views.
#[derive(Clone, Debug)]
pub enum Event {
    /// A flow's sheet is being read.
    Reading {
        /// The flow.
        flow: String,
        /// Rows so far.
        rows: u64,
    },
    /// Requests of an interrupted run are brought to their end first.
    Settling {
        /// How many.
        intents: usize,
    },
    /// The records of a flow are about to be sent.
    Applying {
        /// The flow.
        flow: String,
        /// Records that send something.
        records: u64,
    },
    /// A record has ended.
    Record(RecordResult),
}

/// Where events go. Sending never waits and never fails: nobody may be listening.
#[derive(Clone, Debug, Default)]
pub struct Progress(Option<UnboundedSender<Event>>);

impl Progress {
    /// Sends events to a listener.
    pub fn to(sender: UnboundedSender<Event>) -> Self {
        Progress(Some(sender))
    }

    pub(super) fn send(&self, event: Event) {
        if let Some(sender) = &self.0 {
            // A listener that has gone away wants nothing more.
            let _ = sender.send(event);
        }
    }
}
