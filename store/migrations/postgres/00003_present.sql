-- +goose Up

-- The past only grows: what is asked again and again has indexes of what is not over.
CREATE INDEX entitlements_removing ON entitlements (unwanted_since, presence) WHERE unwanted_since IS NOT NULL AND origin = 'ours' AND presence <> 'absent';
CREATE INDEX entitlements_presence ON entitlements (presence) WHERE presence <> 'absent';
CREATE INDEX messages_unposted ON messages (state) WHERE state <> 'posted';
CREATE INDEX grants_live ON grants (subject_id) WHERE state IN ('scheduled', 'provisioning', 'active');
CREATE INDEX grants_open ON grants (state) WHERE state <> 'ended';

-- +goose Down
DROP INDEX grants_open;
DROP INDEX grants_live;
DROP INDEX messages_unposted;
DROP INDEX entitlements_presence;
DROP INDEX entitlements_removing;
