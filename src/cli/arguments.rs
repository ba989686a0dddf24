use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, ColorChoice, CommandFactory, Parser, Subcommand, ValueEnum, ValueHint};

use super::commands::{
    accounts, adopt, apply, check, completions, explain, flows, fmt, functions, init, man, plan, plugin,
    preview, resources, rollback, runs, sandbox, settle, sources, test, watch,
};
use super::{CliError, Context, ExitStatus};

const EXAMPLES: &str = "Examples:
  sheetflow init invoices               a small project to start from
  sheetflow check invoices              all problems of its flows at once
  sheetflow plan invoices --sandbox     what would happen, and nothing more
  sheetflow apply invoices --sandbox    do it, against a Stripe inside the program

Exit status:
  0 all well, 1 some records rejected or failed, 2 the flow or the command is wrong,
  3 a guard stopped it, 4 the account can't be used";

/// Takes the rows of a sheet to Stripe: plan, apply, and never bill twice
#[derive(Debug, Parser)]
#[command(name = "sheetflow", version, arg_required_else_help = true, after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
    #[command(flatten)]
    pub(crate) global: GlobalArguments,
}

/// Gives the definition of all commands, for parsing, completions and man pages.
pub(crate) fn definition() -> clap::Command {
    Arguments::command()
}

// The commands, in the order in which a newcomer meets them. What each says of itself stands with its
// own arguments.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Init(init::Arguments),
    Check(check::Arguments),
    Test(test::Arguments),
    Fmt(fmt::Arguments),
    Plan(plan::Arguments),
    Apply(apply::Arguments),
    Watch(watch::Arguments),
    Adopt(adopt::Arguments),
    Preview(preview::Arguments),
    Runs(runs::Arguments),
    Rollback(rollback::Arguments),
    Settle(settle::Arguments),
    Flows(flows::Arguments),
    Sources(sources::Arguments),
    Accounts(accounts::Arguments),
    Resources(resources::Arguments),
    Functions(functions::Arguments),
    Plugin(plugin::Arguments),
    Explain(explain::Arguments),
    Sandbox(sandbox::Arguments),
    Completions(completions::Arguments),
    Man(man::Arguments),
}

impl Command {
    /// Does what was asked for.
    pub(super) fn run(&self, context: &mut Context) -> Result<ExitStatus, CliError> {
        match self {
            Command::Init(arguments) => init::run(arguments, context),
            Command::Check(arguments) => check::run(arguments, context),
            Command::Test(arguments) => test::run(arguments, context),
            Command::Fmt(arguments) => fmt::run(arguments, context),
            Command::Plan(arguments) => plan::run(arguments, context),
            Command::Apply(arguments) => apply::run(arguments, context),
            Command::Watch(arguments) => watch::run(arguments, context),
            Command::Adopt(arguments) => adopt::run(arguments, context),
            Command::Preview(arguments) => preview::run(arguments, context),
            Command::Runs(arguments) => runs::run(arguments, context),
            Command::Rollback(arguments) => rollback::run(arguments, context),
            Command::Settle(arguments) => settle::run(arguments, context),
            Command::Flows(arguments) => flows::run(arguments, context),
            Command::Sources(arguments) => sources::run(arguments, context),
            Command::Accounts(arguments) => accounts::run(arguments, context),
            Command::Resources(arguments) => resources::run(arguments, context),
            Command::Functions(arguments) => functions::run(arguments, context),
            Command::Plugin(arguments) => plugin::run(arguments, context),
            Command::Explain(arguments) => explain::run(arguments, context),
            Command::Sandbox(arguments) => sandbox::run(arguments, context),
            Command::Completions(arguments) => completions::run(arguments, context),
            Command::Man(arguments) => man::run(arguments, context),
        }
    }
}

// Options of all commands. (A doc comment here would become the text of the command above it.)
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Options of all commands")]
pub(crate) struct GlobalArguments {
    /// What the report is for; JSON goes to stdout alone
    #[arg(long, global = true, value_enum, default_value_t, value_name = "FORM")]
    pub(crate) format: Format,
    /// Say nothing but the report and errors
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// Tell on stderr what is being done; -vv tells more
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
    /// Keep state here instead of in `.sheetflow/` beside the project
    #[arg(long, global = true, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) state_dir: Option<PathBuf>,
    /// Evaluate rows on N threads at once; as many as there are processors when not said
    #[arg(long, global = true, value_name = "N")]
    pub(crate) threads: Option<NonZeroUsize>,
    /// When to use colours; NO_COLOR in the environment means never
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN")]
    pub(crate) color: ColorChoice,
}

/// What a report is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    #[default]
    Human,
    /// For programs
    Json,
}

// Which flows a command works on.
#[derive(Clone, Debug, Args)]
pub(crate) struct ProjectArguments {
    /// A directory with `.flow` files, or one such file
    #[arg(default_value = ".", value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub(crate) path: PathBuf,
}

// Options of plan, apply and preview that leave records out.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Narrowing")]
pub(crate) struct NarrowingArguments {
    /// Only this flow
    #[arg(long, value_name = "NAME")]
    pub(crate) flow: Option<String>,
    /// Only the record with this key; several values of a key stand with commas between them
    #[arg(long, value_name = "KEY")]
    pub(crate) key: Option<String>,
    /// Only the record of this row, counted as the sheet counts
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) row: Option<u64>,
    /// Only the first N records; `--limit 1` sends one to try
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) limit: Option<u64>,
}

