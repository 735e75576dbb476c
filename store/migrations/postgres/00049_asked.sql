-- +goose Up

-- Each question that is asked of many items again and again has an index that has them in the
-- order in which they are asked for: else SQLite looks at all items of the occurrence each time.
DROP INDEX campaign_items_panel;
CREATE INDEX campaign_items_panel ON campaign_items (occurrence_id, panel, state, id);
DROP INDEX campaign_items_next;
CREATE INDEX campaign_items_next ON campaign_items (occurrence_id, next_at, id) WHERE next_at IS NOT NULL;
CREATE INDEX campaign_items_open ON campaign_items (occurrence_id, id) WHERE state = 'open';

-- +goose Down
DROP INDEX campaign_items_open;
DROP INDEX campaign_items_next;
CREATE INDEX campaign_items_next ON campaign_items (next_at) WHERE next_at IS NOT NULL;
DROP INDEX campaign_items_panel;
CREATE INDEX campaign_items_panel ON campaign_items (occurrence_id, panel, state);
