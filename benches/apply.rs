//! What an apply costs beside a bare loop that posts the same forms to the same server.
//!
//! `cargo bench --bench apply` prints a table; `-- --rows N` changes the number of rows. Every run is a
//! process of its own, against one sandbox process that keeps its objects in memory and has no limits.
#![expect(
    clippy::disallowed_methods,
    reason = "a benchmark starts programs, makes files and reads clocks"
)]
#![expect(clippy::print_stdout, reason = "a benchmark prints its table")]
#![expect(clippy::expect_used, reason = "a benchmark that can't go on stops")]
#![expect(clippy::float_arithmetic, reason = "times and ratios are no money")]

use std::fmt::Write as _;
use std::fs;
use std::io::BufReader;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

const PROGRAM: &str = env!("CARGO_BIN_EXE_sheetflow");
/// As many requests in flight as the program's own client allows.
const BARE_IN_FLIGHT: usize = 64;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [command, url, rows] = arguments.as_slice()
        && command == "--bare"
    {
        return bare_loop(url, rows.parse().expect("a number of rows"));
    }
    let rows = arguments
        .iter()
        .position(|argument| argument == "--rows")
        .and_then(|index| arguments.get(index + 1)?.parse().ok())
        .unwrap_or(10_000);
    let directory = tempfile::tempdir().expect("a temporary directory");
    println!(
        "{rows} rows to create, then {} unchanged; limits off, one sandbox process each\n",
        rows * 10
    );
    println!(
        "{:32} {:>9} {:>9} {:>9} {:>10} {:>12}",
        "", "seconds", "rows/s", "cpu s", "peak MiB", "bare / this"
    );
    let me = std::env::current_exe().expect("the benchmark's own path");
    let sandbox = SandboxProcess::start();
    let bare = measure(Command::new(me).args(["--bare", &sandbox.url, &rows.to_string()]));
    report("bare reqwest loop", rows, &bare, &bare);
    for (name, project) in [
        ("apply from CSV", csv_project(&directory.path().join("csv"), rows)),
        (
            "apply from XLSX",
            xlsx_project(&directory.path().join("xlsx"), rows),
        ),
    ] {
        let sandbox = SandboxProcess::start();
        report(name, rows, &measure(&mut apply(&project, &sandbox.url)), &bare);
    }
    let many = rows * 10;
    let project = csv_project(&directory.path().join("many"), many);
    let sandbox = SandboxProcess::start();
    measure(&mut apply(&project, &sandbox.url));
    report(
        "apply again, all unchanged",
        many,
        &measure(&mut apply(&project, &sandbox.url)),
        &bare,
    );
}

fn apply(project: &str, url: &str) -> Command {
    let mut command = Command::new(PROGRAM);
    command.args(["apply", project, &format!("--sandbox={url}"), "--yes", "--quiet"]);
    command
}

/// A sandbox of its own for each measurement, so that none pays for the objects of another.
struct SandboxProcess {
    child: Child,
    url: String,
}

