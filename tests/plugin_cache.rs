//! Compiled plugins on disk: used when they are what this program wrote, compiled again whenever in doubt.

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;

use sheetflow::model::Value;
use sheetflow::plugin::{Compilation, Host, Limits};
use tempfile::TempDir;

const PLUGIN: &str = r#"(component
  (core module $m (func (export "f") (param i64) (result i64) (i64.mul (local.get 0) (i64.const 3))))
  (core instance $i (instantiate $m))
  (func (export "triple") (param "n" s64) (result s64) (canon lift (core func $i "f"))))"#;

/// A cache in a temporary folder, with a count of compilations.
struct Kept {
    folder: TempDir,
    compiled: Arc<AtomicUsize>,
}

impl Kept {
    fn new() -> Self {
        Kept {
            folder: tempfile::tempdir().expect("a folder"),
            compiled: Arc::default(),
        }
    }

    fn code(&self) -> PathBuf {
        self.folder.path().join("plugins")
    }

    /// Loads the plugin as a program does that starts now; gives the value of a call.
    fn run(&self, text: &str) -> Value {
        let compiled = Arc::clone(&self.compiled);
        let host = Host::new()
            .and_then(|host| host.with_cache(&self.code(), &self.folder.path().join("key")))
            .expect("the engine starts")
            .on_compile(move |compilation| {
                if let Compilation::Begins { .. } = compilation {
                    compiled.fetch_add(1, Ordering::SeqCst);
                }
            });
        let plugin = host
            .compile("triple", text.as_bytes(), Limits::default())
            .expect("the plugin loads");
        plugin
            .worker()
            .call(0, &[Value::Integer(14)])
            .expect("the call succeeds")
    }

    fn compilations(&self) -> usize {
        self.compiled.load(Ordering::SeqCst)
    }

    fn entries(&self) -> Vec<PathBuf> {
        fs::read_dir(self.code())
            .expect("the folder")
            .map(|entry| entry.expect("an entry").path())
            .collect()
    }

    fn entry(&self) -> PathBuf {
        let entries = self.entries();
        assert_eq!(entries.len(), 1, "{entries:?}");
        entries[0].clone()
    }
}

#[test]
fn a_plugin_is_compiled_once() {
    let kept = Kept::new();
    for _ in 0..3 {
        assert_eq!(kept.run(PLUGIN), Value::Integer(42));
    }
    assert_eq!(kept.compilations(), 1);
}

#[test]
fn a_changed_plugin_is_compiled() {
    let kept = Kept::new();
    kept.run(PLUGIN);
    assert_eq!(
        kept.run(&PLUGIN.replace("const 3", "const 4")),
        Value::Integer(56)
    );
    assert_eq!(kept.compilations(), 2);
    assert_eq!(kept.entries().len(), 2);
}

#[test]
fn a_file_that_was_tampered_with_is_compiled_again() {
    let kept = Kept::new();
    kept.run(PLUGIN);
    let good = fs::read(kept.entry()).expect("the entry");
    for place in [0, 31, 32, good.len() / 2, good.len() - 1] {
        let before = kept.compilations();
        let mut bad = good.clone();
        bad[place] ^= 1;
        fs::write(kept.entry(), bad).expect("the entry is changed");
        assert_eq!(kept.run(PLUGIN), Value::Integer(42));
        assert_eq!(kept.compilations(), before + 1, "byte {place}");
        assert_eq!(fs::read(kept.entry()).expect("the entry"), good);
    }
}

#[test]
fn a_file_that_was_cut_is_compiled_again() {
    let kept = Kept::new();
    kept.run(PLUGIN);
    let good = fs::read(kept.entry()).expect("the entry");
    for length in [0, 1, 31, 32, 33, good.len() - 1] {
        let before = kept.compilations();
        fs::write(kept.entry(), &good[..length]).expect("the entry is cut");
        assert_eq!(kept.run(PLUGIN), Value::Integer(42));
        assert_eq!(kept.compilations(), before + 1, "{length} bytes");
    }
}

#[test]
fn code_of_another_plugin_or_engine_is_not_run() {
    let kept = Kept::new();
    kept.run(PLUGIN);
    let triple = kept.entry();
    let other = PLUGIN.replace("const 3", "const 4");
    kept.run(&other);
    let quadruple = kept
        .entries()
        .into_iter()
        .find(|path| *path != triple)
        .expect("the other entry");
    fs::copy(&triple, &quadruple).expect("the entries are mixed up");
    assert_eq!(kept.run(&other), Value::Integer(56));
    assert_eq!(kept.compilations(), 3);

    let name = triple.file_name().expect("a name").to_string_lossy().into_owned();
    let stale = triple.with_file_name(name.replace(".cwasm", "0.cwasm"));
    fs::rename(&triple, stale).expect("the entry becomes another engine's");
    assert_eq!(kept.run(PLUGIN), Value::Integer(42));
    assert_eq!(kept.compilations(), 4);
}

#[test]
fn what_another_key_sealed_is_not_run() {
    let kept = Kept::new();
    kept.run(PLUGIN);
    fs::remove_file(kept.folder.path().join("key")).expect("the key goes");
    assert_eq!(kept.run(PLUGIN), Value::Integer(42));
    assert_eq!(kept.compilations(), 2);
}

#[test]
fn many_may_fill_the_cache_at_once() {
    let kept = Kept::new();
    let start = Barrier::new(6);
    thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| {
                start.wait();
                assert_eq!(kept.run(PLUGIN), Value::Integer(42));
            });
        }
    });
    let before = kept.compilations();
    assert_eq!(kept.run(PLUGIN), Value::Integer(42));
    assert_eq!(kept.compilations(), before, "what they left can be used");
    kept.entry();
}

#[test]
fn old_files_do_not_pile_up() {
    let kept = Kept::new();
    for factor in 10..60 {
        kept.run(&PLUGIN.replace("const 3", &format!("const {factor}")));
    }
    assert_eq!(kept.entries().len(), 40);
}

#[test]
fn a_folder_that_can_not_be_written_to_is_an_error() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("file");
    fs::write(&file, "").expect("a file");
    let error = Host::new()
        .expect("the engine starts")
        .with_cache(&file.join("plugins"), &folder.path().join("key"))
        .err()
        .expect("a file is no folder");
    assert!(
        error.to_string().contains("compiled plugins can't be kept in"),
        "{error}"
    );
}
