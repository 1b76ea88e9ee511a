// Package stack deploys template.yaml with sam to an emulator of AWS on this machine,
// sells a server there, and deletes the stack again: `make stack`. What no emulator
// enforces is counted in the template that SAM's transform makes.
//
// All of it is tests: nothing here is part of the store.
package stack
