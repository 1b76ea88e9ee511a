// Package dynamotest gives tests a real DynamoDB API, on two engines: the embedded
// store, which lives in the test's own process, and DynamoDB Local, a Java process.
// [Each] runs a test on both. [Recorder] counts round trips, IAM actions and
// capacity units; [Faults] makes requests fail; [AWS] lets requests meet each other
// as they do on AWS.
//
// # Both engines answer the same
//
// The tests named TestEngine… state it call by call, and TestEnginesAnswerAlike
// drives both, the embedded store in memory and on disk, with the same random
// calls and compares every answer: items, page keys, error codes, the reasons of
// a cancelled transaction and their items. Messages are not compared.
//
// What the embedded store does not support it refuses with a ValidationException:
// TestEmbeddedRefuses lists it. It has no TransactGetItems, no batches of writes and no
// operations on tables at all, and of a Scan only what tests need to look at all
// that was written.
//
// It answers like DynamoDB with a few exceptions, and all code keeps clear of them:
//
//   - It reports no ConsumedCapacity.
//   - It does not remember a ClientRequestToken: the same transaction sent twice
//     is written twice.
//   - A transaction that names an item twice is invalid, as on AWS. DynamoDB Local
//     evaluates the conditions first, and cancels it where one fails.
//   - An update of the key is invalid, as on AWS. DynamoDB Local evaluates the
//     conditions first.
//   - An update that its item does not allow, in a transaction, is a reason of
//     cancellation, as on AWS. DynamoDB Local calls the whole request invalid.
//   - Items of one index key come in the order of their own keys. DynamoDB
//     promises no order.
//
// Neither engine answers a TransactionConflict or throttles by itself, and AWS
// does: tests of contention use [AWS].
package dynamotest
