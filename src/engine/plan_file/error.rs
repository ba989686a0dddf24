use std::fmt;
use std::path::PathBuf;

use serde::Serialize;
use thiserror::Error;

/// Why a plan can't be kept, or a kept one can't be applied.
#[derive(Debug, Error)]
pub enum PlanFileError {
    /// The file is something else.
    #[error("`{path}` is no plan that `sheetflow plan --out` has kept")]
    NotAPlan {
        /// The file.
        path: PathBuf,
    },
    /// Another version of the program wrote it in another layout.
    #[error(
        "`{path}` was kept by sheetflow {program} in layout {found}, and this program reads layout {known}"
    )]
    Layout {
        /// The file.
        path: PathBuf,
        /// The version of the program that wrote it.
        program: String,
        /// The file's layout.
        found: u32,
        /// The layout that this program reads.
        known: u32,
    },
    /// The hash does not fit.
    #[error("`{path}` is damaged, or was changed after it was kept")]
    Damaged {
        /// The file.
        path: PathBuf,
    },
    /// `--out` names a file that is no plan.
    #[error("`{path}` is there, and is no plan: it is not overwritten")]
    WouldOverwrite {
        /// The file.
        path: PathBuf,
    },
    /// It is for another server or account.
    #[error("the plan in `{path}` was made for {wanted}, and this is {found}")]
    Target {
        /// The file.
        path: PathBuf,
        /// What it was made for.
        wanted: String,
        /// What is there.
        found: String,
    },
    /// Planned again, it is another plan.
    #[error(
        "the plan in `{path}` no longer holds, so nothing was sent: {} changed since it was made",
        parts(moved)
    )]
    Moved {
        /// The file.
        path: PathBuf,
        /// The first differences.
        moved: Vec<Moved>,
        /// Whether there are more.
        more: bool,
    },
}

/// One thing that is not what it was when a plan was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Moved {
    /// Where the difference comes from.
    pub part: MovedPart,
    /// What differs, for people.
    pub what: String,
}

/// Where a difference between two plans comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MovedPart {
    /// A flow's program, or a setting of its account.
    Flow,
    /// A plugin that a flow calls.
    Plugin,
    /// A row of a sheet.
    Row,
    /// What the ledger knows of a record: it was applied meanwhile, or an attempt was made.
    Ledger,
    /// An object in Stripe that the ledger does not account for.
    Stripe,
}

impl MovedPart {
    /// Gives the words for people.
    pub fn as_str(self) -> &'static str {
        match self {
            MovedPart::Flow => "the flow",
            MovedPart::Plugin => "a plugin",
            MovedPart::Row => "the rows",
            MovedPart::Ledger => "the ledger",
            MovedPart::Stripe => "Stripe",
        }
    }
}

impl fmt::Display for Moved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

/// Names each part once.
fn parts(moved: &[Moved]) -> String {
    let mut parts: Vec<MovedPart> = moved.iter().map(|moved| moved.part).collect();
    parts.sort_unstable();
    parts.dedup();
    let words: Vec<&str> = parts.into_iter().map(MovedPart::as_str).collect();
    words.join(", ")
}
