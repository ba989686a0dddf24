use serde_json::Value;
use sheetflow::sandbox::{Sandbox, TEST_KEY};

/// Asks a sandbox itself, past the program.
pub(crate) struct Stripe {
    base_url: String,
    http: reqwest::Client,
}

impl Stripe {
    pub(crate) fn of(sandbox: &Sandbox) -> Self {
        rustls::crypto::ring::default_provider().install_default().ok();
        Stripe {
            base_url: sandbox.base_url(),
            http: reqwest::Client::new(),
        }
    }

    /// Makes an object.
    pub(crate) async fn make(&self, path: &str, form: &[(&str, &str)]) {
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(form)
            .finish();
        let request = self.http.post(format!("{}{path}", self.base_url));
        let answer = request
            .header("content-type", "application/x-www-form-urlencoded")
            .bearer_auth(TEST_KEY)
            .body(body)
            .send()
            .await
            .expect("an answer");
        assert!(answer.status().is_success());
    }

    /// Lists all objects of a path, the newest first; none where there is no such path any more.
    pub(crate) async fn all(&self, path: &str) -> Vec<Value> {
        let mut objects: Vec<Value> = Vec::new();
        loop {
            let cursor = match objects.last() {
                Some(last) => format!("&starting_after={}", last["id"].as_str().expect("an id")),
                None => String::new(),
            };
            let url = format!("{}{path}?limit=100{cursor}", self.base_url);
            let answer = self.http.get(url).bearer_auth(TEST_KEY).send().await;
            let body = answer.expect("an answer").text().await.expect("a body");
            let page: Value = serde_json::from_str(&body).expect("JSON");
            objects.extend(page["data"].as_array().into_iter().flatten().cloned());
            if page["has_more"] != true {
                return objects;
            }
        }
    }
}
