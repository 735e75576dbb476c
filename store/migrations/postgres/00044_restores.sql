-- +goose Up

-- What is to be restored of a permission set that somebody has edited, also where nobody is
-- cut: its policy, or also how long its sessions last; empty: nothing. It stood in the place
-- of the digest.
ALTER TABLE set_policies ADD COLUMN to_restore TEXT NOT NULL DEFAULT '';
UPDATE set_policies SET to_restore = CASE digest WHEN 'restore' THEN 'policy' ELSE 'session' END, digest = '' WHERE digest IN ('restore', 'restore session');

-- +goose Down
UPDATE set_policies SET digest = CASE to_restore WHEN 'policy' THEN 'restore' ELSE 'restore session' END WHERE to_restore <> '';
ALTER TABLE set_policies DROP COLUMN to_restore;
