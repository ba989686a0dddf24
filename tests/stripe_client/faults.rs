//! What happens when servers and networks fail.

use std::time::Duration;

use sheetflow::stripe::{ApiError, Client, ClientError, Flaw, Method, Outcome};
use tokio::task::JoinSet;

use super::server::{Reply, Server};
use super::{client, create, send, settings};

/// A body in Stripe's form.
fn error_body(code: &str) -> String {
    format!(r#"{{"error": {{"type": "invalid_request_error", "code": "{code}", "message": "no"}}}}"#)
}

fn error(status: u16, headers: &str, code: &str) -> Reply {
    Reply::status(status, headers, &error_body(code))
}

/// Creates an object; the client must have needed this many requests, all with the same key and body.
async fn create_in(requests: usize, replies: impl IntoIterator<Item = Reply>) -> Result<(), ClientError> {
    let server = Server::start(replies).await;
    let client = client(&server);
    let result = create(&client).await.map(|_| ());
    let asked = server.asked();
    assert_eq!(asked.len(), requests, "{result:?}");
    for request in asked {
        assert_eq!(request.header("idempotency-key"), Some("key-1"));
        assert_eq!(request.body, "email=jo%40example.com");
    }
    result
}

fn flaw(error: &ClientError) -> Option<Flaw> {
    match error {
        ClientError::BadAnswer { flaw, .. } => Some(*flaw),
        _ => None,
    }
}

#[tokio::test]
async fn a_connection_dropped_before_or_after_the_request_is_tried_again_with_the_same_key() {
    create_in(1, [Reply::Refuse, Reply::object()])
        .await
        .expect("an answer");
    create_in(2, [Reply::Drop, Reply::object()])
        .await
        .expect("an answer");
    create_in(3, [Reply::Drop, Reply::Drop, Reply::object()])
        .await
        .expect("an answer");
}

#[tokio::test]
async fn answers_that_stay_away_leave_the_outcome_unknown() {
    let error = create_in(3, [Reply::Drop]).await.expect_err("no answer");
    assert!(matches!(error, ClientError::NoAnswer { .. }), "{error}");
    assert_eq!(error.outcome(), Outcome::Unknown);
}

#[tokio::test]
async fn without_a_server_nothing_was_sent() {
    let server = Server::start([]).await;
    let client = client(&server);
    drop(server);
    let error = create(&client).await.expect_err("nobody listens");
    assert!(matches!(error, ClientError::NoAnswer { .. }), "{error}");
    assert_eq!(error.outcome(), Outcome::NotSent);
    assert_eq!(client.counts().retried, 2);
}

#[tokio::test]
async fn a_server_that_stalls_is_given_up() {
    let server = Server::start([Reply::Stall]).await;
    let mut settings = settings(&server);
    settings.timeout = Duration::from_millis(50);
    settings.retries = 0;
    let client = Client::new(settings).expect("good settings");
    let error = create(&client).await.expect_err("no answer");
    assert_eq!(error.to_string(), "no answer to POST /v1/customers: timed out");
    assert_eq!(error.outcome(), Outcome::Unknown);
}

#[tokio::test]
async fn a_body_that_is_cut_off_is_asked_for_again() {
    let cut = Reply::Bytes("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{\"id\": ".to_owned());
    create_in(2, [cut.clone(), Reply::object()])
        .await
        .expect("an answer");
    let error = create_in(3, [cut]).await.expect_err("half an answer");
    assert_eq!(flaw(&error), Some(Flaw::Truncated));
    assert_eq!(error.outcome(), Outcome::Unknown);
}

#[tokio::test]
async fn what_is_no_json_is_no_answer() {
    for body in ["<html>welcome</html>", "", "{\"id\": ", &"[".repeat(100_000)] {
        let error = create_in(3, [Reply::ok(body)]).await.expect_err("no JSON");
        assert_eq!(flaw(&error), Some(Flaw::NotJson));
        assert_eq!(error.outcome(), Outcome::Unknown);
    }
}

#[tokio::test]
async fn json_that_is_no_object_of_stripes_is_asked_for_again() {
    for body in ["{}", "[]", "null", "7", r#"{"ok": true}"#] {
        create_in(2, [Reply::ok(body), Reply::object()])
            .await
            .expect("the second answer is good");
        let error = create_in(3, [Reply::ok(body)]).await.expect_err("no object");
        assert_eq!(flaw(&error), Some(Flaw::NoObject));
        assert_eq!(error.outcome(), Outcome::Unknown);
    }
}

#[tokio::test]
async fn what_is_no_http_is_no_answer() {
    let error = create_in(3, [Reply::Bytes("220 mail.example.com ESMTP\r\n".to_owned())])
        .await
        .expect_err("no HTTP");
    assert_eq!(error.outcome(), Outcome::Unknown);
}

#[tokio::test]
async fn limits_and_conflicts_pass() {
    for (status, code) in [
        (429, "rate_limit"),
        (429, "lock_timeout"),
        (409, "idempotency_key_in_use"),
        (409, "lock_timeout"),
    ] {
        let replies = [error(status, "", code), Reply::object()];
        create_in(2, replies).await.expect("the second answer is good");
    }
    let html = Reply::status(429, "", "<html>slow down</html>");
    create_in(2, [html, Reply::object()])
        .await
        .expect("the second answer is good");
}

#[tokio::test]
async fn limits_that_do_not_pass_did_nothing() {
    let error = create_in(3, [error(429, "", "rate_limit")])
        .await
        .expect_err("too many");
    assert_eq!(error.status(), Some(429));
    assert_eq!(error.outcome(), Outcome::NotSent);
}

#[tokio::test]
async fn a_500_is_tried_again_unless_the_server_advises_against_it() {
    let no = "Stripe-Should-Retry: false\r\n";
    let yes = "Stripe-Should-Retry: true\r\n";
    let error_500 = create_in(1, [error(500, no, "x")])
        .await
        .expect_err("a stored 500");
    assert_eq!(error_500.outcome(), Outcome::Unknown);
    create_in(2, [error(500, yes, "x"), Reply::object()])
        .await
        .expect("an answer");
    create_in(2, [error(503, "", "x"), Reply::object()])
        .await
        .expect("an answer");
    create_in(2, [error(400, yes, "x"), Reply::object()])
        .await
        .expect("an answer");
}

#[tokio::test]
async fn a_rows_own_error_is_told_in_all_its_parts() {
    let body = r#"{"error": {"type": "card_error", "code": "card_declined", "param": "source[number]",
        "message": "Your card was declined.", "decline_code": "fraudulent",
        "doc_url": "https://stripe.com/docs/error-codes/card-declined"}}"#;
    let reply = Reply::status(402, "Request-Id: req_9\r\n", body);
    let error = create_in(1, [reply]).await.expect_err("a declined card");
    assert_eq!(
        error.to_string(),
        "Your card was declined. (402, card_declined, fraudulent, req_9)"
    );
    assert_eq!((error.status(), error.request_id()), (Some(402), Some("req_9")));
    let ClientError::Api(error) = error else {
        panic!("not Stripe's: {error}");
    };
    let expected = ApiError {
        status: 402,
        kind: Some("card_error".to_owned()),
        code: Some("card_declined".to_owned()),
        param: Some("source[number]".to_owned()),
        message: "Your card was declined.".to_owned(),
        request_id: Some("req_9".to_owned()),
        doc_url: Some("https://stripe.com/docs/error-codes/card-declined".to_owned()),
        decline_code: Some("fraudulent".to_owned()),
        outcome: Outcome::Rejected,
    };
    assert_eq!(*error, expected);
}

