//! Where the key must not turn up.

use std::io::Write;
use std::sync::{Arc, Mutex};

use sheetflow::stripe::{Client, ClientError};
use tracing_subscriber::fmt::MakeWriter;

use super::server::{Reply, Server};
use super::{KEY, client, create, settings};

#[tokio::test]
async fn errors_hide_a_key_that_the_server_repeats() {
    let hostile = [
        format!(r#"{{"error": {{"message": "no key {KEY}", "code": "{KEY}", "param": "{KEY}"}}}}"#),
        r#"{"error": {"message": "no key sk_test\u005fhunter2hunter2"}}"#.to_owned(),
        KEY.to_owned(),
    ];
    for body in hostile {
        let header = format!("Request-Id: req_{KEY}\r\n");
        for status in [200, 400, 500] {
            let server = Server::start([Reply::status(status, &header, &body)]).await;
            let told = match create(&client(&server)).await {
                Ok(answer) => format!("{answer:?}"),
                Err(error) => format!("{error} {error:?}"),
            };
            assert!(!told.contains("hunter2"), "{told}");
        }
    }
}

#[tokio::test]
async fn answers_hide_a_key_that_the_server_repeats() {
    let server = Server::start([Reply::ok(&format!(r#"{{"id": "cus_1", "name": "{KEY}"}}"#))]).await;
    let answer = create(&client(&server)).await.expect("an answer");
    assert_eq!(answer.body["name"], "[key]");
}

#[tokio::test]
async fn a_client_prints_without_its_key() {
    let server = Server::start([]).await;
    let printed = format!("{:?}", client(&server));
    assert!(
        printed.contains("Client") && !printed.contains("hunter2"),
        "{printed}"
    );
}

#[tokio::test]
async fn a_key_that_no_header_can_carry_is_refused_without_being_told() {
    let server = Server::start([]).await;
    let mut settings = settings(&server);
    settings.key = "sk_test_hunter2\r\nx: y".into();
    let error = Client::new(settings).expect_err("no key");
    assert!(matches!(error, ClientError::UnknownKey));
    assert!(!format!("{error:?}").contains("hunter2"));
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("no panic").write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Log {
    type Writer = Log;

    fn make_writer(&self) -> Log {
        self.clone()
    }
}

#[tokio::test]
async fn the_log_tells_of_requests_and_neither_key_nor_values() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(log.clone())
        .with_ansi(false)
        .finish();
    let guard = tracing::subscriber::set_default(subscriber);
    let server = Server::start([Reply::Drop, Reply::object()]).await;
    let client = client(&server);
    create(&client).await.expect("an answer");
    // Tracing asks for interest where an event is met first, which may be another test's thread without a
    // log. Now that all events were met, it asks once more, here.
    tracing::callsite::rebuild_interest_cache();
    create(&client).await.expect("an answer");
    drop(guard);
    let text = String::from_utf8(log.0.lock().expect("no panic").clone()).expect("text");
    assert!(
        text.contains("answered method=POST path=\"/v1/customers\" status=200"),
        "{text}"
    );
    assert!(text.contains("request_id=\"req_ok\""), "{text}");
    for secret in ["hunter2", "jo@example.com", "jo%40example.com"] {
        assert!(!text.contains(secret), "{text}");
    }
}
