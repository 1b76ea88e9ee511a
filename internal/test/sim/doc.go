// Package sim holds no code of the store, only tests that simulate it: the real
// operations, workers, reconciler and storage code, on the in-memory engine, with
// a simulated provider, clock and network, and with processes that die.
//
// A history is a random sequence of steps that follows from one number, its seed.
// Any number of operations are under way at a time, but only one of them runs:
// each stops before every write, every call to the provider and every wait, and
// the driver decides which one goes on, and what becomes of its call. So a seed
// always gives the same history, and a history that breaks a promise can be run
// again.
package sim
