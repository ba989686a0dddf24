//! The bundled plugins: built of the sources beside them, and doing what they say.

use std::fs;
use std::path::{Path, PathBuf};

use expect_test::{Expect, expect};
use sheetflow::model::Value;
use sheetflow::plugin::{Host, Limits, Plugin, Project, Purity};

const BUNDLED: [&str; 4] = ["iban", "names", "phone", "vat"];

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("plugins").join(name)
}

fn load(name: &str, path: &Path) -> Plugin {
    Host::new()
        .expect("the engine starts")
        .load(name, path, Limits::default())
        .expect("the plugin loads")
}

/// Writes each call of a function with its arguments, and what it gives.
fn answers(plugin: &Plugin, function: &str, calls: &[&[&str]]) -> String {
    let (index, _) = plugin.function(function).expect("the plugin has the function");
    let mut worker = plugin.worker();
    let mut lines = String::new();
    for arguments in calls {
        let values: Vec<Value> = arguments.iter().copied().map(Value::text).collect();
        let answer = match worker.call(index, &values) {
            Ok(value) => value.to_string(),
            Err(error) => error.to_string(),
        };
        lines.push_str(&format!("{} -> {answer}\n", arguments.join(", ")));
    }
    lines
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "an inline snapshot is made for its own place"
)]
fn check(name: &str, function: &str, calls: &[&[&str]], expected: Expect) {
    expected.assert_eq(&answers(&load(name, &folder(name)), function, calls));
}

const PHONE_CALLS: &[&[&str]] = &[
    &["(202) 555-0123", "US"],
    &["020 7946 0958", "GB"],
    &["044 123 45 67", "ua"],
    &["+49 30 123456"],
    &["030 123456"],
    &["555-0123", "US"],
    &["1-800-FLOWERS", "US"],
];

#[test]
fn every_component_was_built_of_the_sources_beside_it() {
    for name in BUNDLED {
        let project = Project::read(&folder(name)).expect("the project is read");
        let is_stale = project.is_stale().expect("the sources are read");
        assert!(
            !is_stale,
            "`sheetflow plugin build plugins/{name}`, and commit it"
        );
    }
}

