-- +goose Up

-- Somebody who is erased may also be meant by the login of an account that nobody in Okta has:
-- that is looked up, and not looked for in everything that campaigns have asked about.
CREATE INDEX campaign_items_called ON campaign_items (LOWER(who)) WHERE subject_id = '';

-- +goose Down
DROP INDEX campaign_items_called;
