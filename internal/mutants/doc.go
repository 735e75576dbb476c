// Package mutants holds no product code. Its test switches off one rule after the
// other, in a copy that only the compiler sees, and demands that the test named for
// the invariant notices.
package mutants
