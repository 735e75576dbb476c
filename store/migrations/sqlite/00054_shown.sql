-- +goose Up

-- How the facts of an item are sealed when people begin to be asked: a salt, which is erased with
-- them, and the digest of both, which stays. Both are empty of what an earlier version has stored.
ALTER TABLE campaign_items ADD COLUMN salt TEXT NOT NULL DEFAULT '';
ALTER TABLE campaign_items ADD COLUMN digest TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE campaign_items DROP COLUMN digest;
ALTER TABLE campaign_items DROP COLUMN salt;
