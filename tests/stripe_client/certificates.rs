//! Whom the client believes to be Stripe.

use std::sync::Arc;

use sheetflow::stripe::{Client, ClientError, Outcome};
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use super::server::Server;
use super::{create, settings};

/// Makes a server that proves with a certificate that nobody vouches for that it is this machine.
fn self_signed() -> TlsAcceptor {
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).expect("a certificate");
    let key = PrivateKeyDer::Pkcs8(made.signing_key.serialize_der().into());
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .expect("ring knows them")
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .expect("key and certificate fit");
    TlsAcceptor::from(Arc::new(config))
}

#[tokio::test]
async fn a_server_that_nobody_vouches_for_gets_no_key() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let acceptor = self_signed();
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        let mut read = 0;
        // The first try and two more.
        for _ in 0..3 {
            let (stream, _) = listener.accept().await.expect("a connection");
            if let Ok(mut stream) = acceptor.accept(stream).await {
                read += stream.read(&mut [0; 1]).await.unwrap_or(0);
            }
        }
        read
    });
    let mut settings = settings(&Server::start([]).await);
    settings.base_url = format!("https://{address}");
    let client = match Client::new(settings) {
        Ok(client) => client,
        // A system without any certificates believes nobody.
        Err(error) => {
            assert!(matches!(error, ClientError::Setup { .. }), "{error}");
            return;
        }
    };
    let error = create(&client).await.expect_err("an unknown issuer");
    assert!(error.to_string().contains("certificate"), "{error}");
    assert_eq!(error.outcome(), Outcome::NotSent);
    assert_eq!(
        tasks.join_all().await,
        [0],
        "not a byte of a request came through"
    );
}
