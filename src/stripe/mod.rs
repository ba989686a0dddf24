//! The client: encoding, limits, retries, paging, errors. Knows nothing of flows and sheets.
