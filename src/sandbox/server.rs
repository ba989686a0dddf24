use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use axum::serve::ListenerExt;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::books::Loaded;
use super::call::{Call, Reply};
use super::counts::Counts;
use super::desk::Desk;
use super::error::SandboxError;
use super::fault::{self, FaultKind, Faults};
use super::settings::Settings;
use super::shapes::Shapes;
use super::state_file::StateFile;
use super::upload::{self, Upload};
use super::writer;
use crate::catalog::Catalog;

/// The most bytes of a request's body.
const LONGEST_BODY: usize = 4 * 1024 * 1024;

/// How long a stop waits for connections that are still at work.
const PATIENCE: Duration = Duration::from_secs(5);

/// A running sandbox. Dropping it ends it at once; what was answered is in the state file by then.
#[derive(Debug)]
pub struct Sandbox {
    address: SocketAddr,
    desk: Arc<Desk>,
    stop: watch::Sender<bool>,
    server: Task<std::io::Result<()>>,
    writer: Option<Task<Result<(), SandboxError>>>,
}

/// A task that ends with its owner.
#[derive(Debug)]
struct Task<Output>(JoinHandle<Output>);

impl<Output> Drop for Task<Output> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Starts a sandbox: reads its state, listens, and serves until it is stopped or dropped.
///
/// Errors when the address is taken or the state file can't be used.
pub async fn start(settings: Settings) -> Result<Sandbox, SandboxError> {
    let (loaded, queue) = match &settings.state {
        Some(path) => {
            let mut file = StateFile::open(path).await?;
            let loaded = file.load(&Shapes::new(Catalog::embedded())).await?;
            (loaded, Some(writer::queue(file, settings.clock.clone())))
        }
        None => (Loaded::default(), None),
    };
    let failed = |source| SandboxError::Listen {
        address: settings.address,
        source,
    };
    let listener = TcpListener::bind(settings.address).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    let (pen, writer) = queue.unzip();
    let desk = Arc::new(Desk::new(&settings, loaded, pen));
    let (stop, stopped) = watch::channel(false);
    let router = Router::new()
        .fallback(answer)
        .layer(DefaultBodyLimit::max(LONGEST_BODY))
        .with_state(Arc::clone(&desk));
    let server = tokio::spawn(serve(listener, router, stopped));
    Ok(Sandbox {
        address,
        desk,
        stop,
        server: Task(server),
        writer: writer.map(|writer| Task(tokio::spawn(writer.run()))),
    })
}

async fn serve(
    listener: TcpListener,
    router: Router,
    mut stopped: watch::Receiver<bool>,
) -> std::io::Result<()> {
    let listener = listener.tap_io(|stream| {
        // Without it answers wait for the client's acknowledgement; a socket that can't is served too.
        let _ = stream.set_nodelay(true);
    });
    axum::serve(listener, router)
        .with_graceful_shutdown(async move {
            // An error means that the sandbox was dropped, which is an end as well.
            let _ = stopped.wait_for(|stopped| *stopped).await;
        })
        .await
}

impl Sandbox {
    /// Gives the address for clients, such as `http://127.0.0.1:40123`, without a slash at its end.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Gives how many requests there were since the start.
    pub fn counts(&self) -> Counts {
        self.desk.counts()
    }

    /// Lets other things go wrong from now on, in place of [`Settings::faults`].
    pub fn set_faults(&self, faults: Faults) {
        self.desk.set_faults(faults);
    }

    /// Takes no more connections, finishes the requests at work, writes the state, and ends.
    ///
    /// Errors when the state could not be written.
    pub async fn stop(mut self) -> Result<(), SandboxError> {
        self.stop.send_replace(true);
        let served = tokio::time::timeout(PATIENCE, &mut self.server.0).await;
        self.server.0.abort();
        if let Some(writer) = &mut self.writer {
            self.desk.stop_writing().await;
            (&mut writer.0).await.map_err(|_| SandboxError::Task)??;
        }
        match served {
            Ok(Ok(served)) => served.map_err(SandboxError::Serve),
            Ok(Err(_)) => Err(SandboxError::Task),
            // A client that never finishes its request is not waited for.
            Err(_) => Ok(()),
        }
    }
}

