// Package tracing says of a piece of work what it is about: to the log, as ids of
// request and grant on every line, and to whoever collects OpenTelemetry traces, as
// spans of one trace for each request, from the click on the form to the posted link
// and on to the end of the access.
//
// Nothing of a trace is stored. The ids of a request's trace and of its first span
// are computed from the request's id, so that every process, replica and restart
// adds to the same trace without having been told. Spans carry ids, kinds, states
// and results; never arguments, names, addresses, reasons or errors' texts.
//
// It knows no vendor and no store, and decides nothing: what it puts into a context
// is read by log and spans only.
package tracing
