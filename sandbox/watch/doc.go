// Package watch lets the sandbox's page look at a running airpass: at its live grants,
// and at its audit trail in words.
//
// It owns those words, and reads only. It is a package of its own because the sandbox
// knows nothing of airpass, and airpass nothing of the sandbox.
package watch
