// Package schemathesis has schemathesis try the store's two APIs by their own OpenAPI
// document: `make fuzz-api`. What it may complain of, and why that is no fault, is in
// false-alarms.yaml; see https://schemathesis.readthedocs.io.
//
// All of it is tests: nothing here is part of the store.
package schemathesis
