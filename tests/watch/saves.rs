//! Every way to save, for everything that can be saved: the right flow is reached, no save is lost, and nothing is
//! sent twice.

use std::time::Duration;

use rust_xlsxwriter::Workbook;
use sheetflow::engine::{Because, News};

use super::save::Way;
use super::watched::{How, Watched};

/// What is saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    Flow,
    Plugin,
    Csv,
    Xlsx,
}

const ALL: [What; 4] = [What::Flow, What::Plugin, What::Csv, What::Xlsx];

impl What {
    pub(super) fn file(self) -> &'static str {
        match self {
            What::Flow => "people.flow",
            What::Plugin => "code.wat",
            What::Csv => "people.csv",
            What::Xlsx => "staff.xlsx",
        }
    }

    /// The content of the `count`th save; each changes what one record sends.
    pub(super) fn content(self, count: usize) -> Vec<u8> {
        match self {
            What::Flow => format!(
                r#"source people = csv("people.csv")
source staff = xlsx("staff.xlsx")
use code from "code.wat"

flow people {{
  from people
  key No
  upsert customer by email {{
    email         = Email
    name          = Name
    metadata.code = "{{code.next(integer(No))}}"
    metadata.flow = "{count}"
  }}
}}

flow staff {{
  from staff
  key No
  upsert product by metadata.no {{
    name        = Name
    metadata.no = No
  }}
}}
"#
            )
            .into_bytes(),
            What::Plugin => format!(
                r#"(component
  (core module $m (func (export "next") (param i64) (result i64) (i64.add (local.get 0) (i64.const {count}))))
  (core instance $i (instantiate $m))
  (func (export "next") (param "number" s64) (result s64) (canon lift (core func $i "next"))))"#
            )
            .into_bytes(),
            What::Csv => format!("No,Email,Name\n1,ann@example.com,Ann {count}\n").into_bytes(),
            What::Xlsx => {
                let mut book = Workbook::new();
                let sheet = book.add_worksheet();
                for (column, (name, value)) in [("No", "7"), ("Name", &*format!("Desk {count}"))]
                    .iter()
                    .enumerate()
                {
                    let column = u16::try_from(column).expect("two columns");
                    sheet.write(0, column, *name).expect("a cell");
                    sheet.write(1, column, *value).expect("a cell");
                }
                book.save_to_buffer().expect("a workbook")
            }
        }
    }

    /// The flow that it reaches, and why.
    fn reach(self) -> (&'static str, Because) {
        match self {
            What::Flow => ("people", Because::Flow),
            What::Plugin => ("people", Because::Plugin("code".into())),
            What::Csv => ("people", Because::Rows("people".into())),
            What::Xlsx => ("staff", Because::Rows("staff".into())),
        }
    }
}

fn watched(way: Way) -> Watched {
    let folder = tempfile::tempdir().expect("a folder");
    let files: Vec<(&str, Vec<u8>)> = ALL.iter().map(|what| (what.file(), what.content(0))).collect();
    way.lay_out(folder.path(), &files);
    let mut watched = Watched::start(folder, way.project(), How::default());
    watched.until_applied();
    watched
}

/// Saves everything three times, one after the other.
fn every_save_counts(way: Way) {
    let mut watched = watched(way);
    let mut count = 0;
    for round in 1..=3 {
        for what in ALL {
            count += 1;
            way.save(watched.folder.path(), (what.file(), &what.content(round)), count);
            let news = watched.until("the plan", |news| matches!(news, News::Planned { .. }));
            let News::Planned {
                flows, generation, ..
            } = news
            else {
                unreachable!("a plan was waited for")
            };
            let (flow, because) = what.reach();
            assert_eq!(*generation as usize, count + 1, "{way:?} {what:?}");
            let reached: Vec<_> = flows.iter().map(|flow| flow.reached.clone()).collect();
            assert_eq!(reached.len(), 1, "{way:?} {what:?}: {reached:?}");
            assert_eq!((&*reached[0].flow, &*reached[0].because), (flow, &[because][..]));
            let News::Applied { totals, .. } = watched.until_applied() else {
                unreachable!("a run was waited for")
            };
            assert_eq!((totals.updated, totals.records), (1, 1), "{way:?} {what:?}");
        }
    }
    watched
        .stop()
        .shows_nothing_lost_and_nothing_twice(&[("/v1/customers", 1), ("/v1/products", 1)]);
}

#[test]
fn saves_in_place_count() {
    every_save_counts(Way::InPlace);
}

#[test]
fn saves_by_rename_count() {
    every_save_counts(Way::Rename);
}

#[test]
fn saves_with_a_backup_count() {
    every_save_counts(Way::Backup);
}

#[cfg(unix)]
#[test]
fn saves_by_a_kubernetes_volume_count() {
    every_save_counts(Way::Kubernetes);
}

#[cfg(unix)]
#[test]
fn saves_by_git_sync_count() {
    every_save_counts(Way::GitSync);
}

#[test]
fn saves_that_delete_first_count() {
    every_save_counts(Way::DeleteAndRestore);
}

/// Saves everything a hundred times a second for as many seconds as there are things: what stands there at the end
/// counts, and nothing is sent twice.
fn a_storm_of_saves_counts(way: Way) {
    const PAUSE: Duration = Duration::from_millis(10);
    let mut watched = watched(way);
    let mut count = 0;
    for what in ALL {
        for save in 1..=100 {
            count += 1;
            way.save(watched.folder.path(), (what.file(), &what.content(save)), count);
            watched.for_a_while(PAUSE);
        }
    }
    watched.until_idle();
    watched
        .stop()
        .shows_nothing_lost_and_nothing_twice(&[("/v1/customers", 1), ("/v1/products", 1)]);
}

#[test]
fn a_hundred_saves_a_second_in_place_count() {
    a_storm_of_saves_counts(Way::InPlace);
}

#[test]
fn a_hundred_saves_a_second_by_rename_count() {
    a_storm_of_saves_counts(Way::Rename);
}
