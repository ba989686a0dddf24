//! The `sheetflow` program.

fn main() {}
