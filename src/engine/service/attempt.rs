use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::mpsc;

use crate::engine::plugins::{Shelf, limits};
use crate::engine::{EngineError, Options, Project, Session};
use crate::model::PluginSpec;
use crate::plugin;
use crate::watch::{Inputs, Observer, Snapshot};

use super::generation::Generation;
use super::inputs;
use super::report::News;

/// How often a project is read anew when it changes while it is read.
const MOST_ROUNDS: usize = 10;
/// How often a plugin is built in one attempt, when its sources change while it is built.
const MOST_BUILDS: u32 = 2;

/// Reads and checks a project, one attempt after the other.
pub(super) struct Builder {
    path: PathBuf,
    observer: Observer,
    shelf: Shelf,
    news: mpsc::Sender<News>,
    /// What the last attempt was read from.
    asked: Inputs,
    /// The last look, which saves reading again what has not changed.
    latest: Snapshot,
}

/// What an attempt came to.
pub(super) enum Attempt {
    /// A newer change made it pointless.
    Cancelled,
    /// The files never stood still.
    Restless,
    /// It was read and checked, and can run.
    Whole {
        /// The project, open.
        session: Session,
        /// What it was read from.
        inputs: Inputs,
        /// What that held.
        snapshot: Snapshot,
    },
    /// It can't run.
    Broken {
        /// Why.
        error: EngineError,
        /// What it was read from, and what the running generation was read from.
        inputs: Inputs,
        /// What that held.
        snapshot: Snapshot,
    },
}

/// A project that was read, and held still meanwhile.
struct Reading {
    project: Result<Project, EngineError>,
    /// What it was read from.
    found: Inputs,
    /// That, and what the running generation was read from.
    watched: Inputs,
    /// What all of that held.
    snapshot: Snapshot,
}

/// How a reading ended.
enum Read {
    Cancelled,
    Restless,
    Done(Box<Reading>),
}

/// Reads, checks and opens a project beside the generation that runs.
pub(super) async fn attempt(
    builder: Arc<Mutex<Builder>>,
    running: Option<Arc<Generation>>,
    cancel: Arc<AtomicBool>,
    (options, is_fresh_account): (Options, FreshAccount),
) -> Attempt {
    let former = running.clone();
    let reading = tokio::task::spawn_blocking(move || {
        let mut builder = builder.lock().unwrap_or_else(PoisonError::into_inner);
        builder.read(former.as_deref(), &cancel)
    });
    let reading = match reading.await {
        Ok(Read::Done(reading)) => *reading,
        Ok(Read::Cancelled) => return Attempt::Cancelled,
        Ok(Read::Restless) | Err(_) => return Attempt::Restless,
    };
    let opened = match reading.project {
        Ok(project) => open(project, running.as_deref(), (options, is_fresh_account)).await,
        Err(error) => Err(error),
    };
    match opened {
        Ok(session) => Attempt::Whole {
            session,
            snapshot: reading.snapshot.of(&reading.found),
            inputs: reading.found,
        },
        Err(error) => Attempt::Broken {
            error,
            inputs: reading.watched,
            snapshot: reading.snapshot,
        },
    }
}

/// Whether the account is opened again although its declaration is the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FreshAccount {
    /// The one that is open serves on.
    No,
    /// Its key may be another one.
    Yes,
}

async fn open(
    project: Project,
    running: Option<&Generation>,
    (options, is_fresh_account): (Options, FreshAccount),
) -> Result<Session, EngineError> {
    project.program()?;
    match running {
        Some(running) if is_fresh_account == FreshAccount::No || running.session.is_sandbox() => {
            running.session.succeeded_by(project).await
        }
        _ => Session::open(project, options).await,
    }
}

impl Builder {
    /// Makes one that has read nothing yet.
    pub(super) fn new(path: PathBuf, observer: Observer, news: mpsc::Sender<News>) -> Self {
        let compilations = news.clone();
        let shelf = Shelf::new(move |compilation| {
            if let plugin::Compilation::Begins { plugin, bytes } = compilation {
                let plugin = plugin.to_owned();
                // When nobody listens, nobody waits for it.
                let _ = compilations.blocking_send(News::Compiling { plugin, bytes });
            }
        });
        Builder {
            path,
            observer,
            shelf,
            news,
            asked: Inputs::default(),
            latest: Snapshot::default(),
        }
    }

