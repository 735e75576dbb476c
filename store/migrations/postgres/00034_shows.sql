-- +goose Up

-- What Slack shows of a message, as a digest; empty is not known. See access.Message.
ALTER TABLE messages ADD COLUMN shows TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE messages DROP COLUMN shows;
