-- +goose Up
CREATE INDEX attempts_shown ON attempts (received_at) WHERE kind = 'show'; -- they are deleted after a day

-- +goose Down
DROP INDEX attempts_shown;
