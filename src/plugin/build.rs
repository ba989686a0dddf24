use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use tempfile::NamedTempFile;
use wit_component::{StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

use super::binary::{component_bytes, is_bare_module};
use super::discover::name_of;
use super::host::{Host, Plugin};
use super::limits::Limits;
use super::project::{Project, ProjectError};
use super::stamp::stamp;

/// Characters of a failed command's output that are shown.
const SHOWN: usize = 4_000;

impl Project {
    /// Runs the project's build command, makes a component of its output, and puts it where flows find it.
    ///
    /// The former component stays in place when anything fails.
    pub fn build(&self) -> Result<(), ProjectError> {
        let component = self.make_component()?;
        self.place(&component)
    }

    /// Builds as [`Project::build`] does, and looks at the result as a flow's run would: the former component
    /// stays in place also when the new one can't be used.
    pub fn build_checked(&self, host: &Host, limits: Limits) -> Result<Plugin, ProjectError> {
        let component = self.make_component()?;
        let plugin = host.compile(&name_of(&self.component()), &component, limits)?;
        self.place(&component)?;
        Ok(plugin)
    }

    fn make_component(&self) -> Result<Vec<u8>, ProjectError> {
        let source_hash = self.source_hash()?;
        self.run_command()?;
        let output = self.folder.join(&self.manifest.output);
        let mut built = fs::read(&output).map_err(|source| ProjectError::File { path: output, source })?;
        if is_bare_module(&built)
            && let Some(wit) = &self.manifest.wit
        {
            embed(&mut built, &self.folder.join(wit))?;
        }
        let name = self.folder.file_name().unwrap_or_default().to_string_lossy();
        let mut component = component_bytes(&name, &built)?;
        stamp(&mut component, &source_hash);
        Ok(component)
    }

    fn place(&self, component: &[u8]) -> Result<(), ProjectError> {
        let target = self.component();
        replace(&target, component).map_err(|source| ProjectError::File { path: target, source })
    }

    fn run_command(&self) -> Result<(), ProjectError> {
        let command = &self.manifest.build;
        let output = shell(command)
            .current_dir(&self.folder)
            .stdin(Stdio::null())
            .output();
        let (status, output) = match output {
            Ok(output) if output.status.success() => return Ok(()),
            Ok(output) => (output.status.to_string(), end_of(&output)),
            Err(error) => (error.to_string(), String::new()),
        };
        Err(ProjectError::Build {
            command: command.clone(),
            status,
            output,
        })
    }
}

#[cfg(not(windows))]
fn shell(command: &str) -> Command {
    let mut shell = Command::new("sh");
    shell.args(["-c", command]);
    shell
}

#[cfg(windows)]
fn shell(command: &str) -> Command {
    let mut shell = Command::new("cmd");
    shell.args(["/C", command]);
    shell
}

/// Gives the end of what a command wrote: that is where compilers say what is wrong.
fn end_of(output: &Output) -> String {
    let text = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    let passed_over = text.chars().count().saturating_sub(SHOWN);
    text.chars().skip(passed_over).collect()
}

/// Writes the component metadata of the only world in a WIT file or folder into a core module.
fn embed(module: &mut Vec<u8>, wit: &Path) -> Result<(), ProjectError> {
    let fail = |detail: String| ProjectError::Wit {
        path: wit.to_owned(),
        detail,
    };
    let mut resolve = Resolve::default();
    let (package, _) = resolve
        .push_path(wit)
        .map_err(|error| fail(format!("{error:#}")))?;
    let world = resolve
        .select_world(&[package], None)
        .map_err(|error| fail(format!("{error:#}")))?;
    embed_component_metadata(module, &resolve, world, StringEncoding::UTF8)
        .map_err(|error| fail(format!("{error:#}")))
}

/// Puts a whole file in the place of another, which is never seen half written.
fn replace(target: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = target.parent().unwrap_or(Path::new("."));
    let mut file = NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    make_readable(&file)?;
    file.as_file().sync_all()?;
    file.persist(target).map_err(|error| error.error)?;
    Ok(())
}

/// Gives the file the permissions of an ordinary one: a plugin is no secret.
#[cfg(unix)]
fn make_readable(file: &NamedTempFile) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.as_file().set_permissions(fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn make_readable(_file: &NamedTempFile) -> io::Result<()> {
    Ok(())
}
