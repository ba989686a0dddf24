use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

/// The program under test.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_sheetflow");

/// A project in a directory of its own, which is deleted with it.
pub(crate) struct Project {
    directory: TempDir,
}

impl Project {
    /// Makes a project of these files.
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        let project = Project { directory: tempfile::tempdir().expect("a temporary directory") };
        for (name, text) in files {
            project.write(name, text);
        }
        project
    }

    /// Copies a project of `examples/`.
    pub(crate) fn example(name: &str) -> Self {
        let project = Project::new(&[]);
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name);
        for entry in fs::read_dir(&from).expect("the example exists") {
            let path = entry.expect("an entry").path();
            if path.is_file() {
                let name = path.file_name().expect("a name");
                fs::copy(&path, project.path().join(name)).expect("the file is copied");
            }
        }
        project
    }

    /// Gives its directory.
    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Gives the path of one of its files.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    /// Writes one of its files.
    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.file(name), text).expect("the file is written");
    }

    /// Replaces text in one of its files, where it must stand.
    pub(crate) fn replace(&self, name: &str, old: &str, new: &str) {
        let text = fs::read_to_string(self.file(name)).expect("the file is there");
        assert!(text.contains(old), "`{old}` stands in {name}");
        self.write(name, &text.replace(old, new));
    }

    /// Prepares a command of the program, with the project as its last argument and a bare environment.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(PROGRAM);
        command.env_clear().env("HOME", self.path()).env("NO_COLOR", "1");
        command.args(arguments).arg(self.path());
        command
    }

    /// Runs a command of the program over the project.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        Ran::from(self.command(arguments).output().expect("the program starts"))
    }
}

/// What a command said, and how it ended.
#[derive(Debug)]
pub(crate) struct Ran {
    /// The exit status.
    pub(crate) status: i32,
    /// Standard output.
    pub(crate) stdout: String,
    /// Standard error.
    pub(crate) stderr: String,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Ran {
            status: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

impl Ran {
    /// Reads the report as JSON.
    pub(crate) fn json(&self) -> Value {
        match serde_json::from_str(&self.stdout) {
            Ok(value) => value,
            Err(error) => panic!("no JSON ({error}): {self:?}"),
        }
    }
}
