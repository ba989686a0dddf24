-- Layout 1. Times are RFC 3339 texts, forms are JSON lists of pairs, keys are JSON lists of texts.

-- The one account whose objects this ledger holds.
CREATE TABLE account (
    only_one INTEGER PRIMARY KEY CHECK (only_one = 1),
    id       TEXT    NOT NULL,
    livemode INTEGER NOT NULL CHECK (livemode IN (0, 1))
) STRICT;

-- Every run, from 1. `state` is empty while it runs, and stays so when it was killed.
CREATE TABLE runs (
    id         INTEGER PRIMARY KEY,
    command    TEXT    NOT NULL,
    generation INTEGER NOT NULL,
    flows      TEXT    NOT NULL, -- JSON: [[name, fingerprint], …]
    started    TEXT    NOT NULL,
    state      TEXT    CHECK (state IN ('finished', 'interrupted', 'stopped')),
    totals     TEXT,             -- JSON, as the report has it
    ended      TEXT
) STRICT;

-- What a record asked for when it was last applied in full. No row: not known, so it must be looked at.
CREATE TABLE records (
    flow        TEXT NOT NULL,
    key         TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    PRIMARY KEY (flow, key)
) STRICT, WITHOUT ROWID;

-- The object that stands for a step of a record.
CREATE TABLE objects (
    flow          TEXT    NOT NULL,
    key           TEXT    NOT NULL,
    step          TEXT    NOT NULL,
    resource      TEXT    NOT NULL,
    stripe_id     TEXT    NOT NULL,
    form          TEXT    NOT NULL, -- all that was sent, merged
    fingerprint   TEXT    NOT NULL,
    created_by_us INTEGER NOT NULL CHECK (created_by_us IN (0, 1)),
    made_run      INTEGER NOT NULL REFERENCES runs (id),
    run           INTEGER NOT NULL REFERENCES runs (id),
    place         TEXT    NOT NULL,
    updated       TEXT    NOT NULL,
    PRIMARY KEY (flow, key, step)
) STRICT;
CREATE INDEX objects_by_stripe_id ON objects (stripe_id);

-- Requests that change something, each written before it was sent. The form is emptied when Stripe has
-- carried the request out: `objects` and `changes` have it then.
CREATE TABLE intents (
    idempotency_key TEXT    NOT NULL PRIMARY KEY,
    run             INTEGER NOT NULL REFERENCES runs (id),
    flow            TEXT    NOT NULL,
    key             TEXT    NOT NULL,
    step            TEXT    NOT NULL,
    generation      INTEGER NOT NULL,
    action          TEXT    NOT NULL CHECK (action IN ('create', 'update', 'delete', 'call')),
    operation       TEXT    NOT NULL,
    method          TEXT    NOT NULL,
    path            TEXT    NOT NULL,
    form            TEXT    NOT NULL,
    object_id       TEXT,
    place           TEXT    NOT NULL,
    created         TEXT    NOT NULL,
    state           TEXT    NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'done', 'refused', 'abandoned')),
    settled         TEXT,
    request_id      TEXT,
    status          INTEGER,
    code            TEXT,
    message         TEXT,
    UNIQUE (flow, key, step, generation)
) STRICT;
-- At most one open intent for a step; this is also how the open ones are found.
CREATE UNIQUE INDEX open_intents ON intents (flow, key, step) WHERE state = 'open';

-- What was changed, with what is needed to take it back.
CREATE TABLE changes (
    id        INTEGER PRIMARY KEY,
    run       INTEGER NOT NULL REFERENCES runs (id),
    flow      TEXT    NOT NULL,
    key       TEXT    NOT NULL,
    step      TEXT    NOT NULL,
    resource  TEXT    NOT NULL,
    stripe_id TEXT    NOT NULL,
    action    TEXT    NOT NULL CHECK (action IN ('create', 'update', 'delete', 'call')),
    before    TEXT,             -- former values of what was sent; empty when the object was made
    after     TEXT    NOT NULL
) STRICT;
CREATE INDEX changes_by_run ON changes (run);

-- What became of each record in each run.
CREATE TABLE results (
    id         INTEGER PRIMARY KEY,
    run        INTEGER NOT NULL REFERENCES runs (id),
    flow       TEXT    NOT NULL,
    key        TEXT,
    place      TEXT    NOT NULL,
    step       TEXT,
    outcome    TEXT    NOT NULL,
    stripe_id  TEXT,
    message    TEXT,
    code       TEXT,
    param      TEXT,
    request_id TEXT,
    status     INTEGER
) STRICT;
CREATE INDEX results_by_run ON results (run);
