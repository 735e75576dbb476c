-- +goose Up
CREATE TABLE people ( -- who has asked or decided, as known then: to tell those of the same name apart
    okta_id TEXT PRIMARY KEY,
    name_key TEXT NOT NULL, -- the same for names that people take for the same
    person TEXT NOT NULL -- JSON
);
CREATE INDEX people_name ON people (name_key);

-- +goose Down
DROP TABLE people;
