use std::collections::BTreeMap;
use std::future::Future;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use sheetflow::engine::{
    Audience, News, Options, Planning, Progress, Project, Question, Report, Selection, Service,
    ServiceHandle, ServiceSettings, Session, Target,
};
use sheetflow::model::Clock;
use sheetflow::watch::Settings;
use tempfile::TempDir;

/// How long anything may take before a test gives up.
const PATIENCE: Duration = Duration::from_secs(30);

/// A project that is watched on a thread of its own, against the sandbox inside the program.
pub(super) struct Watched {
    /// The folder around it.
    pub(super) folder: TempDir,
    project: PathBuf,
    reports: Receiver<Report>,
    /// All that was told, in order.
    pub(super) told: Vec<News>,
    handle: ServiceHandle,
    stop: tokio::sync::watch::Sender<bool>,
    thread: Option<JoinHandle<()>>,
}

/// How a project is watched.
pub(super) struct How {
    pub(super) clock: Clock,
    pub(super) plan_only: bool,
    pub(super) poll: Option<Duration>,
    pub(super) longest_sleep: Duration,
}

impl Default for How {
    fn default() -> Self {
        How {
            clock: Clock::new(Timestamp::now),
            plan_only: false,
            poll: None,
            longest_sleep: Duration::from_secs(30),
        }
    }
}

struct Listener(Sender<Report>);

impl Audience for Listener {
    fn tell(&self, report: Report) {
        // A test that is over listens no more.
        let _ = self.0.send(report);
    }

    fn approve(&self, _question: Question) -> Pin<Box<dyn Future<Output = bool> + Send + '_>> {
        Box::pin(std::future::ready(false))
    }
}

/// Gives the options that a project in a folder is watched, and looked at, with.
fn options(folder: &Path, clock: Clock) -> Options {
    Options {
        state_directory: Some(folder.join("state")),
        target: Target::Sandbox,
        live: false,
        offline: false,
        threads: NonZeroUsize::MIN,
        selection: Selection::default(),
        planning: Planning::default(),
        clock,
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime")
}

impl Watched {
    /// Watches what stands at a path in the folder.
    pub(super) fn start(folder: TempDir, path: &str, how: How) -> Watched {
        let project = folder.path().join(path);
        let settings = ServiceSettings {
            path: project.clone(),
            options: options(folder.path(), how.clock),
            plan_only: how.plan_only,
            watch: Settings {
                poll: how.poll,
                ..Settings::default()
            },
            longest_sleep: how.longest_sleep,
            progress: Progress::default(),
        };
        let (sender, reports) = channel();
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let (handles, handle) = channel();
        let thread = std::thread::spawn(move || {
            let listener = Listener(sender);
            runtime().block_on(async {
                let started = Service::start(settings, &listener, stopped).await;
                let (service, handle) = started.expect("there is a project");
                handles.send(handle).expect("the test waits for it");
                service.run().await.expect("the loop comes to its end");
            });
        });
        Watched {
            folder,
            project,
            reports,
            told: Vec::new(),
            handle: handle.recv_timeout(PATIENCE).expect("the watching starts"),
            stop,
            thread: Some(thread),
        }
    }

    /// Makes a project of these files, and watches it till its first run is over.
    pub(super) fn project(files: &[(&str, &[u8])], how: How) -> Watched {
        let folder = tempfile::tempdir().expect("a folder");
        let mut watched = Watched::start(with_files(folder, "books", files), "books", how);
        watched.until("the first generation", |news| {
            matches!(news, News::Replaced { .. })
        });
        watched
    }

    /// Gives a path in the project.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.project.join(name)
    }

    /// Writes a file of the project.
    pub(super) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        std::fs::write(self.path(name), content).expect("the file is written");
    }

    /// Gives the way to the service from outside.
    pub(super) fn handle(&self) -> &ServiceHandle {
        &self.handle
    }

    /// Waits for news, and gives it. All news on the way is kept in `told`.
    pub(super) fn until(&mut self, what: &str, wanted: impl Fn(&News) -> bool) -> &News {
        let end = Instant::now() + PATIENCE;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            match self.reports.recv_timeout(left) {
                Ok(report) => {
                    let is_wanted = wanted(&report.news);
                    self.told.push(report.news);
                    if is_wanted {
                        return self.told.last().expect("it was told");
                    }
                }
                Err(error) => unreachable!("{what} did not come ({error}); told: {:#?}", self.told),
            }
        }
    }

    /// Lets so much time pass, and keeps the news that comes meanwhile.
    pub(super) fn for_a_while(&mut self, time: Duration) {
        let end = Instant::now() + time;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            match self.reports.recv_timeout(left) {
                Ok(report) => self.told.push(report.news),
                Err(RecvTimeoutError::Timeout) => return,
                Err(RecvTimeoutError::Disconnected) => {
                    unreachable!("the watching has ended: {:#?}", self.told)
                }
            }
        }
    }

    /// Waits for the next generation.
    pub(super) fn until_generation(&mut self) -> u32 {
        match self.until("a generation", |news| matches!(news, News::Replaced { .. })) {
            News::Replaced { generation, .. } => *generation,
            _ => unreachable!("a generation was waited for"),
        }
    }

    /// Waits for a run to be over.
    pub(super) fn until_applied(&mut self) -> &News {
        self.until("a run", |news| matches!(news, News::Applied { .. }))
    }

    /// Waits till everything that was saved is planned and applied: reading all of it again reaches no flow.
    pub(super) fn until_idle(&mut self) {
        loop {
            self.handle.reread();
            self.until("the reading", |news| matches!(news, News::Reread));
            let replaced = self.until("a generation", |news| matches!(news, News::Replaced { .. }));
            if matches!(replaced, News::Replaced { reached, .. } if reached.is_empty()) {
                return;
            }
            // What was reached is being planned, or its plan is under way already.
            self.for_a_while(Duration::from_millis(100));
        }
    }

    /// Ends the watching, and gives the folder back.
    pub(super) fn stop(mut self) -> Stopped {
        self.stop.send_replace(true);
        self.until("the end", |news| matches!(news, News::Stopped));
        if let Some(thread) = self.thread.take() {
            thread.join().expect("the watching ends well");
        }
        Stopped {
            folder: self.folder,
            project: self.project,
            told: self.told,
        }
    }
}

