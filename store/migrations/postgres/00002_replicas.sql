-- +goose Up

-- The processes that serve this database. One is alive for as long as its beats go
-- up; nobody compares clocks.
CREATE TABLE replicas (
    id TEXT PRIMARY KEY,
    version TEXT NOT NULL,
    team TEXT NOT NULL, -- Slack's
    connections BIGINT NOT NULL, -- to Slack, that it holds or wants to hold
    started_at TIMESTAMPTZ NOT NULL, -- wall time of the replica, as is the next
    beat_at TIMESTAMPTZ NOT NULL,
    beats BIGINT NOT NULL
);

-- +goose Down
DROP TABLE replicas;
