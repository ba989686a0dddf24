use std::collections::{HashSet, VecDeque};

use serde_json::Value;

use super::request::endpoint_of;
use super::{Answer, Client, ClientError, Flaw, Method, Outcome, Request};
use crate::model::Form;

/// The most objects that a page holds (<https://docs.stripe.com/api/pagination>).
pub const PAGE_SIZE: usize = 100;

/// One page of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    /// The objects, newest first.
    pub data: Vec<Value>,
    /// Whether there are more behind the last of these.
    pub has_more: bool,
}

/// Walks through a list, page after page.
#[derive(Debug)]
pub struct Pager {
    client: Client,
    path: String,
    filters: Vec<(String, String)>,
    waiting: VecDeque<Value>,
    next: NextPage,
    /// Every cursor so far: one for each hundred objects.
    cursors: HashSet<String>,
}

#[derive(Clone, Debug)]
enum NextPage {
    First,
    After(String),
    None,
}

impl Client {
    /// Reads one page of up to 100 objects of the list at `path`, with Stripe's own filters.
    pub async fn page(
        &self,
        path: &str,
        filters: &[(String, String)],
        starting_after: Option<&str>,
    ) -> Result<Page, ClientError> {
        let mut form = Form::default();
        for (name, text) in filters {
            form.set_text(name, text);
        }
        form.set_text("limit", PAGE_SIZE.to_string());
        if let Some(cursor) = starting_after {
            form.set_text("starting_after", cursor);
        }
        let request = Request {
            method: Method::Get,
            endpoint: &endpoint_of(Method::Get, path),
            path,
            form: &form,
            idempotency_key: None,
            object: None,
        };
        let mut answer = self.send(&request).await?;
        read_page(&mut answer).ok_or_else(|| flawed(path, &answer, Flaw::NoList))
    }

    /// Walks through the whole list at `path`. Nothing is sent before [`Pager::next`].
    pub fn list(&self, path: &str, filters: &[(String, String)]) -> Pager {
        Pager {
            client: self.clone(),
            path: path.to_owned(),
            filters: filters.to_vec(),
            waiting: VecDeque::new(),
            next: NextPage::First,
            cursors: HashSet::new(),
        }
    }
}

impl Pager {
    /// Gives the next object; `None` behind the last one. After an error, the same page is read again.
    pub async fn next(&mut self) -> Result<Option<Value>, ClientError> {
        loop {
            if let Some(object) = self.waiting.pop_front() {
                return Ok(Some(object));
            }
            let cursor = match &self.next {
                NextPage::First => None,
                NextPage::After(cursor) => Some(cursor.as_str()),
                NextPage::None => return Ok(None),
            };
            let page = self.client.page(&self.path, &self.filters, cursor).await?;
            self.next = self.page_behind(&page)?;
            self.waiting = page.data.into();
        }
    }

    /// Tells where to go on. A list that says that there is more must lead to where nobody has been.
    fn page_behind(&mut self, page: &Page) -> Result<NextPage, ClientError> {
        if !page.has_more {
            return Ok(NextPage::None);
        }
        let last = page.data.last().and_then(|object| object.get("id")?.as_str());
        match last {
            Some(cursor) if self.cursors.insert(cursor.to_owned()) => Ok(NextPage::After(cursor.to_owned())),
            _ => Err(ClientError::BadAnswer {
                method: Method::Get,
                path: self.path.clone(),
                status: 200,
                flaw: Flaw::Circular,
                request_id: None,
                outcome: Outcome::Unknown,
            }),
        }
    }
}

fn read_page(answer: &mut Answer) -> Option<Page> {
    let has_more = answer.body.get("has_more")?.as_bool()?;
    let data = std::mem::take(answer.body.get_mut("data")?.as_array_mut()?);
    Some(Page { data, has_more })
}

fn flawed(path: &str, answer: &Answer, flaw: Flaw) -> ClientError {
    ClientError::BadAnswer {
        method: Method::Get,
        path: path.to_owned(),
        status: answer.status,
        flaw,
        request_id: answer.request_id.clone(),
        outcome: Outcome::Unknown,
    }
}
