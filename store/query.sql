-- attempts

-- name: InsertAttempt :execrows
INSERT INTO attempts (id, delivery, team, slack_id, kind, request_id, target, duration, reason, begins, channel, received_at, state, answer, tries, next_at, version, comments)
VALUES (@id, @delivery, @team, @slack_id, @kind, @request_id, @target, @duration, @reason, @begins, @channel, @received_at, @state, @answer, @tries, @next_at, @version, @comments)
ON CONFLICT (delivery) DO NOTHING;

-- name: DeleteShown :execrows
DELETE FROM attempts WHERE id IN (SELECT a.id FROM attempts a WHERE a.kind = 'show' AND a.received_at < @before ORDER BY a.received_at LIMIT CAST(@max AS BIGINT));

-- name: UpdateAttempt :one
UPDATE attempts SET state = @state, answer = @answer, tries = @tries, next_at = @next_at, version = version + 1
WHERE id = @id AND version = @version RETURNING *;

-- name: Attempt :one
SELECT * FROM attempts WHERE id = @id;

-- name: AttemptByDelivery :one
SELECT * FROM attempts WHERE delivery = @delivery;

-- name: OpenAttempts :many
SELECT * FROM attempts WHERE request_id = @request_id AND state = 'open' ORDER BY received_at, id;

-- name: DueAttempts :many
SELECT id, version FROM attempts WHERE state = 'open' AND next_at <= @now ORDER BY next_at LIMIT CAST(@max AS BIGINT);

-- bindings

-- name: InsertBinding :execrows
INSERT INTO bindings (team, slack_id, okta_id, email, bound_at) VALUES (@team, @slack_id, @okta_id, @email, @bound_at)
ON CONFLICT (team, slack_id) DO NOTHING;

-- name: UpdateBinding :execrows
UPDATE bindings SET okta_id = @okta_id, email = @email, bound_at = @bound_at WHERE team = @team AND slack_id = @slack_id;

-- name: Binding :one
SELECT * FROM bindings WHERE team = @team AND slack_id = @slack_id;

-- name: BindingsOf :many
SELECT * FROM bindings WHERE okta_id = @okta_id ORDER BY team, slack_id;

-- readers

-- name: PutReader :exec
INSERT INTO readers (slack_id, okta_id, locale, zone) VALUES (@slack_id, @okta_id, @locale, @zone)
ON CONFLICT (slack_id) DO UPDATE SET okta_id = excluded.okta_id, locale = excluded.locale, zone = excluded.zone;

-- name: Reader :one
SELECT * FROM readers WHERE slack_id = @slack_id;

-- name: EraseReader :exec
DELETE FROM readers WHERE okta_id = @okta_id;

-- requests and decisions

-- name: InsertRequest :exec
INSERT INTO requests (id, subject_id, subject, slack, target_id, target, duration, reason, new_account, state, created_at, lapse_at, decided_at, decider, decider_note, course, next_at, extends, start_at, seen, version)
VALUES (@id, @subject_id, @subject, @slack, @target_id, @target, @duration, @reason, @new_account, @state, @created_at, @lapse_at, @decided_at, @decider, @decider_note, @course, @next_at, @extends, @start_at, @seen, @version);

-- name: UpdateRequest :one
UPDATE requests SET state = @state, duration = @duration, lapse_at = @lapse_at, decided_at = @decided_at, decider = @decider, decider_note = @decider_note, course = @course, next_at = @next_at,
    version = version + 1
WHERE id = @id AND version = @version RETURNING *;

-- name: Request :one
SELECT * FROM requests WHERE id = @id;

-- name: PendingRequests :many
SELECT * FROM requests WHERE state = 'pending' ORDER BY lapse_at, id LIMIT CAST(@max AS BIGINT);

-- name: DueRequests :many
SELECT id, version FROM requests WHERE state = 'pending' AND (lapse_at <= @now OR next_at <= @now) ORDER BY lapse_at LIMIT CAST(@max AS BIGINT);

-- name: CountRequests :many
SELECT state, COUNT(*) AS n FROM requests WHERE state = 'pending' GROUP BY state;

-- name: InsertDecision :execrows
INSERT INTO decisions (id, request_id, decider_id, decider, slack, verdict, reason, received_at, rules, duration)
VALUES (@id, @request_id, @decider_id, @decider, @slack, @verdict, @reason, @received_at, @rules, @duration)
ON CONFLICT (request_id, decider_id) DO NOTHING;

-- name: DecisionsOf :many
SELECT * FROM decisions WHERE request_id = @request_id ORDER BY received_at, id;

-- questions

-- name: InsertQuestion :exec
INSERT INTO questions (id, request_id, asker_id, asker, slack, text, asked_at, answer, answered_at)
VALUES (@id, @request_id, @asker_id, @asker, @slack, @text, @asked_at, '', NULL);

-- name: AnswerQuestion :one
UPDATE questions SET answer = @answer, answered_at = @answered_at WHERE id = @id AND answered_at IS NULL RETURNING *;

-- name: Question :one
SELECT * FROM questions WHERE id = @id;

-- name: QuestionsOf :many
SELECT * FROM questions WHERE request_id = @request_id ORDER BY asked_at, id;

-- grants and holds

-- name: InsertGrant :exec
INSERT INTO grants (id, request_id, subject_id, subject_login, subject_email, subject, slack, target_id, target, person, state, start_at, end_at, duration, active_at, ended_at,
    end_reason, end_note, last_error, attempts, link_state, link_note, link_private, revoking_since, next_at, version)
VALUES (@id, @request_id, @subject_id, @subject_login, @subject_email, @subject, @slack, @target_id, @target, @person, @state, @start_at, @end_at, @duration, @active_at, @ended_at,
    @end_reason, @end_note, @last_error, @attempts, @link_state, @link_note, @link_private, @revoking_since, @next_at, @version);

-- name: UpdateGrant :one
UPDATE grants SET person = @person, state = @state, start_at = @start_at, end_at = @end_at, active_at = @active_at, ended_at = @ended_at,
    end_reason = @end_reason, end_note = @end_note, last_error = @last_error, attempts = @attempts, link_state = @link_state, link_note = @link_note,
    link_private = @link_private, revoking_since = @revoking_since, next_at = @next_at, version = version + 1
WHERE id = @id AND version = @version RETURNING *;

-- name: TouchGrant :one
UPDATE grants SET next_at = @now, version = version + 1 WHERE id = @id AND state <> 'ended' RETURNING state, end_at, version;

-- name: Grant :one
SELECT * FROM grants WHERE id = @id;

-- name: GrantOf :one
SELECT * FROM grants WHERE request_id = @request_id;

-- name: GrantsOf :many
SELECT * FROM grants WHERE subject_id = @subject_id ORDER BY id DESC;

-- name: LiveGrantsOf :many
SELECT * FROM grants WHERE subject_id = @subject_id AND state IN ('scheduled', 'provisioning', 'active') ORDER BY id DESC;

-- name: LiveExtensions :many
SELECT grants.* FROM grants JOIN requests ON requests.id = grants.request_id
WHERE requests.extends = @grant_id AND requests.extends <> '' AND grants.state IN ('scheduled', 'provisioning', 'active') ORDER BY grants.id;

