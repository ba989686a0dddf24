//! Applies against a Stripe that fails in every way, until nothing is left to do: all is there, once and right.
#![expect(
    clippy::print_stderr,
    reason = "the figures of a long run are worth to be seen"
)]

use std::fmt::Write;
use std::time::Duration;

use serde_json::Value;
use sheetflow::sandbox::{self, Counts, FaultKind, FaultRate, Faults, Sandbox};

use crate::support::{Project, Stripe};

const FLOW: &str = r#"
account main {
  key     = env("STRIPE_API_KEY")
  timeout = 200ms
}

source people = csv("people.csv") { Amount: decimal }

flow people {
  from people
  key No
  upsert customer as buyer by email {
    email       = Email
    metadata.no = No
  }
  create invoiceitem {
    customer    = buyer.id
    amount      = cents(Amount, "usd")
    currency    = "usd"
    metadata.no = No
  }
}
"#;

/// After so many applies something would be left for ever.
const MOST_APPLIES: usize = 30;

struct Bench {
    project: Project,
    sandbox: Sandbox,
    rows: usize,
}

/// What all applies together did.
#[derive(Debug, Default)]
struct Tally {
    applies: usize,
    posts: u64,
    gets: u64,
    retried: u64,
    settled: u64,
}

impl Bench {
    async fn new(rows: usize, fault: &str) -> Self {
        let mut sheet = "No,Email,Amount\n".to_owned();
        for number in 0..rows {
            let _ = writeln!(sheet, "{number},p{number}@example.com,{number}.25");
        }
        let rate: FaultRate = fault.parse().expect("a fault");
        let mut faults: Faults = [rate].into_iter().collect();
        faults.stall = Duration::from_millis(400);
        faults.piece = Duration::from_millis(1);
        let settings = sandbox::Settings {
            faults,
            seed: 7,
            ..sandbox::Settings::default()
        };
        rustls::crypto::ring::default_provider().install_default().ok();
        Bench {
            project: Project::new(&[("people.csv", &sheet), ("people.flow", FLOW)]),
            sandbox: sandbox::start(settings).await.expect("the sandbox starts"),
            rows,
        }
    }

    /// Applies until a run says that all is well.
    fn apply_to_the_end(&self) -> Tally {
        let server = format!("--sandbox={}", self.sandbox.base_url());
        let mut tally = Tally::default();
        loop {
            let ran = self
                .project
                .run(&["apply", &server, "--yes", "--quiet", "--format", "json"]);
            tally.applies += 1;
            if ran.status == Some(0) {
                tally.add(&ran.json());
                return tally;
            }
            if let Ok(report) = serde_json::from_str(&ran.stdout) {
                tally.add(&report);
            }
            assert!(tally.applies < MOST_APPLIES, "it never ends: {ran:?}");
        }
    }

    /// Ends the faults, and compares what is there with the sheet.
    async fn check(self) -> Counts {
        let counts = self.sandbox.counts();
        self.sandbox.set_faults(Faults::default());
        let stripe = Stripe::of(&self.sandbox);
        let customers = stripe.all("/v1/customers").await;
        let items = stripe.all("/v1/invoiceitems").await;
        assert_eq!((customers.len(), items.len()), (self.rows, self.rows));
        for number in 0..self.rows {
            let customer = one(&customers, number);
            assert_eq!(customer["email"], format!("p{number}@example.com"));
            let item = one(&items, number);
            assert_eq!(item["amount"], number * 100 + 25);
            assert_eq!(item["customer"], customer["id"]);
        }
        self.sandbox.stop().await.expect("the sandbox stops");
        counts
    }
}

impl Tally {
    fn add(&mut self, report: &Value) {
        let count = |name: &str| report["requests"][name].as_u64().unwrap_or(0);
        self.posts += count("POST");
        self.gets += count("GET");
        self.retried += count("retried");
        self.settled += report["settled"].as_u64().unwrap_or(0);
    }
}

fn one(objects: &[Value], number: usize) -> &Value {
    let number = number.to_string();
    let mut found = objects
        .iter()
        .filter(|object| object["metadata"]["no"] == number.as_str());
    let first = found.next().expect("it is there");
    assert!(found.next().is_none(), "{number} is there twice");
    first
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_fault_alone_leaves_every_object_once_and_right() {
    for kind in FaultKind::ALL {
        let bench = Bench::new(25, &format!("{kind}=0.3")).await;
        bench.apply_to_the_end();
        let counts = bench.check().await;
        assert!(counts.fault(kind) > 0, "{kind} happened");
    }
}

/// `SHEETFLOW_ROWS` makes it longer.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_faults_together_leave_every_object_once_and_right() {
    let rows = std::env::var("SHEETFLOW_ROWS").map_or(150, |text| text.parse().expect("a number"));
    let bench = Bench::new(rows, "all=0.1").await;
    let tally = bench.apply_to_the_end();
    let counts = bench.check().await;
    eprintln!("{rows} rows: {tally:?}; the server: {counts:?}");
    assert!(
        FaultKind::ALL.iter().all(|kind| counts.fault(*kind) > 0),
        "{counts:?}"
    );
}
