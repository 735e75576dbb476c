-- +goose Up

-- The class of an entitlement's newest failure, so that a new one is told once; empty: none.
ALTER TABLE entitlements ADD COLUMN last_class TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE entitlements DROP COLUMN last_class;
