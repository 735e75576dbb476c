-- +goose Up

-- Clicks, commands and submissions as they arrived.
CREATE TABLE attempts (
    id TEXT PRIMARY KEY,
    delivery TEXT NOT NULL UNIQUE,
    team TEXT NOT NULL,
    slack_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    request_id TEXT NOT NULL, -- not a reference: what a payload says is judged later
    target TEXT NOT NULL,
    duration BIGINT NOT NULL, -- nanoseconds
    reason TEXT NOT NULL,
    channel TEXT NOT NULL,
    received_at TIMESTAMP NOT NULL,
    state TEXT NOT NULL,
    answer TEXT NOT NULL,
    tries BIGINT NOT NULL,
    next_at TIMESTAMP,
    version BIGINT NOT NULL
);
CREATE INDEX attempts_due ON attempts (next_at) WHERE state = 'open';
CREATE INDEX attempts_open ON attempts (request_id) WHERE state = 'open';

-- Which Okta user somebody in Slack is.
CREATE TABLE bindings (
    team TEXT NOT NULL,
    slack_id TEXT NOT NULL,
    okta_id TEXT NOT NULL,
    email TEXT NOT NULL,
    bound_at TIMESTAMP NOT NULL,
    PRIMARY KEY (team, slack_id)
);
CREATE INDEX bindings_okta ON bindings (okta_id);

CREATE TABLE requests (
    id TEXT PRIMARY KEY,
    subject_id TEXT NOT NULL, -- Okta user id
    subject TEXT NOT NULL, -- JSON, as are all columns below that are said to be
    slack TEXT NOT NULL, -- JSON
    target_id TEXT NOT NULL,
    target TEXT NOT NULL, -- JSON
    duration BIGINT NOT NULL, -- nanoseconds
    reason TEXT NOT NULL,
    state TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    lapse_at TIMESTAMP,
    decided_at TIMESTAMP,
    decider TEXT NOT NULL, -- JSON
    decider_note TEXT NOT NULL,
    version BIGINT NOT NULL
);
CREATE INDEX requests_due ON requests (lapse_at) WHERE state = 'pending';
CREATE INDEX requests_subject ON requests (subject_id);

CREATE TABLE decisions (
    id TEXT PRIMARY KEY,
    request_id TEXT NOT NULL REFERENCES requests (id),
    decider_id TEXT NOT NULL, -- Okta user id
    decider TEXT NOT NULL, -- JSON
    slack TEXT NOT NULL, -- JSON
    verdict TEXT NOT NULL,
    reason TEXT NOT NULL,
    received_at TIMESTAMP NOT NULL,
    UNIQUE (request_id, decider_id)
);

CREATE TABLE grants (
    id TEXT PRIMARY KEY,
    request_id TEXT NOT NULL UNIQUE REFERENCES requests (id),
    subject_id TEXT NOT NULL, -- Okta user id
    subject_login TEXT NOT NULL, -- lower case
    subject_email TEXT NOT NULL, -- lower case
    subject TEXT NOT NULL, -- JSON
    slack TEXT NOT NULL, -- JSON
    target_id TEXT NOT NULL,
    target TEXT NOT NULL, -- JSON
    person TEXT NOT NULL,
    state TEXT NOT NULL,
    start_at TIMESTAMP NOT NULL,
    end_at TIMESTAMP NOT NULL,
    duration BIGINT NOT NULL, -- nanoseconds
    active_at TIMESTAMP,
    ended_at TIMESTAMP,
    end_reason TEXT NOT NULL,
    end_note TEXT NOT NULL,
    last_error TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    link_state TEXT NOT NULL,
    link_note TEXT NOT NULL,
    link_private BOOLEAN NOT NULL,
    revoking_since TIMESTAMP,
    next_at TIMESTAMP,
    version BIGINT NOT NULL
);
CREATE INDEX grants_due ON grants (next_at) WHERE state <> 'ended';
CREATE INDEX grants_subject ON grants (subject_id);
CREATE INDEX grants_state ON grants (state);

