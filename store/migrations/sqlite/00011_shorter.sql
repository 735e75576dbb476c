-- +goose Up
ALTER TABLE decisions ADD COLUMN duration BIGINT NOT NULL DEFAULT 0; -- ns; 0 is as long as was asked for
ALTER TABLE requests ADD COLUMN seen TEXT NOT NULL DEFAULT ''; -- JSON, or empty: what was known of person and target when it was asked

-- +goose Down
ALTER TABLE requests DROP COLUMN seen;
ALTER TABLE decisions DROP COLUMN duration;
