package access

import "time"

// Backoff is how long to wait after so many failures in a row: one second,
// doubled each time, and never longer than limit.
func Backoff(failures int, limit time.Duration) time.Duration {
	wait := time.Second
	for ; failures > 1 && wait < limit; failures-- {
		wait *= 2
	}
	return min(wait, limit)
}

// Sooner is the earlier of two times, of which zero is never.
func Sooner(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}
