use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at, sleep_until};

use super::directories::Directories;
use super::hints::{Hint, Hints};
use super::input::Inputs;
use super::notice::{Notice, PollReason};
use super::settle::{Settle, Timing};
use super::snapshot::{Difference, DifferenceKind, Snapshot};
use super::{network, office_lock, probe};

/// How often files are looked at where events don't come, when nobody says it.
const POLL: Duration = Duration::from_secs(2);
/// How often files are looked at where events come. Some writes make none.
const RARELY: Duration = Duration::from_secs(30);
/// How many signs wait for whoever listens. The watcher waits when there are more.
const SIGNS: usize = 16;

/// How to watch.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Look at the files this often, and listen to no events.
    pub poll: Option<Duration>,
    /// How long the end of a save is waited for.
    pub timing: Timing,
    /// A folder that a file may be written to, to find out whether events come.
    pub probe: Option<PathBuf>,
}

/// What the watcher has to say.
#[derive(Clone, Debug)]
pub enum Sign {
    /// A save is over: the inputs are not what they were, and have stood still.
    Changed {
        /// What they are now.
        snapshot: Snapshot,
        /// What is not as it was.
        differences: Vec<Difference>,
    },
    /// Something about the watching itself.
    Notice(Notice),
}

/// Watches inputs in a task of its own, which ends with this value.
#[derive(Debug)]
pub struct Watcher {
    observer: Observer,
    signs: mpsc::Receiver<Sign>,
    task: JoinHandle<()>,
}

/// Tells a watcher what to watch. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Observer {
    commands: mpsc::Sender<Command>,
}

#[derive(Debug)]
enum Command {
    Watch(Inputs, oneshot::Sender<()>),
    Known(Inputs, Snapshot),
    Quiet(oneshot::Sender<()>),
}

impl Watcher {
    /// Starts to watch; nothing yet. Where the system tells nothing, files are looked at again and again, and a
    /// [`Notice`] says so.
    pub async fn start(settings: Settings) -> Watcher {
        let (commands, received) = mpsc::channel(SIGNS);
        let (sender, signs) = mpsc::channel(SIGNS);
        let task = Task::prepare(settings, received, sender).await;
        Watcher {
            observer: Observer { commands },
            signs,
            task: tokio::spawn(task.run()),
        }
    }

    /// Gives what tells the watcher what to watch.
    pub fn observer(&self) -> Observer {
        self.observer.clone()
    }

