//! Plugins that are built from their sources on save.

use std::fs;

use sheetflow::engine::{Because, News, Problem};

use super::saves::What;
use super::watched::{How, Watched};

const FLOW: &str = r#"source people = csv("people.csv")
use code from "plugins/code"

flow people {
  from people
  key No
  upsert customer by email { email = Email; name = Name; metadata.code = "{code.next(integer(No))}" }
}
"#;

/// A plugin whose sources are component text, so that building it needs no tool chain.
fn manifest(build: &str) -> String {
    format!("build = \"{build}\"\noutput = \"built.wat\"\ncomponent = \"code.wasm\"\nsources = [\"src\"]\n")
}

fn project(build: &str) -> Watched {
    let manifest = manifest(build);
    let files: [(&str, &[u8]); 4] = [
        ("people.flow", FLOW.as_bytes()),
        ("people.csv", &What::Csv.content(0)),
        ("plugins/code/plugin.toml", manifest.as_bytes()),
        ("plugins/code/src/code.wat", &What::Plugin.content(0)),
    ];
    let mut watched = Watched::project(&files, How::default());
    let is_built = watched
        .told
        .iter()
        .any(|news| matches!(news, News::Building { plugin } if plugin == "code"));
    assert!(
        is_built,
        "what was never built is built at the start: {:#?}",
        watched.told
    );
    watched.until_applied();
    watched
}

#[test]
fn a_plugin_is_built_when_its_source_is_saved_and_its_flows_are_planned() {
    let mut watched = project("cp src/code.wat built.wat");
    for count in 1..=3 {
        watched.write("plugins/code/src/code.wat", What::Plugin.content(count));
        watched.until("the build", |news| matches!(news, News::Building { .. }));
        let planned = watched.until("the plan", |news| matches!(news, News::Planned { .. }));
        let News::Planned { flows, .. } = planned else {
            unreachable!("a plan was waited for")
        };
        assert_eq!(flows[0].reached.because, [Because::Plugin("code".into())]);
        watched.until_applied();
    }
    watched
        .stop()
        .shows_nothing_lost_and_nothing_twice(&[("/v1/customers", 1)]);
}

#[test]
fn a_plugin_that_can_not_be_built_leaves_the_old_one_running() {
    let mut watched = project("cp src/code.wat built.wat && test ! -e src/broken");
    watched.write("plugins/code/src/broken", "yes");
    let kept = watched.until("the failure", |news| matches!(news, News::Kept { .. }));
    let News::Kept {
        running: Some(running),
        problem: Problem::Error(error),
    } = kept
    else {
        unreachable!("generation 1 runs: {kept:?}")
    };
    assert_eq!(running.generation, 1);
    assert_eq!(error.to_string(), "the plugin `code` can't be built");
    fs::remove_file(watched.path("plugins/code/src/broken")).expect("it goes");
    assert_eq!(watched.until_generation(), 2);
    watched.stop();
}

#[cfg(unix)]
#[test]
fn a_save_during_a_build_is_not_lost() {
    let mut watched = project("cat gate > seen; cp src/code.wat built.wat");
    // From here on the build waits till something is written into the gate.
    let gate = watched.path("plugins/code/gate");
    let made = std::process::Command::new("mkfifo").arg(&gate).status();
    assert!(made.is_ok_and(|status| status.success()), "a pipe is made");
    watched.write("plugins/code/src/code.wat", What::Plugin.content(1));
    watched.until("the build", |news| matches!(news, News::Building { .. }));
    watched.write("people.csv", What::Csv.content(1));
    watched.write("plugins/code/src/code.wat", What::Plugin.content(2));
    watched.until("the saves", |news| matches!(news, News::Changed { .. }));
    // The first build ends, and as often as others follow they end too.
    let open = std::thread::spawn({
        let gate = gate.clone();
        move || while fs::write(&gate, "on\n").is_ok_and(|()| gate.exists()) {}
    });
    let planned = watched.until("the plan", |news| matches!(news, News::Planned { .. }));
    let News::Planned {
        flows, generation, ..
    } = planned
    else {
        unreachable!("a plan was waited for")
    };
    assert_eq!(*generation, 2, "the attempt that was overtaken is no generation");
    assert_eq!(
        flows[0].reached.because,
        [Because::Plugin("code".into()), Because::Rows("people".into())]
    );
    watched.until_applied();
    let stopped = watched.stop();
    fs::remove_file(&gate).expect("it goes");
    // Whoever waits at the gate is let go.
    fs::write(&gate, "").expect("a file");
    drop(open);
    stopped.shows_nothing_lost_and_nothing_twice(&[("/v1/customers", 1)]);
}
