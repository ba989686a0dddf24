use axum::body::{Body, Bytes};
use tokio::time::sleep;

use super::body::{cut, garbled, slowly, truncated};
use super::{Drawn, FaultKind, Faults};
use crate::sandbox::call::Call;
use crate::sandbox::refusal::Refusal;

/// Gives what turns a request away before anything runs or is kept under its key.
pub(in crate::sandbox) fn at_the_door(call: &Call) -> Option<Refusal> {
    match call.fault?.kind {
        FaultKind::TooMany => Some(Refusal::too_many("global-rate")),
        FaultKind::LockTimeout => Some(Refusal::locked()),
        FaultKind::Conflict => call.key().map(Refusal::key_in_use),
        FaultKind::ErrorBefore
        | FaultKind::ErrorAfter
        | FaultKind::DropBefore
        | FaultKind::DropAfter
        | FaultKind::Stall
        | FaultKind::Slow
        | FaultKind::Truncated
        | FaultKind::WrongJson => None,
    }
}

/// Gives the failure of this kind, if it is the one that was drawn.
pub(in crate::sandbox) fn instead(call: &Call, kind: FaultKind) -> Option<Refusal> {
    call.fault
        .filter(|drawn| drawn.kind == kind)
        .map(|_| Refusal::failed())
}

/// Tells whether a fault spoils an answer that has been made.
pub(in crate::sandbox) fn spoils(drawn: Drawn, status: u16) -> bool {
    match drawn.kind {
        FaultKind::DropAfter | FaultKind::Stall | FaultKind::Slow | FaultKind::Truncated => true,
        FaultKind::WrongJson => status == 200,
        FaultKind::TooMany
        | FaultKind::LockTimeout
        | FaultKind::Conflict
        | FaultKind::ErrorBefore
        | FaultKind::ErrorAfter
        | FaultKind::DropBefore => false,
    }
}

/// Makes the body of an answer that is spoilt on its way.
pub(in crate::sandbox) async fn spoil(body: Bytes, drawn: Drawn, faults: Faults) -> Body {
    match drawn.kind {
        FaultKind::DropAfter => cut(),
        FaultKind::Stall => {
            sleep(faults.stall).await;
            Body::from(body)
        }
        FaultKind::Slow => slowly(&body, faults.piece),
        FaultKind::Truncated => truncated(&body),
        FaultKind::WrongJson => Body::from(garbled(&body, drawn.number)),
        FaultKind::TooMany
        | FaultKind::LockTimeout
        | FaultKind::Conflict
        | FaultKind::ErrorBefore
        | FaultKind::ErrorAfter
        | FaultKind::DropBefore => Body::from(body),
    }
}
