// Package apply carries out what airpass setup plans: it reads what is there in Okta and
// Identity Center, lets package setup compare it with what is wanted, and makes the
// changes, target by target.
//
// It keeps nothing. What was done is read from the vendors, so that it can be killed at
// any call and run again. A call whose answer was lost, or that was throttled, is not
// repeated as it was: the target is read anew, and what is still missing is done. A
// target is done when a last reading finds nothing to do.
package apply
