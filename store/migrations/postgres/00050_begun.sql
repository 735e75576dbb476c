-- +goose Up

-- What has begun is looked for in the trail, where its row may be gone: among the few events
-- that say so, not among all.
CREATE INDEX audit_events_begun ON audit_events (seq) WHERE kind = 'campaign.begun';

-- +goose Down
DROP INDEX audit_events_begun;
