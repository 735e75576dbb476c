-- +goose Up

-- What is asked about can be reduced to a lower role of the same environment.
ALTER TABLE campaign_items ADD COLUMN reduce_to TEXT NOT NULL DEFAULT ''; -- the id of the target, or empty
ALTER TABLE campaign_items ADD COLUMN lower_request TEXT NOT NULL DEFAULT ''; -- that gives it, or empty
ALTER TABLE campaign_items ADD COLUMN lower_since TIMESTAMP; -- when it was first to be given
ALTER TABLE campaign_items ADD COLUMN lower_failed TEXT NOT NULL DEFAULT ''; -- why it was not; empty: it was, or may be yet

-- +goose Down
ALTER TABLE campaign_items DROP COLUMN lower_failed;
ALTER TABLE campaign_items DROP COLUMN lower_since;
ALTER TABLE campaign_items DROP COLUMN lower_request;
ALTER TABLE campaign_items DROP COLUMN reduce_to;
