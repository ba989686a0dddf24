//! Desired requests against what is known: what would be sent, its money and its cost. Pure.
