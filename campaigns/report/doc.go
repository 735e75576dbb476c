// Package report writes what an auditor reads of one occurrence of a campaign: whom it was
// about and how they were found, who has decided what by which facts, what silence has
// decided, what was taken away and when that was seen, and what did not go as it should.
//
// It compares what is stored of the occurrence with the audit trail, and signs what it
// writes with the trail's key; Check finds out whether a report is still what was signed.
// It reads only, and holds no population in memory.
package report
