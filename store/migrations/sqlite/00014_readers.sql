-- +goose Up
CREATE TABLE readers ( -- in which language people read, as Slack said when they were looked up last
    slack_id TEXT PRIMARY KEY,
    okta_id  TEXT NOT NULL,
    locale   TEXT NOT NULL -- as Slack names it: de-DE
);

-- +goose Down
DROP TABLE readers;
