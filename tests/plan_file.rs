//! Plans that are kept: `plan --out FILE` and `apply FILE`.

use std::sync::atomic::Ordering;

use serde_json::{Value, json};
use sheetflow::engine::{KeptPlan, Options, Planning, Progress, Project, Selection, Session, Target};
use sheetflow::sandbox::{self, Sandbox};

use crate::support::{Bench, standing_clock};

const FLOW: &str = r#"source people = csv("people.csv")

flow people {
  from people
  key No
  upsert customer by email {
    email        = Email | trim | lower
    name         = Name
    address.city = City
  }
}
"#;

const ROWS: &str = "No,Email,Name,City\n1,ann@example.com,Ann,Kyiv\n2,bob@example.com,Bob,Lviv\n";

async fn people() -> Bench {
    Bench::new(&[("people.csv", ROWS), ("people.flow", FLOW)]).await
}

/// A project with a plan of both its rows in `p.plan`.
async fn planned() -> Bench {
    let bench = people().await;
    let kept = bench.run("plan --out p.plan");
    assert_eq!(kept.status, Some(0), "{kept:?}");
    assert!(
        kept.stderr.contains("`sheetflow apply p.plan` does that"),
        "{kept:?}"
    );
    bench
}

/// Applies the kept plan, which must be refused, and gives the parts that moved. Nothing was sent.
fn refused(bench: &Bench) -> Vec<(String, String)> {
    let before = bench.sandbox.counts().post;
    let outcome = bench.run("apply p.plan --yes --format json");
    assert_eq!(outcome.status, Some(2), "{outcome:?}");
    assert_eq!(bench.sandbox.counts().post, before, "nothing was sent");
    let report = outcome.json();
    assert_eq!(report["error"]["kind"], "plan_file", "{report}");
    assert_eq!(
        report["error"]["hints"],
        json!(["make it again: `sheetflow plan --out p.plan`"])
    );
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let differences = report["error"]["differences"].as_array().expect("differences");
    differences
        .iter()
        .map(|difference| (text(&difference["part"]), text(&difference["what"])))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kept_plan_is_applied_once() {
    let bench = planned().await;
    let applied = bench.run("apply p.plan --yes --format json");
    assert_eq!(applied.status, Some(0), "{applied:?}");
    assert_eq!(applied.totals(), json!({"records": 2, "created": 2}));
    let again = refused(&bench);
    assert_eq!(again.len(), 2);
    assert_eq!(
        again[0],
        (
            "ledger".to_owned(),
            "people, people.csv, line 2 (`1`): the record was sent meanwhile (the plan was made before the first run)"
                .to_owned()
        )
    );
    assert_eq!(bench.apply(), json!({"records": 2, "unchanged": 2}));
}

#[tokio::test(flavor = "multi_thread")]
async fn it_needs_no_word_of_its_project_and_its_server() {
    let bench = planned().await;
    let file = bench.project.path("p.plan");
    let mut command = bench
        .project
        .command(["apply", &file.display().to_string(), "--yes"]);
    let output = command.current_dir("/").output().expect("the program starts");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(
        said.starts_with(&format!("plan for the server at {}\n", bench.sandbox.base_url())),
        "{said}"
    );
    assert_eq!(bench.sandbox.counts().post, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_a_new_and_a_lost_row_are_named() {
    let bench = planned().await;
    bench.project.replace("people.csv", "Lviv", "Odesa");
    let what = "people, people.csv, line 3 (`2`): the row changed".to_owned();
    assert_eq!(refused(&bench), [("row".to_owned(), what)]);

    bench
        .project
        .write("people.csv", &format!("{ROWS}3,eve@example.com,Eve,\n"));
    let what = "people, people.csv, line 4 (`3`): the row is new or changed".to_owned();
    assert_eq!(refused(&bench), [("row".to_owned(), what)]);

    bench
        .project
        .write("people.csv", ROWS.split_at(ROWS.find("2,bob").expect("bob")).0);
    let what = "people, people.csv, line 3 (`2`): the row changed or is gone".to_owned();
    assert_eq!(refused(&bench), [("row".to_owned(), what)]);

    bench.project.write("people.csv", ROWS);
    let applied = bench.run("apply p.plan --yes --format json");
    assert_eq!(
        applied.totals(),
        json!({"records": 2, "created": 2}),
        "{applied:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_differences_the_first_are_told() {
    let bench = catalogue().await;
    bench.project.replace(
        "catalogue.flow",
        "name         = SKU",
        "name         = SKU | lower",
    );
    assert_eq!(bench.run("plan --out p.plan").status, Some(0));
    bench.project.write("lines.csv", &lines(12).replace("S-", "T-"));
    let outcome = bench.run("apply p.plan --yes");
    // Twelve rows are gone, and nothing of what they made may go with them.
    assert_eq!(outcome.status, Some(3), "{outcome:?}");
    bench.project.replace(
        "catalogue.flow",
        "mirror product by metadata.sku removing by archive",
        "create product",
    );
    bench.project.write("lines.csv", &lines(12));
    assert_eq!(bench.run("plan --out p.plan").status, Some(0));
    bench.project.write("lines.csv", &lines(12).replace("S-", "T-"));
    let outcome = bench.run("apply p.plan --yes");
    assert_eq!(
        outcome.stderr.matches("  - catalogue, lines.csv, line").count(),
        5,
        "{outcome:?}"
    );
    assert!(outcome.stderr.contains("  - and more\n"), "{outcome:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_flow_is_named_and_a_comment_is_none() {
    let bench = planned().await;
    bench.project.replace("people.flow", "= Name", "= Name | upper");
    let what = "flow `people` changed".to_owned();
    assert_eq!(refused(&bench), [("flow".to_owned(), what)]);
    bench
        .project
        .replace("people.flow", "= Name | upper", "= Name # as it stands");
    let applied = bench.run("apply p.plan --yes --format json");
    assert_eq!(
        applied.totals(),
        json!({"records": 2, "created": 2}),
        "{applied:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_plugin_is_named() {
    let bench = planned().await;
    let wasm = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/phones/phone.wasm");
    std::fs::copy(wasm, bench.project.path("phone.wasm")).expect("the plugin is copied");
    bench
        .project
        .replace("people.flow", "= Name", "= phone.e164(\"202 555 0101\", \"US\")");
    let flow = std::fs::read_to_string(bench.project.path("people.flow")).expect("the flow");
    bench
        .project
        .write("people.flow", &format!("use phone from \"phone.wasm\"\n{flow}"));
    let kept = bench.run("plan --out p.plan");
    assert_eq!(kept.status, Some(0), "{kept:?}");
    bench.project.replace(
        "people.flow",
        "phone.wasm\"",
        "phone.wasm\" with { memory: 40000000 }",
    );
    let what = "plugin `phone` of flow `people` changed".to_owned();
    assert_eq!(refused(&bench), [("plugin".to_owned(), what)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_sent_of_it_in_between_is_named_and_other_records_are_nothing_to_it() {
    let bench = planned().await;
    bench.project.write(
        "other.flow",
        "flow other {\n  from people\n  key No\n  create product { name = Name }\n}\n",
    );
    let kept = bench.run("plan --flow people --out p.plan");
    assert_eq!(kept.status, Some(0), "{kept:?}");
    assert_eq!(bench.run("apply --flow other --yes").status, Some(0));
    assert_eq!(bench.run("apply --flow people --key 2 --yes").status, Some(0));
    let moved = refused(&bench);
    assert_eq!(moved.len(), 1, "{moved:?}");
    assert_eq!(moved[0].0, "ledger");
    assert!(
        moved[0].1.starts_with("people, people.csv, line 3 (`2`)"),
        "{moved:?}"
    );

    let kept = bench.run("plan --flow people --out p.plan");
    assert_eq!(kept.status, Some(0), "{kept:?}");
    bench
        .project
        .replace("other.flow", "name = Name", "name = Name | upper");
    assert_eq!(bench.run("apply --flow other --yes").status, Some(0));
    let applied = bench.run("apply p.plan --yes --format json");
    assert_eq!(
        applied.totals(),
        json!({"records": 2, "created": 1, "unchanged": 1}),
        "{applied:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attempt_that_was_refused_in_between_counts_too() {
    let bench = people().await;
    bench
        .project
        .replace("people.csv", "bob@example.com", "no address");
    assert_eq!(bench.run("plan --key 2 --out p.plan").status, Some(0));
    assert_eq!(bench.run("apply --key 2 --yes").status, Some(1));
    let moved = refused(&bench);
    assert_eq!(moved[0].0, "ledger", "{moved:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_that_other_hands_made_is_named() {
    let bench = planned().await;
    bench.post("/v1/customers", &[("email", "bob@example.com")]).await;
    let moved = refused(&bench);
    let what = "people, people.csv, line 3 (`2`): what Stripe has is not what it was".to_owned();
    assert_eq!(moved, [("stripe".to_owned(), what)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_or_edited_file_and_one_that_is_no_plan_are_refused() {
    let bench = planned().await;
    let file = bench.project.path("p.plan");
    let text = std::fs::read_to_string(&file).expect("the plan");
    let message = |text: &str| {
        std::fs::write(&file, text).expect("the file is written");
        let outcome = bench.run("apply p.plan --yes --format json");
        assert_eq!(outcome.status, Some(2), "{outcome:?}");
        let message = outcome.json()["error"]["message"].clone();
        message.as_str().expect("a message").to_owned()
    };
    let damaged = "`p.plan` is damaged, or was changed after it was kept";
    assert_eq!(message(&text.replace("Kyiv", "Rome")), damaged);
    assert_eq!(message(&text[..text.len() - 3]), damaged);
    assert_eq!(message(text.lines().next().expect("a line")), damaged);
    let mut lines: Vec<&str> = text.lines().collect();
    lines.remove(1);
    assert_eq!(message(&(lines.join("\n") + "\n")), damaged);
    let none = "`p.plan` is no plan that `sheetflow plan --out` has kept";
    assert_eq!(message(""), none);
    assert_eq!(message("No,Email\n1,a@b.example\n"), none);
    let newer = text.replace("{\"sheetflow_plan\":1,", "{\"sheetflow_plan\":2,");
    assert!(message(&newer).ends_with("in layout 2, and this program reads layout 1"));
    assert_eq!(bench.sandbox.counts().post, 0);
    message(&text.replace("Kyiv", "Rome"));
    std::fs::write(&file, &text).expect("the file is written");
    assert_eq!(
        bench.run("apply p.plan --yes").status,
        Some(0),
        "the whole file is good"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn it_takes_the_place_of_an_older_plan_and_of_no_other_file() {
    let bench = planned().await;
    let kept = bench.run("plan --out people.csv");
    assert_eq!(kept.status, Some(2), "{kept:?}");
    assert!(
        kept.stderr.contains("`people.csv` is there, and is no plan"),
        "{kept:?}"
    );
    let sheet = std::fs::read_to_string(bench.project.path("people.csv")).expect("the sheet");
    assert_eq!(sheet, ROWS);
    let kept = bench.run("plan --out new.flow");
    assert_eq!(kept.status, Some(2), "{kept:?}");
    assert!(kept.stderr.contains("would be read as a flow"), "{kept:?}");
    assert_eq!(bench.run("plan --out p.plan").status, Some(0));
    let leftovers = std::fs::read_dir(bench.project.path(""))
        .expect("the folder")
        .count();
    assert_eq!(leftovers, 4, "sheet, flow, plan and state, and nothing else");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let metadata = std::fs::metadata(bench.project.path("p.plan")).expect("the plan");
        assert_eq!(metadata.permissions().mode() & 0o777, 0o600);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_for_one_server_is_refused_at_another() {
    let bench = planned().await;
    let other = sandbox::start(sandbox::Settings::default())
        .await
        .expect("it starts");
    let url = format!("--sandbox={}", other.base_url());
    for target in ["--sandbox", &url] {
        let outcome = bench.project.run(&["apply", "p.plan", "--yes", target]);
        assert_eq!(outcome.status, Some(2), "{outcome:?}");
        assert!(
            outcome
                .stderr
                .contains("the plan in `p.plan` was made for the server at"),
            "{outcome:?}"
        );
    }
    let inside = bench.project.run(&["plan", "--sandbox", "--out", "inside.plan"]);
    assert_eq!(inside.status, Some(0), "{inside:?}");
    let outcome = bench.run("apply inside.plan --yes");
    assert_eq!(outcome.status, Some(2), "{outcome:?}");
    let said =
        "the plan in `inside.plan` was made for the sandbox inside the program, and this is the server at";
    assert!(outcome.stderr.contains(said), "{outcome:?}");
    assert_eq!((bench.sandbox.counts().post, other.counts().post), (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_narrowed_plan_stays_narrow_and_is_not_narrowed_again() {
    let bench = people().await;
    assert_eq!(bench.run("plan --limit 1 --out p.plan").status, Some(0));
    let outcome = bench.run("apply p.plan --yes --key 1");
    assert_eq!(outcome.status, Some(2), "{outcome:?}");
    assert!(
        outcome.stderr.contains("`--key` belongs to the plan"),
        "{outcome:?}"
    );
    let applied = bench.run("apply p.plan --yes --format json");
    assert_eq!(
        applied.totals(),
        json!({"records": 1, "created": 1}),
        "{applied:?}"
    );
    assert_eq!(bench.apply(), json!({"records": 2, "created": 1, "unchanged": 1}));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_that_a_guard_stops_is_not_kept_and_guards_hold_at_its_apply() {
    let bench = planned().await;
    bench.project.replace(
        "people.flow",
        "  key No\n",
        "  key No\n  guard plan.creates <= 1 else \"too many\"\n",
    );
    let kept = bench.run("plan --out other.plan");
    assert_eq!(kept.status, Some(3), "{kept:?}");
    assert!(!bench.project.path("other.plan").exists());
    let outcome = bench.run("apply p.plan --yes");
    assert_ne!(outcome.status, Some(0), "{outcome:?}");
    assert_eq!(bench.sandbox.counts().post, 0);
}

/// A catalogue of twelve products that the flow mirrors, after its first apply.
async fn catalogue() -> Bench {
    let flow = r#"source lines = csv("lines.csv")

flow catalogue {
  from lines
  key SKU
  mirror product by metadata.sku removing by archive {
    name         = SKU
    metadata.sku = SKU
  }
}
"#;
    let bench = Bench::new(&[("lines.csv", &lines(12)), ("catalogue.flow", flow)]).await;
    assert_eq!(bench.apply(), json!({"records": 12, "created": 12}));
    bench
}

/// Gives the sheet with the first so many lines.
fn lines(count: usize) -> String {
    let lines = (1..=count).map(|number| format!("S-{number}\n"));
    std::iter::once("SKU\n".to_owned()).chain(lines).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_brake_on_removals_holds_for_plan_apply_and_kept_plans() {
    let bench = catalogue().await;
    let sent = bench.sandbox.counts().post;
    bench.project.write("lines.csv", &lines(9));
    for command in ["plan", "plan --out p.plan", "apply --yes", "plan --refresh"] {
        let outcome = bench.run(command);
        assert_eq!(outcome.status, Some(3), "{command}: {outcome:?}");
        assert!(
            outcome
                .stderr
                .contains("3 of the 12 product objects that it made would go"),
            "{outcome:?}"
        );
    }
    assert!(!bench.project.path("p.plan").exists());

    bench.project.write("lines.csv", &lines(11));
    assert_eq!(bench.run("plan --out p.plan").status, Some(0));
    bench.project.write("lines.csv", &lines(9));
    assert_eq!(bench.run("apply p.plan --yes").status, Some(3));
    bench.project.write("lines.csv", "SKU\n");
    assert_eq!(refused(&bench)[0].0, "row", "an empty sheet removes nothing");
    bench.project.write("lines.csv", &lines(11));
    assert_eq!(bench.sandbox.counts().post, sent, "nothing was sent so far");
    let applied = bench.run("apply p.plan --yes --format json");
    assert_eq!(
        applied.totals(),
        json!({"records": 12, "deleted": 1, "unchanged": 11}),
        "{applied:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_brake_that_is_let_go_for_the_plan_and_set_again_stops_its_apply() {
    let bench = catalogue().await;
    let sent = bench.sandbox.counts().post;
    bench.project.write("lines.csv", &lines(9));
    bench
        .project
        .replace("catalogue.flow", "by archive {", "by archive at most 3 {");
    assert_eq!(bench.run("plan --out p.plan").status, Some(0));
    bench.project.replace("catalogue.flow", "at most 3 ", "");
    let outcome = bench.run("apply p.plan --yes");
    assert!(matches!(outcome.status, Some(2 | 3)), "{outcome:?}");
    assert_eq!(bench.sandbox.counts().post, sent);
    bench
        .project
        .replace("catalogue.flow", "by archive {", "by archive at most 3 {");
    let applied = bench.run("apply p.plan --yes --format json");
    assert_eq!(
        applied.totals(),
        json!({"records": 12, "deleted": 3, "unchanged": 9})
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_plan_that_is_longer_than_memory_holds_one_changed_row_is_found() {
    let mut rows = "No,Email,Name,City\n".to_owned();
    for number in 0..10_050 {
        rows.push_str(&format!(
            "{number},p{number}@example.com,\"Name \"\"{number}\"\" é\",1.50\n"
        ));
    }
    let bench = Bench::new(&[("people.csv", &rows), ("people.flow", FLOW)]).await;
    assert_eq!(bench.run("plan --quiet --out p.plan").status, Some(0));
    bench
        .project
        .replace("people.csv", "10033,p10033@", "10033,q10033@");
    let what = "people, people.csv, line 10035 (`10033`): the row changed".to_owned();
    assert_eq!(refused(&bench), [("row".to_owned(), what)]);
}

/// Opens a session as the program does, at a time of the test's choice.
async fn session(bench: &Bench, clock: sheetflow::model::Clock, planning: Planning) -> Session {
    let project = Project::load(&bench.project.path(""), |_| {}).expect("the project reads");
    let options = Options {
        state_directory: None,
        target: Target::Server(Sandbox::base_url(&bench.sandbox)),
        live: false,
        offline: false,
        threads: std::num::NonZeroUsize::MIN,
        selection: Selection::default(),
        planning,
        clock,
    };
    Session::open(project, options).await.expect("the session opens")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_plan_of_yesterday_is_about_yesterday() {
    let (time, clock) = standing_clock(1_790_000_000);
    let settings = sandbox::Settings {
        clock: clock.clone(),
        ..sandbox::Settings::default()
    };
    let bench = Bench {
        sandbox: sandbox::start(settings).await.expect("it starts"),
        ..people().await
    };
    bench
        .project
        .replace("people.flow", "= City", "= \"seen {today()}\"");
    let file = bench.project.path("p.plan");
    let yesterday = session(&bench, clock.clone(), Planning::default()).await;
    let mut plan = yesterday.plan(&Progress::default()).await.expect("a plan");
    let kept = yesterday.keep(&mut plan, &bench.project.path(""), &file).await;
    kept.expect("the plan is kept");
    time.fetch_add(2 * 86_400, Ordering::SeqCst);

    let kept = KeptPlan::open(&file).expect("the plan opens");
    let own_day = Planning {
        today: Some(kept.today()),
        ..Planning::default()
    };
    let later = session(&bench, clock.clone(), own_day).await;
    later
        .plan_kept(&kept, &Progress::default())
        .await
        .expect("it still holds");
    let without = session(&bench, clock, Planning::default()).await;
    let problem = without
        .plan_kept(&kept, &Progress::default())
        .await
        .expect_err("another day");
    assert!(problem.to_string().contains("no longer holds"), "{problem}");
}
