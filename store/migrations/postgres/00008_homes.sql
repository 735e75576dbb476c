-- +goose Up
CREATE TABLE homes ( -- Home tabs: of people who have opened theirs; each has a message of kind home
    slack_id  TEXT PRIMARY KEY,
    okta_id   TEXT NOT NULL,   -- empty while they are refused
    login     TEXT NOT NULL,
    admin     BOOLEAN NOT NULL,
    refused   TEXT NOT NULL,   -- why airpass does not serve them; empty if it does
    pages     TEXT NOT NULL,   -- which page of each part is shown, as JSON
    opened_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX homes_admin ON homes (slack_id) WHERE admin;
CREATE INDEX grants_failed ON grants (ended_at) WHERE end_reason = 'failed';

-- +goose Down
DROP INDEX grants_failed;
DROP TABLE homes;