-- name: Extensions :many
SELECT grants.* FROM grants JOIN requests ON requests.id = grants.request_id
WHERE requests.extends = @grant_id AND requests.extends <> '' ORDER BY grants.id;

-- name: LiveSubjects :many
SELECT DISTINCT subject_id FROM grants WHERE state IN ('scheduled', 'provisioning', 'active');

-- name: DueGrants :many
SELECT id, version, state, end_at, target_id FROM grants WHERE state <> 'ended' AND next_at <= @now ORDER BY next_at LIMIT CAST(@max AS BIGINT);

-- name: CountDueGrants :one
SELECT COUNT(*) FROM grants WHERE state <> 'ended' AND next_at <= @now;

-- name: CountGrants :many
SELECT state, COUNT(*) AS n FROM grants WHERE state <> 'ended' GROUP BY state;

-- name: InsertHold :exec
INSERT INTO holds (grant_id, entitlement_id, rank, live) VALUES (@grant_id, @entitlement_id, @rank, @live);

-- name: SetHolds :exec
UPDATE holds SET live = @live WHERE grant_id = @grant_id;

-- name: Holders :many
SELECT h.* FROM holds h JOIN grants g ON g.id = h.grant_id
WHERE h.entitlement_id = @entitlement_id AND g.state <> 'ended' ORDER BY h.grant_id;

-- name: GrantsHolding :many
SELECT g.id AS grant_id, g.request_id, h.live FROM holds h JOIN grants g ON g.id = h.grant_id
WHERE h.entitlement_id = @entitlement_id ORDER BY h.live DESC, CASE WHEN g.state = 'ended' THEN 1 ELSE 0 END, g.id DESC LIMIT CAST(@max AS BIGINT);

-- name: LiveHolds :many
SELECT * FROM holds WHERE entitlement_id = @entitlement_id AND live ORDER BY grant_id;

-- name: HeldBySomebody :one
SELECT COUNT(*) > 0 FROM entitlements e JOIN holds h ON h.entitlement_id = e.id WHERE e.key LIKE @keys AND h.live;

-- name: CountApprovedHolds :one
SELECT COUNT(*) FROM holds h JOIN grants g ON g.id = h.grant_id JOIN requests r ON r.id = g.request_id
WHERE h.entitlement_id = @entitlement_id AND h.live AND r.state = 'approved';

-- entitlements

-- name: UpsertEntitlement :exec
INSERT INTO entitlements (id, key, ref, origin, presence, ready, through, verified_at, unwanted_since, settle_at, attempts, last_error, fatal, next_at, claim, claimed_until, touched, version)
VALUES (@id, @key, @ref, 'unknown', 'unknown', FALSE, '', NULL, NULL, NULL, 0, '', FALSE, NULL, '', NULL, FALSE, 1)
ON CONFLICT (key) DO UPDATE SET ref = excluded.ref;

-- name: Entitlement :one
SELECT * FROM entitlements WHERE id = @id;

-- name: EntitlementByKey :one
SELECT * FROM entitlements WHERE key = @key;

-- name: EntitlementsOf :many
SELECT e.* FROM entitlements e JOIN holds h ON h.entitlement_id = e.id WHERE h.grant_id = @grant_id ORDER BY h.rank, e.id;

-- name: WantEntitlement :one
UPDATE entitlements SET unwanted_since = NULL, next_at = @now, touched = TRUE, ready = FALSE, attempts = 0, last_error = '', last_class = '', fatal = FALSE, version = version + 1
WHERE id = @id RETURNING *;

-- name: LockRow :one
UPDATE entitlements SET touched = touched WHERE id = @id RETURNING *;

-- name: UnwantEntitlement :one
UPDATE entitlements SET unwanted_since = @unwanted_since, next_at = @now, touched = TRUE, version = version + 1
WHERE id = @id RETURNING *;

-- name: LetGoEntitlement :one
UPDATE entitlements SET origin = 'unknown', presence = 'absent', ready = FALSE, unwanted_since = NULL, settle_at = NULL, attempts = 0, last_error = '', last_class = '', fatal = FALSE, next_at = NULL,
    claim = '', claimed_until = NULL, touched = FALSE, version = version + 1
WHERE id = @id RETURNING *;

-- name: DeleteHold :exec
DELETE FROM holds WHERE grant_id = @grant_id AND entitlement_id = @entitlement_id;

-- name: RetryEntitlement :one
UPDATE entitlements SET next_at = @now, touched = TRUE, attempts = 0, fatal = FALSE, version = version + 1
WHERE id = @id RETURNING *;

-- name: AdoptEntitlement :one
UPDATE entitlements SET origin = 'standing', adopted_at = @now, next_at = @now, touched = TRUE, version = version + 1
WHERE id = @id RETURNING *;

-- name: ClaimEntitlement :one
UPDATE entitlements SET claim = @token, claimed_until = @claimed_until, touched = FALSE, version = version + 1
WHERE id = @id AND version = @version AND (claim = '' OR claimed_until < @wall) RETURNING *;

-- name: LockEntitlement :one
UPDATE entitlements SET version = version + 1 WHERE id = @id AND claim = @token RETURNING *;

-- name: UpdateEntitlement :one
UPDATE entitlements SET ref = @ref, origin = @origin, presence = @presence, ready = @ready, through = @through, verified_at = @verified_at,
    unwanted_since = @unwanted_since, settle_at = @settle_at, attempts = @attempts, last_error = @last_error, last_class = @last_class, fatal = @fatal,
    next_at = @next_at, claim = @new_claim, claimed_until = @claimed_until, version = version + 1
WHERE id = @id AND claim = @token AND version = @version RETURNING *;

-- name: DueEntitlements :many
SELECT id, version, key, presence, unwanted_since FROM entitlements WHERE next_at IS NOT NULL AND next_at <= @now ORDER BY next_at LIMIT CAST(@max AS BIGINT);

-- name: Overdue :many
SELECT * FROM entitlements WHERE unwanted_since IS NOT NULL AND unwanted_since < @before AND origin = 'ours' AND presence <> 'absent' ORDER BY unwanted_since, id;

-- name: CountOverdue :one
SELECT COUNT(*) FROM entitlements WHERE unwanted_since IS NOT NULL AND unwanted_since < @before AND origin = 'ours' AND presence <> 'absent';

-- name: OldestOverdue :one
SELECT unwanted_since FROM entitlements WHERE unwanted_since IS NOT NULL AND unwanted_since < @before AND origin = 'ours' AND presence <> 'absent' ORDER BY unwanted_since LIMIT 1;

-- name: CountRemovals :many
SELECT presence, COUNT(*) AS n FROM entitlements WHERE unwanted_since IS NOT NULL AND origin = 'ours' AND presence <> 'absent' GROUP BY presence;

-- name: CountEntitlements :many
SELECT presence, COUNT(*) AS n FROM entitlements WHERE presence <> 'absent' GROUP BY presence;

-- name: ClearEntitlementClaims :exec
UPDATE entitlements SET claim = '', claimed_until = NULL, version = version + 1 WHERE claim <> '';

-- intents

-- name: InsertIntent :exec
INSERT INTO intents (id, entitlement_id, kind, ref, operation, state, vendor_request, answer, created_at, resolved_at)
VALUES (@id, @entitlement_id, @kind, @ref, @operation, @state, @vendor_request, @answer, @created_at, @resolved_at);

