// Package clients has programs that drive generated clients. Each folder is one
// language: scripts/clients makes a client of openapi.json with a generator that is in
// common use, compiles it and the program strictly, and runs them against a store.
//
// It takes compilers of five languages and a minute, and so has a build tag of its own:
// make clients runs it.
package clients
