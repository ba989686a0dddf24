use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use clap::{Args, ValueHint};
use serde_json::{Value, json};
use similar::TextDiff;
use tempfile::NamedTempFile;

use crate::cli::output::{Role, View};
use crate::cli::{CliError, Context, ExitStatus};
use crate::diag::Sources;
use crate::engine::flow_files;
use crate::lang;

/// What stands for a text that comes from stdin.
const STDIN: &str = "<stdin>";

/// Write flows in their canonical form
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sheetflow fmt                      all flows of this directory
  sheetflow fmt billing.flow         one file
  sheetflow fmt --check              change nothing, show what would change
  sheetflow fmt --stdin              for an editor: from stdin to stdout

Comments stay, and so does every line that can't be understood.

Exit status:
  0 all well, 1 `--check` found something to change, 2 a file can't be read or written")]
pub(crate) struct Arguments {
    /// Directories with `.flow` files, or such files; this directory without them
    #[arg(value_name = "PATH", value_hint = ValueHint::AnyPath, conflicts_with = "stdin")]
    paths: Vec<PathBuf>,
    /// Write nothing; show what would change
    #[arg(long)]
    check: bool,
    /// Read a flow from stdin, and write it to stdout
    #[arg(long)]
    stdin: bool,
}

/// A flow before and after.
struct Formatted {
    path: String,
    before: String,
    after: String,
    /// The lines that can't be understood, and stay as they are.
    broken: Vec<u32>,
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments, context: &mut Context) -> Result<ExitStatus, CliError> {
    let files = match arguments.stdin {
        true => vec![read_stdin()?],
        false => read_files(&arguments.paths)?,
    };
    for file in &files {
        if let Some(said) = file.broken_lines() {
            context.output.message(&said)?;
        }
    }
    if arguments.stdin && !arguments.check {
        context.output.report(
            |_| files.iter().map(|file| file.after.as_str()).collect(),
            || json!({ "formatted": files.iter().map(|file| file.after.as_str()).collect::<String>() }),
        )?;
        return Ok(ExitStatus::Success);
    }
    if arguments.check {
        context
            .output
            .report(|view| render_diff(&files, view), || to_json(&files))?;
        return Ok(match files.iter().any(Formatted::changes) {
            true => ExitStatus::RecordsFailed,
            false => ExitStatus::Success,
        });
    }
    for file in files.iter().filter(|file| file.changes()) {
        let path = Path::new(&file.path);
        replace(path, &file.after).map_err(|problem| CliError::file("write", path, problem))?;
    }
    context
        .output
        .report(|view| render_names(&files, view), || to_json(&files))?;
    Ok(ExitStatus::Success)
}

fn read_stdin() -> Result<Formatted, CliError> {
    let mut text = String::new();
    let read = io::stdin().lock().read_to_string(&mut text);
    read.map_err(|problem| CliError::file("read", Path::new(STDIN), problem))?;
    Ok(format(STDIN.to_owned(), text))
}

/// Reads all files before any of them is written.
fn read_files(paths: &[PathBuf]) -> Result<Vec<Formatted>, CliError> {
    let here = [PathBuf::from(".")];
    let paths = if paths.is_empty() { &here } else { paths };
    let mut names: Vec<PathBuf> = Vec::new();
    for path in paths {
        for file in flow_files(path)?.1 {
            let file = file.strip_prefix(".").map_or(file.clone(), Path::to_path_buf);
            if !names.contains(&file) {
                names.push(file);
            }
        }
    }
    let read = |path: PathBuf| {
        // Bytes that are no text would be lost.
        let text = fs::read_to_string(&path).map_err(|problem| CliError::file("read", &path, problem))?;
        Ok(format(path.display().to_string(), text))
    };
    names.into_iter().map(read).collect()
}

fn format(path: String, before: String) -> Formatted {
    let mut sources = Sources::default();
    let id = sources.add(path.clone(), before.clone());
    let tree = lang::parse(id, &before);
    let places = tree.problems.iter().filter_map(|problem| problem.labels.first());
    let mut broken: Vec<u32> = places
        .map(|label| sources.position(id, label.span.start).line)
        .collect();
    broken.sort_unstable();
    broken.dedup();
    Formatted {
        path,
        after: lang::format(&tree, &before),
        before,
        broken,
    }
}

/// Replaces a file at once: a reader sees the old text or the new one, and never a part. A link stays one.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    let file = fs::canonicalize(path)?;
    let folder = file.parent().unwrap_or(Path::new("."));
    let mut new = NamedTempFile::new_in(folder)?;
    new.write_all(text.as_bytes())?;
    new.as_file()
        .set_permissions(fs::metadata(&file)?.permissions())?;
    new.as_file().sync_all()?;
    new.persist(&file)?;
    Ok(())
}

fn render_names(files: &[Formatted], view: View) -> String {
    let mut text = String::new();
    for file in files.iter().filter(|file| file.changes()) {
        text.push_str(&format!(
            "{} {}\n",
            view.paint(Role::Good, "formatted"),
            file.path
        ));
    }
    text.push_str(&summary(files, "formatted", view));
    text
}

fn render_diff(files: &[Formatted], view: View) -> String {
    let mut text = String::new();
    for file in files.iter().filter(|file| file.changes()) {
        for line in file.diff().lines() {
            let role = match line.as_bytes().first() {
                Some(b'+') => Role::Good,
                Some(b'-') => Role::Bad,
                Some(b'@') => Role::Name,
                _ => Role::Plain,
            };
            text.push_str(&view.paint(role, line));
            text.push('\n');
        }
    }
    text.push_str(&summary(files, "to format", view));
    text
}

fn summary(files: &[Formatted], verb: &str, view: View) -> String {
    let changed = files.iter().filter(|file| file.changes()).count();
    let text = match changed {
        0 => view.paint(
            Role::Good,
            &format!("files: {}, all as they should be", files.len()),
        ),
        changed => format!("files: {}, {changed} {verb}", files.len()),
    };
    format!("{text}\n")
}

fn to_json(files: &[Formatted]) -> Value {
    let shown: Vec<Value> = files
        .iter()
        .map(|file| {
            json!({
                "path": file.path,
                "changed": file.changes(),
                "broken_lines": file.broken,
                "diff": if file.changes() { Value::from(file.diff()) } else { Value::Null },
            })
        })
        .collect();
    json!({
        "changed": files.iter().filter(|file| file.changes()).count(),
        "files": shown,
    })
}

impl Formatted {
    fn changes(&self) -> bool {
        self.before != self.after
    }

    /// Gives what changes, as programs that patch files read it.
    fn diff(&self) -> String {
        TextDiff::from_lines(&self.before, &self.after)
            .unified_diff()
            .header(&self.path, &format!("{} (formatted)", self.path))
            .to_string()
    }

    fn broken_lines(&self) -> Option<String> {
        let lines: Vec<String> = self.broken.iter().map(ToString::to_string).collect();
        let (path, lines) = (
            &self.path,
            match lines.as_slice() {
                [] => return None,
                [line] => format!("line {line} can't be understood and stays as it is"),
                several => format!(
                    "lines {} can't be understood and stay as they are",
                    several.join(", ")
                ),
            },
        );
        Some(format!("{path}: {lines}"))
    }
}