impl SandboxProcess {
    fn start() -> Self {
        let mut child = Command::new(PROGRAM)
            .args(["sandbox", "--port", "0", "--format", "json"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the sandbox starts");
        let output = BufReader::new(child.stdout.take().expect("its output"));
        let mut documents = serde_json::Deserializer::from_reader(output).into_iter();
        let said: serde_json::Value = documents.next().expect("it says where it listens").expect("JSON");
        let url = said["base_url"].as_str().expect("a base URL").to_owned();
        SandboxProcess { child, url }
    }
}

impl Drop for SandboxProcess {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

struct Measured {
    wall: Duration,
    cpu_seconds: f64,
    peak_mib: f64,
}

/// Runs a command to its end. Its processor time is what the system adds to ours when it is reaped; its
/// peak memory is the last high-water mark seen while it ran.
fn measure(command: &mut Command) -> Measured {
    let before = children_cpu_seconds();
    let started = Instant::now();
    let mut child = command.stdout(Stdio::null()).spawn().expect("the command starts");
    let status = format!("/proc/{}/status", child.id());
    let mut peak_mib = 0.0;
    let exit = loop {
        peak_mib = high_water_mark(&status).unwrap_or(peak_mib);
        match child.try_wait().expect("the command can be waited for") {
            Some(exit) => break exit,
            None => std::thread::sleep(Duration::from_millis(5)),
        }
    };
    assert!(exit.success(), "{command:?} ended with {exit}");
    Measured {
        wall: started.elapsed(),
        cpu_seconds: children_cpu_seconds() - before,
        peak_mib,
    }
}

fn high_water_mark(status: &str) -> Option<f64> {
    let text = fs::read_to_string(status).ok()?;
    let line = text.lines().find(|line| line.starts_with("VmHWM:"))?;
    Some(line.split_whitespace().nth(1)?.parse::<f64>().ok()? / 1024.0)
}

/// Reads the processor time of all children that have ended, in the kernel's ticks of 1/100 s.
fn children_cpu_seconds() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").expect("Linux tells");
    let behind_name = stat.rsplit(')').next().expect("a name in brackets");
    let fields: Vec<&str> = behind_name.split_whitespace().collect();
    let ticks = |index: usize| fields[index].parse::<f64>().expect("a number of ticks");
    (ticks(13) + ticks(14)) / 100.0
}

fn report(name: &str, rows: u64, measured: &Measured, bare: &Measured) {
    let seconds = measured.wall.as_secs_f64();
    println!(
        "{name:32} {seconds:>9.2} {:>9.0} {:>9.2} {:>10.1} {:>12.2}",
        rows as f64 / seconds,
        measured.cpu_seconds,
        measured.peak_mib,
        bare.wall.as_secs_f64() / seconds,
    );
}

const FLOW: &str = r#"
  key No
  upsert customer {
    email           = Email | trim | lower
    name            = Name
    phone           = Phone
    address.line1   = Street
    address.country = Country | upper
    metadata.no     = No
  }
}
"#;

fn cells(number: u64) -> [String; 6] {
    [
        number.to_string(),
        format!(" Person{number}@Example.COM "),
        format!("Person Number {number}"),
        format!("+4930{number:07}"),
        format!("{number} Long Street"),
        "de".to_owned(),
    ]
}

const COLUMNS: [&str; 6] = ["No", "Email", "Name", "Phone", "Street", "Country"];

fn csv_project(directory: &Path, rows: u64) -> String {
    let mut sheet = COLUMNS.join(",");
    sheet.push('\n');
    for number in 1..=rows {
        let _ = writeln!(sheet, "{}", cells(number).join(","));
    }
    fs::create_dir_all(directory).expect("a directory");
    fs::write(directory.join("people.csv"), sheet).expect("the sheet is written");
    write_flow(directory, "csv(\"people.csv\")")
}

fn xlsx_project(directory: &Path, rows: u64) -> String {
    let mut workbook = rust_xlsxwriter::Workbook::new();
    let sheet = workbook.add_worksheet();
    for (column, name) in (0..).zip(COLUMNS) {
        sheet.write(0, column, name).expect("a cell");
    }
    for number in 1..=rows {
        for (column, text) in (0..).zip(cells(number)) {
            sheet.write(number as u32, column, text).expect("a cell");
        }
    }
    fs::create_dir_all(directory).expect("a directory");
    workbook
        .save(directory.join("people.xlsx"))
        .expect("the workbook is written");
    write_flow(directory, "xlsx(\"people.xlsx\")")
}

fn write_flow(directory: &Path, source: &str) -> String {
    let flow = format!("source people = {source}\n\nflow people {{\n  from people{FLOW}");
    fs::write(directory.join("people.flow"), flow).expect("the flow is written");
    directory.display().to_string()
}

/// The baseline: the same forms, the same number in flight, no sheet, no checks, no ledger.
fn bare_loop(url: &str, rows: u64) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        rustls::crypto::ring::default_provider().install_default().ok();
        let client = reqwest::Client::new();
        let url: Arc<str> = format!("{url}/v1/customers").into();
        let mut tasks = JoinSet::new();
        for number in 1..=rows {
            if tasks.len() >= BARE_IN_FLIGHT {
                tasks.join_next().await.expect("a task").expect("it ends");
            }
            tasks.spawn(post(client.clone(), Arc::clone(&url), number));
        }
        while let Some(ended) = tasks.join_next().await {
            ended.expect("it ends");
        }
    });
}

async fn post(client: reqwest::Client, url: Arc<str>, number: u64) {
    let [no, email, name, phone, street, country] = cells(number);
    let body = form_urlencoded::Serializer::new(String::new())
        .append_pair("email", email.trim().to_lowercase().as_str())
        .append_pair("name", &name)
        .append_pair("phone", &phone)
        .append_pair("address[line1]", &street)
        .append_pair("address[country]", &country.to_uppercase())
        .append_pair("metadata[no]", &no)
        .finish();
    let answer = client
        .post(&*url)
        .bearer_auth("sk_test_sheetflow_sandbox")
        .header("Content-Type", "application/x-www-form-urlencoded")
        .header("Idempotency-Key", format!("bare-{number}"))
        .body(body)
        .send()
        .await
        .expect("the sandbox answers");
    assert!(answer.status().is_success(), "{}", answer.status());
    answer.bytes().await.expect("a body");
}
