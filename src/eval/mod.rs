//! Program and row to desired requests, and the function table. Pure: clock and row come in as arguments.
