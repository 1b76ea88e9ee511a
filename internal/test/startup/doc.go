// Package startup measures how long a function takes from its start until it asks
// Lambda for its first request.
//
// Beside other tests it would measure those, and so has a build tag of its own: make
// startup runs it.
package startup
