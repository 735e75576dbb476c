-- +goose Up

-- What looks for drift have found and the last one has found again.
CREATE TABLE drift_findings (
    key TEXT PRIMARY KEY, -- the same for the same difference
    kind TEXT NOT NULL,
    subject_id TEXT NOT NULL, -- Okta user id, or empty
    finding TEXT NOT NULL, -- JSON: as it is told
    found_at TIMESTAMPTZ NOT NULL, -- by the first look of those that have found it
    done TEXT NOT NULL, -- what was done about it last; empty is nothing
    done_at TIMESTAMPTZ
);
CREATE INDEX drift_findings_subject ON drift_findings (subject_id) WHERE subject_id <> '';

-- +goose Down
DROP TABLE drift_findings;
