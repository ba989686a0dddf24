//! What a check says, by what it is about. The short form shows the place, the code and the message; the
//! page of broken flows in `tests/` shows them as people see them.

mod flows;
mod names;
mod presence;
mod programs;
mod requests;
mod robust;
mod settings;
mod statements;
mod text;
mod values;