-- name: Intent :one
SELECT * FROM intents WHERE id = @id;

-- name: UpdateIntent :exec
UPDATE intents SET state = @state, vendor_request = @vendor_request, answer = @answer, resolved_at = @resolved_at WHERE id = @id;

-- name: Intents :many
SELECT * FROM intents WHERE entitlement_id = @entitlement_id AND state IN ('open', 'accepted') ORDER BY created_at, id;

-- name: CountOutstanding :one
SELECT COUNT(*) FROM intents WHERE state IN ('open', 'accepted') AND (state = 'accepted' OR created_at > @since)
AND operation = 'add' AND kind IN ('account_assignment', 'group_assignment');

-- name: CountIntents :many
SELECT state, COUNT(*) AS n FROM intents WHERE state IN ('open', 'accepted') GROUP BY state;

-- messages

-- name: InsertMessage :exec
INSERT INTO messages (id, kind, recipient, request_id, text, channel, ts, state, wanted, shown, attempts, last_error, next_at, claim, claimed_until, created_at, version)
VALUES (@id, @kind, @recipient, @request_id, @text, @channel, @ts, @state, @wanted, @shown, @attempts, @last_error, @next_at, '', NULL, @created_at, 1);

-- name: TouchMessages :many
UPDATE messages SET wanted = wanted + 1, next_at = @now, version = version + 1
WHERE request_id = @request_id AND state <> 'failed' AND kind NOT IN ('notice', 'admin') RETURNING id, version, kind, recipient;

-- name: Message :one
SELECT * FROM messages WHERE id = @id;

-- name: MessagesOf :many
SELECT * FROM messages WHERE request_id = @request_id ORDER BY created_at, id;

-- Of a claim that ran out nobody knows what was done with it.
-- name: ClaimMessage :one
UPDATE messages SET claim = @token, claimed_until = @claimed_until, version = version + 1, shows = CASE WHEN claim = '' THEN shows ELSE '' END
WHERE id = @id AND version = @version AND (claim = '' OR claimed_until < @wall) RETURNING *;

-- name: LockMessage :one
UPDATE messages SET version = version + 1 WHERE id = @id AND claim = @token RETURNING *;

-- name: UpdateMessage :one
UPDATE messages SET text = @text, channel = @channel, ts = @ts, state = @state, shown = @shown, shows = @shows, attempts = @attempts, last_error = @last_error,
    next_at = @next_at, claim = @new_claim, claimed_until = @claimed_until
WHERE id = @id AND claim = @token RETURNING *;

-- name: ForgetShows :exec
UPDATE messages SET shows = '' WHERE shows <> '';

-- name: DueMessages :many
SELECT id, version FROM messages WHERE next_at IS NOT NULL AND next_at <= @now ORDER BY next_at LIMIT CAST(@max AS BIGINT);

-- name: CountMessages :many
SELECT state, COUNT(*) AS n FROM messages WHERE state <> 'posted' GROUP BY state;

-- name: ClearMessageClaims :exec
UPDATE messages SET claim = '', claimed_until = NULL, shows = '', version = version + 1 WHERE claim <> '';

-- Home tabs

-- name: PutHome :exec
INSERT INTO homes (slack_id, okta_id, login, admin, refused, pages, opened_at)
VALUES (@slack_id, @okta_id, @login, @admin, @refused, @pages, @opened_at)
ON CONFLICT (slack_id) DO UPDATE SET okta_id = excluded.okta_id, login = excluded.login, admin = excluded.admin, refused = excluded.refused,
    pages = excluded.pages, opened_at = excluded.opened_at;

-- name: Home :one
SELECT * FROM homes WHERE slack_id = @slack_id;

-- name: AdminHomes :many
SELECT slack_id FROM homes WHERE admin ORDER BY slack_id;

-- name: PutHomeMessage :exec
INSERT INTO messages (id, kind, recipient, request_id, text, channel, ts, state, wanted, shown, attempts, last_error, next_at, claim, claimed_until, created_at, version)
VALUES (@id, 'home', @recipient, '', '', '', '', 'new', 0, 0, 0, '', NULL, '', NULL, @created_at, 1)
ON CONFLICT (id) DO NOTHING;

-- name: ReviveHome :exec
UPDATE messages SET state = 'new', attempts = 0, version = version + 1 WHERE id = @id AND state = 'failed';

-- name: TouchHome :many
UPDATE messages SET wanted = wanted + 1, next_at = @now, version = version + 1 WHERE id = @id AND state <> 'failed' RETURNING id, version;

-- name: AskedOf :many
SELECT recipient FROM messages WHERE request_id = @request_id AND kind IN ('requester', 'approver', 'review');

-- name: WaitingFor :many
SELECT r.id FROM requests r WHERE r.state = 'pending'
    AND EXISTS (SELECT 1 FROM messages m WHERE m.request_id = r.id AND m.kind = 'approver' AND m.recipient = @recipient)
    AND NOT EXISTS (SELECT 1 FROM decisions d WHERE d.request_id = r.id AND d.decider_id = @decider)
ORDER BY r.created_at, r.id;

-- name: FailedGrants :many
SELECT * FROM grants WHERE end_reason = 'failed' AND ended_at > @since ORDER BY ended_at DESC LIMIT CAST(@max AS BIGINT);

-- name: EraseHome :exec
DELETE FROM homes WHERE okta_id = @okta_id;

-- name: EntitlementsWithHolds :many
SELECT entitlements.id, ref, origin, presence, verified_at, unwanted_since, EXISTS (SELECT 1 FROM holds WHERE holds.entitlement_id = entitlements.id AND holds.live) AS wanted,
    EXISTS (SELECT 1 FROM holds JOIN grants ON grants.id = holds.grant_id WHERE holds.entitlement_id = entitlements.id AND holds.live AND grants.state = 'active') AS active
FROM entitlements WHERE entitlements.id > @after ORDER BY entitlements.id LIMIT CAST(@max AS BIGINT);

-- what waits, for metrics

-- name: OldestDueAttempt :one
SELECT next_at FROM attempts WHERE state = 'open' AND next_at <= @now ORDER BY next_at LIMIT 1;

-- name: OldestDueRequest :one
SELECT lapse_at FROM requests WHERE state = 'pending' AND lapse_at <= @now ORDER BY lapse_at LIMIT 1;

-- name: OldestDueGrant :one
SELECT next_at FROM grants WHERE state <> 'ended' AND next_at <= @now ORDER BY next_at LIMIT 1;

-- name: OldestDueEntitlement :one
SELECT next_at FROM entitlements WHERE next_at IS NOT NULL AND next_at <= @now ORDER BY next_at LIMIT 1;

-- name: OldestDueMessage :one
SELECT next_at FROM messages WHERE next_at IS NOT NULL AND next_at <= @now ORDER BY next_at LIMIT 1;

-- settings and schedules

-- name: Setting :one
SELECT value FROM settings WHERE key = @key;

-- name: SetSetting :exec
INSERT INTO settings (key, value) VALUES (@key, @value) ON CONFLICT (key) DO UPDATE SET value = excluded.value;

-- name: CronRuns :many
SELECT name, ran_at FROM cron_runs ORDER BY name;

-- name: CronRun :one
SELECT ran_at FROM cron_runs WHERE name = @name;

