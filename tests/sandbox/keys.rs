//! Idempotency keys, the rate limit, and the state file.

use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use serde_json::Value;
use sheetflow::sandbox::{SandboxError, Settings, start};

use super::client::Client;
use crate::support::standing_clock;

fn kept_in(path: &Path) -> Settings {
    Settings {
        state: Some(path.to_owned()),
        ..Settings::default()
    }
}

async fn count(client: &Client) -> usize {
    let listed = client.get("/v1/customers?limit=100").await;
    listed.body["data"].as_array().map_or(0, Vec::len)
}

#[tokio::test]
async fn a_key_gives_the_first_answer_again_whatever_the_order() {
    let client = Client::start(Settings::default()).await;
    let first = client
        .post_with_key("/v1/customers", "name=A&phone=1", "key-1")
        .await;
    let again = client
        .post_with_key("/v1/customers", "phone=1&name=A", "key-1")
        .await;
    assert_eq!(again.body, first.body);
    assert_eq!(first.header("idempotent-replayed"), None);
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    assert_eq!(again.header("original-request"), first.header("request-id"));
    let path = format!("/v1/customers/{}", first.text("id"));
    for (path, form) in [
        ("/v1/customers", "name=B&phone=1"),
        (path.as_str(), "name=A&phone=1"),
    ] {
        let other = client.post_with_key(path, form, "key-1").await;
        assert_eq!(other.status, 400);
        assert_eq!(other.body["error"]["type"], "idempotency_error");
        assert_eq!(other.body["error"].get("code"), None);
    }
    assert_eq!(count(&client).await, 1);
}

#[tokio::test]
async fn keys_are_kept_of_endpoints_that_ran_and_not_of_wrong_parameters() {
    let client = Client::start(Settings::default()).await;
    let wrong = client.post_with_key("/v1/customers", "colour=red", "key-1").await;
    assert_eq!(wrong.status, 400);
    let right = client.post_with_key("/v1/customers", "name=A", "key-1").await;
    assert_eq!(right.status, 200, "{}", right.body);

    client.post("/v1/coupons", "id=SAVE&percent_off=5").await;
    let ran = client
        .post_with_key("/v1/coupons", "id=SAVE&percent_off=5", "key-2")
        .await;
    assert_eq!(ran.status, 400);
    client.delete("/v1/coupons/SAVE").await;
    let again = client
        .post_with_key("/v1/coupons", "id=SAVE&percent_off=5", "key-2")
        .await;
    assert_eq!(again.body, ran.body);
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
}

#[tokio::test]
async fn a_key_is_forgotten_after_a_day() {
    let (time, clock) = standing_clock(1_000_000);
    let settings = Settings {
        clock,
        ..Settings::default()
    };
    let client = Client::start(settings).await;
    client.post_with_key("/v1/customers", "name=A", "key-1").await;
    time.fetch_add(24 * 60 * 60 - 1, Ordering::SeqCst);
    client.post_with_key("/v1/customers", "name=A", "key-1").await;
    assert_eq!(count(&client).await, 1);
    time.fetch_add(1, Ordering::SeqCst);
    let anew = client.post_with_key("/v1/customers", "name=A", "key-1").await;
    assert_eq!(anew.header("idempotent-replayed"), None);
    assert_eq!(count(&client).await, 2);
}

#[tokio::test]
async fn requests_beyond_the_rate_are_refused_and_do_nothing() {
    let (time, clock) = standing_clock(1_000_000);
    let settings = Settings {
        clock,
        rate: Some(2),
        ..Settings::default()
    };
    let client = Client::start(settings).await;
    let mut statuses = Vec::new();
    for number in 0..4 {
        let form = format!("name=c{number}");
        let answer = client
            .post_with_key("/v1/customers", &form, &format!("key-{number}"))
            .await;
        let reason = answer.header("stripe-rate-limited-reason").map(str::to_owned);
        statuses.push((answer.status, reason));
    }
    let limited = (429, Some("global-rate".to_owned()));
    assert_eq!(statuses, [(200, None), (200, None), limited.clone(), limited]);
    time.fetch_add(1, Ordering::SeqCst);
    let again = client.post_with_key("/v1/customers", "name=c3", "key-3").await;
    assert_eq!((again.status, again.header("idempotent-replayed")), (200, None));
    assert_eq!(count(&client).await, 3);
}

#[tokio::test]
async fn requests_are_counted_by_method() {
    let client = Client::start(Settings::default()).await;
    let created = client.post("/v1/customers", "name=A").await;
    client.get("/v1/customers").await;
    client.get("/v1/foo").await;
    client
        .delete(&format!("/v1/customers/{}", created.text("id")))
        .await;
    let counts = client.sandbox.counts();
    assert_eq!((counts.post, counts.get, counts.delete), (1, 2, 1));
    assert_eq!(counts.changing(), 2);
}

