use serde_json::Value;
use sheetflow::sandbox::{self, Sandbox};

use super::{Outcome, Project};

/// A project, and a Stripe that the test can ask itself.
pub(crate) struct Bench {
    pub(crate) project: Project,
    pub(crate) sandbox: Sandbox,
}

impl Bench {
    /// Makes a project of these files, and starts a Stripe for it.
    pub(crate) async fn new(files: &[(&str, &str)]) -> Self {
        rustls::crypto::ring::default_provider().install_default().ok();
        Bench {
            project: Project::new(files),
            sandbox: sandbox::start(sandbox::Settings::default())
                .await
                .expect("the sandbox starts"),
        }
    }

    /// Runs a command against that Stripe.
    pub(crate) fn run(&self, command: &str) -> Outcome {
        let server = format!("--sandbox={}", self.sandbox.base_url());
        let mut arguments: Vec<&str> = command.split_whitespace().collect();
        arguments.push(&server);
        self.project.run(&arguments)
    }

    /// Applies, and gives the totals that are not zero.
    pub(crate) fn apply(&self) -> Value {
        self.run("apply --yes --format json").totals()
    }

    /// Sends a request of other hands.
    pub(crate) async fn request(&self, method: reqwest::Method, path: &str, form: &[(&str, &str)]) -> Value {
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(form)
            .finish();
        let text = reqwest::Client::new()
            .request(method, format!("{}{path}", self.sandbox.base_url()))
            .header("content-type", "application/x-www-form-urlencoded")
            .bearer_auth(sandbox::TEST_KEY)
            .body(body)
            .send()
            .await
            .expect("an answer")
            .text()
            .await
            .expect("a body");
        serde_json::from_str(&text).expect("JSON")
    }

    /// Reads.
    pub(crate) async fn get(&self, path: &str) -> Value {
        self.request(reqwest::Method::GET, path, &[]).await
    }

    /// Makes or changes an object by other hands.
    pub(crate) async fn post(&self, path: &str, form: &[(&str, &str)]) -> Value {
        self.request(reqwest::Method::POST, path, form).await
    }
}
