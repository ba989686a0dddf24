use std::fmt::Write;

use clap::Args;
use serde_json::{Value, json};

use crate::catalog::{Catalog, Operation, OperationKind};
use crate::cli::arguments::{NarrowingArguments, ProjectArguments, TargetArguments};
use crate::cli::output::{Role, View};
use crate::cli::project::{Network, Wanted, load, open};
use crate::cli::runtime::block_on;
use crate::cli::{CliError, Context, ExitStatus};
use crate::engine::Progress;
use crate::model::{Form, FormValue};
use crate::plan::{Action, Outcome, PlannedRecord, PlannedStep};

/// Show the exact requests of a record, and send nothing
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  sheetflow preview --flow customers            the first record's requests
  sheetflow preview --flow customers --row 7    those of row 7
  sheetflow preview --format json               for a script")]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) project: ProjectArguments,
    #[command(flatten)]
    pub(crate) target: TargetArguments,
    #[command(flatten)]
    pub(crate) narrowing: NarrowingArguments,
}

/// One request as it would be sent.
struct Previewed {
    step: String,
    method: String,
    path: String,
    form: Form,
}

/// Runs the command.
pub(crate) fn run(arguments: &Arguments, context: &mut Context) -> Result<ExitStatus, CliError> {
    let project = load(&arguments.project.path, context)?;
    let mut narrowing = arguments.narrowing.clone();
    if narrowing.row.is_none() && narrowing.key.is_none() {
        narrowing.limit = narrowing.limit.or(Some(1));
    }
    block_on(async {
        let wanted = Wanted {
            target: &arguments.target,
            narrowing: &narrowing,
            network: Network::Online,
            refresh: false,
        };
        let session = open(project, wanted, context).await?;
        let mut plan = session.plan(&Progress::default()).await?;
        let mut shown = Vec::new();
        for flow in &mut plan.flows {
            let name = flow.flow.name.to_string();
            for record in flow.records()? {
                shown.push((name.clone(), record?));
            }
        }
        context.output.report(
            |view| {
                shown
                    .iter()
                    .map(|(flow, record)| render(flow, record, view))
                    .collect::<String>()
                    + &hint(&shown)
            },
            || Value::Array(shown.iter().map(|(flow, record)| to_json(flow, record)).collect()),
        )?;
        session.close().await?;
        Ok(ExitStatus::Success)
    })
}

fn hint(shown: &[(String, PlannedRecord)]) -> String {
    match shown.is_empty() {
        true => "nothing would be sent: every record is unchanged\n".to_owned(),
        false => String::new(),
    }
}

fn requests(record: &PlannedRecord) -> Vec<Previewed> {
    record.steps().iter().filter_map(request).collect()
}

fn request(step: &PlannedStep) -> Option<Previewed> {
    if let Action::Call {
        method, path, form, ..
    } = &step.action
    {
        return Some(Previewed {
            step: step.name.clone(),
            method: method.clone(),
            path: path.clone().unwrap_or_else(|| "(known after apply)".to_owned()),
            form: form.clone(),
        });
    }
    let nothing = Form::default();
    let resource = Catalog::embedded().resource(&step.resource)?;
    let operation = |kind| resource.operation(kind);
    let (operation, form, id): (&Operation, &Form, Option<&str>) = match &step.action {
        Action::Create { form } | Action::Undecided { form, .. } => {
            (operation(OperationKind::Create)?, form, None)
        }
        Action::Update { id, form, .. } => (operation(OperationKind::Update)?, form, Some(id)),
        Action::Delete { id } => (operation(OperationKind::Delete)?, &nothing, Some(id)),
        Action::Unchanged { .. }
        | Action::Kept { .. }
        | Action::Found { .. }
        | Action::ToFind
        | Action::Absent
        | Action::Call { .. }
        | Action::Called { .. }
        | Action::Read { .. }
        | Action::Remove { .. }
        | Action::Adopt { .. }
        | Action::NotAdopted { .. }
        | Action::Open => return None,
    };
    let path = match (id, operation.path_params.as_slice()) {
        (Some(id), [hole]) => operation.path.replace(&format!("{{{hole}}}"), id),
        _ => operation.path.to_owned(),
    };
    Some(Previewed {
        step: step.name.clone(),
        method: operation.method.to_owned(),
        path,
        form: form.clone(),
    })
}

fn render(flow: &str, record: &PlannedRecord, view: View) -> String {
    let key = record
        .key
        .as_ref()
        .map(|key| format!(" {key}"))
        .unwrap_or_default();
    let mut text = view.paint(Role::Heading, &format!("{flow}{key}  ({})", record.place));
    text.push('\n');
    if let Outcome::Rejected(rejection) = &record.outcome {
        let _ = writeln!(text, "  rejected: {}: {}\n", rejection.place, rejection.message);
        return text;
    }
    for request in requests(record) {
        let _ = writeln!(text, "\n  {} {}", request.method, request.path);
        for (name, value) in request.form.iter() {
            let _ = writeln!(text, "    {name} = {value}");
        }
        let _ = writeln!(text, "\n{}", curl(&request));
    }
    text.push('\n');
    text
}

/// Gives the request as a line for a shell, with the key left to the environment.
fn curl(request: &Previewed) -> String {
    let mut line = format!(
        "  curl https://api.stripe.com{} \\\n    -u \"$STRIPE_API_KEY:\"",
        request.path
    );
    for (name, value) in request.form.iter() {
        let text = match value {
            FormValue::Text(text) => text.as_str(),
            FormValue::Unknown => "(known after apply)",
        };
        let quoted = format!("{name}={text}").replace('\'', "'\\''");
        let _ = write!(line, " \\\n    --data-urlencode '{quoted}'");
    }
    line
}

fn to_json(flow: &str, record: &PlannedRecord) -> Value {
    let requests: Vec<Value> = requests(record)
        .into_iter()
        .map(|request| {
            let curl = curl(&request);
            let form: serde_json::Map<String, Value> = request
                .form
                .iter()
                .map(|(name, value)| match value {
                    FormValue::Text(text) => (name.to_owned(), json!(text)),
                    FormValue::Unknown => (name.to_owned(), Value::Null),
                })
                .collect();
            json!({
                "step": request.step,
                "method": request.method,
                "path": request.path,
                "form": form,
                "curl": curl,
            })
        })
        .collect();
    let rejected = match &record.outcome {
        Outcome::Rejected(rejection) => json!({"message": rejection.message, "at": rejection.place}),
        Outcome::Steps(_) => Value::Null,
    };
    json!({
        "flow": flow,
        "key": record.key.as_ref().map(ToString::to_string),
        "place": record.place,
        "requests": requests,
        "rejected": rejected,
    })
}
