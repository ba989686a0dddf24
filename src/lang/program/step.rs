use std::sync::Arc;

use crate::catalog::ApiType;
use crate::diag::Span;

use super::expression::{Expression, Fragment};

/// Something to find or to send.
#[derive(Clone, Debug)]
pub struct Step {
    /// Its position among the flow's steps, those of nested blocks included.
    pub index: usize,
    /// What the ledger calls it: the name after `as`, else the resource, else resource and number
    /// (`customer`, `customer_2`). Stable when other steps are added with names.
    pub name: Arc<str>,
    /// What it does.
    pub kind: StepKind,
    /// What belongs to its kind alone.
    pub detail: StepDetail,
    /// Stripe's `object` value of what it works on; for a call, of what it is called on. For a request the word
    /// `request`.
    pub resource: &'static str,
    /// How an object that already exists is recognised. Always there for updates, deletions and finds.
    pub matching: Option<Matching>,
    /// The bindings in the order written.
    pub bindings: Vec<Binding>,
    /// The statement's first line.
    pub span: Span,
}

impl Step {
    /// Gives its expressions in the order written.
    pub fn expressions(&self) -> Vec<&Expression> {
        let mut found: Vec<&Expression> = Vec::new();
        match &self.detail {
            StepDetail::Call(call) => found.extend(&call.arguments),
            StepDetail::Request(request) => found.extend(request.path.iter().filter_map(|part| match part {
                Fragment::Text(_) => None,
                Fragment::Value(value) => Some(value),
            })),
            StepDetail::Find(Missing::Reject(Some(message))) => found.push(message),
            StepDetail::Find(Missing::Reject(None) | Missing::Skip | Missing::Null)
            | StepDetail::Mirror(_)
            | StepDetail::Delete(_)
            | StepDetail::None => {}
        }
        if let Some(matching) = &self.matching {
            found.push(&matching.value);
            found.extend(matching.further.iter().map(|(_, value)| value));
        }
        found.extend(self.bindings.iter().map(|binding| &binding.value));
        found
    }
}

/// What a step does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepKind {
    /// Finds an object, and sends nothing that changes anything.
    Find,
    /// Once per key, ever.
    Create,
    /// Existing objects only.
    Update,
    /// The object that this key made, else the match, else a new one.
    Upsert,
    /// As upsert; and what this flow itself made is removed when its row goes.
    Mirror,
    /// Deletes an existing object.
    Delete,
    /// Any other operation of the API, once per key and content.
    Call,
    /// Any endpoint, once per key and content when it changes something.
    Request,
}

impl StepKind {
    /// Gives the word of the language.
    pub fn as_str(self) -> &'static str {
        match self {
            StepKind::Find => "find",
            StepKind::Create => "create",
            StepKind::Update => "update",
            StepKind::Upsert => "upsert",
            StepKind::Mirror => "mirror",
            StepKind::Delete => "delete",
            StepKind::Call => "call",
            StepKind::Request => "request",
        }
    }

    /// Tells whether it makes an object when there is none.
    pub fn creates(self) -> bool {
        matches!(self, StepKind::Create | StepKind::Upsert | StepKind::Mirror)
    }
}

/// What belongs to one kind of step alone.
#[derive(Clone, Debug)]
pub enum StepDetail {
    /// Nothing: create, update and upsert.
    None,
    /// What happens when a find finds nothing.
    Find(Missing),
    /// How a mirror removes.
    Mirror(Removal),
    /// How a deletion is sent.
    Delete(RemovalRequest),
    /// What is called.
    Call(Call),
    /// What is requested.
    Request(Request),
}

/// What happens when nothing is found.
#[derive(Clone, Debug)]
pub enum Missing {
    /// The record is rejected, with this text or with one that says what was looked for.
    Reject(Option<Expression>),
    /// The record is passed over.
    Skip,
    /// The name is null, and so are its fields.
    Null,
}

/// `removing by VERB [at most N | P%]`
#[derive(Clone, Debug)]
pub struct Removal {
    /// What happens to an object whose row is gone.
    pub verb: RemovalVerb,
    /// The request that does it; `None` for [`RemovalVerb::Keep`].
    pub request: Option<RemovalRequest>,
    /// The most of what the flow made that goes in one run.
    pub limit: super::Share,
    /// Where `removing` stands.
    pub span: Span,
}

