// Package doctor looks at everything that airpass rests on outside, changes nothing,
// and says of each thing that is not as it has to be what that means and how to mend
// it.
//
// It owns the checks and their words. It knows the outside through the interfaces that
// it declares, and is handed what the configuration says.
package doctor
