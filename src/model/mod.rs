//! The words that every room shares: values, money, rows and cells, keys, forms, declarations.
//!
//! Nothing here does any input or output, and nothing here is asynchronous.
//!
//! | word | meaning |
//! | --- | --- |
//! | source | a table that rows are read from: a file or one sheet of a workbook |
//! | row | one line of a source, with the place of every cell |
//! | record | a row as a flow sees it: a [`RecordKey`] and the steps that it asks for |
//! | step | one create, update or upsert of a flow |
//! | form | the parameters of one request, flattened as Stripe encodes them |
//! | object | something that exists in Stripe and has an id |

mod account;
mod basis;
mod clock;
mod declaration;
mod desired;
mod form;
mod key;
mod money;
mod row;
mod value;

pub use account::{AccountSpec, KeySource, Mode};
pub use basis::{Basis, Reason};
pub use clock::Clock;
pub use declaration::{
    CellRange, ColumnDeclaration, ColumnFormat, PluginImports, PluginLimits, PluginSpec, SourceKind,
    SourceSpec, TextEncoding,
};
pub use desired::{DesiredStep, Rejection};
pub use form::{Form, FormValue};
pub use key::{Fingerprint, RecordKey};
pub use money::{Currency, Money, MoneyError};
pub use row::{Cell, CellAddress, Header, Row, column_letters};
pub use rust_decimal::Decimal;
pub use value::{Type, Value};