CREATE TABLE entitlements (
    id TEXT PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    ref TEXT NOT NULL, -- JSON
    origin TEXT NOT NULL,
    presence TEXT NOT NULL,
    ready BOOLEAN NOT NULL,
    through TEXT NOT NULL, -- JSON
    verified_at TIMESTAMP,
    unwanted_since TIMESTAMP,
    settle_at TIMESTAMP,
    attempts BIGINT NOT NULL,
    last_error TEXT NOT NULL,
    fatal BOOLEAN NOT NULL,
    next_at TIMESTAMP,
    claim TEXT NOT NULL, -- empty: nobody works on it
    claimed_until TIMESTAMP, -- wall time
    touched BOOLEAN NOT NULL, -- something changed since the claim was taken
    version BIGINT NOT NULL
);
CREATE INDEX entitlements_due ON entitlements (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX entitlements_unwanted ON entitlements (unwanted_since) WHERE unwanted_since IS NOT NULL;

CREATE TABLE holds (
    grant_id TEXT NOT NULL REFERENCES grants (id),
    entitlement_id TEXT NOT NULL REFERENCES entitlements (id),
    rank BIGINT NOT NULL, -- the order in which the grant needs them
    live BOOLEAN NOT NULL,
    PRIMARY KEY (grant_id, entitlement_id)
);
CREATE INDEX holds_entitlement ON holds (entitlement_id);

CREATE TABLE intents (
    id TEXT PRIMARY KEY,
    entitlement_id TEXT NOT NULL REFERENCES entitlements (id),
    kind TEXT NOT NULL,
    ref TEXT NOT NULL, -- JSON
    operation TEXT NOT NULL,
    state TEXT NOT NULL,
    vendor_request TEXT NOT NULL,
    answer TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    resolved_at TIMESTAMP
);
CREATE INDEX intents_unresolved ON intents (entitlement_id) WHERE state IN ('open', 'accepted');

CREATE TABLE messages (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    recipient TEXT NOT NULL,
    request_id TEXT NOT NULL, -- empty for words that stand alone
    text TEXT NOT NULL,
    channel TEXT NOT NULL,
    ts TEXT NOT NULL,
    state TEXT NOT NULL,
    wanted BIGINT NOT NULL,
    shown BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    last_error TEXT NOT NULL,
    next_at TIMESTAMP,
    claim TEXT NOT NULL, -- empty: nobody works on it
    claimed_until TIMESTAMP, -- wall time
    created_at TIMESTAMP NOT NULL,
    version BIGINT NOT NULL
);
CREATE INDEX messages_due ON messages (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX messages_request ON messages (request_id);

CREATE TABLE settings (
    key TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE cron_runs (
    name TEXT PRIMARY KEY,
    ran_at TIMESTAMP NOT NULL
);

-- The audit trail. body is what is sealed; kind, at and the ids repeat parts of it
-- for searching and are compared with it when the trail is verified.
CREATE TABLE audit_events (
    seq BIGINT PRIMARY KEY,
    at TIMESTAMP NOT NULL,
    kind TEXT NOT NULL,
    actor_id TEXT NOT NULL,
    request_id TEXT NOT NULL,
    grant_id TEXT NOT NULL,
    key_id TEXT NOT NULL,
    body TEXT NOT NULL,
    prev TEXT NOT NULL, -- hexadecimal
    hash TEXT NOT NULL -- hexadecimal
);
CREATE INDEX audit_events_request ON audit_events (request_id);
CREATE INDEX audit_events_grant ON audit_events (grant_id);

-- Values of which the trail keeps digests only; a row that was deleted is erased.
CREATE TABLE audit_personal (
    seq BIGINT NOT NULL REFERENCES audit_events (seq),
    field TEXT NOT NULL,
    person TEXT NOT NULL, -- Okta user id of whom it is about
    salt TEXT NOT NULL, -- hexadecimal
    value TEXT NOT NULL,
    PRIMARY KEY (seq, field)
);
CREATE INDEX audit_personal_person ON audit_personal (person);

CREATE TABLE audit_head (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    seq BIGINT NOT NULL,
    hash TEXT NOT NULL
);
INSERT INTO audit_head (id, seq, hash) VALUES (1, 0, '0000000000000000000000000000000000000000000000000000000000000000');

-- +goose Down
DROP TABLE audit_head;
DROP TABLE audit_personal;
DROP TABLE audit_events;
DROP TABLE cron_runs;
DROP TABLE settings;
DROP TABLE messages;
DROP TABLE intents;
DROP TABLE holds;
DROP TABLE entitlements;
DROP TABLE grants;
DROP TABLE decisions;
DROP TABLE requests;
DROP TABLE bindings;
DROP TABLE attempts;
