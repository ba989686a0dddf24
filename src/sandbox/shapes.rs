use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, PoisonError, RwLock};

use crate::catalog::{ApiType, Catalog, ShapeId};

/// The members of a shape with their types.
pub(super) type Members = BTreeMap<&'static str, ApiType>;

/// The catalogue's shapes with their types read, each on first use.
#[derive(Debug)]
pub(super) struct Shapes {
    pub(super) catalog: &'static Catalog,
    read: RwLock<HashMap<ShapeId, Arc<Members>>>,
}

impl Shapes {
    pub(super) fn new(catalog: &'static Catalog) -> Self {
        Shapes {
            catalog,
            read: RwLock::default(),
        }
    }

    /// Gives the members of a shape.
    pub(super) fn members(&self, shape: ShapeId) -> Arc<Members> {
        if let Some(known) = self
            .read
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&shape)
        {
            return Arc::clone(known);
        }
        let members: Arc<Members> = Arc::new(self.catalog.members(shape).collect());
        self.read
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(shape, Arc::clone(&members));
        members
    }

    /// Gives the fields of a resource; none for a name that is not in the catalogue.
    pub(super) fn fields(&self, resource: &str) -> Arc<Members> {
        match self.catalog.resource(resource) {
            Some(found) => self.members(found.fields),
            None => Arc::default(),
        }
    }
}
