-- Which request made a change, so that it can be taken back: the catalogue's name of the operation, and the path
-- with its ids. Empty for changes of layout 2.
ALTER TABLE changes ADD COLUMN operation TEXT;
ALTER TABLE changes ADD COLUMN path TEXT;

-- Objects that a rollback took back and that Stripe still has, such as void invoices: no record takes them over.
CREATE TABLE undone (
    flow      TEXT    NOT NULL,
    stripe_id TEXT    NOT NULL,
    run       INTEGER NOT NULL REFERENCES runs (id),
    PRIMARY KEY (flow, stripe_id)
) STRICT, WITHOUT ROWID;
