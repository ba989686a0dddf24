use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use http_body::{Frame, SizeHint};
use tokio::time::{Sleep, sleep};

/// The pieces of a slow answer.
const PIECES: usize = 4;

/// What stands where an object of Stripe's should, beside half of one: a page of a server on the way, and
/// JSON that is something else.
const WRONG: [&str; 4] = ["<html><body>Bad gateway</body></html>", "{}", "[]", "null"];

/// Makes the body of an answer that never comes: the connection is closed before the head's first byte, since
/// the server sends nothing before it has asked the body once.
pub(in crate::sandbox) fn cut() -> Body {
    Body::new(Broken {
        pieces: VecDeque::new(),
        pause: Pause::None,
        left: 1,
        ends_well: false,
    })
}

/// Makes the connection break in the middle of the body.
pub(super) fn truncated(body: &Bytes) -> Body {
    Body::new(Broken {
        pieces: VecDeque::from([body.slice(..body.len() / 2)]),
        pause: Pause::None,
        left: body.len() as u64,
        ends_well: false,
    })
}

/// Lets the body come in pieces.
pub(super) fn slowly(body: &Bytes, piece: Duration) -> Body {
    let length = body.len().div_ceil(PIECES).max(1);
    let mut rest = body.clone();
    let mut pieces = VecDeque::new();
    while !rest.is_empty() {
        pieces.push_back(rest.split_to(length.min(rest.len())));
    }
    Body::new(Broken {
        pieces,
        pause: Pause::Before(piece),
        left: body.len() as u64,
        ends_well: true,
    })
}

/// Gives something else than the body: `number` chooses what.
pub(super) fn garbled(body: &Bytes, number: usize) -> Bytes {
    match WRONG.get(number % (WRONG.len() + 1)) {
        Some(text) => Bytes::from_static(text.as_bytes()),
        None => body.slice(..body.len() / 2),
    }
}

/// A body that comes in pieces, and may break off.
struct Broken {
    pieces: VecDeque<Bytes>,
    pause: Pause,
    /// Bytes that were announced and not sent yet.
    left: u64,
    ends_well: bool,
}

/// What happens between two pieces.
enum Pause {
    None,
    /// The next piece is due after this time.
    Before(Duration),
    /// The time runs.
    Running(Pin<Box<Sleep>>, Duration),
    /// What was given is on its way.
    Flushing,
}

impl HttpBody for Broken {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        loop {
            match &mut self.pause {
                Pause::None => break,
                Pause::Before(piece) => {
                    let piece = *piece;
                    self.pause = Pause::Running(Box::pin(sleep(piece)), piece);
                }
                Pause::Running(sleep, piece) => {
                    if sleep.as_mut().poll(context).is_pending() {
                        return Poll::Pending;
                    }
                    self.pause = Pause::Before(*piece);
                    break;
                }
                Pause::Flushing => {
                    self.pause = Pause::None;
                    context.waker().wake_by_ref();
                    return Poll::Pending;
                }
            }
        }
        let Some(piece) = self.pieces.pop_front() else {
            let broken = io::Error::from(io::ErrorKind::ConnectionAborted);
            return Poll::Ready((!self.ends_well).then_some(Err(broken)));
        };
        self.left = self.left.saturating_sub(piece.len() as u64);
        if !self.ends_well {
            // The server sends what it has before it asks again.
            self.pause = Pause::Flushing;
        }
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.ends_well && self.pieces.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}
