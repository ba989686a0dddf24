//! Which flows a save reaches, and which it leaves alone.

use sheetflow::engine::{Because, News};

use super::saves::What;
use super::watched::{How, Watched};

const SHARED: &str = r#"
source people = csv("people.csv")
source prices = csv("prices.csv")
use code from "code.wat"

let greeting = "hello"
"#;

const FLOWS: &str = r#"
flow first {
  from people
  key No
  upsert customer by metadata.first { name = Name; metadata.first = No; description = greeting }
}

flow second {
  from people
  key No
  upsert customer by metadata.second { name = Name; metadata.second = "{code.next(integer(No))}" }
}

flow third {
  from prices
  key No
  upsert product by metadata.no { name = "{Name} {lookup(people, No, "1", Name)}"; metadata.no = "{code.next(integer(No))}" }
}

flow fourth {
  from prices
  key No
  upsert product by metadata.number { name = Name; metadata.number = No }
}
"#;

fn project() -> Watched {
    let files: [(&str, &[u8]); 5] = [
        ("shared.flow", SHARED.as_bytes()),
        ("flows.flow", FLOWS.as_bytes()),
        ("people.csv", b"No,Name\n1,Ann\n"),
        ("prices.csv", b"No,Name\n5,Desk\n"),
        ("code.wat", &What::Plugin.content(0)),
    ];
    let mut watched = Watched::project(&files, How::default());
    watched.until_applied();
    watched
}

/// Gives the flows that the next generation reaches, each with the reasons.
fn reached(watched: &mut Watched) -> Vec<(String, Vec<Because>)> {
    let news = watched.until("a generation", |news| matches!(news, News::Replaced { .. }));
    let News::Replaced { reached, .. } = news else {
        unreachable!("a generation was waited for")
    };
    let reached = reached
        .iter()
        .map(|reached| (reached.flow.to_string(), reached.because.clone()))
        .collect();
    if !matches!(watched.told.last(), Some(News::Replaced { reached, .. }) if reached.is_empty()) {
        let planned = watched.until("a plan", |news| matches!(news, News::Planned { .. }));
        if matches!(planned, News::Planned { sums, .. } if sums.0.totals.changing() > 0) {
            watched.until_applied();
        }
    }
    reached
}

fn names(reached: &[(String, Vec<Because>)]) -> Vec<&str> {
    reached.iter().map(|(name, _)| name.as_str()).collect()
}

#[test]
fn each_save_reaches_what_depends_on_it_and_nothing_else() {
    let mut watched = project();

    watched.write("people.csv", "No,Name\n1,Anna\n");
    let rows = Because::Rows("people".into());
    let found = reached(&mut watched);
    assert_eq!(
        names(&found),
        ["first", "second", "third"],
        "two flows over one sheet, and a look-up into it"
    );
    assert!(found.iter().all(|(_, because)| *because == [rows.clone()]));

    watched.write("code.wat", What::Plugin.content(1));
    let found = reached(&mut watched);
    assert_eq!(names(&found), ["second", "third"], "a plugin that two flows call");
    assert!(
        found
            .iter()
            .all(|(_, because)| *because == [Because::Plugin("code".into())])
    );

    watched.write("shared.flow", SHARED.replace("hello", "good morning"));
    assert_eq!(
        names(&reached(&mut watched)),
        ["first"],
        "a constant that one flow uses"
    );

    watched.write(
        "shared.flow",
        SHARED.replace("csv(\"people.csv\")", "csv(\"people.csv\") { No: integer }"),
    );
    let found = reached(&mut watched);
    assert_eq!(
        names(&found),
        ["first", "second", "third"],
        "a declaration that three flows use"
    );

    watched.write(
        "flows.flow",
        FLOWS.replace(
            "name = Name; metadata.number",
            "name = Name | upper; metadata.number",
        ),
    );
    assert_eq!(
        reached(&mut watched),
        [("fourth".to_owned(), vec![Because::Flow])]
    );
    watched.stop();
}

