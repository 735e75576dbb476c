-- +goose Up

-- When each campaign takes place next.
CREATE TABLE campaigns (
    name TEXT PRIMARY KEY,
    schedule TEXT NOT NULL, -- by which due_at was reckoned
    due_at TIMESTAMP, -- its next occurrence by the schedule; NULL: the configuration has it no more
    next_at TIMESTAMP,
    version BIGINT NOT NULL
);
CREATE INDEX campaigns_next ON campaigns (next_at) WHERE next_at IS NOT NULL;

CREATE TABLE occurrences (
    id TEXT PRIMARY KEY,
    campaign TEXT NOT NULL, -- its name
    scheduled_at TIMESTAMP NOT NULL, -- by the schedule, or when somebody started it
    missed BIGINT NOT NULL, -- how many before it did not take place
    rules TEXT NOT NULL, -- JSON: the campaign as it was when it began
    state TEXT NOT NULL,
    items BIGINT NOT NULL,
    population TEXT NOT NULL, -- JSON: how it was found whom it is about
    created_at TIMESTAMP NOT NULL,
    opened_at TIMESTAMP, -- since then people are asked
    deadline_at TIMESTAMP,
    closed_at TIMESTAMP,
    note TEXT NOT NULL, -- why it was closed before its time
    attempts BIGINT NOT NULL,
    last_error TEXT NOT NULL,
    next_at TIMESTAMP,
    version BIGINT NOT NULL
);
-- Two replicas never hold one occurrence twice, and nobody is asked twice at once.
CREATE UNIQUE INDEX occurrences_once ON occurrences (campaign, scheduled_at);
CREATE UNIQUE INDEX occurrences_live ON occurrences (campaign) WHERE state <> 'closed';
CREATE INDEX occurrences_next ON occurrences (next_at) WHERE next_at IS NOT NULL;

-- Who is asked in an occurrence.
CREATE TABLE campaign_reviewers (
    id TEXT PRIMARY KEY,
    occurrence_id TEXT NOT NULL REFERENCES occurrences (id),
    reviewer_id TEXT NOT NULL, -- Okta user id
    reviewer TEXT NOT NULL, -- JSON
    reminders BIGINT NOT NULL,
    next_at TIMESTAMP,
    version BIGINT NOT NULL
);
CREATE UNIQUE INDEX campaign_reviewers_once ON campaign_reviewers (occurrence_id, reviewer_id);
CREATE INDEX campaign_reviewers_person ON campaign_reviewers (reviewer_id);
CREATE INDEX campaign_reviewers_next ON campaign_reviewers (next_at) WHERE next_at IS NOT NULL;

-- Those who are asked about the same items, of whom any one's answer counts: many items
-- have one panel.
CREATE TABLE campaign_panels (
    occurrence_id TEXT NOT NULL REFERENCES occurrences (id),
    panel TEXT NOT NULL,
    reviewer_id TEXT NOT NULL, -- Okta user id
    PRIMARY KEY (occurrence_id, panel, reviewer_id)
);
CREATE INDEX campaign_panels_reviewer ON campaign_panels (occurrence_id, reviewer_id);

-- What is asked about: access of one person to one target.
CREATE TABLE campaign_items (
    id TEXT PRIMARY KEY,
    occurrence_id TEXT NOT NULL REFERENCES occurrences (id),
    target_id TEXT NOT NULL,
    holder TEXT NOT NULL, -- subject_id, or the account where nobody in Okta is known
    subject_id TEXT NOT NULL, -- Okta user id, or empty
    account TEXT NOT NULL, -- Identity Center user id, or empty
    who TEXT NOT NULL, -- how to call them
    grant_id TEXT NOT NULL, -- or empty
    standing BOOLEAN NOT NULL,
    facts TEXT NOT NULL, -- JSON: as the reviewer sees them
    panel TEXT NOT NULL, -- who is asked; empty is nobody
    state TEXT NOT NULL,
    verdict TEXT NOT NULL,
    keep_until TIMESTAMP,
    silent BOOLEAN NOT NULL, -- nobody has said so: silence has
    decider_id TEXT NOT NULL, -- Okta user id
    decider TEXT NOT NULL, -- JSON
    comment TEXT NOT NULL,
    decided_at TIMESTAMP,
    settled_at TIMESTAMP, -- since then nothing more comes of it: what is taken away was seen to be gone
    attempts BIGINT NOT NULL,
    last_error TEXT NOT NULL,
    next_at TIMESTAMP,
    version BIGINT NOT NULL
);
CREATE UNIQUE INDEX campaign_items_once ON campaign_items (occurrence_id, target_id, holder);
CREATE INDEX campaign_items_panel ON campaign_items (occurrence_id, panel, state);
CREATE INDEX campaign_items_subject ON campaign_items (subject_id) WHERE subject_id <> '';
CREATE INDEX campaign_items_decider ON campaign_items (decider_id) WHERE decider_id <> '';
CREATE INDEX campaign_items_grant ON campaign_items (grant_id) WHERE grant_id <> '';
CREATE INDEX campaign_items_next ON campaign_items (next_at) WHERE next_at IS NOT NULL;

-- +goose Down
DROP TABLE campaign_items;
DROP TABLE campaign_panels;
DROP TABLE campaign_reviewers;
DROP TABLE occurrences;
DROP TABLE campaigns;
