//! A server on the loopback interface that answers by a script and notes what it was asked.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// What the server does with a request.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    /// A whole answer: status, more headers, body.
    Answer(u16, String, String),
    /// These bytes, and then the end of the connection.
    Bytes(String),
    /// The end of the connection, after the request was read.
    Drop,
    /// The end of the connection, before the request was read.
    Refuse,
    /// Nothing, ever.
    Stall,
    /// A body without end.
    Endless,
}

impl Reply {
    pub(crate) fn ok(body: &str) -> Self {
        Reply::status(200, "Request-Id: req_ok\r\n", body)
    }

    /// The shortest good answer.
    pub(crate) fn object() -> Self {
        Reply::ok(r#"{"object": "customer"}"#)
    }

    /// An answer of any status; `headers` end in `\r\n`.
    pub(crate) fn status(status: u16, headers: &str, body: &str) -> Self {
        Reply::Answer(status, headers.to_owned(), body.to_owned())
    }
}

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// `POST /v1/customers?x=1`.
    pub(crate) line: String,
    headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Asked {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let (_, text) = self.headers.iter().find(|(known, _)| known == name)?;
        Some(text)
    }
}

/// The server; it ends when it is dropped.
pub(crate) struct Server {
    pub(crate) url: String,
    script: Arc<Mutex<Script>>,
    _tasks: JoinSet<()>,
}

#[derive(Default)]
struct Script {
    replies: VecDeque<Reply>,
    asked: Vec<Asked>,
    connections: usize,
    unanswered: usize,
    most_unanswered: usize,
}

impl Server {
    /// Answers the requests in the order in which they come; the last reply is for all that follow.
    pub(crate) async fn start(replies: impl IntoIterator<Item = Reply>) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let script = Arc::new(Mutex::new(Script {
            replies: replies.into_iter().collect(),
            ..Script::default()
        }));
        let mut tasks = JoinSet::new();
        tasks.spawn(accept(listener, Arc::clone(&script)));
        Server {
            url: format!("http://{address}"),
            script,
            _tasks: tasks,
        }
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.script.lock().expect("no panic").asked.clone()
    }

    pub(crate) fn connections(&self) -> usize {
        self.script.lock().expect("no panic").connections
    }

    /// How many requests were in the server's hands at once, at the most.
    pub(crate) fn most_unanswered(&self) -> usize {
        self.script.lock().expect("no panic").most_unanswered
    }
}

async fn accept(listener: TcpListener, script: Arc<Mutex<Script>>) {
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        script.lock().expect("no panic").connections += 1;
        connections.spawn(serve(stream, Arc::clone(&script)));
    }
}

async fn serve(stream: TcpStream, script: Arc<Mutex<Script>>) {
    let mut stream = BufReader::new(stream);
    loop {
        if is_refused(&script) {
            return;
        }
        let Some(asked) = read_request(&mut stream).await else {
            return;
        };
        let reply = note(&script, asked);
        // Time for other requests to come in while this one is unanswered.
        for _ in 0..50 {
            tokio::task::yield_now().await;
        }
        script.lock().expect("no panic").unanswered -= 1;
        match reply {
            Reply::Answer(status, headers, body) => {
                let length = body.len();
                let text = format!("HTTP/1.1 {status} X\r\nContent-Length: {length}\r\n{headers}\r\n{body}");
                if stream.write_all(text.as_bytes()).await.is_err() {
                    return;
                }
            }
            Reply::Bytes(text) => {
                stream.write_all(text.as_bytes()).await.ok();
                return;
            }
            Reply::Drop | Reply::Refuse => return,
            Reply::Stall => std::future::pending().await,
            Reply::Endless => return write_endlessly(&mut stream).await,
        }
    }
}

fn is_refused(script: &Mutex<Script>) -> bool {
    let mut script = script.lock().expect("no panic");
    let refused = matches!(script.replies.front(), Some(Reply::Refuse));
    if refused {
        script.replies.pop_front();
    }
    refused
}

fn note(script: &Mutex<Script>, asked: Asked) -> Reply {
    let mut script = script.lock().expect("no panic");
    script.asked.push(asked);
    script.unanswered += 1;
    script.most_unanswered = script.most_unanswered.max(script.unanswered);
    match script.replies.len() {
        0 => Reply::Drop,
        1 => script.replies[0].clone(),
        _ => script.replies.pop_front().expect("there are two"),
    }
}

async fn read_request(stream: &mut BufReader<TcpStream>) -> Option<Asked> {
    let mut line = String::new();
    stream.read_line(&mut line).await.ok().filter(|read| *read > 0)?;
    let mut headers = Vec::new();
    loop {
        let mut header = String::new();
        stream.read_line(&mut header).await.ok()?;
        let Some((name, text)) = header.split_once(':') else {
            break;
        };
        headers.push((name.to_ascii_lowercase(), text.trim().to_owned()));
    }
    let mut asked = Asked {
        line: line.trim_end().trim_end_matches(" HTTP/1.1").to_owned(),
        headers,
        body: String::new(),
    };
    let length = asked
        .header("content-length")
        .and_then(|text| text.parse().ok())
        .unwrap_or(0);
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    asked.body = String::from_utf8(body).expect("a form is ASCII");
    Some(asked)
}

async fn write_endlessly(stream: &mut BufReader<TcpStream>) {
    let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    let chunk = format!("10000\r\n{}\r\n", " ".repeat(0x10000));
    let mut alive = stream.write_all(head.as_bytes()).await;
    while alive.is_ok() {
        alive = stream.write_all(chunk.as_bytes()).await;
    }
}
