// Package watch tells when files have changed, however that was done: written in
// place, replaced by a rename as editors do, or reached through a symbolic link that
// now leads elsewhere, as Kubernetes swaps its ..data. It knows nothing of what is in
// the files.
package watch
