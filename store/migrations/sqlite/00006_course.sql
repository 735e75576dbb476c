-- +goose Up
ALTER TABLE requests ADD COLUMN course TEXT NOT NULL DEFAULT ''; -- JSON, or empty
ALTER TABLE requests ADD COLUMN next_at TIMESTAMP; -- before lapse_at, if there is something to do before
CREATE INDEX requests_next ON requests (next_at) WHERE state = 'pending';
ALTER TABLE decisions ADD COLUMN rules TEXT NOT NULL DEFAULT ''; -- JSON, or empty

-- +goose Down
ALTER TABLE decisions DROP COLUMN rules;
DROP INDEX requests_next;
ALTER TABLE requests DROP COLUMN next_at;
ALTER TABLE requests DROP COLUMN course;
