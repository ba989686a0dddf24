//! What was sent and what came of it, kept so that nothing is ever sent twice.
