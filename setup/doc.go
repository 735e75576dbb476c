// Package setup says what has to be there before airpass can work: what it needs to
// be allowed in AWS, and what a permission set of a target allows. It writes it from
// the calls that the code makes and from the configuration, so that neither can drift.
//
// It reads and changes nothing outside: everything here is a pure function.
package setup
