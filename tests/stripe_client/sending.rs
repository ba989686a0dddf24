//! What goes over the wire when all is well.

use sheetflow::model::{Form, FormValue, Mode};
use sheetflow::stripe::{Client, ClientError, Counts, KeyKind, Method, Request, whoami};
use tokio::task::JoinSet;

use super::server::{Reply, Server};
use super::{KEY, client, create, form, send, settings};

#[tokio::test]
async fn a_post_carries_the_form_and_all_headers() {
    let server = Server::start([Reply::ok(r#"{"id": "cus_1", "balance": 12345678901234567890.5}"#)]).await;
    let mut settings = settings(&server);
    settings.version = "2026-10-28.endive".to_owned();
    settings.connect_account = Some("acct_7".to_owned());
    let client = Client::new(settings).expect("good settings");
    let answer = create(&client).await.expect("an answer");
    assert_eq!(answer.body["balance"].to_string(), "12345678901234567890.5");
    assert_eq!(answer.request_id.as_deref(), Some("req_ok"));
    assert!(!answer.replayed);
    let asked = &server.asked()[0];
    assert_eq!(asked.line, "POST /v1/customers");
    assert_eq!(asked.body, "email=jo%40example.com");
    for (name, text) in [
        ("authorization", format!("Bearer {KEY}").as_str()),
        ("content-type", "application/x-www-form-urlencoded"),
        ("stripe-version", "2026-10-28.endive"),
        ("stripe-account", "acct_7"),
        ("idempotency-key", "key-1"),
        ("user-agent", concat!("sheetflow/", env!("CARGO_PKG_VERSION"))),
    ] {
        assert_eq!(asked.header(name), Some(text), "{name}");
    }
}

#[tokio::test]
async fn a_get_and_a_delete_have_their_parameters_in_the_query() {
    let server = Server::start([Reply::object()]).await;
    let client = client(&server);
    send(&client, Method::Get).await.expect("an answer");
    send(&client, Method::Delete).await.expect("an answer");
    let asked = server.asked();
    assert_eq!(asked[0].line, "GET /v1/customers?email=jo%40example.com");
    assert_eq!(asked[0].header("idempotency-key"), None);
    assert_eq!(asked[1].line, "DELETE /v1/customers?email=jo%40example.com");
    assert_eq!(asked[1].header("idempotency-key"), Some("key-1"));
    assert_eq!(asked[1].header("stripe-account"), None);
}

#[tokio::test]
async fn a_replay_is_told() {
    let reply = Reply::status(200, "Idempotent-Replayed: true\r\n", r#"{"id": "cus_1"}"#);
    let server = Server::start([reply]).await;
    assert!(create(&client(&server)).await.expect("an answer").replayed);
}

#[tokio::test]
async fn what_must_not_be_sent_is_refused_and_not_sent() {
    let server = Server::start([Reply::object()]).await;
    let client = client(&server);
    let known = form(&[]);
    let mut unknown = Form::default();
    unknown.set("customer", FormValue::Unknown);
    let long = "k".repeat(256);
    let good = Request {
        method: Method::Post,
        endpoint: "POST /v1/customers",
        path: "/v1/customers",
        form: &known,
        idempotency_key: Some("key-1"),
        object: None,
    };
    for bad in [
        Request {
            idempotency_key: None,
            ..good
        },
        Request {
            idempotency_key: None,
            method: Method::Delete,
            ..good
        },
        Request {
            idempotency_key: Some(""),
            ..good
        },
        Request {
            idempotency_key: Some("a\r\nb"),
            ..good
        },
        Request {
            idempotency_key: Some(&long),
            ..good
        },
        Request {
            form: &unknown,
            ..good
        },
        Request {
            path: "v1/customers",
            ..good
        },
        Request {
            path: "/v1/customers?x=1",
            ..good
        },
        Request {
            path: "/v1/customers/../charges",
            ..good
        },
        Request {
            path: "/v1/cus tomers",
            ..good
        },
    ] {
        let error = client.send(&bad).await.expect_err("not fit to be sent");
        assert!(matches!(error, ClientError::Refused { .. }), "{error}");
    }
    assert!(server.asked().is_empty());
    assert_eq!(client.counts(), Counts::default());
}

#[tokio::test]
async fn requests_are_counted_by_method() {
    let server = Server::start([Reply::object()]).await;
    let client = client(&server);
    for method in [Method::Get, Method::Post, Method::Post, Method::Delete] {
        send(&client.clone(), method).await.expect("an answer");
    }
    let counts = Counts {
        get: 1,
        post: 2,
        delete: 1,
        retried: 0,
    };
    assert_eq!(client.counts(), counts);
}

#[tokio::test]
async fn a_connection_is_used_again() {
    let server = Server::start([Reply::object()]).await;
    let client = client(&server);
    for _ in 0..10 {
        create(&client).await.expect("an answer");
    }
    assert_eq!(server.connections(), 1);
}

/// Sends 20 updates side by side and tells how many were at the server at once.
async fn most_at_once(client: &Client, server: &Server, object: impl Fn(usize) -> String) -> usize {
    let mut updates = JoinSet::new();
    for number in 0..20 {
        let (client, id) = (client.clone(), object(number));
        updates.spawn(async move {
            let request = Request {
                method: Method::Post,
                endpoint: "POST /v1/customers/{customer}",
                path: "/v1/customers/cus",
                form: &form(&[]),
                idempotency_key: Some("key"),
                object: Some(&id),
            };
            client.send(&request).await.expect("an answer");
        });
    }
    updates.join_all().await;
    assert_eq!(server.asked().len(), 20);
    server.most_unanswered()
}

#[tokio::test]
async fn one_object_is_never_written_by_two_requests_at_once() {
    let server = Server::start([Reply::object()]).await;
    assert_eq!(
        most_at_once(&client(&server), &server, |_| "cus_1".to_owned()).await,
        1
    );
}

#[tokio::test]
async fn different_objects_are_written_side_by_side_up_to_the_concurrency() {
    let server = Server::start([Reply::object()]).await;
    let mut settings = settings(&server);
    settings.concurrency = 5;
    let client = Client::new(settings).expect("good settings");
    let most = most_at_once(&client, &server, |number| format!("cus_{number}")).await;
    assert!((2..=5).contains(&most), "{most} at once");
}

#[tokio::test]
async fn an_account_tells_whose_it_is() {
    let body = r#"{"id": "acct_1", "country": "DE", "default_currency": "eur", "charges_enabled": true,
        "settings": {"dashboard": {"display_name": "Rocket Rides"}}}"#;
    let server = Server::start([Reply::ok(body)]).await;
    let info = whoami(&client(&server)).await.expect("a good key");
    assert_eq!((info.mode, info.key_kind), (Mode::Test, KeyKind::Secret));
    assert_eq!(info.id.as_deref(), Some("acct_1"));
    assert_eq!(info.name.as_deref(), Some("Rocket Rides"));
    assert_eq!(info.country.as_deref(), Some("DE"));
    assert_eq!(info.charges_enabled, Some(true));
    assert_eq!((info.payouts_enabled, info.refusal), (None, None));
}

#[tokio::test]
async fn a_restricted_key_that_may_not_read_the_account_is_good_all_the_same() {
    let body = r#"{"error": {"type": "invalid_request_error", "message": "not permitted"}}"#;
    let server = Server::start([Reply::status(403, "", body)]).await;
    let mut settings = settings(&server);
    settings.key = "rk_live_1".into();
    let client = Client::new(settings).expect("good settings");
    let info = whoami(&client).await.expect("a good key");
    assert_eq!((info.mode, info.key_kind), (Mode::Live, KeyKind::Restricted));
    assert_eq!(info.refusal.as_deref(), Some("not permitted"));
    assert_eq!(info.id, None);
}

#[tokio::test]
async fn a_key_that_stripe_does_not_know_is_an_error() {
    let body = r#"{"error": {"type": "invalid_request_error", "message": "Invalid API Key provided"}}"#;
    let server = Server::start([Reply::status(401, "", body)]).await;
    let error = whoami(&client(&server)).await.expect_err("a wrong key");
    assert_eq!(error.status(), Some(401));
}
