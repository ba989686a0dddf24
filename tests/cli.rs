//! The program as a person or a script meets it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};

use expect_test::expect;

use crate::support::Program;

#[test]
fn the_version_goes_to_stdout() {
    let outcome = Program::new().run("--version");
    assert_eq!(outcome.status, Some(0));
    assert_eq!(
        outcome.stdout,
        format!("sheetflow {}\n", env!("CARGO_PKG_VERSION"))
    );
    assert_eq!(outcome.stderr, "");
}

#[test]
fn help_names_every_command_and_the_exit_codes() {
    let outcome = Program::new().run("--help");
    assert_eq!(outcome.status, Some(0));
    for word in [
        "check",
        "plan",
        "apply",
        "sandbox",
        "explain",
        "Examples:",
        "Exit status:",
    ] {
        assert!(outcome.stdout.contains(word), "{word}: {}", outcome.stdout);
    }
}

#[test]
fn an_unknown_command_ends_with_2_and_names_the_nearest() {
    let outcome = Program::new().run("aply");
    assert_eq!(outcome.status, Some(2));
    assert_eq!(outcome.stdout, "");
    assert!(outcome.stderr.contains("'apply'"), "{}", outcome.stderr);
}

#[test]
fn a_parameter_says_what_it_takes() {
    let outcome = Program::new().run("resources customer.create.address");
    expect![[r#"
        customer.create.address
          record; can be cleared

        parts
          city         text
          country      text
          line1        text
          line2        text
          postal_code  text
          state        text
    "#]]
    .assert_eq(&outcome.stdout);
}

#[test]
fn an_operation_shows_what_it_needs() {
    let outcome = Program::new().run("resources invoice_items.create --depth 1");
    for line in [
        "invoiceitem.create",
        "  request  POST /v1/invoiceitems",
        "  answer   invoiceitem",
    ] {
        assert!(
            outcome.stdout.lines().any(|shown| shown == line),
            "{line}: {}",
            outcome.stdout
        );
    }
    assert!(
        outcome
            .stdout
            .contains("`…` has parts: see `sheetflow resources invoiceitem.create.discounts`")
    );
}

#[test]
fn all_resources_are_listed_with_what_can_be_done() {
    let outcome = Program::new().run("resources");
    let customer = outcome
        .stdout
        .lines()
        .find(|line| line.starts_with("customer "))
        .expect("customers are listed");
    let words: Vec<&str> = customer.split_whitespace().collect();
    assert_eq!(
        words,
        [
            "customer",
            "create",
            "retrieve",
            "update",
            "delete",
            "list",
            "search",
            "created",
            "email",
            "test_clock"
        ]
    );
}

#[test]
fn resources_are_json_for_programs() {
    let program = Program::new();
    let all = program.run("resources --format json").json();
    assert_eq!(all["resources"].as_array().map(Vec::len), Some(146));
    let create = program.run("resources customer.create --format json").json();
    let parameters = create["operation"]["parameters"].as_array().expect("a list");
    let email = parameters
        .iter()
        .find(|parameter| parameter["name"] == "email")
        .expect("customers have one");
    assert_eq!(
        *email,
        serde_json::json!({"name": "email", "path": "email", "type": "text", "max_length": 512})
    );
}

#[test]
fn an_unknown_name_is_met_with_the_nearest_for_people_and_for_programs() {
    let program = Program::new();
    let outcome = program.run("resources custmer");
    assert_eq!((outcome.status, outcome.stdout.as_str()), (Some(2), ""));
    expect![[r#"
        error: no resource is called `custmer`
          help: did you mean `customer`, `customer_session` or `customer_balance_transaction`?
    "#]]
    .assert_eq(&outcome.stderr);
    let outcome = program.run("resources custmer --format json");
    assert_eq!(outcome.status, Some(2));
    assert_eq!(outcome.json()["error"]["kind"], "unknown_name");
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let program = Program::new();
    let mut child = program
        .command(["resources", "--format", "json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    drop(child.stdout.take());
    let mut said = String::new();
    let mut stderr = child.stderr.take().expect("it is piped");
    stderr.read_to_string(&mut said).expect("it is text");
    let status = child.wait().expect("it ends");
    assert_eq!((status.code(), said.as_str()), (Some(0), ""));
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_a_failure() {
    let full = std::fs::File::options()
        .write(true)
        .open("/dev/full")
        .expect("Linux has it");
    for line in ["resources", "resources customer.email"] {
        let outcome = Program::new()
            .command(line.split(' '))
            .stdout(full.try_clone().expect("a handle can be shared"))
            .stderr(Stdio::piped())
            .output()
            .expect("the program starts");
        assert_eq!(outcome.status.code(), Some(2));
        let said = String::from_utf8_lossy(&outcome.stderr);
        assert_eq!(
            said.matches("the output can't be written").count(),
            1,
            "{line}: {said}"
        );
    }
}

#[test]
fn colours_come_when_asked_for_and_no_color_keeps_the_usual_choice_plain() {
    let coloured = Program::new().run("resources customer.email --color always");
    assert!(coloured.stdout.contains('\u{1b}'));
    for program in [Program::new(), Program::new().with_variable("NO_COLOR", "1")] {
        let outcome = program.run("resources customer.email");
        assert!(!outcome.stdout.contains('\u{1b}'), "{}", outcome.stdout);
    }
}

#[test]
fn completions_and_manual_pages_come_from_the_same_definitions() {
    let program = Program::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let outcome = program.run(&format!("completions {shell}"));
        assert_eq!(outcome.status, Some(0));
        assert!(outcome.stdout.contains("state-dir"), "{shell}");
    }
    let page = program.run("man apply");
    assert!(page.stdout.contains(".TH"), "{}", page.stdout);
    assert!(page.stdout.contains("limit"), "{}", page.stdout);
    assert_eq!(program.run("man aply").status, Some(2));
}

#[test]
fn init_makes_a_project_and_says_what_to_do_next() {
    let program = Program::new();
    let outcome = program.run("init books");
    expect![[r#"
        made in `books`: customers.csv, customers.flow, README.md, .gitignore

        next:
          sheetflow check books
          sheetflow test books
          sheetflow plan books --sandbox
          sheetflow apply books --sandbox
    "#]]
    .assert_eq(&outcome.stdout);
    assert!(program.path("books/.gitignore").is_file());
}

#[test]
fn init_overwrites_nothing_and_then_makes_nothing() {
    let program = Program::new();
    std::fs::write(program.path("customers.flow"), "mine").expect("it can be written");
    let outcome = program.run("init");
    assert_eq!(outcome.status, Some(2));
    expect![[r#"
        error: `./customers.flow` would be overwritten
          help: name another directory
    "#]]
    .assert_eq(&outcome.stderr);
    let kept = std::fs::read_to_string(program.path("customers.flow")).expect("it is there");
    assert_eq!(kept, "mine");
    assert!(!program.path("customers.csv").exists());
}

#[test]
fn functions_and_codes_are_explained() {
    let program = Program::new();
    let trim = program.run("functions trim");
    assert!(trim.stdout.starts_with("trim(text) -> text\n"), "{}", trim.stdout);
    let all = program.run("functions --format json").json();
    assert!(all["functions"].as_array().is_some_and(|list| list.len() > 30));
    let code = program.run("explain E0001");
    assert!(code.stdout.starts_with("E0001: "), "{}", code.stdout);
    assert_eq!(program.run("explain E9999").status, Some(2));
}

#[cfg(unix)]
#[test]
fn the_sandbox_says_where_it_is_serves_and_ends_when_it_is_told_to() {
    let program = Program::new();
    let mut child = program
        .command(["sandbox", "--port", "0", "--format", "json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut report = String::new();
    let mut lines = BufReader::new(child.stdout.take().expect("it is piped")).lines();
    while !report.ends_with("\n}") {
        let line = lines.next().expect("the report goes on").expect("it is text");
        report.push_str(&format!("\n{line}"));
    }
    let report: serde_json::Value = serde_json::from_str(&report).expect("the report is JSON");
    let address = report["base_url"]
        .as_str()
        .and_then(|url| url.strip_prefix("http://"));
    let mut client = TcpStream::connect(address.expect("a loopback address")).expect("it listens");
    let key = report["key"].as_str().expect("a key");
    write!(
        client,
        "GET /v1/customers HTTP/1.1\r\nHost: sandbox\r\nAuthorization: Bearer {key}\r\nConnection: close\r\n\r\n"
    )
    .expect("it reads");
    let mut answer = String::new();
    client.read_to_string(&mut answer).expect("it answers");
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    let killed = Command::new("kill").arg(child.id().to_string()).status();
    assert!(killed.expect("there is `kill`").success());
    let output = child.wait_with_output().expect("it ends");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert_eq!(said, "requests served: 1 GET, 0 POST, 0 DELETE\n");
}

#[test]
fn a_port_that_is_taken_is_no_reason_to_guess_another() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let port = taken.local_addr().expect("it has one").port();
    let outcome = Program::new().run(&format!("sandbox --port {port}"));
    assert_eq!((outcome.status, outcome.stdout.as_str()), (Some(2), ""));
    assert!(
        outcome.stderr.contains("`--port 0` takes a free port"),
        "{}",
        outcome.stderr
    );
}

#[test]
fn functions_lists_what_is_called_over_lines_and_looked_up_elsewhere() {
    let program = Program::new();
    let all = program.run("functions").stdout;
    for call in [
        "lookup(source, column, value, column)",
        "count(rows)",
        "sum(rows, EXPRESSION)",
        "rows.COLUMN",
    ] {
        assert!(all.contains(call), "{call}: {all}");
    }
    let lookup = program.run("functions lookup").stdout;
    assert!(lookup.contains("as VLOOKUP does"), "{lookup}");
    let sum = program.run("functions sum --format json").json();
    assert_eq!(sum["over_rows"][0], "sum(rows.COLUMN)");
}
