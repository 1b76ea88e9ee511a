// Package linear tests the wallet under concurrency, and holds nothing else.
//
// Many clients buy, fund and read at once while workers refund, over a network
// that loses requests and answers and delivers some late. What everybody saw
// must have an explanation in which each operation happened at one moment
// between its call and its answer: the history is linearizable. The model of a
// store that does one thing at a time is in model_test.go.
package linear
