//! The sandbox over real HTTP.

use std::time::Duration;

use serde_json::Value;
use sheetflow::sandbox::{Sandbox, Settings, TEST_KEY, start};

/// A client of one sandbox.
struct Client {
    sandbox: Sandbox,
    http: reqwest::Client,
}

/// An answer, read.
struct Answer {
    status: u16,
    body: Value,
    headers: reqwest::header::HeaderMap,
}

impl Client {
    async fn start(settings: Settings) -> Client {
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

    fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        let method = method.parse().expect("a method");
        self.http
            .request(method, format!("{}{path}", self.sandbox.base_url()))
            .bearer_auth(TEST_KEY)
    }

    async fn send(request: reqwest::RequestBuilder) -> Answer {
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

    async fn get(&self, path: &str) -> Answer {
        Client::send(self.request("GET", path)).await
    }

    async fn post(&self, path: &str, form: &str) -> Answer {
        Client::send(form_body(self.request("POST", path), form)).await
    }

    async fn post_with_key(&self, path: &str, form: &str, key: &str) -> Answer {
        let request = form_body(self.request("POST", path), form).header("Idempotency-Key", key);
        Client::send(request).await
    }

    async fn delete(&self, path: &str) -> Answer {
        Client::send(self.request("DELETE", path)).await
    }
}

fn form_body(request: reqwest::RequestBuilder, form: &str) -> reqwest::RequestBuilder {
    request
        .header("Content-Type", "application/x-www-form-urlencoded")
        .body(form.to_owned())
}

impl Answer {
    fn text(&self, name: &str) -> &str {
        self.body[name].as_str().unwrap_or("")
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

#[tokio::test]
async fn a_customer_is_created_read_changed_listed_and_deleted() {
    let client = Client::start(Settings::default()).await;
    let created = client
        .post(
            "/v1/customers",
            "email=ada%40example.com&metadata[k]=v&address[city]=Ulm",
        )
        .await;
    assert_eq!(created.status, 200, "{}", created.body);
    let path = format!("/v1/customers/{}", created.text("id"));
    assert_eq!(created.text("email"), "ada@example.com");
    assert_eq!(created.body["address"]["line1"], Value::Null);
    assert!(
        created
            .header("request-id")
            .is_some_and(|id| id.starts_with("req_"))
    );

    let updated = client
        .post(&path, "email=&name=Ada&metadata[k]=&metadata[l]=w")
        .await;
    assert_eq!(updated.body["email"], Value::Null, "{}", updated.body);
    assert_eq!(updated.body["metadata"], serde_json::json!({"l": "w"}));
    assert_eq!(client.get(&path).await.body, updated.body);

    let listed = client.get("/v1/customers").await.body;
    assert_eq!(listed["data"], Value::Array(vec![updated.body]));
    assert_eq!(
        (&listed["has_more"], &listed["url"]),
        (&Value::Bool(false), &Value::from("/v1/customers"))
    );

    let deleted = client.delete(&path).await;
    assert_eq!(deleted.body["deleted"], Value::Bool(true));
    assert_eq!(client.get(&path).await.body, deleted.body);
    assert_eq!(
        client.get("/v1/customers").await.body["data"],
        Value::Array(vec![])
    );
    client.sandbox.stop().await.expect("it stops");
}

#[tokio::test]
async fn a_key_gives_the_first_answer_again() {
    let client = Client::start(Settings::default()).await;
    let first = client.post_with_key("/v1/customers", "name=A", "key-1").await;
    let again = client.post_with_key("/v1/customers", "name=A", "key-1").await;
    assert_eq!(again.body, first.body);
    assert_eq!(first.header("idempotent-replayed"), None);
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    let other = client.post_with_key("/v1/customers", "name=B", "key-1").await;
    assert_eq!(
        (other.status, &other.body["error"]["type"]),
        (400, &Value::from("idempotency_error"))
    );
    assert_eq!(
        client.get("/v1/customers").await.body["data"]
            .as_array()
            .map(Vec::len),
        Some(1)
    );
}
