//! Runs that are taken back, looked at in the sandbox.

#[path = "rollback/crash.rs"]
mod crash;
#[path = "rollback/every_rule.rs"]
mod every_rule;
#[path = "rollback/flows.rs"]
mod flows;

use serde_json::Value;
use sheetflow::sandbox::Settings;

use crate::sandbox::client::Client;
use crate::support::{Outcome, Project};

/// A project, and a Stripe that the test can ask itself.
struct Bench {
    project: Project,
    client: Client,
}

impl Bench {
    async fn new(files: &[(&str, &str)]) -> Self {
        Bench {
            project: Project::new(files),
            client: Client::start(Settings::default()).await,
        }
    }

    /// Runs a command against the sandbox.
    fn run(&self, command: &str) -> Outcome {
        let server = format!("--sandbox={}", self.client.sandbox.base_url());
        let mut arguments: Vec<&str> = command.split_whitespace().collect();
        arguments.push(&server);
        self.project.run(&arguments)
    }

    /// Applies, and gives the totals that are not zero.
    fn apply(&self) -> Value {
        self.run("apply --yes --format json").totals()
    }

    /// Takes a run back, and gives the totals that are not zero.
    fn roll_back(&self, words: &str) -> Value {
        self.run(&format!("rollback {words} --yes --format json"))
            .totals()
    }

    /// Lists objects, the oldest first, with some of their members.
    async fn list(&self, path: &str, members: &[&str]) -> Value {
        let listed = self.client.read(&format!("{path}?limit=100")).await;
        let objects = listed["data"].as_array().expect("a list");
        let picked = objects.iter().map(|object| {
            let values = members.iter().map(|member| object.pointer(member));
            values
                .map(|value| value.cloned().unwrap_or_default())
                .collect::<Value>()
        });
        // Records are sent side by side, so that the order in which objects are made says nothing.
        let mut picked: Vec<Value> = picked.collect();
        picked.sort_by_key(Value::to_string);
        Value::Array(picked)
    }
}
