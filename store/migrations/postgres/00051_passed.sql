-- +goose Up

-- Who has had others asked about an item, whom, when, and what they have said with it: a JSON
-- list, the newest last; empty is nobody. Who can take the newest back, and since when it is so.
ALTER TABLE campaign_items ADD COLUMN passed TEXT NOT NULL DEFAULT '';
ALTER TABLE campaign_items ADD COLUMN passed_by TEXT NOT NULL DEFAULT '';
ALTER TABLE campaign_items ADD COLUMN passed_at TIMESTAMPTZ;
CREATE INDEX campaign_items_passed ON campaign_items (passed_by) WHERE passed_by <> '';

-- +goose Down
DROP INDEX campaign_items_passed;
ALTER TABLE campaign_items DROP COLUMN passed_at;
ALTER TABLE campaign_items DROP COLUMN passed_by;
ALTER TABLE campaign_items DROP COLUMN passed;
