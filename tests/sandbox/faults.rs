//! What goes wrong when it was asked for, and what is done by then.

use std::time::Duration;

use sheetflow::sandbox::{Counts, FaultKind, FaultRate, Faults, Settings};

use super::client::Client;

/// A sandbox where this fault happens to every request.
async fn always(kind: FaultKind) -> Client {
    sometimes(&format!("{kind}=1"), 0).await
}

async fn sometimes(fault: &str, seed: u64) -> Client {
    let rate: FaultRate = fault.parse().expect("a fault");
    let mut faults: Faults = [rate].into_iter().collect();
    faults.stall = Duration::from_millis(50);
    faults.piece = Duration::from_millis(1);
    let settings = Settings {
        faults,
        seed,
        ..Settings::default()
    };
    Client::start(settings).await
}

/// Sends a create; gives the status and the body, or what became of it.
async fn create(client: &Client, key: &str) -> Result<(u16, String), &'static str> {
    let request = client
        .request("POST", "/v1/customers")
        .header("Content-Type", "application/x-www-form-urlencoded")
        .header("Idempotency-Key", key)
        .timeout(Duration::from_millis(500))
        .body("name=Ada");
    let response = request.send().await.map_err(|error| match error.is_timeout() {
        true => "no answer in time",
        false => "no answer",
    })?;
    let status = response.status().as_u16();
    let body = response.text().await.map_err(|_| "half an answer")?;
    Ok((status, body))
}

/// Gives how many customers there are, from the events of a second sandbox's list: by counting creates that
/// the store has.
async fn made(client: &Client) -> usize {
    let mut answered = 0;
    for path in ["/v1/customers?limit=100"; 50] {
        let Ok(response) = client.request("GET", path).send().await else {
            continue;
        };
        let Ok(text) = response.text().await else { continue };
        let Ok(body) = serde_json::from_str::<serde_json::Value>(&text) else {
            continue;
        };
        if let Some(data) = body["data"].as_array() {
            answered = data.len();
            break;
        }
    }
    answered
}

#[tokio::test]
async fn faults_before_the_request_ran_say_so_and_are_not_kept_under_the_key() {
    for (kind, status, code) in [
        (FaultKind::TooMany, 429, "rate_limit"),
        (FaultKind::LockTimeout, 429, "lock_timeout"),
        (FaultKind::Conflict, 409, "idempotency_key_in_use"),
    ] {
        let client = always(kind).await;
        let request = client.request("POST", "/v1/customers");
        let answer = Client::send(request.header("Idempotency-Key", "key")).await;
        assert_eq!((answer.status, answer.body["error"]["code"].as_str()), (status, Some(code)));
        let reason = answer.header("stripe-rate-limited-reason");
        assert_eq!(reason.is_some(), kind == FaultKind::TooMany);
        assert_eq!(answer.header("idempotent-replayed"), None);
        assert_eq!(client.sandbox.counts().fault(kind), 1);
    }
}

#[tokio::test]
async fn a_500_is_kept_under_its_key_whether_it_did_its_work_or_not() {
    for (kind, customers) in [(FaultKind::ErrorBefore, 0), (FaultKind::ErrorAfter, 1)] {
        let client = always(kind).await;
        let mut answers = Vec::new();
        for _ in 0..2 {
            let request = client.request("POST", "/v1/customers");
            answers.push(Client::send(request.header("Idempotency-Key", "key")).await);
        }
        assert_eq!([answers[0].status, answers[1].status], [500, 500]);
        assert_eq!(answers[0].header("idempotent-replayed"), None);
        assert_eq!(answers[1].header("idempotent-replayed"), Some("true"));
        assert_eq!(answers[1].header("stripe-should-retry"), Some("false"));
        assert_eq!(answers[0].body, answers[1].body);
        assert_eq!(client.sandbox.counts().fault(kind), 1, "the second is no fault of its own");
        assert_eq!(customers_of(&client), customers, "{kind}");
    }
}

#[tokio::test]
async fn a_connection_is_dropped_before_or_after_the_work_is_done() {
    for (kind, customers) in [(FaultKind::DropBefore, 0), (FaultKind::DropAfter, 1)] {
        let client = always(kind).await;
        assert_eq!(create(&client, "key").await, Err("no answer"), "{kind}");
        assert_eq!(made_without_faults(client).await, customers, "{kind}");
    }
}