-- name: SetCronRun :exec
INSERT INTO cron_runs (name, ran_at) VALUES (@name, @ran_at) ON CONFLICT (name) DO UPDATE SET ran_at = excluded.ran_at;

-- audit

-- name: TakeAuditNumbers :one
UPDATE audit_head SET seq = seq + @n WHERE id = 1 RETURNING seq, hash;

-- name: SetAuditHash :exec
UPDATE audit_head SET hash = @hash WHERE id = 1;

-- name: AuditHead :one
SELECT seq, hash FROM audit_head WHERE id = 1;

-- name: InsertAuditEvent :exec
INSERT INTO audit_events (seq, at, kind, actor_id, request_id, grant_id, key_id, body, prev, hash)
VALUES (@seq, @at, @kind, @actor_id, @request_id, @grant_id, @key_id, @body, @prev, @hash);

-- name: InsertAuditPersonal :exec
INSERT INTO audit_personal (seq, field, person, salt, value) VALUES (@seq, @field, @person, @salt, @value);

-- name: AuditEvent :one
SELECT * FROM audit_events WHERE seq = @seq;

-- name: DeleteAuditPersonal :execrows
DELETE FROM audit_personal WHERE person = @person;

-- erasing a person

-- name: RequestsAbout :many
SELECT * FROM requests WHERE subject_id = @person ORDER BY id;

-- name: EraseRequest :exec
UPDATE requests SET subject = @subject, slack = @slack, reason = '', decider_note = '', version = version + 1 WHERE id = @id;

-- name: EraseDecisions :exec
UPDATE decisions SET reason = '' WHERE request_id = @request_id;

-- name: EraseQuestions :exec
UPDATE questions SET text = '', answer = '' WHERE request_id = @request_id;

-- name: AskedBy :many
SELECT * FROM questions WHERE asker_id = @person ORDER BY id;

-- name: EraseAsker :exec
UPDATE questions SET asker = @asker, slack = @slack WHERE id = @id;

-- name: EraseGrant :exec
UPDATE grants SET subject_login = '', subject_email = '', subject = @subject, slack = @slack, end_note = '', version = version + 1 WHERE request_id = @request_id;

-- name: EraseAttempts :exec
UPDATE attempts SET reason = '', comments = '', answer = '' WHERE team = @team AND slack_id = @slack_id AND state <> 'open';

-- name: EraseReasonsAbout :exec
UPDATE attempts SET reason = '', version = version + 1
WHERE state <> 'open' AND reason <> '' AND (request_id IN (SELECT requests.id FROM requests WHERE requests.subject_id = @person)
    OR kind = 'lift' AND target IN (SELECT cuts.id FROM cuts WHERE cuts.subject_id = @person));

-- name: EraseNotices :exec
UPDATE messages SET text = '' WHERE recipient = @recipient AND state IN ('posted', 'failed');

-- name: DecidedBy :many
SELECT * FROM decisions WHERE decider_id = @person ORDER BY id;

-- name: EraseDecider :exec
UPDATE decisions SET decider = @decider, slack = @slack WHERE id = @id;

-- name: EraseRequestDecider :exec
UPDATE requests SET decider = @decider, version = version + 1 WHERE id = @id;

-- name: EraseBindings :exec
UPDATE bindings SET email = '' WHERE okta_id = @okta_id;

-- name: ErasePerson :exec
DELETE FROM people WHERE okta_id = @okta_id;

-- people

-- name: PutPerson :exec
INSERT INTO people (okta_id, name_key, person) VALUES (@okta_id, @name_key, @person)
ON CONFLICT (okta_id) DO UPDATE SET name_key = excluded.name_key, person = excluded.person;

-- name: PeopleAlike :many
SELECT person FROM people WHERE name_key = @name_key AND okta_id <> @okta_id ORDER BY okta_id LIMIT @most;

-- name: WaitingOf :many
SELECT id FROM requests WHERE subject_id = @subject_id AND state = 'pending' ORDER BY id LIMIT @most;

-- replicas

-- name: BeatReplica :exec
INSERT INTO replicas (id, version, team, connections, started_at, beat_at, beats)
VALUES (@id, @version, @team, @connections, @started_at, @beat_at, @beats)
ON CONFLICT (id) DO UPDATE SET connections = excluded.connections, beat_at = excluded.beat_at, beats = excluded.beats;

-- name: Replicas :many
SELECT * FROM replicas ORDER BY started_at, id;

-- name: ForgetReplica :execrows
DELETE FROM replicas WHERE id = @id AND beats = @beats;

-- name: RemoveReplica :exec
DELETE FROM replicas WHERE id = @id;

-- name: ClearReplicas :exec
DELETE FROM replicas;

-- reviews

-- name: InsertReview :exec
INSERT INTO reviews (id, kind, campaign_id, request_id, grant_id, subject_id, subject, target_id, reviewers, state, verdict, reviewer_id, reviewer, comment, created_at, due_at, given_at, remind_every, reminders, next_at, version)
VALUES (@id, @kind, @campaign_id, @request_id, @grant_id, @subject_id, @subject, @target_id, @reviewers, @state, '', '', '', '', @created_at, @due_at, NULL, @remind_every, 0, @next_at, 1);

-- name: UpdateReview :one
UPDATE reviews SET grant_id = @grant_id, state = @state, verdict = @verdict, reviewer_id = @reviewer_id, reviewer = @reviewer, comment = @comment, given_at = @given_at,
    reminders = @reminders, next_at = @next_at, version = version + 1
WHERE id = @id AND version = @version RETURNING *;

-- name: Review :one
SELECT * FROM reviews WHERE id = @id;

-- name: ReviewOf :one
SELECT * FROM reviews WHERE request_id = @request_id AND kind = 'break_glass';

-- name: OwedReviews :many
SELECT * FROM reviews WHERE state = 'owed' ORDER BY due_at, id LIMIT CAST(@max AS BIGINT);

-- name: ReviewsFor :many
SELECT * FROM reviews v WHERE v.state = 'owed' AND v.subject_id <> @person
    AND EXISTS (SELECT 1 FROM messages m WHERE m.request_id = v.request_id AND m.kind = 'review' AND m.recipient = @recipient)
ORDER BY v.due_at, v.id LIMIT CAST(@max AS BIGINT);

-- name: DueReviews :many
SELECT id, version FROM reviews WHERE state = 'owed' AND next_at <= @now ORDER BY next_at LIMIT CAST(@max AS BIGINT);

-- name: CountReviews :one
SELECT COUNT(*) FROM reviews WHERE state = 'owed';

-- name: CountOverdueReviews :one
SELECT COUNT(*) FROM reviews WHERE state = 'owed' AND due_at <= @now;

-- name: OldestDueReview :one
SELECT next_at FROM reviews WHERE state = 'owed' AND next_at <= @now ORDER BY next_at LIMIT 1;

-- cuts

-- name: InsertCut :execrows
INSERT INTO cuts (id, subject_id, subject, person, permission_set, target_id, target, state, reason, note, longest, created_at, denied_at, cut_at, lift_at, lifted_at, version)
VALUES (@id, @subject_id, @subject, @person, @permission_set, @target_id, @target, @state, @reason, '', @longest, @created_at, NULL, NULL, @lift_at, NULL, 1)
ON CONFLICT (permission_set, person) WHERE state <> 'lifted' DO NOTHING;

