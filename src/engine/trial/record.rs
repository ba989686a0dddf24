//! Records of a test, as far as they go without any request.

use std::collections::HashMap;

use crate::engine::evaluation::{Asked, Evaluated, FlowEvaluation, Groups};
use crate::engine::planning::decider::is_skipped;
use crate::eval::{Objects, Stop, Walk};
use crate::lang::program::{Step, StepKind};
use crate::model::{DesiredStep, FormValue, RecordKey, Rejection, Row, Value};
use crate::plan::{self, Action, Known, Outcome};

/// A record of a test.
pub(super) struct Tried {
    /// The file and the line of its first row.
    pub(super) place: String,
    /// Its rows.
    pub(super) lines: Vec<Row>,
    /// The steps that it gets to, or why it is rejected.
    pub(super) outcome: Result<Vec<TriedStep>, Rejection>,
    /// Whether an `if` depends on what Stripe answers, so that nobody knows what is done in it.
    pub(super) is_open: bool,
}

/// A step that a record gets to.
pub(super) struct TriedStep {
    /// The step's index.
    pub(super) step: usize,
    /// The line, inside `each row`.
    pub(super) line: Option<usize>,
    /// What it asks for.
    pub(super) desired: DesiredStep,
    /// What would be done.
    pub(super) action: Action,
}

/// A record on its way.
pub(super) struct Way<'e> {
    pub(super) walk: Walk<'e>,
    pub(super) objects: Objects,
    steps: Vec<TriedStep>,
    is_open: bool,
    is_skipped: bool,
}

/// Takes rows through a flow.
pub(super) fn try_rows(evaluation: &FlowEvaluation, rows: Vec<Row>) -> Vec<Tried> {
    let evaluated = match evaluation.groups() {
        false => evaluation.evaluate(rows).evaluated,
        true => {
            let mut groups = Groups::default();
            let mut evaluated = evaluation.group(rows, &mut groups).evaluated;
            let records = groups.into_lines().into_iter();
            evaluated.extend(records.map(|lines| evaluation.evaluate_group(lines)));
            evaluated
        }
    };
    let doubles = Doubles::among(&evaluated, evaluation);
    let tried = evaluated.into_iter().filter_map(|evaluated| match evaluated {
        Evaluated::Rejected(record) => match record.outcome {
            Outcome::Rejected(rejection) => Some(rejected(record.lines, record.place, rejection)),
            Outcome::Steps(_) => None,
        },
        Evaluated::Record(asked) => try_record(evaluation, asked, &doubles),
    });
    tried.collect()
}

fn rejected(lines: Vec<Row>, place: String, rejection: Rejection) -> Tried {
    Tried {
        place,
        lines,
        outcome: Err(rejection),
        is_open: false,
    }
}

/// Takes a record through; `None` when a find passes it over.
fn try_record(evaluation: &FlowEvaluation, asked: Asked, doubles: &Doubles) -> Option<Tried> {
    let Asked { lines, place, .. } = &asked;
    if let Some(message) = doubles.conflict(&asked) {
        let rejection = Rejection {
            message,
            place: place.clone(),
            field: None,
        };
        return Some(rejected(asked.lines, asked.place, rejection));
    }
    let (outcome, is_open) = match Way::through(evaluation, lines, None) {
        Ok(way) if way.is_skipped => return None,
        Ok(way) => (Ok(way.steps), way.is_open),
        Err(rejection) => (Err(rejection), false),
    };
    Some(Tried {
        outcome,
        is_open,
        place: asked.place,
        lines: asked.lines,
    })
}

impl<'e> Way<'e> {
    /// Takes a record through its flow, or up to a step at a line of it, which it stops at.
    pub(super) fn through(
        evaluation: &'e FlowEvaluation,
        lines: &'e [Row],
        goal: Option<(usize, Option<usize>)>,
    ) -> Result<Self, Rejection> {
        let mut way = Way {
            walk: evaluation.walk(lines),
            objects: Objects::default(),
            steps: Vec::new(),
            is_open: false,
            is_skipped: false,
        };
        while let Some(stop) = way.walk.next(&way.objects)? {
            match stop {
                Stop::Step { step, line, desired } => {
                    if goal == Some((step.index, line)) {
                        break;
                    }
                    let refuse = |(message, field)| Rejection {
                        message,
                        place: evaluation.place(lines),
                        field,
                    };
                    let action = plan::decide(step, &desired, &known(step, &desired)).map_err(refuse)?;
                    if is_skipped(step, &action) {
                        way.is_skipped = true;
                        break;
                    }
                    way.note(step, line, (desired, action));
                }
                Stop::Refresh { .. } => {}
                Stop::Open => way.is_open = true,
            }
        }
        Ok(way)
    }

    fn note(&mut self, step: &Step, line: Option<usize>, (desired, action): (DesiredStep, Action)) {
        if let Action::Found { id: None } | Action::Absent = action {
            self.objects.set(step.index, line, Value::Null);
        }
        self.steps.push(TriedStep {
            step: step.index,
            line,
            desired,
            action,
        });
    }
}

/// Tells what is known of a step's object: what is made is not there yet, and what is looked for is there, unless there
/// is nothing to look for.
fn known(step: &Step, desired: &DesiredStep) -> Known {
    match step.kind {
        StepKind::Create | StepKind::Upsert | StepKind::Mirror | StepKind::Call | StepKind::Request => {
            Known::Nothing
        }
        StepKind::Find | StepKind::Update | StepKind::Delete => match desired.wanted {
            None => Known::Nothing,
            Some(_) => Known::NotLookedUp,
        },
    }
}

/// What several records have in common and may not.
struct Doubles {
    /// The first rows of each key.
    keys: HashMap<RecordKey, Vec<u32>>,
    /// How often each step looks for a value.
    wanted: HashMap<(usize, String), usize>,
}

impl Doubles {
    fn among(evaluated: &[Evaluated], evaluation: &FlowEvaluation) -> Self {
        let flow = &evaluation.flow;
        // Several records may find or delete the same object.
        let sharing: Vec<bool> = flow
            .steps()
            .map(|step| matches!(step.kind, StepKind::Find | StepKind::Delete))
            .collect();
        let mut doubles = Doubles {
            keys: HashMap::new(),
            wanted: HashMap::new(),
        };
        for asked in evaluated.iter().filter_map(|evaluated| match evaluated {
            Evaluated::Record(asked) => Some(asked),
            Evaluated::Rejected(_) => None,
        }) {
            let rows = doubles.keys.entry(asked.key.clone()).or_default();
            rows.push(asked.first_row());
            for (step, wanted) in &asked.wanted {
                if let FormValue::Text(text) = wanted
                    && sharing.get(*step) == Some(&false)
                {
                    *doubles.wanted.entry((*step, text.clone())).or_default() += 1;
                }
            }
        }
        doubles
    }

    /// Tells why a record can't be told from another one, as a plan does.
    fn conflict(&self, asked: &Asked) -> Option<String> {
        if let Some(rows) = self.keys.get(&asked.key)
            && rows.len() > 1
        {
            let rows: Vec<String> = rows.iter().map(ToString::to_string).collect();
            return Some(format!(
                "rows {} have the same key `{}`",
                rows.join(", "),
                asked.key
            ));
        }
        asked.wanted.iter().find_map(|(step, wanted)| {
            let text = wanted.text()?;
            let count = self.wanted.get(&(*step, text.to_owned()))?;
            (*count > 1)
                .then(|| format!("another row looks for the same object, by `{text}`: which of them is it?"))
        })
    }
}
