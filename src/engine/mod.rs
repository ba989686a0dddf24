//! The story: read, check, evaluate, plan, apply, record, resume. Prints nothing.
