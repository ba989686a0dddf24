//! The loop that plans and applies on save and on time. A value without a terminal: what happens is told as data,
//! and whoever drives it is asked before real money moves.
//!
//! | word | meaning |
//! | --- | --- |
//! | change | a save that is over, or the wish to read everything again |
//! | attempt | reading and checking everything once more, beside what runs |
//! | generation | an attempt that was whole: checked flows, compiled plugins, headers, the account |
//! | reach | the flows whose program, plugin, rows or account are not what they were last planned with |
//! | run | planning some flows on one generation, and applying the plan |
//!
//! An attempt that is not whole changes nothing: there is nothing to take back. A run keeps the generation that it
//! began on to its end.

mod attempt;
mod audience;
mod change;
mod due;
mod event;
mod generation;
mod inputs;
mod reach;
mod report;
mod retry;
mod run;
mod swap;
mod turn;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use jiff::Timestamp;
use tokio::sync::{mpsc, watch};

use crate::model::Clock;
use crate::watch::{Snapshot, Watcher};

use super::events::Progress;
use super::{EngineError, Options, Timetable};

pub use audience::{Audience, Question};
pub use reach::{Because, Reached};
pub use report::{AppliedFlow, News, PlannedFlow, Problem, Report, Standing, Upcoming};

use attempt::Builder;
use change::Change;
use generation::Generation;
use reach::Basis;
use retry::Owed;
use turn::{Attempting, Running};

/// How long nobody looks at the clock at most: a machine that slept has another time when it wakes.
pub const LONGEST_SLEEP: Duration = Duration::from_secs(30);

/// How much news of an attempt waits to be told.
const WAITING_NEWS: usize = 16;

/// What a service works on, and how.
#[derive(Clone, Debug)]
pub struct ServiceSettings {
    /// The project's directory, or one flow.
    pub path: PathBuf,
    /// How its sessions are opened. The selection is not looked at: all flows are meant.
    pub options: Options,
    /// Whether plans are only shown.
    pub plan_only: bool,
    /// How its files are watched. Without a folder for the probe, the project's own state is taken.
    pub watch: crate::watch::Settings,
    /// How long nobody looks at the clock at most; [`LONGEST_SLEEP`] but for tests whose clock runs faster.
    pub longest_sleep: Duration,
    /// Who listens to what single records come to.
    pub progress: Progress,
}

/// A project that is watched. [`Service::run`] is the loop.
pub struct Service<'a> {
    settings: ServiceSettings,
    clock: Clock,
    audience: &'a dyn Audience,
    watcher: Watcher,
    builder: Arc<Mutex<Builder>>,
    current: Arc<ArcSwapOption<Generation>>,
    rereads: mpsc::Receiver<()>,
    news: mpsc::Receiver<News>,
    stop: watch::Receiver<bool>,
    timetable: Option<Timetable>,
    /// What the last attempt was made of, good or not.
    attempted: Snapshot,
    /// What each flow was last planned with.
    planned: BTreeMap<Arc<str>, Basis>,
    /// Flows whose last run came to nothing.
    owed: BTreeMap<Arc<str>, Owed>,
    /// Flows whose run was put off for a newer generation, and why they are to run.
    put_off: BTreeMap<Arc<str>, Vec<Because>>,
    /// Flows that are run one by one, since the sheet of one of them can't be read.
    apart: BTreeSet<Arc<str>>,
    /// A change that no attempt has begun for.
    waiting: Option<Change>,
    attempting: Option<Attempting<'a>>,
    running: Option<Running<'a>>,
    told_upcoming: Vec<Upcoming>,
}

/// The way to a running service from other tasks. Cheap to clone.
#[derive(Clone, Debug)]
pub struct ServiceHandle {
    rereads: mpsc::Sender<()>,
    current: Arc<ArcSwapOption<Generation>>,
}

impl ServiceHandle {
    /// Reads everything again, keys included, as if all files had been saved.
    pub fn reread(&self) {
        // One that waits already is enough.
        let _ = self.rereads.try_send(());
    }

    /// Gives the number of the generation that runs, and since when; `None` before the first.
    pub fn generation(&self) -> Option<(u32, Timestamp)> {
        let generation = self.current.load();
        generation
            .as_ref()
            .map(|generation| (generation.number, generation.since))
    }
}

impl<'a> Service<'a> {
    /// Starts to watch a project. Nothing is planned before [`Service::run`]. `stop` turns true when the loop is
    /// to end. Errors when there is no such project; one with problems is watched till it has none.
    pub async fn start(
        mut settings: ServiceSettings,
        audience: &'a dyn Audience,
        stop: watch::Receiver<bool>,
    ) -> Result<(Service<'a>, ServiceHandle), EngineError> {
        let (root, _) = super::flow_files(&settings.path)?;
        let state = settings.options.state_directory.clone();
        let state = state.unwrap_or_else(|| root.join(".sheetflow"));
        settings.watch.probe.get_or_insert(state);
        let watcher = Watcher::start(settings.watch.clone()).await;
        let (sender, rereads) = mpsc::channel(1);
        let current = Arc::new(ArcSwapOption::empty());
        let handle = ServiceHandle {
            rereads: sender,
            current: Arc::clone(&current),
        };
        let (teller, news) = mpsc::channel(WAITING_NEWS);
        let builder = Builder::new(settings.path.clone(), watcher.observer(), teller);
        let service = Service {
            clock: settings.options.clock.clone(),
            settings,
            audience,
            watcher,
            builder: Arc::new(Mutex::new(builder)),
            current,
            rereads,
            news,
            stop,
            timetable: None,
            attempted: Snapshot::default(),
            planned: BTreeMap::new(),
            owed: BTreeMap::new(),
            put_off: BTreeMap::new(),
            apart: BTreeSet::new(),
            waiting: Some(Change::first()),
            attempting: None,
            running: None,
            told_upcoming: Vec::new(),
        };
        Ok((service, handle))
    }

    /// Tells what happened.
    fn tell(&self, news: News) {
        self.audience.tell(Report {
            at: self.clock.now(),
            news,
        });
    }
}