-- name: UpdateCut :one
UPDATE cuts SET state = @state, note = @note, longest = @longest, denied_at = @denied_at, cut_at = @cut_at, lift_at = @lift_at, lifted_at = @lifted_at, version = version + 1
WHERE id = @id AND version = @version RETURNING *;

-- name: Cut :one
SELECT * FROM cuts WHERE id = @id;

-- name: LiveCuts :many
SELECT * FROM cuts WHERE state <> 'lifted' ORDER BY id;

-- name: LiveCutsOfSet :many
SELECT * FROM cuts WHERE permission_set = @permission_set AND state <> 'lifted' ORDER BY person;

-- name: LiveCutOf :one
SELECT * FROM cuts WHERE subject_id = @subject_id AND permission_set = @permission_set AND state <> 'lifted' ORDER BY id LIMIT 1;

-- name: NewestCuts :many
SELECT * FROM cuts ORDER BY id DESC LIMIT CAST(@max AS BIGINT);

-- name: CutsOf :many
SELECT * FROM cuts WHERE subject_id = @subject_id ORDER BY id;

-- name: EraseCut :exec
UPDATE cuts SET subject = @subject, reason = '', note = '', version = version + 1 WHERE id = @id;

-- name: WantSetPolicy :one
INSERT INTO set_policies (permission_set, instance, digest, users, vendor_request, provisioned, checked_at, attempts, last_error, next_at, claim, claimed_until, version)
VALUES (@permission_set, @instance, '', '[]', '', FALSE, NULL, 0, '', @now, '', NULL, 1)
ON CONFLICT (permission_set) DO UPDATE SET instance = excluded.instance, next_at = excluded.next_at, attempts = 0, version = set_policies.version + 1
RETURNING *;

-- name: SetPolicy :one
SELECT * FROM set_policies WHERE permission_set = @permission_set;

-- name: ClaimSetPolicy :one
UPDATE set_policies SET claim = @token, claimed_until = @claimed_until, version = version + 1
WHERE permission_set = @permission_set AND version = @version AND (claim = '' OR claimed_until < @wall) RETURNING *;

-- name: LockSetPolicy :one
UPDATE set_policies SET version = version + 1 WHERE permission_set = @permission_set AND claim = @token RETURNING *;

-- name: UpdateSetPolicy :one
UPDATE set_policies SET digest = @digest, to_restore = @to_restore, users = @users, vendor_request = @vendor_request, provisioned = @provisioned, checked_at = @checked_at, attempts = @attempts,
    last_error = @last_error, next_at = @next_at, claim = '', claimed_until = NULL, version = version + 1
WHERE permission_set = @permission_set AND claim = @token AND version = @version RETURNING *;

-- name: CountProvisioning :one
SELECT COUNT(*) FROM set_policies WHERE vendor_request <> '';

-- name: DueSetPolicies :many
SELECT permission_set, version FROM set_policies WHERE next_at IS NOT NULL AND next_at <= @now ORDER BY next_at LIMIT CAST(@max AS BIGINT);

-- name: OldestDueSetPolicy :one
SELECT next_at FROM set_policies WHERE next_at IS NOT NULL AND next_at <= @now ORDER BY next_at LIMIT 1;

-- name: ClearSetPolicyClaims :exec
UPDATE set_policies SET claim = '', claimed_until = NULL, version = version + 1 WHERE claim <> '';

-- campaigns

-- name: InsertCampaign :execrows
INSERT INTO campaigns (name, schedule, due_at, next_at, version) VALUES (@name, @schedule, @due_at, @next_at, 1) ON CONFLICT (name) DO NOTHING;

-- name: UpdateCampaign :one
UPDATE campaigns SET schedule = @schedule, due_at = @due_at, next_at = @next_at, version = version + 1 WHERE name = @name AND version = @version RETURNING *;

-- name: Campaign :one
SELECT * FROM campaigns WHERE name = @name;

-- name: Campaigns :many
SELECT * FROM campaigns ORDER BY name;

-- name: DueCampaigns :many
SELECT name, version FROM campaigns WHERE next_at IS NOT NULL AND next_at <= @now ORDER BY next_at LIMIT CAST(@max AS BIGINT);

-- name: OldestDueCampaign :one
SELECT next_at FROM campaigns WHERE next_at IS NOT NULL AND next_at <= @now ORDER BY next_at LIMIT 1;

-- name: InsertOccurrence :execrows
INSERT INTO occurrences (id, campaign, scheduled_at, missed, rules, state, items, population, created_at, opened_at, deadline_at, closed_at, note, attempts, last_error, next_at, version)
VALUES (@id, @campaign, @scheduled_at, @missed, @rules, @state, 0, '', @created_at, NULL, NULL, NULL, '', 0, '', @next_at, 1)
ON CONFLICT DO NOTHING;

-- name: UpdateOccurrence :one
UPDATE occurrences SET state = @state, items = @items, population = @population, opened_at = @opened_at, deadline_at = @deadline_at, closed_at = @closed_at, note = @note,
    attempts = @attempts, last_error = @last_error, next_at = @next_at, version = version + 1
WHERE id = @id AND version = @version RETURNING *;

-- name: HoldOccurrence :execrows
UPDATE occurrences SET items = occurrences.items WHERE id = @id AND version = @version;

-- name: LockOccurrence :one
UPDATE occurrences SET items = occurrences.items WHERE id = @id RETURNING *;

-- name: Occurrence :one
SELECT * FROM occurrences WHERE id = @id;

-- name: LiveOccurrence :one
SELECT * FROM occurrences WHERE campaign = @campaign AND state <> 'closed';

-- name: LastOccurrence :one
SELECT * FROM occurrences WHERE campaign = @campaign ORDER BY id DESC LIMIT 1;

-- name: NewestOccurrences :many
SELECT * FROM occurrences ORDER BY id DESC LIMIT CAST(@max AS BIGINT);

-- name: DueOccurrences :many
SELECT id, version FROM occurrences WHERE next_at IS NOT NULL AND next_at <= @now ORDER BY next_at LIMIT CAST(@max AS BIGINT);

-- name: OldestDueOccurrence :one
SELECT next_at FROM occurrences WHERE next_at IS NOT NULL AND next_at <= @now ORDER BY next_at LIMIT 1;

-- name: InsertUseReading :exec
INSERT INTO use_readings (occurrence_id, source, reading, read_at) VALUES (@occurrence_id, @source, @reading, @read_at) ON CONFLICT DO NOTHING;

-- name: UseReadings :many
SELECT source, reading FROM use_readings WHERE occurrence_id = @occurrence_id ORDER BY source;

-- name: DeleteUseReadings :exec
DELETE FROM use_readings WHERE occurrence_id = @occurrence_id;

-- name: DropUseReadings :exec
DELETE FROM use_readings;

-- name: InsertCampaignReviewer :exec
INSERT INTO campaign_reviewers (id, occurrence_id, reviewer_id, reviewer, reminders, next_at, version) VALUES (@id, @occurrence_id, @reviewer_id, @reviewer, 0, @next_at, 1)
ON CONFLICT (occurrence_id, reviewer_id) DO NOTHING;

-- name: InsertCampaignPanel :exec
INSERT INTO campaign_panels (occurrence_id, panel, reviewer_id) VALUES (@occurrence_id, @panel, @reviewer_id) ON CONFLICT DO NOTHING;

