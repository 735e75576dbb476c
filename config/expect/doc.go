// Package expect holds a configuration's policies to what an operator expects of them: a
// file of questions and answers, judged without calling anybody, for the operator's own
// continuous integration.
//
//	people:
//	  ada: {login: ada@example.com, department: Data, groups: [00g5dataEngineers001]}
//	expect:
//	  - name: an hour of Viewer in office hours
//	    who: ada
//	    target: prod/Viewer
//	    duration: 1h
//	    at: 2026-11-24T10:00:00+01:00
//	    auto: office hours
package expect
