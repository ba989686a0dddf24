//! Sheets to rows: delimited text, workbooks, JSON lines. Every cell knows its place.