#[test]
fn every_signature_reads_as_the_language_has_it() {
    let mut lines = String::new();
    for name in BUNDLED {
        let plugin = load(name, &folder(name));
        assert!(plugin.uncallable().is_empty(), "{:?}", plugin.uncallable());
        assert!(matches!(plugin.sample_purity(), Purity::Agreed { .. }));
        for function in plugin.functions() {
            assert!(function.warnings().is_empty());
            lines.push_str(&format!("{name}.{function}\n"));
        }
    }
    expect![[r#"
        iban.check(number: text) -> text, or an error
        iban.is_valid(number: text) -> boolean
        iban.format(number: text) -> text, or an error
        names.split(name: text) -> { title: text or null, given: text or null, particle: text or null, family: text or null, suffix: text or null }
        names.title_case(name: text) -> text
        names.initials(name: text) -> text
        phone.e164(number: text, region: text or null) -> text, or an error
        phone.is_valid(number: text, region: text or null) -> boolean
        vat.check(number: text) -> text, or an error
        vat.is_valid(number: text) -> boolean
        vat.country(number: text) -> text, or an error
    "#]].assert_eq(&lines);
}

#[test]
fn phone_numbers_become_e164() {
    check(
        "phone",
        "e164",
        PHONE_CALLS,
        expect![[r#"
        (202) 555-0123, US -> +12025550123
        020 7946 0958, GB -> +442079460958
        044 123 45 67, ua -> +380441234567
        +49 30 123456 -> +4930123456
        030 123456 -> `phone.e164` refused: a number without + needs a region
        555-0123, US -> `phone.e164` refused: it is too short for US: 10 digits, found 7
        1-800-FLOWERS, US -> `phone.e164` refused: `F` is no part of a number
    "#]],
    );
}

#[test]
fn many_phone_numbers_at_once_give_what_each_gives_alone() {
    let plugin = load("phone", &folder("phone"));
    let (e164, function) = plugin.function("e164").expect("the plugin has the function");
    assert!(function.has_batch);
    let rows: Vec<Vec<Value>> = (0..40)
        .flat_map(|_| PHONE_CALLS)
        .map(|row| row.iter().copied().map(Value::text).collect())
        .collect();
    let mut worker = plugin.worker();
    let alone: Vec<_> = rows.iter().map(|row| worker.call(e164, row)).collect();
    assert_eq!(worker.call_batch(e164, &rows), alone);
}

#[test]
fn account_numbers_are_checked_and_written_in_groups() {
    check(
        "iban",
        "format",
        &[
            &["GB29 NWBK 6016 1331 9268 19"],
            &["de89370400440532013000"],
            &["UA213223130000026007233566001"],
            &["GB29 NWBK 6016 1331 9268 18"],
            &["GB29 NWBK 6016 1331 9268"],
            &["GB29 NWBK 6016 1331 926A 19"],
            &["US12 3456"],
            &["DE89?"],
            &[""],
        ],
        expect![[r#"
            GB29 NWBK 6016 1331 9268 19 -> GB29 NWBK 6016 1331 9268 19
            de89370400440532013000 -> DE89 3704 0044 0532 0130 00
            UA213223130000026007233566001 -> UA21 3223 1300 0002 6007 2335 6600 1
            GB29 NWBK 6016 1331 9268 18 -> `iban.format` refused: its check digits are wrong
            GB29 NWBK 6016 1331 9268 -> `iban.format` refused: it is too short for its country
            GB29 NWBK 6016 1331 926A 19 -> `iban.format` refused: it has a letter where its country has a digit, or a digit where it has a letter
            US12 3456 -> `iban.format` refused: it does not begin with a country that has such numbers
            DE89? -> `iban.format` refused: it has a letter that no account number has
             -> `iban.format` refused: it is too short
        "#]],
    );
}

#[test]
fn tax_numbers_are_checked() {
    check(
        "vat",
        "check",
        &[
            &["DE 136,695 976"],
            &["de 136.695.976"],
            &["ATU13585627"],
            &["BE 0403.170.701"],
            &["GR 094259216"],
            &["FR 40 303 265 045"],
            &["NL004495445B01"],
            &["IE 6433435F"],
            &["PL 8567346215"],
            &["SE 123456789701"],
            &["XI 110 305 878"],
            &["DE136695977"],
            &["DE1366"],
            &["GB980780684"],
            &[""],
        ],
        expect![[r#"
            DE 136,695 976 -> `vat.check` refused: it has a letter that no number has
            de 136.695.976 -> DE136695976
            ATU13585627 -> ATU13585627
            BE 0403.170.701 -> BE0403170701
            GR 094259216 -> EL094259216
            FR 40 303 265 045 -> FR40303265045
            NL004495445B01 -> NL004495445B01
            IE 6433435F -> IE6433435F
            PL 8567346215 -> PL8567346215
            SE 123456789701 -> SE123456789701
            XI 110 305 878 -> XI110305878
            DE136695977 -> `vat.check` refused: its check digits are wrong
            DE1366 -> `vat.check` refused: a German number is DE and 9 digits
            GB980780684 -> `vat.check` refused: it does not begin with a prefix of the European Union, such as DE
             -> `vat.check` refused: it is too short
        "#]],
    );
}

#[test]
fn names_are_split_and_capitalised() {
    check(
        "names",
        "split",
        &[
            &["Prof. Dr. Eva von der Leyen"],
            &["Beethoven, Ludwig van"],
            &["Cher"],
        ],
        expect![[r#"
            Prof. Dr. Eva von der Leyen -> {family: von der Leyen, given: Eva, particle: von der, suffix: , title: Prof. Dr.}
            Beethoven, Ludwig van -> {family: van Beethoven, given: Ludwig, particle: van, suffix: , title: }
            Cher -> {family: , given: Cher, particle: , suffix: , title: }
        "#]],
    );
    check(
        "names",
        "title_case",
        &[
            &["JOHN VAN DER BERG"],
            &["siobhán o'neill"],
            &["DeAndre MCDONALD III"],
        ],
        expect![[r#"
            JOHN VAN DER BERG -> John van der Berg
            siobhán o'neill -> Siobhán O'Neill
            DeAndre MCDONALD III -> DeAndre McDonald III
        "#]],
    );
    check(
        "names",
        "initials",
        &[&["Ludwig van Beethoven"], &[""]],
        expect![[r#"
            Ludwig van Beethoven -> LB
             -> 
        "#]],
    );
}

/// Builds `phone` again with the commands of its `plugin.toml`, in a folder that stays from one run to the
/// next, so that only the first takes long. Needs `rustup target add wasm32-unknown-unknown`.
#[test]
fn a_plugin_built_again_does_the_same() {
    let copy = Path::new(env!("CARGO_TARGET_TMPDIR")).join("phone");
    fs::create_dir_all(&copy).expect("a folder is made");
    for file in ["plugin.toml", "Cargo.toml", "Cargo.lock", "src", "wit"] {
        copy_all(&folder("phone").join(file), &copy.join(file));
    }
    let project = Project::read(&copy).expect("the project is read");
    project.build().expect("the plugin is built");
    assert!(!project.is_stale().expect("the sources are read"));

    let committed = load("phone", &folder("phone"));
    let built = load("phone", &copy);
    assert_eq!(committed.functions(), built.functions());
    assert_eq!(
        answers(&committed, "e164", PHONE_CALLS),
        answers(&built, "e164", PHONE_CALLS)
    );
}

fn copy_all(from: &Path, to: &Path) {
    if !from.is_dir() {
        fs::copy(from, to).expect("a file is copied");
        return;
    }
    fs::create_dir_all(to).expect("a folder is made");
    for entry in fs::read_dir(from).expect("a folder") {
        let name = entry.expect("an entry").file_name();
        copy_all(&from.join(&name), &to.join(&name));
    }
}

#[test]
fn the_contract_that_authors_read_is_wit() {
    let mut resolve = wit_parser::Resolve::default();
    resolve.push_path(folder("wit")).expect("the contract is read");
}
