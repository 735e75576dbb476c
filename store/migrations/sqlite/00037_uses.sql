-- +goose Up

-- What one source says of who has opened Airflow, for an occurrence that is being built. It
-- is deleted when people are asked: what it says of each is among the facts then.
CREATE TABLE use_readings (
    occurrence_id TEXT NOT NULL REFERENCES occurrences (id),
    source TEXT NOT NULL, -- in words
    reading TEXT NOT NULL, -- JSON
    read_at TIMESTAMP NOT NULL,
    PRIMARY KEY (occurrence_id, source)
);

-- +goose Down
DROP TABLE use_readings;
