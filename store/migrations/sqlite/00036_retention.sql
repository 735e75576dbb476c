-- +goose Up

-- What retention looks for, the oldest first, and by whom.
CREATE INDEX requests_over ON requests (created_at) WHERE state <> 'pending';
CREATE INDEX attempts_over ON attempts (received_at) WHERE state <> 'open';
CREATE INDEX messages_alone ON messages (created_at) WHERE request_id = '' AND next_at IS NULL;
CREATE INDEX decisions_decider ON decisions (decider_id);
CREATE INDEX reviews_subject ON reviews (subject_id);
CREATE INDEX campaign_items_lower ON campaign_items (lower_request) WHERE lower_request <> '';

-- +goose Down
DROP INDEX campaign_items_lower;
DROP INDEX reviews_subject;
DROP INDEX decisions_decider;
DROP INDEX messages_alone;
DROP INDEX attempts_over;
DROP INDEX requests_over;
