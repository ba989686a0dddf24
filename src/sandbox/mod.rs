//! A local Stripe, driven by the catalogue.
