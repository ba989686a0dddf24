//! Any text: it parses to a tree whose problems stand inside it, and formatting it twice is formatting it once.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rooms::diag::Sources;
use rooms::lang::{format, parse};

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    let mut texts = Sources::default();
    let tree = parse(texts.add("a.flow", text.as_ref()), &text);
    rooms::check_places(&tree.problems, &texts);
    let once = format(&tree, &text);
    let again = parse(Sources::default().add("a.flow", once.as_str()), &once);
    assert_eq!(format(&again, &once), once, "formatting {text:?} again changes it");
    assert!(
        !tree.problems.is_empty() || again.problems.is_empty(),
        "formatting {text:?} breaks it: {once:?}"
    );
});
