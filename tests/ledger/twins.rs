//! The twins side by side: whatever is committed, both say the same.

use proptest::prelude::{Just, ProptestConfig, Strategy, any, prop_oneof, proptest};
use proptest::sample::select;
use sheetflow::ledger::{
    ChangeRecord, Entry, GoneObject, Intent, IntentAction, Ledger, LedgerError, MemoryLedger, ObjectRecord,
    Page, RecordFingerprint, RecordOutcome, RecordResult, ResultPage, RunId, Settlement, SettlementOutcome,
    SqliteLedger, StaleRecord, UndoneObject,
};
use sheetflow::model::{Form, RecordKey};

use super::sample::{at, basis, change, fingerprint, intent, object, result, start};

const FLOWS: [&str; 2] = ["customers", "invoices"];
const STEPS: [&str; 2] = ["first", "second"];
const OBJECTS: [&str; 3] = ["cus_1", "cus_2", "cus_3"];

fn keys() -> Vec<RecordKey> {
    ["1", "2", "a / \u{0}\" b", "é\u{1f600}"]
        .map(|text| RecordKey::new(&[text.to_owned()]))
        .to_vec()
}

fn form() -> impl Strategy<Value = Form> {
    proptest::collection::vec((".{0,6}", ".{0,9}"), 0..4).prop_map(|pairs| {
        let mut form = Form::default();
        for (name, value) in pairs {
            form.set_text(name, value);
        }
        form
    })
}

type Place = (&'static str, RecordKey, &'static str);

fn place() -> impl Strategy<Value = Place> {
    (select(&FLOWS[..]), select(keys()), select(&STEPS[..]))
}

fn run() -> impl Strategy<Value = RunId> {
    prop_oneof![30 => Just(RunId(1)), 10 => Just(RunId(2)), 1 => Just(RunId(3))]
}

fn attempt() -> impl Strategy<Value = (Place, u32)> {
    (place(), 1..4_u32)
}

/// Some attempts share a generation and differ in their body, so they have other keys.
fn idempotency_key(((flow, key, step), generation): &(Place, u32), body: bool) -> String {
    format!("{flow}/{key}/{step}/{generation}/{body}")
}

fn intents() -> impl Strategy<Value = Entry> {
    (
        attempt(),
        proptest::bool::weighted(0.1),
        run(),
        form(),
        proptest::option::of(select(&OBJECTS[..])),
    )
        .prop_map(|(attempt, body, run, form, object_id)| {
            let idempotency_key = idempotency_key(&attempt, body);
            let ((flow, key, step), generation) = attempt;
            Entry::Intent(Intent {
                idempotency_key,
                run,
                flow: flow.to_owned(),
                key,
                step: step.to_owned(),
                generation,
                form,
                object_id: object_id.map(str::to_owned),
                ..intent("", "", 1)
            })
        })
}

fn settlements() -> impl Strategy<Value = Entry> {
    let outcome = prop_oneof![
        Just(SettlementOutcome::Done {
            stripe_id: None,
            request_id: Some("req_1".to_owned())
        }),
        Just(SettlementOutcome::Abandoned {
            reason: "nothing was found".to_owned()
        }),
        ".{0,9}".prop_map(|message| SettlementOutcome::Refused {
            status: 402,
            code: None,
            message,
            request_id: None
        }),
    ];
    (attempt(), outcome).prop_map(|(attempt, outcome)| {
        let idempotency_key = idempotency_key(&attempt, false);
        Entry::Settled(Settlement {
            idempotency_key,
            outcome,
            at: at(2),
        })
    })
}

fn objects() -> impl Strategy<Value = Entry> {
    (place(), select(&OBJECTS[..]), any::<bool>(), run(), form()).prop_map(
        |((flow, key, step), stripe_id, created_by_us, run, form)| {
            Entry::Object(ObjectRecord {
                flow: flow.to_owned(),
                key,
                form,
                created_by_us,
                run,
                ..object("", step, stripe_id)
            })
        },
    )
}

