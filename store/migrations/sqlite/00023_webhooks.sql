-- +goose Up
CREATE TABLE webhooks ( -- how far the audit trail was told to each receiver
    name          TEXT PRIMARY KEY,
    seq           BIGINT NOT NULL, -- of the last event that it has taken, or that is not for it
    failures      BIGINT NOT NULL, -- in a row
    last_error    TEXT NOT NULL,
    next_at       TIMESTAMP NOT NULL, -- not before, wall time
    delivered_at  TIMESTAMP, -- wall time
    claim         TEXT NOT NULL,
    claimed_until TIMESTAMP NOT NULL
);

-- +goose Down
DROP TABLE webhooks;