#[tokio::test]
async fn a_lost_answer_is_not_forgotten() {
    let turned_away = [Reply::Drop, error(401, "", "x")];
    let error = create_in(2, turned_away)
        .await
        .expect_err("the key was revoked meanwhile");
    assert_eq!(error.status(), Some(401));
    assert_eq!(error.outcome(), Outcome::Unknown);
}

#[tokio::test]
async fn a_delete_that_finds_nothing_after_a_lost_answer_may_have_worked() {
    let server = Server::start([Reply::Drop, error(404, "", "resource_missing")]).await;
    let error = send(&client(&server), Method::Delete)
        .await
        .expect_err("it is gone");
    assert_eq!(error.outcome(), Outcome::Unknown);
}

#[tokio::test]
async fn a_proxys_words_are_not_stripes() {
    let error = create_in(1, [Reply::status(403, "", "<html>blocked</html>")])
        .await
        .expect_err("a proxy");
    assert_eq!(flaw(&error), Some(Flaw::Foreign));
    assert_eq!(error.outcome(), Outcome::Unknown);
    let error = create_in(3, [Reply::status(502, "", "<html>bad gateway</html>")])
        .await
        .expect_err("a proxy");
    assert_eq!(
        error.to_string(),
        "POST /v1/customers failed without a message (502)"
    );
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = Server::start([Reply::object()]).await;
    let target = format!("Location: {}/v1/x\r\n", elsewhere.url);
    for status in [301, 302, 307, 308] {
        let error = create_in(1, [Reply::status(status, &target, "")])
            .await
            .expect_err("a redirect");
        assert_eq!(flaw(&error), Some(Flaw::Redirect));
    }
    assert_eq!(elsewhere.connections(), 0);
}

#[tokio::test]
async fn a_body_of_any_size_does_not_fill_the_memory() {
    let announced = "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n{".to_owned();
    for reply in [Reply::Bytes(announced), Reply::Endless] {
        let error = create_in(1, [reply]).await.expect_err("too much");
        assert_eq!(flaw(&error), Some(Flaw::TooLarge));
        assert_eq!(error.outcome(), Outcome::Unknown);
    }
}

/// Sends one request alone, which the server turns away once, and then a crowd; tells how many of the
/// crowd were at the server at once.
async fn crowd_after(first: Reply) -> usize {
    let server = Server::start([first, Reply::object()]).await;
    let client = client(&server);
    create(&client).await.expect("the second answer is good");
    let mut crowd = JoinSet::new();
    for _ in 0..20 {
        let client = client.clone();
        crowd.spawn(async move { create(&client).await.expect("an answer") });
    }
    crowd.join_all().await;
    server.most_unanswered()
}

#[tokio::test]
async fn after_a_429_fewer_requests_are_in_flight() {
    let most = crowd_after(error(429, "", "rate_limit")).await;
    assert!(most <= 7, "{most} at once");
}

#[tokio::test]
async fn a_lock_timeout_is_about_one_object_and_slows_nothing() {
    let most = crowd_after(error(429, "", "lock_timeout")).await;
    assert!(most > 7, "{most} at once");
}
