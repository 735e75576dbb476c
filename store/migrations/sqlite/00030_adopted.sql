-- +goose Up

-- When an operator, or drift, has said of it that it is standing access.
ALTER TABLE entitlements ADD COLUMN adopted_at TIMESTAMP;

-- +goose Down
ALTER TABLE entitlements DROP COLUMN adopted_at;
