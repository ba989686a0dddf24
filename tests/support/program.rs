use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

/// The program in a directory of its own, with no variable of the surroundings but those set here.
pub(crate) struct Program {
    folder: TempDir,
    variables: Vec<(String, String)>,
}

/// What a run left behind.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// The exit status; `None` when a signal ended it.
    pub(crate) status: Option<i32>,
    /// What it wrote to stdout.
    pub(crate) stdout: String,
    /// What it wrote to stderr.
    pub(crate) stderr: String,
}

impl Program {
    /// Prepares an empty directory.
    pub(crate) fn new() -> Self {
        let folder = TempDir::new().expect("a temporary directory can be made");
        let home = folder.path().join("home");
        std::fs::create_dir(&home).expect("a directory can be made");
        std::fs::create_dir(folder.path().join("work")).expect("a directory can be made");
        Program {
            folder,
            variables: vec![
                ("HOME".to_owned(), home.display().to_string()),
                ("TZ".to_owned(), "UTC".to_owned()),
            ],
        }
    }

    /// Sets a variable of the environment.
    pub(crate) fn with_variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Gives a path in the directory where the program runs.
    pub(crate) fn path(&self, name: impl AsRef<Path>) -> PathBuf {
        self.folder.path().join("work").join(name)
    }

    /// Prepares a run, with streams that the test may still change.
    pub(crate) fn command(&self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sheetflow"));
        command
            .args(arguments)
            .current_dir(self.path(""))
            .env_clear()
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null());
        command
    }

    /// Runs the program with the words of a line as its arguments.
    pub(crate) fn run(&self, line: &str) -> Outcome {
        self.run_with(line.split_whitespace())
    }

    /// Runs the program with these arguments.
    pub(crate) fn run_with(&self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Outcome {
        let output = self.command(arguments).output().expect("the program starts");
        Outcome {
            status: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

impl Outcome {
    /// Reads stdout as one JSON document.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|problem| {
            unreachable!("stdout is no JSON: {problem}\n{}\n{}", self.stdout, self.stderr)
        })
    }

    /// Gives those totals of the report on stdout that are not zero.
    pub(crate) fn totals(&self) -> Value {
        totals(&self.json())
    }
}

/// Gives those of a report's totals that are not zero.
pub(crate) fn totals(report: &Value) -> Value {
    let totals = report["totals"]
        .as_object()
        .unwrap_or_else(|| unreachable!("{report}"));
    totals
        .iter()
        .filter(|(_, count)| **count != json!(0))
        .map(|(name, count)| (name.clone(), count.clone()))
        .collect()
}
