/// Where a parameter stands, in the two ways that it is written.
#[derive(Clone, Debug, Default)]
pub(super) struct Place {
    /// As it was sent: `items[0][price]`.
    pub(super) sent: String,
    /// As the catalogue's limits name it: `items.price`.
    pub(super) dotted: String,
}

impl Place {
    /// Gives the place of a member.
    pub(super) fn member(&self, name: &str) -> Place {
        if self.sent.is_empty() {
            return Place {
                sent: name.to_owned(),
                dotted: name.to_owned(),
            };
        }
        Place {
            sent: format!("{}[{name}]", self.sent),
            dotted: format!("{}.{name}", self.dotted),
        }
    }

    /// Gives the place of an item of a list.
    pub(super) fn item(&self, index: usize) -> Place {
        Place {
            sent: format!("{}[{index}]", self.sent),
            dotted: self.dotted.clone(),
        }
    }
}