#[tokio::test]
async fn the_same_seed_and_requests_give_the_same_ids() {
    let mut ids = Vec::new();
    for seed in [7, 7, 8] {
        let settings = Settings {
            seed,
            ..Settings::default()
        };
        let client = Client::start(settings).await;
        ids.push(client.post("/v1/customers", "").await.text("id").to_owned());
    }
    assert_eq!(ids[0], ids[1]);
    assert_ne!(ids[0], ids[2]);
}

#[tokio::test]
async fn the_state_outlives_the_sandbox() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("state.db");
    let client = Client::start(kept_in(&path)).await;
    let kept = client
        .post_with_key("/v1/customers", "name=A&email=a%40b.co", "key-1")
        .await;
    let gone = client.post("/v1/customers", "name=B").await;
    let gone_path = format!("/v1/customers/{}", gone.text("id"));
    let stub = client.delete(&gone_path).await;
    client.sandbox.stop().await.expect("it stops");

    let client = Client::start(kept_in(&path)).await;
    let again = client
        .post_with_key("/v1/customers", "name=A&email=a%40b.co", "key-1")
        .await;
    assert_eq!(again.body, kept.body);
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    assert_eq!(client.get(&gone_path).await.body, stub.body);
    let listed = client.get("/v1/customers?email=a%40b.co").await;
    assert_eq!(listed.body["data"], Value::Array(vec![kept.body]));
    let new = client.post("/v1/customers", "name=C").await;
    let newest = client.get("/v1/customers?limit=1").await;
    assert_eq!(newest.body["data"][0], new.body);
}

#[tokio::test]
async fn what_was_answered_is_in_the_file_at_that_moment() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("state.db");
    let client = Client::start(kept_in(&path)).await;
    for number in 0..5 {
        let key = format!("key-{number}");
        let created = client.post_with_key("/v1/customers", "name=A", &key).await;
        // What a process that ends here leaves behind: the file and its log, and nothing else.
        let left = folder.path().join(format!("left-{number}.db"));
        std::fs::copy(&path, &left).expect("the file can be copied");
        std::fs::copy(beside(&path), beside(&left)).expect("the log can be copied");
        let after = Client::start(kept_in(&left)).await;
        assert_eq!(count(&after).await, number + 1);
        let again = after.post_with_key("/v1/customers", "name=A", &key).await;
        assert_eq!(again.body, created.body);
    }
}

/// Gives the path of a database's write-ahead log.
fn beside(database: &Path) -> PathBuf {
    database.with_extension("db-wal")
}

#[tokio::test]
async fn many_requests_at_once_are_all_in_the_state() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("state.db");
    let client = Client::start(kept_in(&path)).await;
    let requests = (0..200).map(|number| {
        let form = format!("name=c{number}");
        let client = &client;
        async move {
            let key = format!("key-{}", number % 100);
            client.post_with_key("/v1/customers", &form, &key).await.status
        }
    });
    let statuses = join_all(requests).await;
    let created = statuses.iter().filter(|status| **status == 200).count();
    assert_eq!(created, 100, "each key once: {statuses:?}");
    client.sandbox.stop().await.expect("it stops");
    let client = Client::start(kept_in(&path)).await;
    assert_eq!(count(&client).await, 100);
}

/// Polls all futures until each is done.
async fn join_all<Output>(futures: impl IntoIterator<Item = impl Future<Output = Output>>) -> Vec<Output> {
    let mut futures: Vec<_> = futures.into_iter().map(Box::pin).collect();
    let mut done: Vec<Option<Output>> = futures.iter().map(|_| None).collect();
    std::future::poll_fn(|context| {
        for (future, done) in futures.iter_mut().zip(&mut done) {
            if done.is_none()
                && let std::task::Poll::Ready(output) = future.as_mut().poll(context)
            {
                *done = Some(output);
            }
        }
        match done.iter().all(Option::is_some) {
            true => std::task::Poll::Ready(()),
            false => std::task::Poll::Pending,
        }
    })
    .await;
    done.into_iter().flatten().collect()
}

#[tokio::test]
async fn a_state_file_belongs_to_one_sandbox() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("state.db");
    let client = Client::start(kept_in(&path)).await;
    let second = start(kept_in(&path)).await;
    assert!(matches!(second, Err(SandboxError::InUse { .. })), "{second:?}");
    client.sandbox.stop().await.expect("it stops");
    let third = start(kept_in(&path)).await;
    assert!(third.is_ok(), "{third:?}");
}

#[tokio::test]
async fn a_file_of_another_kind_is_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("letter.txt");
    std::fs::write(&path, "Dear Ada,\n".repeat(100)).expect("a file");
    let refused = start(kept_in(&path)).await;
    assert!(matches!(refused, Err(SandboxError::State { .. })), "{refused:?}");
    assert!(std::fs::read_to_string(&path).is_ok_and(|text| text.starts_with("Dear Ada")));
}
