// Package house holds the rules of the house as tests: who may import whom,
// that template.yaml, the functions and the table of operations say the same,
// that a function may do what its operation needs and nothing else, and how
// often an operation goes to the table. There is no code here but tests.
package house
