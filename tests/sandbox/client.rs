use std::time::Duration;

use serde_json::Value;
use sheetflow::sandbox::{Sandbox, Settings, TEST_KEY, start};

/// A client of one sandbox.
pub(crate) struct Client {
    pub(crate) sandbox: Sandbox,
    pub(crate) http: reqwest::Client,
}

/// An answer, read.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
    pub(crate) headers: reqwest::header::HeaderMap,
}

impl Client {
    pub(crate) async fn start(settings: Settings) -> Client {
        rustls::crypto::ring::default_provider().install_default().ok();
        let http = reqwest::Client::builder()
            .timeout(Duration::from_secs(20))
            .build()
            .expect("a client can be made");
        Client {
            sandbox: start(settings).await.expect("a sandbox starts"),
            http,
        }
    }

    pub(crate) fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        let method = method.parse().expect("a method");
        self.http
            .request(method, format!("{}{path}", self.sandbox.base_url()))
            .bearer_auth(TEST_KEY)
    }

    pub(crate) async fn send(request: reqwest::RequestBuilder) -> Answer {
        let response = request.send().await.expect("an answer");
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let text = response.text().await.expect("a body");
        Answer {
            status,
            body: serde_json::from_str(&text).expect("the body is JSON"),
            headers,
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        Client::send(self.request("GET", path)).await
    }

    /// Like [`Client::get`], for a path that was made.
    pub(crate) async fn get_owned(&self, path: String) -> Answer {
        self.get(&path).await
    }

    pub(crate) async fn post(&self, path: &str, form: &str) -> Answer {
        Client::send(form_body(self.request("POST", path), form)).await
    }

    /// Like [`Client::post`], for what must succeed; gives the object.
    pub(crate) async fn make(&self, path: &str, form: &str) -> Value {
        let answer = self.post(path, form).await;
        assert_eq!(answer.status, 200, "{path} {form}: {}", answer.body);
        answer.body
    }

    /// Like [`Client::make`], and gives the object's id.
    pub(crate) async fn id(&self, path: &str, form: &str) -> String {
        let made = self.make(path, form).await;
        made["id"].as_str().expect("an id").to_owned()
    }

    /// Reads an object that must be there.
    pub(crate) async fn read(&self, path: &str) -> Value {
        let answer = self.get(path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        answer.body
    }

    pub(crate) async fn post_with_key(&self, path: &str, form: &str, key: &str) -> Answer {
        let request = form_body(self.request("POST", path), form).header("Idempotency-Key", key);
        Client::send(request).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        Client::send(self.request("DELETE", path)).await
    }
}

pub(crate) fn form_body(request: reqwest::RequestBuilder, form: &str) -> reqwest::RequestBuilder {
    request
        .header("Content-Type", "application/x-www-form-urlencoded")
        .body(form.to_owned())
}

impl Answer {
    pub(crate) fn text(&self, name: &str) -> &str {
        self.body[name].as_str().unwrap_or("")
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// Writes an error on one line: status, type, code, param, message.
pub(crate) fn line(answer: &Answer) -> String {
    let error = &answer.body["error"];
    let text = |name: &str| error[name].as_str().unwrap_or("-").to_owned();
    format!(
        "{} {} {} {}: {}",
        answer.status,
        text("type"),
        text("code"),
        text("param"),
        text("message")
    )
}