#[test]
fn a_save_that_changes_no_byte_does_nothing_and_a_comment_reaches_no_flow() {
    let mut watched = project();
    watched.write("people.csv", "No,Name\n1,Ann\n");
    // Whatever the first save did would come before what the second does.
    watched.write("flows.flow", format!("# a comment\n{FLOWS}"));
    let changed = watched.until("a change", |news| matches!(news, News::Changed { .. }));
    let News::Changed { files } = changed else {
        unreachable!("a change was waited for")
    };
    let files: Vec<String> = files.iter().map(|file| file.path.display().to_string()).collect();
    assert_eq!(files, ["flows.flow"]);
    assert_eq!(reached(&mut watched), []);
    watched.stop();
}

#[test]
fn a_paused_flow_is_left_alone_till_it_is_not_paused() {
    let mut watched = project();
    watched.write(
        "flows.flow",
        FLOWS.replace("flow fourth {", "flow fourth {\n  paused"),
    );
    assert_eq!(reached(&mut watched), []);
    watched.write("prices.csv", "No,Name\n5,Table\n");
    let found = reached(&mut watched);
    assert_eq!(names(&found), ["third"]);
    let is_told = watched.told.iter().any(
        |news| matches!(news, News::Replaced { paused, .. } if paused.iter().any(|name| &**name == "fourth")),
    );
    assert!(is_told, "{:#?}", watched.told);
    watched.write("flows.flow", FLOWS);
    let found = reached(&mut watched);
    assert_eq!(
        found,
        [("fourth".to_owned(), vec![Because::Rows("prices".into())])]
    );
    watched.stop();
}

#[test]
fn a_guard_stops_a_plan_and_its_change_plans_again() {
    let guarded = FLOWS.replace(
        "flow fourth {\n  from prices\n  key No",
        "flow fourth {\n  from prices\n  key No\n  guard plan.updates <= 0 else \"no updates today\"",
    );
    let mut watched = project();
    watched.write("flows.flow", &guarded);
    assert_eq!(names(&reached(&mut watched)), ["fourth"]);
    watched.write("prices.csv", "No,Name\n5,Table\n");
    let failed = watched.until("the guard", |news| matches!(news, News::Failed { .. }));
    let News::Failed {
        problem, again_in, ..
    } = failed
    else {
        unreachable!("a failure was waited for")
    };
    let problem = serde_json::json!(problem)["message"].to_string();
    assert!(problem.contains("no updates today"), "{problem}");
    assert_eq!(*again_in, None);
    watched.write(
        "flows.flow",
        guarded.replace("plan.updates <= 0", "plan.updates <= 1"),
    );
    // The guard held all flows of that plan back; so the next one has them all.
    let found = reached(&mut watched);
    assert_eq!(names(&found), ["third", "fourth"]);
    let applied = watched.told.iter().rev().find_map(|news| match news {
        News::Applied { totals, .. } => Some(totals.updated),
        _ => None,
    });
    assert_eq!(applied, Some(2));
    watched.stop();
}

#[test]
fn plan_only_sends_nothing() {
    let files: [(&str, &[u8]); 4] = [
        ("people.flow", &What::Flow.content(0)),
        ("people.csv", &What::Csv.content(0)),
        ("staff.xlsx", &What::Xlsx.content(0)),
        ("code.wat", &What::Plugin.content(0)),
    ];
    let how = How {
        plan_only: true,
        ..How::default()
    };
    let mut watched = Watched::project(&files, how);
    watched.until("a plan", |news| matches!(news, News::Planned { .. }));
    watched.write("people.csv", What::Csv.content(1));
    let news = watched.until("a plan", |news| matches!(news, News::Planned { .. }));
    let News::Planned { sums, .. } = news else {
        unreachable!("a plan was waited for")
    };
    assert_eq!(sums.0.totals.created, 1, "nothing was sent before");
    watched.handle().reread();
    assert_eq!(watched.until_generation(), 3);
    let stopped = watched.stop();
    assert!(stopped.generations().is_empty());
}
