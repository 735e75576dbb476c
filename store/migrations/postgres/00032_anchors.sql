-- +goose Up

-- Where outside the head of the audit trail is put, and how far that has got.
CREATE TABLE anchors (
    place TEXT PRIMARY KEY, -- as the program names it: what it is and where
    head TEXT NOT NULL, -- JSON: the head that is to be put there, or was put there last
    attempts BIGINT NOT NULL, -- in a row that failed
    last_error TEXT NOT NULL,
    placed_at TIMESTAMPTZ, -- when one was put there last
    next_at TIMESTAMPTZ, -- when the head is to be put there; none if it is there
    version BIGINT NOT NULL
);

-- +goose Down
DROP TABLE anchors;