-- name: CampaignItemsOfGrant :many
SELECT * FROM campaign_items WHERE grant_id = @grant_id AND grant_id <> '' ORDER BY id;

-- name: CampaignItem :one
SELECT * FROM campaign_items WHERE id = @id;

-- name: CountItems :one
SELECT COUNT(*) FROM campaign_items WHERE occurrence_id = @occurrence_id;

-- name: CampaignItems :many
SELECT * FROM campaign_items WHERE occurrence_id = @occurrence_id AND id > @after ORDER BY id LIMIT CAST(@max AS BIGINT);

-- name: CountCampaignItems :many
SELECT panel, state, verdict, silent, CAST(lower_failed <> '' AS BOOLEAN) AS failed, COUNT(*) AS n FROM campaign_items WHERE occurrence_id = @occurrence_id
GROUP BY panel, state, verdict, silent, lower_failed <> '';

-- name: CampaignPanels :many
SELECT p.panel, r.reviewer_id, r.reviewer FROM campaign_panels p JOIN campaign_reviewers r ON r.occurrence_id = p.occurrence_id AND r.reviewer_id = p.reviewer_id
WHERE p.occurrence_id = @occurrence_id ORDER BY p.panel, r.reviewer_id;

-- name: CampaignReviewers :many
SELECT * FROM campaign_reviewers WHERE occurrence_id = @occurrence_id ORDER BY id;

-- name: CampaignItemsAbout :many
SELECT i.id, i.who, i.passed, i.state, i.next_at, o.state AS occurrence_state FROM campaign_items i JOIN occurrences o ON o.id = i.occurrence_id WHERE i.subject_id = @subject_id AND i.subject_id <> '' ORDER BY i.id;

-- name: CampaignItemsCalled :many
SELECT i.id, i.who, i.passed, i.state, i.next_at, o.state AS occurrence_state FROM campaign_items i JOIN occurrences o ON o.id = i.occurrence_id WHERE i.subject_id = '' AND LOWER(i.who) = @who ORDER BY i.id;

-- name: DeleteAuditValue :exec
DELETE FROM audit_personal WHERE seq = @seq AND field = @field;

-- name: KnownAs :many
SELECT person FROM people WHERE okta_id = @okta_id
UNION ALL SELECT reviewer FROM campaign_reviewers WHERE reviewer_id = @okta_id
UNION ALL SELECT reviewer FROM reviews WHERE reviewer_id = @okta_id
UNION ALL SELECT subject FROM reviews WHERE subject_id = @okta_id
UNION ALL SELECT subject FROM cuts WHERE subject_id = @okta_id
UNION ALL SELECT subject FROM grants WHERE subject_id = @okta_id
UNION ALL SELECT decider FROM campaign_items WHERE decider_id = @okta_id AND decider_id <> '';

-- name: KnownInTrail :many
SELECT DISTINCT field, value FROM audit_personal WHERE person = @person AND field IN ('actor.name', 'subject.name', 'subject.email', 'subject.login', 'email');

-- name: EraseReviewsAbout :exec
UPDATE reviews SET subject = @subject, comment = '', version = version + 1 WHERE subject_id = @subject_id;

-- name: EraseReviewer :exec
UPDATE reviews SET reviewer = @reviewer, version = version + 1 WHERE reviewer_id = @reviewer_id;

-- name: EraseCampaignItem :exec
UPDATE campaign_items SET who = @who, facts = '{}', salt = '', comment = '', passed = @passed, lower_failed = CASE WHEN lower_failed = '' THEN '' ELSE 'erased' END, version = version + 1 WHERE id = @id;

-- name: EraseItemDecider :exec
UPDATE campaign_items SET decider = @decider, comment = '', version = version + 1 WHERE decider_id = @decider_id AND decider_id <> '' AND settled_at IS NOT NULL;

-- name: ItemsPassedOnBy :many
SELECT id, passed FROM campaign_items WHERE passed <> '' AND occurrence_id IN (SELECT occurrence_id FROM campaign_reviewers WHERE reviewer_id = @reviewer_id) AND passed LIKE CAST(@by AS TEXT);

-- name: ErasePassed :exec
UPDATE campaign_items SET passed = @passed, version = version + 1 WHERE id = @id;

-- name: EraseCampaignReviewer :exec
UPDATE campaign_reviewers SET reviewer = @reviewer, version = version + 1 WHERE reviewer_id = @reviewer_id;

-- name: Webhook :one
SELECT * FROM webhooks WHERE name = @name;

-- name: Webhooks :many
SELECT * FROM webhooks ORDER BY name;

-- name: BeginWebhook :exec
INSERT INTO webhooks (name, seq, failures, last_error, next_at, delivered_at, claim, claimed_until)
VALUES (@name, @seq, 0, '', @wall, NULL, '', @wall) ON CONFLICT (name) DO NOTHING;

-- name: ClaimWebhook :one
UPDATE webhooks SET claim = @token, claimed_until = @claimed_until
WHERE name = @name AND next_at <= @wall AND (claim = '' OR claimed_until < @wall) RETURNING *;

-- name: SaveWebhook :execrows
UPDATE webhooks SET seq = @seq, failures = @failures, last_error = @last_error, next_at = @next_at, delivered_at = @delivered_at, claim = '', claimed_until = @next_at
WHERE name = @name AND claim = @token;

-- name: FirstAuditAfter :one
SELECT at FROM audit_events WHERE seq > @after ORDER BY seq LIMIT 1;

-- name: PassWebhookEvent :execrows
UPDATE webhooks SET seq = @next, failures = 0, last_error = '', next_at = @wall WHERE name = @name AND seq = @seq;

-- name: HastenOccurrence :many
UPDATE occurrences SET next_at = @at, version = version + 1 WHERE id = @id AND (next_at IS NULL OR next_at > @at) RETURNING id, version;

-- name: UpdateCampaignItem :one
UPDATE campaign_items SET panel = @panel, state = @state, verdict = @verdict, keep_until = @keep_until, silent = @silent, decider_id = @decider_id, decider = @decider, comment = @comment,
    decided_at = @decided_at, settled_at = @settled_at, attempts = @attempts, last_error = @last_error, next_at = @next_at, reduce_to = @reduce_to, lower_request = @lower_request,
    lower_since = @lower_since, lower_failed = @lower_failed, passed = @passed, passed_by = @passed_by, passed_at = @passed_at, unanswered = @unanswered, version = version + 1
WHERE id = @id AND version = @version RETURNING *;

-- name: DueCampaignItems :many
SELECT * FROM campaign_items WHERE occurrence_id = @occurrence_id AND next_at IS NOT NULL AND next_at <= @now ORDER BY next_at, id LIMIT CAST(@max AS BIGINT);

-- name: NextCampaignItem :one
SELECT next_at FROM campaign_items WHERE occurrence_id = @occurrence_id AND next_at IS NOT NULL ORDER BY next_at LIMIT 1;

-- name: OpenCampaignItems :many
SELECT * FROM campaign_items WHERE occurrence_id = @occurrence_id AND state = 'open' AND id > @after ORDER BY id LIMIT CAST(@max AS BIGINT);

-- name: CampaignPanelsOf :many
SELECT panel FROM campaign_panels WHERE occurrence_id = @occurrence_id AND reviewer_id = @reviewer_id ORDER BY panel;