impl NarrowingArguments {
    /// Names the first option that was given.
    pub(crate) fn first_said(&self) -> Option<&'static str> {
        let said = [
            ("--flow", self.flow.is_some()),
            ("--key", self.key.is_some()),
            ("--row", self.row.is_some()),
            ("--limit", self.limit.is_some()),
        ];
        said.into_iter()
            .find_map(|(option, is_said)| is_said.then_some(option))
    }
}

// Which Stripe a command is about.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct SandboxArguments {
    /// Use the Stripe inside the program, or the one at URL, instead of the flow's account
    #[arg(long, value_name = "URL", num_args = 0..=1, require_equals = true, value_parser = base_url)]
    sandbox: Option<Option<String>>,
}

// Which Stripe a command talks to.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct TargetArguments {
    #[command(flatten)]
    pub(crate) sandbox: SandboxArguments,
    /// Allow an account with `mode = live`
    #[arg(long, conflicts_with = "sandbox")]
    pub(crate) live: bool,
}

// Which ledger a command reads.
#[derive(Clone, Debug, Args)]
pub(crate) struct LedgerArguments {
    /// A directory with `.flow` files, or one such file
    #[arg(default_value = ".", value_name = "PATH", value_hint = ValueHint::AnyPath)]
    pub(crate) path: PathBuf,
    #[command(flatten)]
    pub(crate) sandbox: SandboxArguments,
}

/// Which Stripe is meant by the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// The flow's own account.
    Account,
    /// The sandbox inside the process.
    Inside,
    /// A running server at this base URL.
    At(String),
}

impl TargetArguments {
    /// Tells which Stripe is meant.
    pub(crate) fn target(&self) -> Target {
        self.sandbox.target()
    }
}

impl SandboxArguments {
    /// Tells which Stripe is meant.
    pub(crate) fn target(&self) -> Target {
        match &self.sandbox {
            None => Target::Account,
            Some(None) => Target::Inside,
            Some(Some(url)) => Target::At(url.clone()),
        }
    }
}

fn base_url(text: &str) -> Result<String, String> {
    let is_url = ["http://", "https://"]
        .iter()
        .any(|scheme| text.strip_prefix(scheme).is_some_and(|host| !host.is_empty()));
    if is_url {
        Ok(text.trim_end_matches('/').to_owned())
    } else {
        Err("expected a URL such as http://127.0.0.1:12111".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::{Arguments, Command, Target, definition};
    use clap::Parser;

    fn parsed(line: &str) -> Result<Arguments, clap::Error> {
        Arguments::try_parse_from(line.split_whitespace())
    }

    #[test]
    fn the_definition_is_sound() {
        definition().debug_assert();
    }

    #[test]
    fn sandbox_takes_a_url_after_an_equals_sign_alone() {
        for (line, target) in [
            ("sheetflow plan books", Target::Account),
            ("sheetflow plan --sandbox books", Target::Inside),
            (
                "sheetflow plan --sandbox=http://127.0.0.1:12111/ books",
                Target::At("http://127.0.0.1:12111".to_owned()),
            ),
        ] {
            let arguments = parsed(line).expect("the line is right");
            let Command::Plan(plan) = arguments.command else {
                unreachable!("it says plan")
            };
            assert_eq!(plan.target.target(), target, "{line}");
            assert_eq!(plan.project.path.as_os_str(), "books", "{line}");
        }
        assert!(parsed("sheetflow plan --sandbox=ftp://x").is_err());
    }

    #[test]
    fn global_options_stand_anywhere() {
        for line in [
            "sheetflow --format json resources",
            "sheetflow resources --format json",
        ] {
            let arguments = parsed(line).expect("the line is right");
            assert_eq!(arguments.global.format, super::Format::Json);
        }
    }

    /// The lines of a help text that show how the program is called.
    fn examples(command: &clap::Command) -> Vec<String> {
        let help = command
            .get_after_help()
            .map(ToString::to_string)
            .unwrap_or_default();
        let section = help.split("Examples:\n").nth(1).unwrap_or_default();
        section
            .lines()
            .take_while(|line| !line.is_empty())
            .filter(|line| line.starts_with("  sheetflow"))
            .map(|line| line.trim().split("   ").next().unwrap_or_default().to_owned())
            .collect()
    }

    #[test]
    fn every_command_shows_examples_that_can_be_typed() {
        let definition = definition();
        let all = std::iter::once(&definition).chain(definition.get_subcommands());
        for command in all {
            let lines = examples(command);
            assert!(!lines.is_empty(), "`{}` has no examples", command.get_name());
            for line in lines {
                let typed = line.split(['|', '>', '<']).next().unwrap_or_default();
                let words = typed.split_whitespace().map(|word| word.trim_matches('\''));
                Arguments::try_parse_from(words).unwrap_or_else(|problem| panic!("{line}: {problem}"));
            }
        }
    }

    #[test]
    fn the_commands_that_the_written_pages_show_can_be_typed() {
        let pages = [
            include_str!("../../README.md"),
            include_str!("../../docs/plans.md"),
            include_str!("../../docs/runs.md"),
            include_str!("../../docs/watching.md"),
            include_str!("commands/init/project/README.md"),
        ];
        for line in pages.iter().flat_map(|page| page.lines()) {
            if line.starts_with("    sheetflow ") {
                let typed = line.trim().split("  ").next().unwrap_or_default();
                assert!(parsed(typed).is_ok(), "{line}");
            }
        }
    }

    #[test]
    fn every_command_says_what_it_does() {
        for command in definition().get_subcommands() {
            let about = command.get_about().map(ToString::to_string).unwrap_or_default();
            assert!(
                about.len() > 10 && !about.ends_with('.'),
                "{}: {about}",
                command.get_name()
            );
        }
    }
}
