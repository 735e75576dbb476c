// Package browser follows a link as a person's browser does, over HTTP, without a
// browser: redirects with their fragments, cookies, the small scripts of the
// sandbox's pages and the sign-in form.
//
// It also owns the one convention between those pages and whoever follows them,
// so that a real browser and this one do the same thing: see Script and the
// attributes. It does not know any vendor, nor what a page means beyond its
// attributes.
package browser
