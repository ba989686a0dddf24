//! The integration tests: one binary, a module for each room or command.
#![expect(
    clippy::disallowed_methods,
    reason = "tests make files, start the program and ask the environment"
)]
#![expect(clippy::expect_used, reason = "a test that can't go on fails")]

mod adopt;
mod apply;
mod cli;
mod cookbook;
mod crash;
mod diagnostics;
mod exactly_once;
mod examples;
mod faults;
mod fences;
mod flows_command;
mod fmt_command;
mod history;
mod language;
mod ledger;
mod plan_file;
mod plugin;
mod plugin_bundled;
mod plugin_cache;
mod plugin_calls;
mod plugin_cli;
mod plugin_project;
mod plugin_stub;
mod plugins;
mod refresh;
mod rollback;
mod sandbox;
mod sdk;
mod secrets;
mod settle;
mod source;
mod steps;
mod stripe_client;
mod support;
mod test_command;
mod timetable;
mod watch;
