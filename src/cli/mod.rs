//! Arguments, one file per command, terminal output, exit codes.
