-- +goose Up

-- What is said of single items of a campaign: a JSON object by their ids; empty is nothing.
ALTER TABLE attempts ADD COLUMN comments TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE attempts DROP COLUMN comments;
