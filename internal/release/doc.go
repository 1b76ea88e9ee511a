// Package release makes a release of the store, builds the program of an older one,
// and finds what a client of the last release would stumble over. It knows a store
// by what its program prints and answers, so that it can do all this with any commit.
package release