    /// Waits for the next sign. Nothing is lost when the wait is given up.
    pub async fn next(&mut self) -> Sign {
        match self.signs.recv().await {
            Some(sign) => sign,
            // The task ends with this value alone.
            None => std::future::pending().await,
        }
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Observer {
    /// Watches these inputs and no others. When it returns, whatever happens to them from now on is heard. Blocks,
    /// so it must be called where that is allowed.
    pub fn watch(&self, inputs: Inputs) {
        let (done, is_done) = oneshot::channel();
        if self.commands.blocking_send(Command::Watch(inputs, done)).is_ok() {
            // Without an answer the watcher has ended, and so will whoever asks.
            let _ = is_done.blocking_recv();
        }
    }

    /// Watches these inputs and no others from the next look on, and says what is known of them: every difference
    /// from it is told.
    pub async fn known(&self, inputs: Inputs, snapshot: Snapshot) {
        // A watcher that has ended tells nothing anyway.
        let _ = self.commands.send(Command::Known(inputs, snapshot)).await;
    }

    /// Waits till no save is under way.
    pub async fn quiet(&self) {
        let (answer, is_quiet) = oneshot::channel();
        if self.commands.send(Command::Quiet(answer)).await.is_ok() {
            // Without an answer the watcher has ended, and so will whoever asks.
            let _ = is_quiet.await;
        }
    }
}

/// The watcher's own task.
struct Task {
    commands: mpsc::Receiver<Command>,
    signs: mpsc::Sender<Sign>,
    hints: Arc<Hints>,
    directories: Arc<Mutex<Directories>>,
    settle: Settle,
    timing: Timing,
    inputs: Arc<Inputs>,
    /// What was told last, or what whoever listens has said; nothing is told before that.
    known: Option<Arc<Snapshot>>,
    /// The last look, which saves reading again what has not changed.
    latest: Arc<Snapshot>,
    /// The first of two looks, and when it ended.
    first: Option<(Arc<Snapshot>, Instant)>,
    /// Who waits for the end of a save.
    waiting: Vec<oneshot::Sender<()>>,
    /// Whether a file that has disappeared was already waited for.
    waited_for_gone: bool,
    /// What was told of already.
    told_lock: Option<PathBuf>,
    poll_reason: Option<PollReason>,
    poll: Option<Duration>,
    ticks: Interval,
}

impl Task {
    async fn prepare(
        settings: Settings,
        commands: mpsc::Receiver<Command>,
        signs: mpsc::Sender<Sign>,
    ) -> Task {
        let hints = Arc::new(Hints::default());
        let (directories, reason) = match settings.poll {
            Some(_) => (Directories::deaf(Arc::clone(&hints)), Some(PollReason::Asked)),
            None => listening(&hints, settings.probe.as_deref()).await,
        };
        let mut task = Task {
            commands,
            signs,
            hints,
            directories: Arc::new(Mutex::new(directories)),
            settle: Settle::new(settings.timing),
            timing: settings.timing,
            inputs: Arc::default(),
            known: None,
            latest: Arc::default(),
            first: None,
            waiting: Vec::new(),
            waited_for_gone: false,
            told_lock: None,
            poll_reason: None,
            poll: settings.poll,
            ticks: ticks(RARELY),
        };
        if let Some(reason) = reason {
            task.poll_because(reason).await;
        }
        task
    }

    async fn run(mut self) {
        loop {
            let due = self.due();
            if due.is_none() && !self.hints.any() {
                for answer in self.waiting.drain(..) {
                    // Whoever asked may have gone.
                    let _ = answer.send(());
                }
            }
            tokio::select! {
                biased;
                command = self.commands.recv() => match command {
                    None => return,
                    Some(Command::Watch(inputs, done)) => self.watch(inputs, done).await,
                    Some(Command::Known(inputs, snapshot)) => self.set_known(inputs, snapshot),
                    Some(Command::Quiet(answer)) => self.waiting.push(answer),
                },
                () = self.hints.wait() => self.take_hint(),
                () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => self.look_twice().await,
                _ = self.ticks.tick(), if due.is_none() => self.tick().await,
            }
        }
    }

    /// Tells when the next look is due; `None` while nothing has happened.
    fn due(&self) -> Option<Instant> {
        match &self.first {
            None => self.settle.first_look(),
            Some((_, ended)) => Some(self.settle.end()?.max(*ended + self.timing.between_looks)),
        }
    }

    async fn watch(&mut self, inputs: Inputs, done: oneshot::Sender<()>) {
        self.inputs = Arc::new(inputs);
        let trouble = self.follow().await;
        if let Some(reason) = trouble {
            self.poll_because(reason).await;
        }
        // Whoever asked may have gone.
        let _ = done.send(());
    }

    fn set_known(&mut self, inputs: Inputs, snapshot: Snapshot) {
        let is_up_to_date = self.latest.of(&inputs).is_same(&snapshot);
        self.inputs = Arc::new(inputs);
        self.known = Some(Arc::new(snapshot));
        if !is_up_to_date {
            self.settle.hint(Instant::now(), Hint::Ended);
        }
    }

    fn take_hint(&mut self) {
        let Some(hint) = self.hints.take() else { return };
        let now = Instant::now();
        self.settle.hint(now, hint);
        if self.settle.first_look().is_some_and(|look| look > now) {
            self.first = None;
        }
    }

    /// Looks for the first or the second time, and tells what has changed when both looks agree.
    async fn look_twice(&mut self) {
        let look = self.look().await;
        let now = Instant::now();
        let Some((first, _)) = self.first.take() else {
            self.first = Some((look, now));
            return;
        };
        if !look.is_same(&first) {
            return self.settle.again(now);
        }
        self.settle.done();
        let Some(known) = &self.known else { return };
        let differences = look.differences(known);
        let is_gone = differences
            .iter()
            .any(|difference| difference.kind == DifferenceKind::Gone);
        if is_gone && !self.waited_for_gone {
            self.waited_for_gone = true;
            return self.settle.hint(now, Hint::Gone);
        }
        self.waited_for_gone = false;
        if differences.is_empty() || self.is_locked(&differences).await {
            return;
        }
        self.known = Some(Arc::clone(&look));
        self.tell(Sign::Changed {
            snapshot: Snapshot::clone(&look),
            differences,
        })
        .await;
    }

    /// Looks without an event.
    async fn tick(&mut self) {
        let look = self.look().await;
        let is_known = self.known.as_ref().is_none_or(|known| look.is_same(known));
        if !is_known && self.settle.end().is_none() {
            self.settle.hint(Instant::now(), Hint::Writing);
        }
    }

    /// Tells whether an office program has one of these files open, and says so once.
    async fn is_locked(&mut self, differences: &[Difference]) -> bool {
        let locked = differences
            .iter()
            .filter(|difference| difference.kind != DifferenceKind::Gone)
            .find_map(|difference| Some((difference.path.clone(), office_lock::find(&difference.path)?)));
        let Some((file, lock)) = locked else {
            self.told_lock = None;
            return false;
        };
        if self.told_lock.as_ref() != Some(&lock) {
            self.told_lock = Some(lock.clone());
            self.tell(Sign::Notice(Notice::Locked { file, lock })).await;
        }
        true
    }

    /// Brings the watches up to date and looks at all files, off the task's thread.
    async fn look(&mut self) -> Arc<Snapshot> {
        let trouble = self.follow().await;
        if let Some(reason) = trouble {
            self.poll_because(reason).await;
        }
        let (inputs, former) = (Arc::clone(&self.inputs), Arc::clone(&self.latest));
        let looked = tokio::task::spawn_blocking(move || Snapshot::take(&inputs, &former)).await;
        if let Ok(snapshot) = looked {
            self.latest = Arc::new(snapshot);
        }
        Arc::clone(&self.latest)
    }

    async fn follow(&self) -> Option<PollReason> {
        let (inputs, directories) = (Arc::clone(&self.inputs), Arc::clone(&self.directories));
        let is_told = self.poll_reason.is_some();
        let followed = tokio::task::spawn_blocking(move || {
            let mut directories = directories.lock().unwrap_or_else(PoisonError::into_inner);
            let (places, trouble) = directories.follow(&inputs);
            match trouble {
                None if is_told => None,
                None => network::find(places.folders())
                    .map(|(folder, kind)| PollReason::NetworkFileSystem { folder, kind }),
                trouble => trouble,
            }
        });
        followed.await.ok().flatten()
    }

    async fn poll_because(&mut self, reason: PollReason) {
        if self.poll_reason.is_some() {
            return;
        }
        let every = self.poll.unwrap_or(POLL);
        self.ticks = ticks(every);
        self.poll_reason = Some(reason.clone());
        self.tell(Sign::Notice(Notice::Polling { every, reason })).await;
    }

    async fn tell(&self, sign: Sign) {
        // When nobody listens the task is about to be ended.
        let _ = self.signs.send(sign).await;
    }
}

/// Listens to the system; with the reason why files must be looked at all the same.
async fn listening(
    hints: &Arc<Hints>,
    folder: Option<&std::path::Path>,
) -> (Directories, Option<PollReason>) {
    let (mut directories, trouble) = Directories::new(Arc::clone(hints));
    if trouble.is_some() {
        return (directories, trouble);
    }
    let hears = match folder {
        Some(folder) => probe::events_come(folder, &mut directories, hints).await,
        None => true,
    };
    (directories, (!hears).then_some(PollReason::NoEvents))
}

fn ticks(every: Duration) -> Interval {
    let mut ticks = interval_at(Instant::now() + every, every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}