    /// Says that what was read last runs now.
    pub(super) fn taken_over(&mut self) {
        self.shelf.keep_latest();
    }

    /// Reads the project till nothing of it has changed meanwhile. Everything is watched before it is read, so
    /// that a later change is heard of.
    fn read(&mut self, running: Option<&Generation>, cancel: &AtomicBool) -> Read {
        let mut watched = self.asked.with(&inputs::flows(&self.path));
        if let Some(running) = running {
            watched = watched.with(&running.inputs);
        }
        let mut builds = BTreeMap::new();
        for _ in 0..MOST_ROUNDS {
            if cancel.load(Ordering::Relaxed) {
                return Read::Cancelled;
            }
            self.observer.watch(watched.clone());
            let before = Snapshot::take(&watched, &self.latest);
            self.latest = before.clone();
            let mut project = Project::load_with(&self.path, &mut self.shelf);
            let found = match &project {
                Ok(project) => inputs::of_project(&self.path, project),
                Err(_) => inputs::flows(&self.path),
            };
            self.asked = found.clone();
            if !watched.contains_all(&found) {
                watched = watched.with(&found);
                continue;
            }
            if cancel.load(Ordering::Relaxed) {
                return Read::Cancelled;
            }
            if let Ok(read) = &project {
                match self.build_plugins(read, running, &mut builds) {
                    Ok(true) => continue,
                    Ok(false) => {}
                    Err(error) => project = Err(error),
                }
            }
            let snapshot = Snapshot::take(&watched, &before);
            if snapshot.is_same(&before) {
                return Read::Done(Box::new(Reading {
                    project,
                    found,
                    watched,
                    snapshot,
                }));
            }
        }
        Read::Restless
    }

    /// Builds the plugins whose sources changed; tells whether there were any.
    fn build_plugins(
        &mut self,
        project: &Project,
        running: Option<&Generation>,
        builds: &mut BTreeMap<PathBuf, u32>,
    ) -> Result<bool, EngineError> {
        let mut any = false;
        for spec in project.plugin_specs() {
            let Some(sources) = inputs::plugin_project(&project.root, spec) else {
                continue;
            };
            let count = builds.entry(sources.folder().to_owned()).or_default();
            if *count >= MOST_BUILDS || self.was_tried(&sources, running) {
                continue;
            }
            let failed = |source| EngineError::PluginBuild {
                plugin: spec.name.to_string(),
                source,
            };
            if !sources.is_stale().map_err(failed)? {
                continue;
            }
            *count += 1;
            match self.build(spec, &sources, project) {
                Ok(()) => any = true,
                // What was there before there was any generation is run as `apply` would.
                Err(error) if running.is_none() && sources.component().is_file() => {
                    let problem = failed(error).into();
                    let _ = self.news.blocking_send(News::NotBuilt { problem });
                }
                Err(error) => return Err(failed(error)),
            }
        }
        Ok(any)
    }

    fn build(
        &mut self,
        spec: &PluginSpec,
        sources: &plugin::Project,
        project: &Project,
    ) -> Result<(), plugin::ProjectError> {
        let plugin = spec.name.to_string();
        // When nobody listens, nobody waits for it.
        let _ = self.news.blocking_send(News::Building { plugin });
        let host = self.shelf.host(&project.root)?;
        sources.build_checked(host, limits(spec)).map(drop)
    }

    /// Tells whether the running generation was made of the same sources: what came of building them is known.
    fn was_tried(&self, sources: &plugin::Project, running: Option<&Generation>) -> bool {
        let trees = inputs::trees(sources);
        running.is_some_and(|running| {
            running.inputs.contains_all(&trees)
                && self.latest.of(&trees).is_same(&running.snapshot.of(&trees))
        })
    }
}
