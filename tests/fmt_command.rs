//! `sheetflow fmt`: files in their canonical form.

use std::io::Write;
use std::process::Stdio;

use expect_test::expect;

use crate::support::Project;

const UNTIDY: &str = "source a = csv(\"a.csv\")\n\n\n\nflow f {\n from a   # the rows\n  key No\n   upsert customer by email {\n email = Email|trim\n     metadata.no = No\n}\n}\n";

const TIDY: &str = "let one = 1\n";

#[test]
fn only_files_that_change_are_written_and_their_names_are_told() {
    let project = Project::new(&[("a.flow", UNTIDY), ("b.flow", TIDY)]);
    let before = std::fs::metadata(project.path("b.flow")).expect("it is there");
    let outcome = project.run(&["fmt"]);
    assert_eq!((outcome.status, outcome.stderr.as_str()), (Some(0), ""));
    expect![[r#"
        formatted a.flow
        files: 2, 1 formatted
    "#]]
    .assert_eq(&outcome.stdout);
    let after = std::fs::read_to_string(project.path("a.flow")).expect("it is there");
    expect![[r#"
        source a = csv("a.csv")

        flow f {
          from a  # the rows
          key  No
          upsert customer by email {
            email       = Email | trim
            metadata.no = No
          }
        }
    "#]]
    .assert_eq(&after);
    let untouched = std::fs::metadata(project.path("b.flow")).expect("it is there");
    assert_eq!(before.modified().ok(), untouched.modified().ok());

    let again = project.run(&["fmt"]);
    assert_eq!(again.stdout, "files: 2, all as they should be\n");
}

#[test]
fn check_shows_a_diff_writes_nothing_and_ends_with_1() {
    let project = Project::new(&[("a.flow", UNTIDY), ("b.flow", TIDY)]);
    let outcome = project.run(&["fmt", "--check", "a.flow", "."]);
    assert_eq!((outcome.status, outcome.stderr.as_str()), (Some(1), ""));
    // An editor would take the space from an empty line of the expected text.
    let lines: Vec<&str> = outcome.stdout.lines().map(str::trim_end).collect();
    expect![[r#"
        --- a.flow
        +++ a.flow (formatted)
        @@ -1,12 +1,10 @@
         source a = csv("a.csv")

        -
        -
         flow f {
        - from a   # the rows
        -  key No
        -   upsert customer by email {
        - email = Email|trim
        -     metadata.no = No
        -}
        +  from a  # the rows
        +  key  No
        +  upsert customer by email {
        +    email       = Email | trim
        +    metadata.no = No
        +  }
         }
        files: 2, 1 to format"#]]
    .assert_eq(&lines.join("\n"));
    let kept = std::fs::read_to_string(project.path("a.flow")).expect("it is there");
    assert_eq!(kept, UNTIDY);
    assert_eq!(project.run(&["fmt", "--check", "b.flow"]).status, Some(0));

    let json = project.run(&["fmt", "--check", "--format", "json"]);
    assert_eq!(json.status, Some(1));
    let json = json.json();
    assert_eq!(json["changed"], 1);
    assert_eq!(json["files"][1]["changed"], false);
}

#[test]
fn broken_lines_stay_and_are_named() {
    let project = Project::new(&[("a.flow", "let  one=1\nflwo   x {\n\nlet two  = 2\n")]);
    let outcome = project.run(&["fmt"]);
    assert_eq!(outcome.status, Some(0));
    expect![[r#"
        a.flow: line 2 can't be understood and stays as it is
    "#]]
    .assert_eq(&outcome.stderr);
    let after = std::fs::read_to_string(project.path("a.flow")).expect("it is there");
    expect![[r#"
        let one = 1
        flwo   x {

        let two  = 2
    "#]]
    .assert_eq(&after);
}

#[test]
fn an_editor_gives_the_text_and_gets_it_back() {
    let project = Project::new(&[]);
    let mut child = project
        .command(["fmt", "--stdin"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut stdin = child.stdin.take().expect("it is piped");
    stdin.write_all(b"let  one=1\n").expect("it reads");
    drop(stdin);
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stdout), "let one = 1\n");
}

#[cfg(unix)]
#[test]
fn a_file_keeps_its_permissions_and_a_link_stays_one() {
    use std::os::unix::fs::PermissionsExt;

    let project = Project::new(&[("real.txt", "let  one=1\n")]);
    let real = project.path("real.txt");
    std::fs::set_permissions(&real, std::fs::Permissions::from_mode(0o640)).expect("it is ours");
    std::os::unix::fs::symlink("real.txt", project.path("a.flow")).expect("a link can be made");
    assert_eq!(project.run(&["fmt"]).status, Some(0));
    let link = std::fs::symlink_metadata(project.path("a.flow")).expect("it is there");
    assert!(link.file_type().is_symlink());
    let metadata = std::fs::metadata(&real).expect("it is there");
    assert_eq!(metadata.permissions().mode() & 0o777, 0o640);
    assert_eq!(
        std::fs::read_to_string(&real).expect("it is there"),
        "let one = 1\n"
    );
}

#[test]
fn a_file_that_is_no_text_is_left_alone() {
    let project = Project::new(&[]);
    std::fs::write(project.path("a.flow"), b"let one = \"\xff\"\n").expect("it can be written");
    let outcome = project.run(&["fmt"]);
    assert_eq!(outcome.status, Some(2), "{outcome:?}");
}
