-- +goose Up

-- Who was asked about an item together, and has not answered in time, so that others were asked:
-- it is of passed, to be counted for each of them. Empty is nobody.
ALTER TABLE campaign_items ADD COLUMN unanswered TEXT NOT NULL DEFAULT '';
CREATE INDEX campaign_items_unanswered ON campaign_items (occurrence_id, unanswered) WHERE unanswered <> '';

-- +goose Down
DROP INDEX campaign_items_unanswered;
ALTER TABLE campaign_items DROP COLUMN unanswered;