-- name: CampaignItemIDsOfPanel :many
SELECT id FROM campaign_items WHERE occurrence_id = @occurrence_id AND panel = @panel AND state = @state AND id > @after AND id < @before ORDER BY id LIMIT CAST(@max AS BIGINT);

-- name: CampaignItemsFor :many
SELECT i.* FROM campaign_panels p CROSS JOIN campaign_items i
WHERE p.occurrence_id = @occurrence_id AND p.reviewer_id = @reviewer_id AND i.occurrence_id = p.occurrence_id AND i.panel = p.panel AND i.state = @state AND i.id > @after AND i.id <= @last;

-- name: CountCampaignItemsFor :many
SELECT i.state, i.verdict, i.silent, CAST(i.lower_failed <> '' AS BOOLEAN) AS failed, COUNT(*) AS n FROM campaign_panels p CROSS JOIN campaign_items i
WHERE p.occurrence_id = @occurrence_id AND p.reviewer_id = @reviewer_id AND i.occurrence_id = p.occurrence_id AND i.panel = p.panel GROUP BY i.state, i.verdict, i.silent, i.lower_failed <> '';

-- name: CountUnansweredOf :one
SELECT COUNT(*) FROM campaign_panels p CROSS JOIN campaign_items i
WHERE p.occurrence_id = @occurrence_id AND p.reviewer_id = @reviewer_id AND i.occurrence_id = p.occurrence_id AND i.unanswered = p.panel AND i.unanswered <> ''
    AND NOT EXISTS (SELECT 1 FROM campaign_panels n WHERE n.occurrence_id = p.occurrence_id AND n.panel = i.panel AND n.reviewer_id = p.reviewer_id);

-- name: CampaignItemsDecidedBy :many
SELECT * FROM campaign_items WHERE decider_id = @decider_id AND decider_id <> '' AND occurrence_id = @occurrence_id AND state = 'decided' ORDER BY decided_at DESC, id LIMIT CAST(@max AS BIGINT);

-- name: CampaignItemsPassedBy :many
SELECT * FROM campaign_items WHERE passed_by = @passed_by AND passed_by <> '' AND occurrence_id = @occurrence_id ORDER BY passed_at DESC, id LIMIT CAST(@max AS BIGINT);

-- name: CampaignReviewerIn :one
SELECT * FROM campaign_reviewers WHERE occurrence_id = @occurrence_id AND reviewer_id = @reviewer_id;

-- name: CampaignReviewer :one
SELECT * FROM campaign_reviewers WHERE id = @id;

-- name: CampaignReviewersOf :many
SELECT r.* FROM campaign_panels p JOIN campaign_reviewers r ON r.occurrence_id = p.occurrence_id AND r.reviewer_id = p.reviewer_id
WHERE p.occurrence_id = @occurrence_id AND p.panel = @panel ORDER BY r.reviewer_id;

-- name: CampaignReviewersIn :many
SELECT id FROM campaign_reviewers WHERE occurrence_id = @occurrence_id ORDER BY id;

-- name: UpdateCampaignReviewer :one
UPDATE campaign_reviewers SET reminders = @reminders, next_at = @next_at, version = version + 1 WHERE id = @id AND version = @version RETURNING *;

-- name: WakeCampaignReviewers :many
UPDATE campaign_reviewers SET next_at = @now, version = version + 1 WHERE occurrence_id = @occurrence_id AND next_at IS NULL AND reminders = 0 RETURNING id, version;

-- name: DueCampaignReviewers :many
SELECT id, version FROM campaign_reviewers WHERE next_at IS NOT NULL AND next_at <= @now ORDER BY next_at LIMIT CAST(@max AS BIGINT);

-- name: OldestDueCampaignReviewer :one
SELECT next_at FROM campaign_reviewers WHERE next_at IS NOT NULL AND next_at <= @now ORDER BY next_at LIMIT 1;

-- name: Findings :many
SELECT * FROM drift_findings ORDER BY kind, key;

-- name: OldestFindings :many
SELECT * FROM drift_findings ORDER BY found_at, kind, key LIMIT CAST(@max AS BIGINT);

-- name: CountFindings :many
SELECT kind, COUNT(*) AS findings FROM drift_findings GROUP BY kind ORDER BY kind;

-- name: InsertFinding :execrows
INSERT INTO drift_findings (key, kind, subject_id, finding, found_at, done, done_at)
VALUES (@key, @kind, @subject_id, @finding, @found_at, '', NULL) ON CONFLICT (key) DO NOTHING;

-- name: UpdateFinding :exec
UPDATE drift_findings SET finding = @finding WHERE key = @key;

-- name: FindingDone :execrows
UPDATE drift_findings SET done = @done, done_at = @done_at WHERE key = @key;

-- name: DeleteFinding :execrows
DELETE FROM drift_findings WHERE key = @key;

-- name: DeleteFindingsOf :exec
DELETE FROM drift_findings WHERE subject_id = @subject_id;

-- name: TakeOverEntitlement :one
UPDATE entitlements SET origin = 'ours', presence = @presence, unwanted_since = @unwanted_since, settle_at = NULL, attempts = 0, fatal = FALSE, next_at = @now, touched = TRUE, version = version + 1
WHERE id = @id RETURNING *;

-- name: RestoreSet :one
INSERT INTO set_policies (permission_set, instance, digest, users, vendor_request, provisioned, checked_at, attempts, last_error, next_at, claim, claimed_until, version, to_restore)
VALUES (@permission_set, @instance, '', '[]', '', FALSE, NULL, 0, '', @now, '', NULL, 1, @what)
ON CONFLICT (permission_set) DO UPDATE SET instance = excluded.instance, to_restore = CASE WHEN set_policies.to_restore = @more THEN set_policies.to_restore ELSE excluded.to_restore END,
    digest = '', provisioned = FALSE, next_at = excluded.next_at, attempts = 0, version = set_policies.version + 1
RETURNING *;

-- anchors

-- name: Anchor :one
SELECT * FROM anchors WHERE place = @place;

-- name: Anchors :many
SELECT * FROM anchors ORDER BY place;

-- name: WantAnchor :one
INSERT INTO anchors (place, head, attempts, last_error, placed_at, next_at, version) VALUES (@place, @head, 0, '', NULL, @next_at, 1)
ON CONFLICT (place) DO UPDATE SET head = excluded.head, attempts = 0, last_error = '', next_at = excluded.next_at, version = anchors.version + 1
WHERE anchors.next_at IS NULL
RETURNING *;

-- name: UpdateAnchor :one
UPDATE anchors SET attempts = @attempts, last_error = @last_error, placed_at = @placed_at, next_at = @next_at, version = version + 1
WHERE place = @place AND version = @version RETURNING *;

-- name: DueAnchors :many
SELECT place, version FROM anchors WHERE next_at IS NOT NULL AND next_at <= @now ORDER BY next_at LIMIT CAST(@max AS BIGINT);

-- name: OldestDueAnchor :one
SELECT next_at FROM anchors WHERE next_at IS NOT NULL AND next_at <= @now ORDER BY next_at LIMIT 1;

-- retention

-- name: NextPersonal :one
SELECT CAST(COALESCE(MIN(person), '') AS TEXT) AS person FROM audit_personal WHERE person > @after;

