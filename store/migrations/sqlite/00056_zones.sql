-- +goose Up

-- In which time zone somebody is, as Slack said when they were looked up last (IANA: Europe/Berlin);
-- empty is not known. A day that they name is a day there.
ALTER TABLE readers ADD COLUMN zone TEXT NOT NULL DEFAULT '';

-- +goose Down
ALTER TABLE readers DROP COLUMN zone;