/// How an object is removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RemovalVerb {
    /// It is deleted.
    Delete,
    /// `active = false`
    Archive,
    /// It is voided.
    Void,
    /// It is cancelled now.
    Cancel,
    /// It is cancelled at the end of its period.
    CancelAtPeriodEnd,
    /// It is left as it is.
    Keep,
}

impl RemovalVerb {
    /// All of them.
    pub const ALL: [RemovalVerb; 6] = [
        RemovalVerb::Delete,
        RemovalVerb::Archive,
        RemovalVerb::Void,
        RemovalVerb::Cancel,
        RemovalVerb::CancelAtPeriodEnd,
        RemovalVerb::Keep,
    ];

    /// Gives the word of the language.
    pub fn as_str(self) -> &'static str {
        match self {
            RemovalVerb::Delete => "delete",
            RemovalVerb::Archive => "archive",
            RemovalVerb::Void => "void",
            RemovalVerb::Cancel => "cancel",
            RemovalVerb::CancelAtPeriodEnd => "cancel_at_period_end",
            RemovalVerb::Keep => "keep",
        }
    }
}

/// A request that removes an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RemovalRequest {
    /// The method.
    pub method: RequestMethod,
    /// The path, with one `{name}` hole for the id.
    pub path: &'static str,
    /// The field that is sent, in form encoding.
    pub field: Option<(&'static str, &'static str)>,
}

/// `call R.operation(ref)`
#[derive(Clone, Debug)]
pub struct Call {
    /// The operation's id in the catalogue, such as `invoices.finalize_invoice`.
    pub operation: &'static str,
    /// Its method.
    pub method: RequestMethod,
    /// Its path, with `{name}` holes.
    pub path: &'static str,
    /// The ids for the holes, in their order; text.
    pub arguments: Vec<Expression>,
}

/// `request METHOD "path"`
#[derive(Clone, Debug)]
pub struct Request {
    /// The method.
    pub method: RequestMethod,
    /// The path. It begins with a text that begins with `/v1/` or `/v2/`. Values are percent-encoded, so that
    /// each stays within its part of the path.
    pub path: Vec<Fragment>,
    /// How the bindings are sent. Their types are [`crate::catalog::Alternative::Any`].
    pub body: RequestBody,
}

/// How the body of a request is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestBody {
    /// As a form, or in the query of a GET: `/v1`.
    Form,
    /// As JSON: `/v2`.
    Json,
}

/// The method of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestMethod {
    /// `GET`
    Get,
    /// `POST`
    Post,
    /// `DELETE`
    Delete,
}

impl RequestMethod {
    /// All of them.
    pub const ALL: [RequestMethod; 3] = [RequestMethod::Get, RequestMethod::Post, RequestMethod::Delete];

    /// Gives the method's name.
    pub fn as_str(self) -> &'static str {
        match self {
            RequestMethod::Get => "GET",
            RequestMethod::Post => "POST",
            RequestMethod::Delete => "DELETE",
        }
    }
}

/// `by …`: how an object that already exists is recognised.
#[derive(Clone, Debug)]
pub struct Matching {
    /// The field, and so the way to look it up.
    pub field: MatchField,
    /// The wanted value: the binding's own expression for `by email`, else the one after `=`.
    pub value: Expression,
    /// Further members of the object, with the values that they must have: `find … by a = E, b = E`.
    pub further: Vec<(Vec<String>, Expression)>,
    /// Which of several matches is taken.
    pub several: Several,
    /// Where `by` stands.
    pub span: Span,
}

/// The field that recognises an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MatchField {
    /// `by id`: one retrieve.
    Id,
    /// A field that the list operation filters by, such as `email` of customers.
    Filter(&'static str),
    /// `by metadata.NAME`: the collection is listed.
    Metadata(String),
    /// A field of the object at this path that no filter knows; the collection is listed.
    Field(Vec<String>),
}

/// What happens when several objects match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Several {
    /// The row is rejected, with the ids.
    Reject,
    /// The newest is taken.
    Newest,
    /// The oldest is taken.
    Oldest,
}

/// `path = expression`.
#[derive(Clone, Debug)]
pub struct Binding {
    /// Stripe's own name, such as `address[line1]`.
    pub name: String,
    /// What the create operation takes there; `None` for a step that never creates.
    pub create_type: Option<ApiType>,
    /// What the update operation takes there; `None` when it can't be updated (or the step never does).
    pub update_type: Option<ApiType>,
    /// The longest text that Stripe takes, when it is known.
    pub max_length: Option<u64>,
    /// The value.
    pub value: Expression,
    /// The path as written.
    pub span: Span,
}
