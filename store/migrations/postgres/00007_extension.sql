-- +goose Up
ALTER TABLE requests ADD COLUMN extends TEXT NOT NULL DEFAULT ''; -- the grant whose time is to be longer, or empty
CREATE INDEX requests_extends ON requests (extends) WHERE extends <> '';

-- +goose Down
DROP INDEX requests_extends;
ALTER TABLE requests DROP COLUMN extends;
