use std::collections::BTreeMap;

use crate::model::Value;

/// What is known of the objects that a record's steps are about. A step inside `each row` has one for each line,
/// counted from 0.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Objects {
    known: BTreeMap<(usize, Option<usize>), Value>,
}

impl Objects {
    /// Gives what is known of a step's object; null for one that was looked for and is not there.
    pub fn get(&self, step: usize, line: Option<usize>) -> Option<&Value> {
        self.known.get(&(step, line))
    }

    /// Notes what is known of a step's object.
    pub fn set(&mut self, step: usize, line: Option<usize>, object: Value) {
        self.known.insert((step, line), object);
    }

    /// Forgets what was known of a step's object, since it may change.
    pub fn forget(&mut self, step: usize, line: Option<usize>) {
        self.known.remove(&(step, line));
    }

    /// Gives the id of a step's object.
    pub fn id(&self, step: usize, line: Option<usize>) -> Option<String> {
        match id(self.get(step, line)?)? {
            Value::Text(text) => Some(text.to_string()),
            _ => None,
        }
    }

    /// Keeps the objects for which this holds, by their step and their id.
    pub fn retain(&mut self, keep: impl Fn(usize, &str) -> bool) {
        self.known.retain(|(step, _), object| match id(object) {
            Some(Value::Text(text)) => keep(*step, text),
            _ => true,
        });
    }

    /// Replaces every object with this id by what Stripe says of it now.
    pub fn renew(&mut self, object: &Value) {
        let id = id(object);
        if id.is_none() {
            return;
        }
        for known in self.known.values_mut() {
            if self::id(known) == id {
                *known = object.clone();
            }
        }
    }

    /// Gives what an expression sees from a line, or from outside of all lines.
    pub(super) fn seen(&self, step: usize, line: Option<usize>) -> Option<&Value> {
        self.get(step, line).or_else(|| self.get(step, None))
    }
}

fn id(object: &Value) -> Option<&Value> {
    match object {
        Value::Record(members) => members.get("id"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::Objects;
    use crate::model::Value;

    fn object(id: &str, status: &str) -> Value {
        let members = [("id", id), ("status", status)];
        Value::Record(BTreeMap::from(
            members.map(|(name, text)| (name.to_owned(), Value::text(text))),
        ))
    }

    #[test]
    fn a_line_sees_its_own_object_and_those_outside() {
        let mut objects = Objects::default();
        objects.set(0, None, Value::Integer(1));
        objects.set(1, Some(0), Value::Integer(2));
        assert_eq!(objects.seen(0, Some(0)), Some(&Value::Integer(1)));
        assert_eq!(objects.seen(1, Some(0)), Some(&Value::Integer(2)));
        assert_eq!(objects.seen(1, Some(1)), None);
    }

    #[test]
    fn an_answer_about_an_object_renews_it_wherever_it_is_known() {
        let mut objects = Objects::default();
        objects.set(0, None, object("in_1", "draft"));
        objects.set(1, None, object("in_2", "draft"));
        objects.renew(&object("in_1", "open"));
        assert_eq!(objects.get(0, None), Some(&object("in_1", "open")));
        assert_eq!(objects.get(1, None), Some(&object("in_2", "draft")));
        objects.renew(&Value::Null);
        assert_eq!(objects.get(1, None), Some(&object("in_2", "draft")));
    }
}
