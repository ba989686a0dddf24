//! How much of Stripe's limits an apply uses, and how often it goes beyond them.
//!
//! `cargo bench --bench rates` prints a table; `-- --seconds N` changes how long each row of it takes at best.
//! *share* is that of the whole run; *in between* leaves out the first and the last tenth, in which the steps of a
//! record have to wait for those before. The sandbox enforces the limits of the account and of each endpoint, and answers in `--latency` milliseconds
//! (300 by default), as Stripe does from far away.
#![expect(
    clippy::disallowed_methods,
    reason = "a benchmark starts programs, makes files and reads clocks"
)]
#![expect(clippy::print_stdout, reason = "a benchmark prints its table")]
#![expect(clippy::expect_used, reason = "a benchmark that can't go on stops")]
#![expect(clippy::float_arithmetic, reason = "times and ratios are no money")]

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use sheetflow::sandbox::{self, Counts, FaultRate, Faults, Sandbox};

const PROGRAM: &str = env!("CARGO_BIN_EXE_sheetflow");
/// What Stripe takes of one endpoint in a second.
const ENDPOINT_RATE: u32 = 25;
/// The pieces in which a slow answer comes.
const PIECES: u32 = 4;

/// One row of the table.
struct Scenario {
    account_rate: u32,
    /// How many kinds of steps a row has.
    steps: usize,
}

const STEPS: [&str; 5] = [
    "create customer as buyer { metadata.no = No }",
    "create product { name = \"Product {No}\" }",
    "create invoiceitem {\n customer = buyer.id\n amount = 100\n currency = \"usd\"\n }",
    "create coupon {\n percent_off = 5\n duration = \"once\"\n }",
    "create tax_rate {\n display_name = \"VAT\"\n percentage = 20\n inclusive = false\n }",
];

const SCENARIOS: [(u32, usize); 4] = [(25, 1), (25, 3), (100, 3), (100, 5)];

fn main() {
    let seconds = option("--seconds").unwrap_or(40);
    let latency = option("--latency").unwrap_or(300);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    println!("answers take {latency} ms; 25 requests a second of one endpoint at most\n");
    println!(
        "{:>11} {:>6} {:>9} {:>9} {:>9} {:>9} {:>8} {:>10} {:>6}",
        "account/s", "steps", "limit/s", "requests", "seconds", "rate/s", "share", "in between", "429"
    );
    for (account_rate, steps) in SCENARIOS {
        let scenario = Scenario { account_rate, steps };
        runtime.block_on(scenario.run(seconds, latency));
    }
}

fn option(name: &str) -> Option<u32> {
    let arguments: Vec<String> = std::env::args().collect();
    let index = arguments.iter().position(|argument| argument == name)?;
    arguments.get(index + 1)?.parse().ok()
}

impl Scenario {
    /// The most requests a second that the limits allow.
    fn limit(&self) -> u32 {
        self.account_rate.min(ENDPOINT_RATE * self.steps as u32)
    }

    async fn run(&self, seconds: u32, latency: u32) {
        let rows = self.limit() * seconds / self.steps as u32;
        let directory = tempfile::tempdir().expect("a directory");
        let sandbox = self.sandbox(latency).await;
        write_project(directory.path(), self, rows, &sandbox.base_url());
        let mut child = Command::new(PROGRAM)
            .args([
                "apply",
                &directory.path().display().to_string(),
                "--yes",
                "--quiet",
            ])
            .env("STRIPE_API_KEY", sandbox::TEST_KEY)
            .stdout(Stdio::null())
            .spawn()
            .expect("the program starts");
        let requests = u64::from(rows) * self.steps as u64;
        let mut moments = Vec::new();
        for wanted in [1, requests / 10, requests - requests / 10, requests] {
            moments.push(seen(&sandbox, &mut child, |counts| counts.post >= wanted).await);
        }
        let exit = child.wait().expect("the program ends");
        assert!(exit.success(), "it ended with {exit}");
        let counts = sandbox.counts();
        let rate = |from: usize, to: usize, requests: u64| {
            requests as f64 / (moments[to] - moments[from]).as_secs_f64()
        };
        // The first request opens the time, and is not in it.
        let whole = rate(0, 3, requests - 1);
        let middle = rate(1, 2, requests - 2 * (requests / 10));
        let share = |rate: f64| rate / f64::from(self.limit()) * 100.0;
        println!(
            "{:>11} {:>6} {:>9} {:>9} {:>9.2} {:>9.2} {:>7.1}% {:>9.1}% {:>6}",
            self.account_rate,
            self.steps,
            self.limit(),
            counts.post,
            (moments[3] - moments[0]).as_secs_f64(),
            whole,
            share(whole),
            share(middle),
            counts.limited
        );
        sandbox.stop().await.expect("the sandbox stops");
    }

    async fn sandbox(&self, latency: u32) -> Sandbox {
        let slow: FaultRate = "slow=1".parse().expect("a fault");
        let mut faults: Faults = [slow].into_iter().collect();
        faults.piece = Duration::from_millis(latency.into()) / PIECES;
        let settings = sandbox::Settings {
            rate: Some(self.account_rate),
            endpoint_rate: Some(ENDPOINT_RATE),
            faults,
            ..sandbox::Settings::default()
        };
        sandbox::start(settings).await.expect("the sandbox starts")
    }
}

/// Waits until the sandbox has seen enough, or the program has ended, and tells when.
async fn seen(sandbox: &Sandbox, child: &mut Child, enough: impl Fn(Counts) -> bool) -> Instant {
    while !enough(sandbox.counts()) && child.try_wait().expect("it can be asked").is_none() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    Instant::now()
}

fn write_project(directory: &Path, scenario: &Scenario, rows: u32, base_url: &str) {
    let mut sheet = "No\n".to_owned();
    for number in 1..=rows {
        let _ = writeln!(sheet, "{number}");
    }
    fs::write(directory.join("rows.csv"), sheet).expect("the sheet is written");
    let rate = scenario.account_rate;
    let steps = STEPS[..scenario.steps].join("\n  ");
    let flow = format!(
        "account main {{\n  key = env(\"STRIPE_API_KEY\")\n  base_url = \"{base_url}\"\n  rate = {rate}/s\n  \
         concurrency = 64\n}}\n\nsource rows = csv(\"rows.csv\")\n\nflow rates {{\n  from rows\n  key No\n  {steps}\n}}\n"
    );
    fs::write(directory.join("rates.flow"), flow).expect("the flow is written");
}
