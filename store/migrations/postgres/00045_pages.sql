-- +goose Up

-- Items of an occurrence are read page by page in the order of their ids: without it each page
-- is sorted out of all of them.
CREATE INDEX campaign_items_pages ON campaign_items (occurrence_id, id);

-- +goose Down
DROP INDEX campaign_items_pages;
