-- +goose Up

-- When access was asked to begin: in words, as written, and as understood. Empty: at once.
ALTER TABLE attempts ADD COLUMN begins TEXT NOT NULL DEFAULT '';
ALTER TABLE requests ADD COLUMN start_at TIMESTAMP;

-- Reviews that somebody owes: of access that was taken without a decision, by a break-glass
-- rule. A review of another kind need not be about a request or grant.
CREATE TABLE reviews (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    campaign_id TEXT NOT NULL, -- empty: of none
    request_id TEXT NOT NULL, -- empty: about none
    grant_id TEXT NOT NULL, -- empty: about none
    subject_id TEXT NOT NULL, -- Okta user id
    subject TEXT NOT NULL, -- JSON
    target_id TEXT NOT NULL,
    reviewers TEXT NOT NULL, -- JSON: rules that name them
    state TEXT NOT NULL,
    verdict TEXT NOT NULL, -- empty: not given
    reviewer_id TEXT NOT NULL, -- Okta user id, or empty
    reviewer TEXT NOT NULL, -- JSON
    comment TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    due_at TIMESTAMP NOT NULL,
    given_at TIMESTAMP,
    remind_every BIGINT NOT NULL, -- nanoseconds
    reminders BIGINT NOT NULL,
    next_at TIMESTAMP,
    version BIGINT NOT NULL
);
CREATE INDEX reviews_next ON reviews (next_at) WHERE state = 'owed';
CREATE INDEX reviews_owed ON reviews (due_at) WHERE state = 'owed';
CREATE UNIQUE INDEX reviews_request ON reviews (request_id) WHERE kind = 'break_glass';

-- +goose Down
DROP TABLE reviews;
ALTER TABLE requests DROP COLUMN start_at;
ALTER TABLE attempts DROP COLUMN begins;