async fn answer(State(desk): State<Arc<Desk>>, request: Request) -> Response<Body> {
    let mut call = call_of(&request);
    let key = request.headers().get(IDEMPOTENCY_KEY).cloned();
    let version = request.headers().get(STRIPE_VERSION).cloned();
    let Some(upload) = read_body(request).await else {
        return unreadable();
    };
    (call.body, call.upload) = (upload.form, upload.size);
    let drawn = desk.draw(&call);
    if let Some(drawn) = drawn.filter(|drawn| drawn.kind == FaultKind::DropBefore) {
        desk.meet(drawn.kind);
        return Response::new(fault::cut());
    }
    call.fault = drawn;
    let date = desk.date();
    let reply = Arc::clone(&desk).answer(call).await;
    let (status, body) = (reply.status, reply.body.clone());
    let mut response = render(reply);
    let headers = response.headers_mut();
    headers.extend(date.map(|date| (header::DATE, date)));
    if status == 500 && key.is_some() {
        // The key would only give it again: <https://docs.stripe.com/error-low-level>.
        headers.insert(STRIPE_SHOULD_RETRY, HeaderValue::from_static("false"));
    }
    headers.extend(key.map(|key| (IDEMPOTENCY_KEY, key)));
    let version = version.unwrap_or(HeaderValue::from_static(Catalog::embedded().api_version));
    headers.insert(STRIPE_VERSION, version);
    if let Some(drawn) = drawn.filter(|drawn| fault::spoils(*drawn, status)) {
        *response.body_mut() = fault::spoil(body, drawn, desk.meet(drawn.kind)).await;
    }
    response
}

/// Reads everything but the body.
fn call_of(request: &Request) -> Call {
    let text = |name: HeaderName| header_text(request.headers(), name);
    Call {
        method: request.method().as_str().to_owned(),
        path: request.uri().path().to_owned(),
        query: request.uri().query().unwrap_or("").to_owned(),
        authorization: text(header::AUTHORIZATION),
        idempotency_key: text(IDEMPOTENCY_KEY),
        ..Call::default()
    }
}

/// Reads the parameters of a body; `None` when it is too long or breaks off.
async fn read_body(request: Request) -> Option<Upload> {
    if upload::is_upload(&request) {
        return upload::read(request).await;
    }
    let form = to_bytes(request.into_body(), LONGEST_BODY).await.ok()?;
    Some(Upload { form, size: 0 })
}

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const STRIPE_SHOULD_RETRY: HeaderName = HeaderName::from_static("stripe-should-retry");
const STRIPE_VERSION: HeaderName = HeaderName::from_static("stripe-version");

fn header_text(headers: &HeaderMap, name: HeaderName) -> Option<String> {
    let value = headers.get(name)?;
    Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
}

fn render(reply: Reply) -> Response<Body> {
    let mut response = json(reply.status, reply.body);
    let headers = response.headers_mut();
    let mut add = |name: &'static str, text: &str| {
        if let Ok(value) = HeaderValue::from_str(text) {
            headers.insert(HeaderName::from_static(name), value);
        }
    };
    add("request-id", &reply.request);
    if let Some(original) = &reply.replayed {
        add("idempotent-replayed", "true");
        add("original-request", original);
    }
    if let Some(limit) = reply.limit {
        add("stripe-rate-limited-reason", limit);
    }
    response
}

fn unreadable() -> Response<Body> {
    let body = r#"{"error":{"message":"Request body could not be read, or is too large.","type":"invalid_request_error"}}"#;
    json(413, Bytes::from_static(body.as_bytes()))
}

fn json(status: u16, body: Bytes) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
