package access

// Want is what the holds on an entitlement ask for.
type Want string

// What the holds on an entitlement can ask for.
const (
	// Needed: a live hold needs it, or the set-up. It is added if it is not there.
	Needed Want = "needed"
	// Kept: nobody needs it, and it is never taken away. It is not added either.
	Kept Want = "kept"
	// Unneeded: nobody needs it. It is taken away if it is ours.
	Unneeded Want = "unneeded"
)

// WantOf decides what is wanted of an entitlement of a kind under these holds. It is
// the only place that does: whatever ends a grant, nothing of a sticky kind goes.
func WantOf(kind Kind, holds []Hold) Want {
	for _, h := range holds {
		if h.Live {
			return Needed
		}
	}
	if kind.SetUp() {
		return Needed
	}
	if kind.Sticky() {
		return Kept
	}
	return Unneeded
}
