//! What goes wrong when it was asked for, and what is done by then.

use std::path::Path;
use std::time::Duration;

use serde_json::Value;
use sheetflow::sandbox::{FaultKind, FaultRate, Faults, Settings};
use tempfile::TempDir;

use super::client::{Client, form_body};

/// A sandbox where this fault happens to every request, and the folder of its state.
async fn always(kind: FaultKind) -> (Client, TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let rate: FaultRate = format!("{kind}=1").parse().expect("a fault");
    let mut faults: Faults = [rate].into_iter().collect();
    faults.stall = Duration::from_secs(60);
    faults.piece = Duration::from_millis(1);
    let settings = Settings {
        faults,
        state: Some(folder.path().join("stripe.db")),
        ..Settings::default()
    };
    (Client::start(settings).await, folder)
}

/// Counts the customers of a sandbox that has ended, in another one without faults.
async fn customers_left(client: Client, folder: &Path) -> usize {
    client.sandbox.stop().await.expect("it stops");
    let settings = Settings {
        state: Some(folder.join("stripe.db")),
        ..Settings::default()
    };
    let client = Client::start(settings).await;
    let listed = client.read("/v1/customers").await;
    listed["data"].as_array().map_or(0, Vec::len)
}

fn create(client: &Client) -> reqwest::RequestBuilder {
    form_body(client.request("POST", "/v1/customers"), "name=Ada").header("Idempotency-Key", "key")
}

/// Sends a create; gives the status and the text of the answer, or what became of it.
async fn sent(client: &Client) -> Result<(u16, String), &'static str> {
    let request = create(client).timeout(Duration::from_millis(200));
    let response = request.send().await.map_err(|error| match error.is_timeout() {
        true => "no answer in time",
        false => "no answer",
    })?;
    let status = response.status().as_u16();
    let body = response.text().await.map_err(|_| "half an answer")?;
    Ok((status, body))
}

#[tokio::test]
async fn what_is_turned_away_at_the_door_has_done_nothing_and_is_not_kept_under_its_key() {
    for (kind, status, code) in [
        (FaultKind::TooMany, 429, "rate_limit"),
        (FaultKind::LockTimeout, 429, "lock_timeout"),
        (FaultKind::Conflict, 409, "idempotency_key_in_use"),
    ] {
        let (client, folder) = always(kind).await;
        let answer = Client::send(create(&client)).await;
        assert_eq!(
            (answer.status, answer.body["error"]["code"].as_str()),
            (status, Some(code))
        );
        let reason = answer.header("stripe-rate-limited-reason");
        assert_eq!(reason.is_some(), kind == FaultKind::TooMany);
        assert_eq!(client.sandbox.counts().fault(kind), 1);
        let again = Client::send(create(&client)).await;
        assert_eq!(again.header("idempotent-replayed"), None);
        assert_eq!(customers_left(client, folder.path()).await, 0);
    }
}

#[tokio::test]
async fn a_500_is_kept_under_its_key_whether_the_work_was_done_or_not() {
    for (kind, customers) in [(FaultKind::ErrorBefore, 0), (FaultKind::ErrorAfter, 1)] {
        let (client, folder) = always(kind).await;
        let first = Client::send(create(&client)).await;
        let again = Client::send(create(&client)).await;
        assert_eq!([first.status, again.status], [500, 500]);
        assert_eq!(first.body["error"]["type"], "api_error");
        assert_eq!(first.header("idempotent-replayed"), None);
        assert_eq!(again.header("idempotent-replayed"), Some("true"));
        assert_eq!(again.header("stripe-should-retry"), Some("false"));
        assert_eq!(again.body, first.body);
        let met = client.sandbox.counts().fault(kind);
        assert_eq!(met, 1, "what is given again is no fault of its own");
        assert_eq!(customers_left(client, folder.path()).await, customers, "{kind}");
    }
}

#[tokio::test]
async fn a_connection_is_dropped_before_or_after_the_work_is_done() {
    for (kind, what, customers) in [
        (FaultKind::DropBefore, "no answer", 0),
        (FaultKind::DropAfter, "no answer", 1),
        (FaultKind::Truncated, "half an answer", 1),
        (FaultKind::Stall, "no answer in time", 1),
    ] {
        let (client, folder) = always(kind).await;
        assert_eq!(sent(&client).await, Err(what), "{kind}");
        assert_eq!(client.sandbox.counts().fault(kind), 1);
        assert_eq!(customers_left(client, folder.path()).await, customers, "{kind}");
    }
}

#[tokio::test]
async fn a_slow_answer_is_whole() {
    let (client, _folder) = always(FaultKind::Slow).await;
    let answer = Client::send(create(&client)).await;
    assert_eq!((answer.status, answer.text("name")), (200, "Ada"));
}

#[tokio::test]
async fn a_wrong_answer_is_no_object() {
    let (client, folder) = always(FaultKind::WrongJson).await;
    for number in 0..20 {
        let request = form_body(client.request("POST", "/v1/customers"), &format!("name={number}"));
        let response = request.send().await.expect("an answer");
        assert_eq!(response.status().as_u16(), 200);
        let text = response.text().await.expect("a body");
        let is_object = serde_json::from_str::<Value>(&text).is_ok_and(|body| body.get("id").is_some());
        assert!(!is_object, "{text}");
    }
    assert_eq!(customers_left(client, folder.path()).await, 10, "a page of them");
}
