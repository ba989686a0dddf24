//! The statements that take part in a commit, and those that read a batch of records.
//!
//! In a commit `?1` is a JSON list of entries, each with the names of its fields in Rust; `jsonb_each`
//! gives them parsed, where `json_each` would write each out as text again. In a batch of reads `?1` is the flow, and `?2` a JSON list of keys.

/// Finds a number, of a list of them, that no run has.
pub(super) const UNKNOWN_RUN: &str = "
    SELECT run.value FROM jsonb_each(?1) AS run
    WHERE run.value NOT IN (SELECT id FROM runs)
    ORDER BY run.value LIMIT 1";

/// Finds a settlement without an open intent.
pub(super) const NOT_OPEN: &str = "
    SELECT entry.value ->> 'idempotency_key'
    FROM jsonb_each(?1) AS entry LEFT JOIN intents
      ON intents.idempotency_key = entry.value ->> 'idempotency_key' AND intents.state = 'open'
    WHERE intents.idempotency_key IS NULL
    ORDER BY entry.key LIMIT 1";

pub(super) const SETTLE: &str = "
    UPDATE intents SET
        state = entry.value ->> 'state',
        settled = entry.value ->> 'at',
        object_id = coalesce(entry.value ->> 'stripe_id', object_id),
        request_id = entry.value ->> 'request_id',
        status = entry.value ->> 'status',
        code = entry.value ->> 'code',
        message = coalesce(entry.value ->> 'message', entry.value ->> 'reason'),
        form = CASE entry.value ->> 'state' WHEN 'done' THEN '[]' ELSE form END
    FROM jsonb_each(?1) AS entry
    WHERE intents.idempotency_key = entry.value ->> 'idempotency_key'";

pub(super) const FORGET_OBJECTS: &str = "
    DELETE FROM objects WHERE (flow, key, step) IN
        (SELECT value ->> 'flow', value ->> 'key', value ->> 'step' FROM jsonb_each(?1))";

pub(super) const FORGET_FINGERPRINTS: &str = "
    DELETE FROM records WHERE (flow, key) IN (SELECT value ->> 'flow', value ->> 'key' FROM jsonb_each(?1))";

pub(super) const KEEP_OBJECTS: &str = "
    INSERT INTO objects (flow, key, step, resource, stripe_id, form, fingerprint, created_by_us, made_run, run,
                         place, updated)
    SELECT value ->> 'flow', value ->> 'key', value ->> 'step', value ->> 'resource', value ->> 'stripe_id',
           value ->> 'form', value ->> 'fingerprint', value ->> 'created_by_us', value ->> 'run',
           value ->> 'run', value ->> 'place', value ->> 'updated'
    FROM jsonb_each(?1) WHERE true
    ON CONFLICT (flow, key, step) DO UPDATE SET
        resource = excluded.resource, stripe_id = excluded.stripe_id, form = excluded.form,
        fingerprint = excluded.fingerprint, created_by_us = excluded.created_by_us, run = excluded.run,
        place = excluded.place, updated = excluded.updated,
        made_run = CASE stripe_id WHEN excluded.stripe_id THEN made_run ELSE excluded.made_run END";

pub(super) const KEEP_FINGERPRINTS: &str = "
    INSERT INTO records (flow, key, fingerprint, basis)
    SELECT value ->> 'flow', value ->> 'key', value ->> 'fingerprint', value -> 'basis'
    FROM jsonb_each(?1) WHERE true
    ON CONFLICT (flow, key) DO UPDATE SET fingerprint = excluded.fingerprint, basis = excluded.basis";

pub(super) const KEEP_UNDONE: &str = "
    INSERT OR IGNORE INTO undone (flow, stripe_id, run)
    SELECT value ->> 'flow', value ->> 'stripe_id', value ->> 'run' FROM jsonb_each(?1)";

pub(super) const KEEP_CHANGES: &str = "
    INSERT INTO changes (run, flow, key, step, resource, stripe_id, action, before, after, operation, path)
    SELECT value ->> 'run', value ->> 'flow', value ->> 'key', value ->> 'step', value ->> 'resource',
           value ->> 'stripe_id', value ->> 'action', value ->> 'before', value ->> 'after',
           value ->> 'operation', value ->> 'path'
    FROM jsonb_each(?1)";

pub(super) const KEEP_RESULTS: &str = "
    INSERT INTO results (run, flow, key, place, step, outcome, stripe_id, message, code, param, request_id,
                         status)
    SELECT value ->> 'run', value ->> 'flow', value ->> 'key', value ->> 'place', value ->> 'step',
           value ->> 'outcome', value ->> 'stripe_id', value ->> 'message', value ->> 'code',
           value ->> 'param', value ->> 'request_id', value ->> 'status'
    FROM jsonb_each(?1)";

