-- +goose Up

-- What those who decide have asked the requester, and what they were answered.
CREATE TABLE questions (
    id TEXT PRIMARY KEY,
    request_id TEXT NOT NULL REFERENCES requests (id),
    asker_id TEXT NOT NULL, -- Okta user id
    asker TEXT NOT NULL, -- JSON
    slack TEXT NOT NULL, -- JSON: the asker's
    text TEXT NOT NULL,
    asked_at TIMESTAMP NOT NULL,
    answer TEXT NOT NULL, -- empty: none yet
    answered_at TIMESTAMP
);
CREATE INDEX questions_request ON questions (request_id);
CREATE INDEX questions_asker ON questions (asker_id);

-- +goose Down
DROP TABLE questions;
