//! Entries to commit, short enough to read in a test.

use jiff::Timestamp;
use sheetflow::ledger::{
    ChangeRecord, Entry, GoneObject, Intent, IntentAction, Ledger, ObjectRecord, RecordFingerprint,
    RecordOutcome, RecordResult, RunId, RunStart, Settlement, SettlementOutcome,
};
use sheetflow::model::{Basis, Fingerprint, Form, RecordKey};

pub(super) const FLOW: &str = "customers";

pub(super) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + second).expect("a time of this century")
}

pub(super) fn key(text: &str) -> RecordKey {
    RecordKey::new(&[text.to_owned()])
}

pub(super) fn form(value: &str) -> Form {
    let mut form = Form::default();
    form.set_text("name", value);
    form.set_text("metadata[it's \"odd\"]", "a\u{0}b\n\u{1f600}");
    form
}

pub(super) fn fingerprint(text: &str) -> Fingerprint {
    Fingerprint::of([text])
}

pub(super) fn basis(text: &str) -> Basis {
    Basis {
        row: fingerprint(text),
        flow: fingerprint("flow text"),
        plugins: vec![("phone".into(), fingerprint("a component"))],
    }
}

pub(super) fn run_start() -> RunStart {
    RunStart {
        command: "apply".to_owned(),
        generation: 1,
        flows: vec![(FLOW.to_owned(), fingerprint("flow text"))],
        started: at(0),
    }
}

/// Starts the first run of a new ledger.
pub(super) async fn start(ledger: &impl Ledger) -> RunId {
    ledger.start_run(&run_start()).await.expect("a run starts")
}

pub(super) fn intent(record: &str, step: &str, generation: u32) -> Intent {
    Intent {
        idempotency_key: format!("{FLOW}/{record}/{step}/{generation}"),
        run: RunId(1),
        flow: FLOW.to_owned(),
        key: key(record),
        step: step.to_owned(),
        generation,
        action: IntentAction::Create,
        operation: "customers.create".to_owned(),
        method: "POST".to_owned(),
        path: "/v1/customers".to_owned(),
        form: form(record),
        object_id: None,
        place: "people.csv, line 2".to_owned(),
        created: at(1),
    }
}

pub(super) fn done(intent: &Intent) -> Entry {
    settled(
        intent,
        SettlementOutcome::Done {
            stripe_id: Some("cus_1".to_owned()),
            request_id: Some("req_1".to_owned()),
        },
    )
}

pub(super) fn refused(intent: &Intent) -> Entry {
    settled(
        intent,
        SettlementOutcome::Refused {
            status: 400,
            code: Some("email_invalid".to_owned()),
            message: "Invalid email address: no".to_owned(),
            request_id: None,
        },
    )
}

pub(super) fn abandoned(intent: &Intent) -> Entry {
    settled(
        intent,
        SettlementOutcome::Abandoned {
            reason: "no object carries its mark".to_owned(),
        },
    )
}

fn settled(intent: &Intent, outcome: SettlementOutcome) -> Entry {
    Entry::Settled(Settlement {
        idempotency_key: intent.idempotency_key.clone(),
        outcome,
        at: at(2),
    })
}

pub(super) fn object(record: &str, step: &str, stripe_id: &str) -> ObjectRecord {
    ObjectRecord {
        flow: FLOW.to_owned(),
        key: key(record),
        step: step.to_owned(),
        resource: "customer".to_owned(),
        stripe_id: stripe_id.to_owned(),
        form: form(record),
        fingerprint: fingerprint(record),
        created_by_us: true,
        run: RunId(1),
        place: "billing.xlsx, sheet Lines, row 14".to_owned(),
        updated: at(3),
    }
}

pub(super) fn gone(record: &str, step: &str) -> Entry {
    Entry::ObjectGone(GoneObject {
        flow: FLOW.to_owned(),
        key: key(record),
        step: step.to_owned(),
    })
}

pub(super) fn applied(record: &str, what: &str) -> Entry {
    Entry::Fingerprint(RecordFingerprint {
        flow: FLOW.to_owned(),
        key: key(record),
        fingerprint: fingerprint(what),
        basis: basis(what),
    })
}

pub(super) fn change(record: &str, stripe_id: &str) -> ChangeRecord {
    ChangeRecord {
        run: RunId(1),
        flow: FLOW.to_owned(),
        key: key(record),
        step: "customer".to_owned(),
        resource: "customer".to_owned(),
        stripe_id: stripe_id.to_owned(),
        action: IntentAction::Update,
        before: Some(form("before")),
        after: form("after"),
        operation: Some("customers.update".to_owned()),
        path: Some(format!("/v1/customers/{stripe_id}")),
    }
}

pub(super) fn result(record: &str, outcome: RecordOutcome) -> RecordResult {
    RecordResult {
        run: RunId(1),
        flow: FLOW.to_owned(),
        key: Some(key(record)),
        place: "customers.csv, line 2".to_owned(),
        step: Some("customer".to_owned()),
        outcome,
        stripe_id: Some("cus_1".to_owned()),
        message: None,
        code: None,
        param: None,
        request_id: Some("req_1".to_owned()),
        status: Some(200),
    }
}
