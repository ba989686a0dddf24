//! What may happen between a run that was interrupted and the next one, and the page that lists it all.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

use jiff::Timestamp;
use serde_json::{Value, json};
use sheetflow::ledger::{AccountMark, Entry, Intent, IntentAction, Ledger, RunStart, SqliteLedger};
use sheetflow::model::{Form, FormValue, RecordKey};
use sheetflow::sandbox::{self, Sandbox, Settings};
use sheetflow::stripe;

use crate::support::{Outcome, Project, standing_clock};

const FLOW: &str = r#"source people = csv("people.csv")

flow people {
  from people
  key No
  upsert customer by metadata.no = No {
    email       = Email
    metadata.no = No
  }
}
"#;

const SHEET: &str = "No,Email\n1,ann@example.com\n2,bob@example.com\n";

/// A project whose run was killed when Stripe had made the customer of row 1, and before the answer was kept.
struct Interrupted {
    project: Project,
    sandbox: Sandbox,
}

impl Interrupted {
    /// Kills the run at the time that the sandbox's settings have.
    async fn new(settings: Settings) -> Self {
        rustls::crypto::ring::default_provider().install_default().ok();
        let at = settings.clock.now();
        let sandbox = sandbox::start(settings).await.expect("the sandbox starts");
        let project = Project::new(&[("people.csv", SHEET), ("people.flow", FLOW)]);
        let this = Interrupted { project, sandbox };
        this.lose_an_answer(at).await;
        this
    }

    async fn lose_an_answer(&self, at: Timestamp) {
        let account = self.request("GET", "/v1/account", "").await;
        let path = self.project.ledger_of(&self.sandbox);
        let ledger = SqliteLedger::open(&path).await.expect("the ledger opens");
        let account = AccountMark {
            id: account["id"].as_str().expect("an id").to_owned(),
            livemode: false,
        };
        ledger.record_account(&account).await.expect("it is kept");
        let run = RunStart {
            command: "apply".to_owned(),
            generation: 1,
            flows: Vec::new(),
            started: at,
        };
        let run = ledger.start_run(&run).await.expect("it is kept");
        let form = Form::from_iter(
            [("email", "ann@example.com"), ("metadata[no]", "1")]
                .map(|(name, text)| (name.to_owned(), FormValue::Text(text.to_owned()))),
        );
        let intent = Intent {
            idempotency_key: "sheetflow-lost".to_owned(),
            run,
            flow: "people".to_owned(),
            key: RecordKey::new(&["1".to_owned()]),
            step: "customer".to_owned(),
            generation: 1,
            action: IntentAction::Create,
            operation: "customers.create".to_owned(),
            method: "POST".to_owned(),
            path: "/v1/customers".to_owned(),
            form,
            object_id: None,
            place: "people.csv, line 2".to_owned(),
            created: at,
        };
        let kept = ledger.commit(vec![Entry::Intent(intent)]).await;
        kept.expect("it is kept");
        ledger.close().await;
        let form = "email=ann%40example.com&metadata%5Bno%5D=1";
        self.request("POST", "/v1/customers", form).await;
    }

    async fn request(&self, method: &str, path: &str, form: &'static str) -> Value {
        let text = reqwest::Client::new()
            .request(
                method.parse().expect("a method"),
                format!("{}{path}", self.sandbox.base_url()),
            )
            .header("content-type", "application/x-www-form-urlencoded")
            .header("idempotency-key", "sheetflow-lost")
            .bearer_auth(sandbox::TEST_KEY)
            .body(form)
            .send()
            .await
            .expect("an answer")
            .text()
            .await
            .expect("a body");
        serde_json::from_str(&text).expect("JSON")
    }

    fn run(&self, arguments: &[&str]) -> Outcome {
        let server = format!("--sandbox={}", self.sandbox.base_url());
        let mut arguments = arguments.to_vec();
        arguments.push(&server);
        self.project.run(&arguments)
    }

