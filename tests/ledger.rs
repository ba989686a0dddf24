//! The ledger: one contract for both twins, and what only the file on disk promises.

mod contract;
mod crash;
mod disk;
mod journal;
mod lock;
mod sample;
mod twins;
