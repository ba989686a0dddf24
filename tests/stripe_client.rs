//! The client for Stripe against servers that behave, and servers that don't.

mod certificates;
mod faults;
mod lists;
mod secrets;
mod sending;
mod server;

use std::time::Duration;

use sheetflow::model::Form;
use sheetflow::stripe::{Answer, Backoff, Client, ClientError, Method, Request, Settings};

use self::server::Server;

/// The key of all these tests; whatever shows it to anybody but the server is wrong.
const KEY: &str = "sk_test_hunter2hunter2";

fn settings(server: &Server) -> Settings {
    Settings {
        base_url: server.url.clone(),
        account_rate: None,
        endpoint_rate: None,
        retries: 2,
        timeout: Duration::from_secs(20),
        backoff: Backoff {
            shortest: Duration::from_millis(1),
            longest: Duration::from_millis(1),
        },
        ..Settings::for_key(KEY.into()).expect("a test key")
    }
}

fn client(server: &Server) -> Client {
    Client::new(settings(server)).expect("good settings")
}

fn form(pairs: &[(&str, &str)]) -> Form {
    let mut form = Form::default();
    for (name, text) in pairs {
        form.set_text(*name, *text);
    }
    form
}

/// Sends a request with a form of one parameter.
async fn send(client: &Client, method: Method) -> Result<Answer, ClientError> {
    client
        .send(&Request {
            method,
            endpoint: "X /v1/customers",
            path: "/v1/customers",
            form: &form(&[("email", "jo@example.com")]),
            idempotency_key: Some("key-1"),
            object: None,
        })
        .await
}

async fn create(client: &Client) -> Result<Answer, ClientError> {
    send(client, Method::Post).await
}