    /// Applies, and gives the totals that are not zero.
    fn apply(&self) -> Value {
        let outcome = self.run(&["apply", "--yes", "--format", "json"]);
        assert_eq!(outcome.status, Some(0), "{outcome:?}");
        outcome.totals()
    }

    /// Gives the addresses of all customers, sorted.
    async fn emails(&self) -> Vec<String> {
        let listed = self.request("GET", "/v1/customers?limit=100", "").await;
        let customers = listed["data"].as_array().expect("a list").iter();
        let mut emails: Vec<String> = customers
            .map(|customer| customer["email"].as_str().expect("an address").to_owned())
            .collect();
        emails.sort();
        emails
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_was_edited_after_a_crash_is_settled_and_then_updated() {
    let interrupted = Interrupted::new(Settings::default()).await;
    interrupted
        .project
        .replace("people.csv", "ann@example.com", "anna@example.com");
    assert_eq!(
        interrupted.apply(),
        json!({"records": 2, "created": 1, "updated": 1})
    );
    assert_eq!(
        interrupted.emails().await,
        ["anna@example.com", "bob@example.com"]
    );
    assert_eq!(interrupted.apply(), json!({"records": 2, "unchanged": 2}));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_is_gone_after_a_crash_is_settled_all_the_same() {
    let interrupted = Interrupted::new(Settings::default()).await;
    interrupted
        .project
        .replace("people.csv", "1,ann@example.com\n", "");
    assert_eq!(interrupted.apply(), json!({"records": 1, "created": 1}));
    interrupted.project.write("people.csv", SHEET);
    assert_eq!(interrupted.apply(), json!({"records": 2, "unchanged": 2}));
    assert_eq!(interrupted.emails().await, ["ann@example.com", "bob@example.com"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flow_that_was_edited_after_a_crash_makes_no_second_object() {
    let interrupted = Interrupted::new(Settings::default()).await;
    let (old, new) = ("email       = Email", "email       = \"x.{Email}\"");
    interrupted.project.replace("people.flow", old, new);
    interrupted.apply();
    assert_eq!(
        interrupted.emails().await,
        ["x.ann@example.com", "x.bob@example.com"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn stripes_clock_decides_how_old_a_key_is() {
    let long_ago = Timestamp::now().as_second() - 400 * 86_400;
    let (second, clock) = standing_clock(long_ago);
    let interrupted = Interrupted::new(Settings {
        clock,
        ..Settings::default()
    })
    .await;
    // By this machine's clock the intent is a year old, and by Stripe's an hour: the key is good.
    second.fetch_add(3_600, Ordering::SeqCst);
    assert_eq!(
        interrupted.apply(),
        json!({"records": 2, "created": 1, "unchanged": 1})
    );
    assert_eq!(interrupted.emails().await, ["ann@example.com", "bob@example.com"]);
    let requests = interrupted.run(&["plan", "--format", "json"]);
    assert_eq!(requests.json()["open_intents"], json!(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn another_account_than_the_ledgers_is_refused() {
    let interrupted = Interrupted::new(Settings::default()).await;
    let path = interrupted.project.ledger_of(&interrupted.sandbox);
    let other = interrupted.project.path("other/ledger.db");
    let elsewhere = SqliteLedger::open(&other).await.expect("the ledger opens");
    let account = AccountMark {
        id: "acct_other".to_owned(),
        livemode: false,
    };
    elsewhere.record_account(&account).await.expect("it is kept");
    elsewhere.close().await;
    for suffix in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{suffix}", path.display()));
    }
    std::fs::copy(other, path).expect("it is copied");
    let posts = interrupted.sandbox.counts().post;
    let refused = interrupted.run(&["apply", "--yes"]);
    assert_eq!(refused.status, Some(4), "{refused:?}");
    assert!(
        refused.stderr.contains("belongs to account acct_other"),
        "{refused:?}"
    );
    assert_eq!(interrupted.sandbox.counts().post, posts, "nothing was sent");
}

/// The events of the sandbox: for each customer's id the idempotency key that made it.
async fn makers(sandbox: &Sandbox) -> BTreeMap<String, String> {
    let mut settings = stripe::Settings::for_key(sandbox::TEST_KEY.to_owned().into()).expect("a key");
    settings.base_url = sandbox.base_url();
    let client = stripe::Client::new(settings).expect("a client");
    let mut events = client.list(
        "/v1/events",
        &[("type".to_owned(), "customer.created".to_owned())],
    );
    let mut makers = BTreeMap::new();
    while let Some(event) = events.next().await.expect("a page") {
        let text = |pointer: &str| event.pointer(pointer)?.as_str().map(str::to_owned);
        let id = text("/data/object/id").expect("an id");
        makers.insert(id, text("/request/idempotency_key").expect("a key"));
    }
    makers
}

/// The file system refuses more bytes in the middle of the run, as a full disk does.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_fills_up_sends_nothing_that_is_not_recorded() {
    rustls::crypto::ring::default_provider().install_default().ok();
    let sandbox = sandbox::start(Settings::default())
        .await
        .expect("the sandbox starts");
    let mut sheet = "No,Email\n".to_owned();
    for number in 0..300 {
        sheet.push_str(&format!("{number},person{number}@example.com\n"));
    }
    let project = Project::new(&[("people.csv", &sheet), ("people.flow", FLOW)]);
    let server = format!("--sandbox={}", sandbox.base_url());
    // 200 KB for any file; the signal that comes with the refusal is ignored.
    let script = format!(
        "trap '' XFSZ; ulimit -f 400; exec '{}' apply --yes {server}",
        env!("CARGO_BIN_EXE_sheetflow")
    );
    let full = std::process::Command::new("sh")
        .args(["-c", &script])
        .current_dir(project.path(""))
        .output()
        .expect("a shell");
    let said = String::from_utf8_lossy(&full.stderr);
    assert_eq!(full.status.code(), Some(2), "{said}");
    assert!(said.contains("ledger.db"), "{said}");

    let made = makers(&sandbox).await;
    assert!(
        !made.is_empty() && made.len() < 300,
        "the disk was full half-way: {}",
        made.len()
    );
    let ledger = SqliteLedger::open(&project.ledger_of(&sandbox))
        .await
        .expect("the ledger opens");
    let open = ledger.open_intents(None).await.expect("it is read");
    for (id, key) in &made {
        let known = ledger.object_by_id(id).await.expect("it is read").is_some();
        let is_open = open.iter().any(|intent| intent.idempotency_key == *key);
        assert!(known || is_open, "{id} was sent, and is not in the ledger");
    }
    ledger.close().await;

    let again = project.run(&["apply", "--yes", &server]);
    assert_eq!(again.status, Some(0), "{again:?}");
    assert_eq!(makers(&sandbox).await.len(), 300);
}

/// Every test that `docs/exactly_once.md` names is there.
#[test]
fn every_moment_of_the_page_is_shown_by_a_test() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(root.join("docs/exactly_once.md")).expect("the page");
    let mut named: Vec<&str> = page
        .lines()
        .filter(|line| line.starts_with("| ") && line.contains('`'))
        .filter_map(|line| line.trim_end_matches('|').rsplit('|').next())
        .flat_map(|cell| cell.split('`').skip(1).step_by(2))
        .filter(|name| name.contains('_') && !name.contains('.') && !name.contains(' '))
        .collect();
    named.sort_unstable();
    named.dedup();
    assert!(named.len() > 30, "the page names its tests: {named:?}");
    let mut texts = String::new();
    for folder in ["src", "tests"] {
        read_all(&root.join(folder), &mut texts);
    }
    named.retain(|name| !texts.contains(&format!("fn {name}(")));
    assert!(named.is_empty(), "no such tests: {named:?}");
}

fn read_all(folder: &std::path::Path, texts: &mut String) {
    for entry in std::fs::read_dir(folder).expect("a directory") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            read_all(&path, texts);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            texts.push_str(&std::fs::read_to_string(&path).expect("a source"));
        }
    }
}
