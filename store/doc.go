// Package store keeps everything airpass must not forget, in SQLite or PostgreSQL.
//
// It owns the SQL, the schema and its migrations, compare-and-swap on versions,
// claims, and the audit trail: every method that changes a state appends its one
// audit event to the same transaction, so that no caller can forget it. It wakes
// rows (see Wake) but does not know what runs them. It does not know what a move
// means: which moves there are is access's, when to make one is the services'.
//
// On PostgreSQL transactions run in READ COMMITTED: versions and row locks decide,
// and the lock on the audit head, taken last, would make every pair of concurrent
// transactions fail in a stricter level. Whoever reads or changes the holds of an
// entitlement locks the entitlement's row first.
//
// Times are kept in UTC and milliseconds; what is returned is what was kept.
package store