/// A project that was watched.
pub(super) struct Stopped {
    folder: TempDir,
    project: PathBuf,
    told: Vec<News>,
}

impl Stopped {
    /// Shows that everything that stands in the sheets now was sent, and nothing of it twice: a plan of all flows
    /// finds nothing to do, Stripe has as many objects as there are records, and each was made once.
    pub(super) fn shows_nothing_lost_and_nothing_twice(&self, objects: &[(&str, usize)]) {
        let mut created = 0;
        for news in &self.told {
            if let News::Applied { totals, requests, .. } = news {
                assert_eq!(totals.failed, 0, "{news:#?}");
                assert_eq!(
                    requests.post,
                    totals.created + totals.updated,
                    "one request for each change: {news:#?}"
                );
                created += totals.created;
            }
        }
        let wanted: usize = objects.iter().map(|(_, count)| count).sum();
        assert_eq!(created, wanted as u64, "{:#?}", self.told);
        runtime().block_on(async {
            let project = Project::load(&self.project, |_| {}).expect("it is read");
            let clock = Clock::new(Timestamp::now);
            let session = Session::open(project, options(self.folder.path(), clock))
                .await
                .expect("it opens");
            let plan = session.plan(&Progress::default()).await.expect("a plan");
            let totals = plan.summary().totals;
            assert_eq!(totals.unchanged, totals.records, "{totals:?}; {:#?}", self.told);
            let connection = session.connection.clone().expect("it is open");
            for (path, count) in objects {
                let mut list = connection.client.list(path, &[]);
                let mut found = 0;
                while list.next().await.expect("the list is read").is_some() {
                    found += 1;
                }
                assert_eq!(found, *count, "{path}");
            }
            drop(connection);
            session.close().await.expect("it closes");
        });
    }

    /// Gives the folder around the project back.
    pub(super) fn into_folder(self) -> TempDir {
        self.folder
    }

    /// Gives the generation of each apply in the ledger, in order, with the number of the run.
    pub(super) fn generations(&self) -> BTreeMap<i64, u32> {
        use sheetflow::ledger::{Ledger, SqliteLedger};
        let file = self.folder.path().join("state/sandbox/ledger.db");
        runtime().block_on(async {
            let ledger = SqliteLedger::open(&file).await.expect("the ledger");
            let runs = ledger.runs(1_000).await.expect("the runs");
            runs.into_iter()
                .map(|run| (run.id.0, run.start.generation))
                .collect()
        })
    }
}

/// Writes files into a folder of a folder.
pub(super) fn with_files(folder: TempDir, path: &str, files: &[(&str, &[u8])]) -> TempDir {
    for (name, content) in files {
        let file = folder.path().join(path).join(name);
        std::fs::create_dir_all(file.parent().expect("it lies in a folder")).expect("a folder");
        std::fs::write(file, content).expect("a file");
    }
    folder
}