fn reports() -> impl Strategy<Value = Entry> {
    let outcomes = vec![
        RecordOutcome::Created,
        RecordOutcome::Failed,
        RecordOutcome::Unchanged,
    ];
    prop_oneof![
        (
            select(outcomes),
            run(),
            proptest::option::of(".{0,9}"),
            any::<Option<u16>>()
        )
            .prop_map(|(outcome, run, message, status)| {
                Entry::Result(RecordResult {
                    run,
                    message,
                    status,
                    ..result("1", outcome)
                })
            }),
        (run(), proptest::option::of(form()), form()).prop_map(|(run, before, after)| {
            Entry::Change(ChangeRecord {
                run,
                before,
                after,
                action: IntentAction::Call,
                ..change("1", "cus_1")
            })
        }),
    ]
}

fn entries() -> impl Strategy<Value = Entry> {
    prop_oneof![
        4 => intents(),
        3 => settlements(),
        2 => objects(),
        1 => reports(),
        1 => place().prop_map(|(flow, key, step)| {
            Entry::ObjectGone(GoneObject { flow: flow.to_owned(), key, step: step.to_owned() })
        }),
        1 => (place(), select(&OBJECTS[..]), run()).prop_map(|((flow, _, _), stripe_id, run)| {
            Entry::Undone(UndoneObject { flow: flow.to_owned(), stripe_id: stripe_id.to_owned(), run })
        }),
        1 => place().prop_map(|(flow, key, _)| Entry::Stale(StaleRecord { flow: flow.to_owned(), key })),
        2 => (place(), ".{1,3}").prop_map(|((flow, key, _), text)| {
            Entry::Fingerprint(RecordFingerprint { flow: flow.to_owned(), key, fingerprint: fingerprint(&text), basis: basis(&text) })
        }),
    ]
}

/// Reads everything that there is to read.
async fn everything(ledger: &impl Ledger) -> Result<String, LedgerError> {
    let mut text = format!("{:#?}\n", ledger.open_intents(None).await?);
    for flow in FLOWS {
        text += &format!("{:#?}\n", ledger.known(flow, &keys()).await?);
        text += &format!("{:#?}\n", ledger.fingerprints(flow, &keys()).await?);
        text += &format!("{:#?}\n", ledger.keys(flow, None, 3).await?);
        text += &format!("{:#?}\n", ledger.undone(flow).await?);
    }
    for run in [RunId(1), RunId(2)] {
        let failed = ResultPage {
            outcomes: vec![RecordOutcome::Failed],
            flow: None,
            page: Page::first(2),
        };
        let all = ResultPage {
            outcomes: Vec::new(),
            flow: Some(FLOWS[0].to_owned()),
            page: Page::first(99),
        };
        text += &format!("{:#?}\n", ledger.results(run, &failed).await?.items);
        text += &format!("{:#?}\n", ledger.results(run, &all).await?);
        text += &format!("{:#?}\n", ledger.changes(run, Page::first(99)).await?);
        text += &format!("{:#?}\n", ledger.result_counts(run).await?);
    }
    let ids = OBJECTS.map(str::to_owned);
    text += &format!("{:#?}\n", ledger.standing(&ids).await?);
    for id in OBJECTS {
        text += &format!("{:#?}\n", ledger.object_by_id(id).await?);
        text += &format!("{:#?}\n", ledger.changes_of(id, 3).await?);
    }
    Ok(text)
}

async fn compare(commits: Vec<Vec<Entry>>) {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let disk = SqliteLedger::open(&directory.path().join("ledger.db"))
        .await
        .expect("it opens");
    let memory = MemoryLedger::new();
    for _ in 0..2 {
        assert_eq!(start(&disk).await, start(&memory).await);
    }
    for commit in commits {
        let one = disk.commit(commit.clone()).await.is_ok();
        let other = memory.commit(commit.clone()).await.is_ok();
        assert_eq!(one, other, "{commit:#?}");
        let (one, other) = (everything(&disk).await, everything(&memory).await);
        assert_eq!(one.expect("it reads"), other.expect("it reads"));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_twins_never_differ(
        commits in proptest::collection::vec(proptest::collection::vec(entries(), 0..9), 1..9)
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime starts").block_on(compare(commits));
    }
}
