-- +goose Up

-- People whose sessions of a permission set are cut: denied everything in its inline policy
-- until no session can be left that is older than the end of their access.
CREATE TABLE cuts (
    id TEXT PRIMARY KEY,
    subject_id TEXT NOT NULL, -- Okta user id
    subject TEXT NOT NULL, -- JSON
    person TEXT NOT NULL, -- Identity Center user id
    permission_set TEXT NOT NULL, -- ARN
    target_id TEXT NOT NULL,
    target TEXT NOT NULL, -- JSON
    state TEXT NOT NULL,
    reason TEXT NOT NULL,
    note TEXT NOT NULL, -- why it was lifted before its time
    longest BIGINT NOT NULL, -- of a session, nanoseconds
    created_at TIMESTAMPTZ NOT NULL,
    denied_at TIMESTAMPTZ,
    cut_at TIMESTAMPTZ,
    lift_at TIMESTAMPTZ NOT NULL,
    lifted_at TIMESTAMPTZ,
    version BIGINT NOT NULL
);
CREATE UNIQUE INDEX cuts_live ON cuts (permission_set, person) WHERE state <> 'lifted';
CREATE INDEX cuts_subject ON cuts (subject_id);

-- What was written of the inline policy of a permission set in which somebody is cut. Whoever
-- has the claim writes it, and nobody else.
CREATE TABLE set_policies (
    permission_set TEXT PRIMARY KEY, -- ARN
    instance TEXT NOT NULL, -- ARN
    digest TEXT NOT NULL, -- of the policy that was put last; empty: none
    users TEXT NOT NULL, -- JSON: whom it denies
    vendor_request TEXT NOT NULL, -- of the provisioning under way; empty: none
    provisioned BOOLEAN NOT NULL, -- every account has it
    checked_at TIMESTAMPTZ, -- when it was last seen to be there
    attempts BIGINT NOT NULL,
    last_error TEXT NOT NULL,
    next_at TIMESTAMPTZ,
    claim TEXT NOT NULL,
    claimed_until TIMESTAMPTZ,
    version BIGINT NOT NULL
);
CREATE INDEX set_policies_next ON set_policies (next_at) WHERE next_at IS NOT NULL;

-- +goose Down
DROP TABLE set_policies;
DROP TABLE cuts;
