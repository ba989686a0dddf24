//! sheetflow takes the rows of a sheet to Stripe, declaratively.
//!
//! The rooms, from the words that all share to the command line, and what each never does, are in
//! `docs/architecture.md`. A room imports only from the rooms above it here.

pub mod model;

pub mod diag;

pub mod catalog;

pub mod lang;

pub mod eval;

pub mod plan;

pub mod source;

pub mod stripe;

pub mod sandbox;

pub mod ledger;

pub mod plugin;

pub mod watch;

pub mod engine;

pub mod cli;
