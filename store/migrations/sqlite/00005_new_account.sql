-- +goose Up
-- Requests of people who had no account in Identity Center when they asked: a yes makes one.
ALTER TABLE requests ADD COLUMN new_account BOOLEAN NOT NULL DEFAULT FALSE;

-- +goose Down
ALTER TABLE requests DROP COLUMN new_account;
