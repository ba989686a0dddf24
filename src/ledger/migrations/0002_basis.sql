-- What a record was made from when it was last applied in full, as JSON: fingerprints of its row, of its flow
-- and of the plugins. Empty for records of layout 1.
ALTER TABLE records ADD COLUMN basis TEXT;
