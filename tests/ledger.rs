//! The ledger: one contract for both twins, and what only the file on disk promises.

mod contract;
mod sample;
