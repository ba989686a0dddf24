use std::ops::Deref;
use std::path::{Path, PathBuf};

use sheetflow::sandbox::Sandbox;

use super::{Outcome, Program};

/// The program in a directory that holds a project.
pub(crate) struct Project {
    program: Program,
}

impl Project {
    /// Makes a project of these files.
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        let project = Project {
            program: Program::new(),
        };
        for (name, text) in files {
            project.write(name, text);
        }
        project
    }

    /// Copies a project of `examples/`.
    pub(crate) fn example(name: &str) -> Self {
        let project = Project::new(&[]);
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name);
        for entry in std::fs::read_dir(&from).expect("the example exists") {
            let path = entry.expect("an entry").path();
            if path.is_file() {
                let name = path.file_name().expect("a name");
                std::fs::copy(&path, project.path(name)).expect("the file is copied");
            }
        }
        project
    }

    /// Writes one of its files.
    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).expect("the file is written");
    }

    /// Replaces text in one of its files, where it must stand.
    pub(crate) fn replace(&self, name: &str, old: &str, new: &str) {
        let text = std::fs::read_to_string(self.path(name)).expect("the file is there");
        assert!(text.contains(old), "`{old}` stands in {name}");
        self.write(name, &text.replace(old, new));
    }

    /// Tells where the ledger of a server is.
    pub(crate) fn ledger_of(&self, server: &Sandbox) -> PathBuf {
        let plain = |letter: char| match letter {
            'a'..='z' | 'A'..='Z' | '0'..='9' => letter,
            _ => '-',
        };
        let directory: String = server.base_url().chars().map(plain).collect();
        self.path(format!(".sheetflow/servers/{directory}/ledger.db"))
    }

    /// Runs a command of the program over the project.
    pub(crate) fn run(&self, arguments: &[&str]) -> Outcome {
        self.program.run_with(arguments)
    }
}

impl Deref for Project {
    type Target = Program;

    fn deref(&self) -> &Program {
        &self.program
    }
}