/// Finds the intents that stand in the way of new ones: those of the same name, and those of the same step
/// that are open or of the same generation. Gives the new one's index, the other's name, whether the other
/// is open, and whether the generations are the same.
pub(super) const RIVALS: &str = "
    SELECT entry.key, intents.idempotency_key, intents.state = 'open', true
    FROM jsonb_each(?1) AS entry CROSS JOIN intents
    WHERE intents.idempotency_key = entry.value ->> 'idempotency_key'
    UNION ALL
    SELECT entry.key, intents.idempotency_key, intents.state = 'open',
           intents.generation = entry.value ->> 'generation'
    FROM jsonb_each(?1) AS entry CROSS JOIN intents
    WHERE intents.flow = entry.value ->> 'flow' AND intents.key = entry.value ->> 'key'
      AND intents.step = entry.value ->> 'step'
      AND intents.idempotency_key <> entry.value ->> 'idempotency_key'
      AND (intents.state = 'open' OR intents.generation = entry.value ->> 'generation')";

pub(super) const KEEP_INTENTS: &str = "
    INSERT INTO intents (idempotency_key, run, flow, key, step, generation, action, operation, method, path,
                         form, object_id, place, created)
    SELECT value ->> 'idempotency_key', value ->> 'run', value ->> 'flow', value ->> 'key', value ->> 'step',
           value ->> 'generation', value ->> 'action', value ->> 'operation', value ->> 'method',
           value ->> 'path', value ->> 'form', value ->> 'object_id', value ->> 'place',
           value ->> 'created'
    FROM jsonb_each(?1) WHERE true
    ON CONFLICT (idempotency_key) DO NOTHING";

/// Gives one JSON list for the whole batch: a row for each key would cost more than finding it.
pub(super) const FINGERPRINTS: &str = "
    SELECT json_group_array(records.fingerprint ORDER BY entry.key)
    FROM json_each(?2) AS entry LEFT JOIN records
      ON records.flow = ?1 AND records.key = entry.value";

/// Gives one JSON list for the whole batch, as [`FINGERPRINTS`] does.
pub(super) const BASES: &str = "
    SELECT json_group_array(json(records.basis) ORDER BY entry.key)
    FROM json_each(?2) AS entry LEFT JOIN records
      ON records.flow = ?1 AND records.key = entry.value";

/// Gives objects, each with the index of its key.
pub(super) const OBJECTS: &str = "
    SELECT entry.key, objects.step, objects.resource, objects.stripe_id, objects.form, objects.fingerprint,
           objects.created_by_us, objects.made_run, objects.run
    FROM json_each(?2) AS entry CROSS JOIN objects
    WHERE objects.flow = ?1 AND objects.key = entry.value
    ORDER BY entry.key, objects.step";

/// Gives what objects stand for, each with the index of its id; `?1` is a JSON list of ids.
pub(super) const STANDING: &str = "
    SELECT entry.key, objects.stripe_id, objects.flow, objects.key, objects.step, objects.resource,
           objects.created_by_us, objects.made_run, objects.run, objects.place, objects.updated, objects.form
    FROM json_each(?1) AS entry CROSS JOIN objects
    WHERE objects.stripe_id = entry.value
    ORDER BY entry.key, objects.created_by_us DESC, objects.made_run, objects.flow, objects.key, objects.step";

/// Gives the highest generation of each step, with the index of its key.
pub(super) const GENERATIONS: &str = "
    WITH RECURSIVE attempted(place, key, step) AS (
        SELECT entry.key, entry.value,
               (SELECT min(step) FROM intents WHERE flow = ?1 AND key = entry.value)
        FROM json_each(?2) AS entry
        UNION ALL
        SELECT place, key,
               (SELECT min(step) FROM intents WHERE flow = ?1 AND key = attempted.key AND step > attempted.step)
        FROM attempted WHERE step IS NOT NULL
    )
    SELECT place, step,
           (SELECT max(generation) FROM intents
            WHERE flow = ?1 AND key = attempted.key AND step = attempted.step)
    FROM attempted WHERE step IS NOT NULL";

/// Gives open intents, each with the index of its key behind its own columns.
pub(super) const INTENTS: &str = "
    SELECT intents.idempotency_key, intents.run, intents.flow, intents.key, intents.step, intents.generation,
           intents.action, intents.operation, intents.method, intents.path, intents.form, intents.object_id,
           intents.place, intents.created, entry.key
    FROM json_each(?2) AS entry CROSS JOIN intents
    WHERE intents.state = 'open' AND intents.flow = ?1 AND intents.key = entry.value
    ORDER BY entry.key, intents.step";

/// Gives all open intents of one flow, or of all; -1 stands where the index of a key would.
pub(super) const OPEN_INTENTS: &str = "
    SELECT idempotency_key, run, flow, key, step, generation, action, operation, method, path, form, object_id,
           place, created, -1
    FROM intents INDEXED BY open_intents
    WHERE state = 'open' AND (?1 IS NULL OR flow = ?1)";

/// Gives keys of a flow, `?1`, that have objects: at most `?3` behind `?2`.
pub(super) const KEYS: &str = "
    SELECT DISTINCT key FROM objects WHERE flow = ?1 AND key > ?2 ORDER BY key LIMIT ?3";

/// As [`KEYS`], without records that were applied in full.
pub(super) const UNFINISHED: &str = "
    SELECT DISTINCT key FROM objects
    WHERE flow = ?1 AND key > ?2
      AND NOT EXISTS (SELECT 1 FROM records WHERE records.flow = objects.flow AND records.key = objects.key)
    ORDER BY key LIMIT ?3";
