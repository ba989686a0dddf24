//! Six typical bindings over a million rows, in sheetflow's language and in VRL: medians and their ratio.

use std::collections::BTreeMap;
use std::error::Error;
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sheetflow::catalog::Catalog;
use sheetflow::diag::Sources;
use sheetflow::eval::{Evaluator, Objects, Stop, signatures};
use sheetflow::lang::{Environment, SourceColumns, check, parse};
use sheetflow::model::{Cell, Header, Row, Type, Value};
use vrl::compiler::runtime::Runtime;
use vrl::compiler::{Program, TargetValue, TimeZone};
use vrl::value::{KeyString, ObjectMap, Secrets};

const ROUNDS: usize = 5;
const ROWS: usize = 1_000_000;
/// Rows that are held in memory and gone through again and again.
const HELD: usize = 10_000;
const COLUMNS: [&str; 6] = ["No", "Email", "Name", "Country", "Status", "Amount"];

const FLOW: &str = r#"source people = csv("people.csv")
flow people {
  from people
  key No
  create customer {
    email           = Email | trim | lower
    name            = Name | trim | title
    address.country = Country | upper
    tax_exempt      = if Status == "exempt" then "exempt" else "none"
    balance         = cents(Amount, "usd")
    description     = "{Name}, {Country}: {Amount}"
  }
}
"#;

// VRL has no exact decimals: its amount goes through a float.
const VRL: &str = r#"
name = string!(.Name)
country = string!(.Country)
amount = string!(.Amount)
exempt = if .Status == "exempt" { "exempt" } else { "none" }
{
  "email": downcase(strip_whitespace(string!(.Email))),
  "name": pascalcase(strip_whitespace(name)),
  "address": { "country": upcase(country) },
  "tax_exempt": exempt,
  "balance": to_int(round(to_float!(amount) * 100.0)),
  "description": name + ", " + country + ": " + amount
}
"#;

fn main() -> Result<(), Box<dyn Error>> {
    let evaluator = evaluator()?;
    let rows: Vec<Row> = (0..HELD).map(row).collect();
    let program = vrl::compiler::compile(VRL, &vrl::stdlib::all()).map_err(|problems| format!("the VRL program has problems: {problems:?}"))?.program;
    let events: Vec<vrl::value::Value> = rows.iter().map(event).collect();

    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        ours.push(time(|| (0..ROWS / HELD).try_for_each(|_| ours_over(&evaluator, &rows)))?);
        theirs.push(time(|| (0..ROWS / HELD).try_for_each(|_| vrl_over(&program, &events)))?);
    }
    let (ours, theirs) = (median(ours), median(theirs));
    println!("six bindings over {ROWS} rows, one thread, median of {ROUNDS} rounds\n");
    println!("{:<12}{:>10}{:>14}{:>16}", "", "seconds", "rows/s", "vrl / this");
    for (name, elapsed) in [("sheetflow", ours), ("vrl", theirs)] {
        let seconds = elapsed.as_secs_f64();
        println!(
            "{name:<12}{seconds:>10.2}{:>14.0}{:>16.2}",
            ROWS as f64 / seconds,
            theirs.as_secs_f64() / seconds
        );
    }
    Ok(())
}

fn evaluator() -> Result<Evaluator, Box<dyn Error>> {
    let mut sources = Sources::default();
    let files = [parse(sources.add("people.flow", FLOW), FLOW)];
    let functions = signatures();
    let header = Arc::new(Header {
        file: Arc::from("people.csv"),
        sheet: None,
        columns: COLUMNS.map(Arc::from).to_vec(),
        positions: (0..6).collect(),
        row: 1,
    });
    let known = SourceColumns::Known {
        header: Arc::clone(&header),
        types: vec![Type::Text; COLUMNS.len()],
        often_empty: Vec::new(),
    };
    let environment = Environment {
        catalog: Catalog::embedded(),
        functions: &functions,
        columns: BTreeMap::from([(Arc::from("people"), known)]),
        plugins: BTreeMap::new(),
    };
    let checked = check(&files, &environment);
    let program = checked.program.ok_or_else(|| format!("{:?}", checked.diagnostics))?;
    let flow = program.flows.first().ok_or("no flow")?;
    let today = jiff::civil::date(2026, 1, 31);
    Ok(Evaluator::new(Arc::clone(flow), header, today))
}

fn row(number: usize) -> Row {
    let texts = [
        number.to_string(),
        format!(" Person.{number}@Example.COM "),
        format!("person number {number}"),
        ["us", "ua", "de"][number % 3].to_owned(),
        ["active", "exempt"][number % 2].to_owned(),
        format!("{}.{:02}", number % 5_000, number % 100),
    ];
    Row {
        number: u32::try_from(number).unwrap_or(0) + 2,
        cells: texts.map(|text| Cell::Value(Value::text(text))).to_vec(),
    }
}

fn event(row: &Row) -> vrl::value::Value {
    let members = COLUMNS.iter().zip(&row.cells).map(|(name, cell)| {
        let text = match cell {
            Cell::Value(value) => value.to_string(),
            Cell::Broken(_) => String::new(),
        };
        (KeyString::from(*name), vrl::value::Value::from(text))
    });
    vrl::value::Value::Object(members.collect::<ObjectMap>())
}

fn ours_over(evaluator: &Evaluator, rows: &[Row]) -> Result<(), Box<dyn Error>> {
    let nothing = Objects::default();
    for row in rows {
        let mut walk = evaluator.walk(std::slice::from_ref(row), None);
        while let Some(stop) = walk.next(&nothing).map_err(|rejection| rejection.message)? {
            if let Stop::Step { desired, .. } = stop {
                black_box(desired);
            }
        }
    }
    Ok(())
}

fn vrl_over(program: &Program, events: &[vrl::value::Value]) -> Result<(), Box<dyn Error>> {
    let timezone = TimeZone::default();
    let mut runtime = Runtime::default();
    for event in events {
        let mut target = TargetValue {
            value: event.clone(),
            metadata: vrl::value::Value::Object(ObjectMap::new()),
            secrets: Secrets::default(),
        };
        runtime.clear();
        let value = runtime
            .resolve(&mut target, program, &timezone)
            .map_err(|_| "the VRL program failed")?;
        black_box(value);
    }
    Ok(())
}

fn time(work: impl FnOnce() -> Result<(), Box<dyn Error>>) -> Result<Duration, Box<dyn Error>> {
    let start = Instant::now();
    work()?;
    Ok(start.elapsed())
}

fn median(mut rounds: Vec<Duration>) -> Duration {
    rounds.sort();
    rounds[ROUNDS / 2]
}
