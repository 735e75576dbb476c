// Package control is what every sandbox vendor shares: one movable clock, the
// faults that can be switched on from outside, and the HTTP middleware that
// applies them. It knows nothing of any vendor's behaviour.
package control