-- name: GrantEndedEvent :one
SELECT seq FROM audit_events WHERE grant_id = @grant_id AND kind = 'grant.ended' ORDER BY seq DESC LIMIT 1;

-- name: GrantFirstEvent :one
SELECT * FROM audit_events WHERE grant_id = @grant_id AND kind LIKE 'grant.%' ORDER BY seq LIMIT 1;

-- name: RequestCreatedEvent :one
SELECT * FROM audit_events WHERE request_id = @request_id AND kind = 'request.created' LIMIT 1;

-- name: BegunOccurrences :many
SELECT seq FROM audit_events WHERE kind = 'campaign.begun' AND seq < @before ORDER BY seq DESC LIMIT CAST(@max AS BIGINT);

-- name: NewestAbout :one
SELECT at FROM audit_events WHERE seq = (SELECT MAX(seq) FROM audit_personal WHERE person = @person);

-- name: RecentRequest :one
SELECT COUNT(*) > 0 FROM requests WHERE subject_id = @person AND (state = 'pending' OR created_at >= @before);

-- name: RecentGrant :one
SELECT COUNT(*) > 0 FROM grants WHERE subject_id = @person AND (state <> 'ended' OR end_at >= @before OR ended_at >= @before);

-- name: RecentDecision :one
SELECT COUNT(*) > 0 FROM decisions JOIN requests ON requests.id = decisions.request_id LEFT JOIN grants ON grants.request_id = requests.id
WHERE decisions.decider_id = @person AND (decisions.received_at >= @before OR requests.state = 'pending' OR (grants.state IS NOT NULL AND grants.state <> 'ended'));

-- name: RecentQuestion :one
SELECT COUNT(*) > 0 FROM questions JOIN requests ON requests.id = questions.request_id
WHERE questions.asker_id = @person AND (questions.asked_at >= @before OR requests.state = 'pending');

-- name: OwedReview :one
SELECT COUNT(*) > 0 FROM reviews WHERE subject_id = @person AND state = 'owed';

-- name: LiveItem :one
SELECT COUNT(*) > 0 FROM campaign_items JOIN occurrences ON occurrences.id = campaign_items.occurrence_id
WHERE campaign_items.subject_id = @person AND campaign_items.subject_id <> '' AND (occurrences.state <> 'closed' OR campaign_items.settled_at IS NULL OR campaign_items.next_at IS NOT NULL);

-- name: LiveReviewer :one
SELECT COUNT(*) > 0 FROM campaign_reviewers JOIN occurrences ON occurrences.id = campaign_reviewers.occurrence_id
WHERE campaign_reviewers.reviewer_id = @person AND occurrences.state <> 'closed';

-- name: UndecidedWithout :many
SELECT requests.id FROM decisions JOIN requests ON requests.id = decisions.request_id LEFT JOIN grants ON grants.request_id = requests.id
WHERE decisions.decider_id = @person AND (requests.state = 'pending' OR grants.state = 'scheduled') ORDER BY requests.id LIMIT 1;

-- name: UnsettledBy :one
SELECT COUNT(*) > 0 FROM campaign_items WHERE decider_id = @person AND decider_id <> '' AND (settled_at IS NULL OR next_at IS NOT NULL);

-- name: LiveCut :one
SELECT COUNT(*) > 0 FROM cuts WHERE subject_id = @person AND state <> 'lifted';

-- name: HeldEntitlement :one
SELECT COUNT(*) > 0 FROM entitlements WHERE presence <> 'absent' AND key LIKE @person_key AND key NOT LIKE @sticky_key;

-- name: RecentHome :one
SELECT COUNT(*) > 0 FROM homes WHERE okta_id = @person AND opened_at >= @before;

-- name: OverRequests :many
WITH RECURSIVE spoken_of AS ( -- by an item of a campaign, which is about all that makes the time of its grant longer, too
    SELECT grants.id FROM requests JOIN grants ON grants.request_id = requests.id
    WHERE requests.extends <> '' AND EXISTS (SELECT 1 FROM campaign_items WHERE campaign_items.grant_id = requests.extends AND campaign_items.grant_id <> '')
    UNION SELECT grants.id FROM spoken_of JOIN requests ON requests.extends = spoken_of.id JOIN grants ON grants.request_id = requests.id WHERE requests.extends <> ''
)
SELECT requests.id FROM requests LEFT JOIN grants ON grants.request_id = requests.id
WHERE requests.state <> 'pending' AND requests.created_at < @before AND (requests.decided_at IS NULL OR requests.decided_at < @before)
    AND (grants.id IS NULL OR (grants.state = 'ended' AND grants.ended_at < @before
        AND NOT EXISTS (SELECT 1 FROM holds WHERE holds.grant_id = grants.id AND holds.live)
        AND NOT EXISTS (SELECT 1 FROM requests later WHERE later.extends = grants.id AND later.extends <> '')
        AND NOT EXISTS (SELECT 1 FROM campaign_items WHERE campaign_items.grant_id = grants.id AND campaign_items.grant_id <> '')
        AND grants.id NOT IN (SELECT spoken_of.id FROM spoken_of)))
    AND NOT EXISTS (SELECT 1 FROM reviews WHERE reviews.request_id = requests.id AND reviews.kind = 'break_glass' AND reviews.state = 'owed')
    AND NOT EXISTS (SELECT 1 FROM campaign_items WHERE campaign_items.lower_request = requests.id AND campaign_items.lower_request <> '')
    AND NOT EXISTS (SELECT 1 FROM attempts WHERE attempts.request_id = requests.id AND attempts.state = 'open')
    AND NOT EXISTS (SELECT 1 FROM messages WHERE messages.request_id = requests.id AND messages.next_at IS NOT NULL)
ORDER BY requests.created_at, requests.id LIMIT CAST(@max AS BIGINT);

-- name: DeleteHoldsOf :exec
DELETE FROM holds WHERE grant_id IN (SELECT id FROM grants WHERE request_id = @request_id);

-- name: DeleteGrantOf :exec
DELETE FROM grants WHERE request_id = @request_id;

-- name: DeleteDecisionsOf :exec
DELETE FROM decisions WHERE request_id = @request_id;

-- name: DeleteQuestionsOf :exec
DELETE FROM questions WHERE request_id = @request_id;

-- name: DeleteReviewOf :exec
DELETE FROM reviews WHERE request_id = @request_id AND kind = 'break_glass';

-- name: DeleteMessagesOf :exec
DELETE FROM messages WHERE request_id = @request_id AND request_id <> '';

-- name: DeleteRequest :exec
DELETE FROM requests WHERE id = @id;

-- name: DeleteOverAttempts :execrows
DELETE FROM attempts WHERE id IN (SELECT id FROM attempts over WHERE over.state <> 'open' AND over.received_at < @before ORDER BY over.received_at LIMIT CAST(@max AS BIGINT));

-- name: DeleteLoneMessages :execrows
DELETE FROM messages WHERE id IN (SELECT id FROM messages alone WHERE alone.request_id = '' AND alone.next_at IS NULL AND alone.kind IN ('notice', 'admin') AND alone.created_at < @before
    ORDER BY alone.created_at LIMIT CAST(@max AS BIGINT));

-- name: CountOverAttempts :one
SELECT COUNT(*) FROM attempts WHERE state <> 'open' AND received_at < @before;
