// Package starts reads when somebody wants something to begin, as they write it:
// "monday 09:00", "tomorrow at 14:30", "2026-12-01 08:00", "in 2 hours". It is pure: what
// the clock and the zone are is an argument. It owns the words and what they mean around
// the change to and from summer time; how far ahead anybody may ask is not its business.
//
// Libraries that read dates out of prose guess: each reads "next friday" or "3/4" as
// something, and a time that the clocks skip as another one. Here a few forms are known
// and everything else is refused with words:
//
//	in 30 minutes, in 2 hours, in 1h30m, in 3 days   from now; of days, at the same time of day
//	today 17:00, tomorrow at 9am
//	monday 09:00, on fri at noon                     the next one that is not over
//	17:00                                            today, or tomorrow if that is over
//	2026-12-01 08:00, 2026-12-01T08:00+01:00
//
// A time of day that the clocks skip, or go through twice, is an error that names the
// times that can be meant; one with an offset from UTC is exact.
package starts
