//! The `sheetflow` program. Everything it does is in the library's `cli` room.

fn main() -> std::process::ExitCode {
    sheetflow::cli::main().into()
}
