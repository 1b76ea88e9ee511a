// Package dynamotest gives tests a real DynamoDB API, on two engines: minidyn,
// which lives in the test's own process, and DynamoDB Local, a Java process.
// [Each] runs a test on both. [Recorder] counts round trips, IAM actions and
// capacity units; [Faults] makes requests fail; [AWS] lets requests meet each other
// as they do on AWS.
//
// # What minidyn cannot do
//
// DynamoDB Local is close to AWS. minidyn v0.8.2 is not, and the local store
// runs on it, so code that stores data keeps to what both can do. The tests
// named TestEngine… state what each engine does; where minidyn differs they
// expect the difference, so that a new version of it shows what it has mended.
//
// Updates:
//   - REMOVE does nothing to an attribute of the item itself. It works on an
//     attribute of a map.
//   - SET sets one attribute after the other: SET a = :x, b = a gives b the new a.
//   - Each update turns all numbers of the item into float64, those that it does
//     not name included. Integers are safe up to 2^53, and so are comparisons.
//
// The index, which is right after puts of all kinds (new, moved, taken out,
// brought in, in transactions that succeed or fail) and after updates that
// leave an item where it is or move it, but:
//   - An update that brings an item into the index makes it lose others. An
//     update that creates an item in the index does, too.
//   - An item that a put has taken out of the index must not be deleted later:
//     the index loses what follows it. An item that is in the index may be.
//   - begins_with on the sort key of the index fails for good once a put has
//     taken any item out; <, <=, >, >=, = and BETWEEN do not.
//
// Values:
//   - An empty list, map or binary is read back as something else. An empty
//     binary makes all queries of the table fail, and so does an empty list or
//     map after the next transaction that fails. Leave the attribute out.
//   - Keys are joined by a dot: PK "a.b", SK "c" is the same item as PK "a",
//     SK "b.c". Keep dots out of partition keys.
//   - It stores what AWS refuses: empty keys, numbers that are none or have more
//     than 38 digits, items of more than 400 KiB, transactions of more than 100
//     entries. A put with an index key of the wrong type fails, and is stored.
//
// Conditions:
//   - A comparison of two types, and begins_with, contains or size of an
//     attribute that is absent, is a ValidationException and not false; even
//     where another side of an OR is true.
//   - A value that is used but not given is no error. The condition is false.
//
// Answers:
//   - A failed condition carries its item (ReturnValuesOnConditionCheckFailure)
//     for updates and condition checks alone, by themselves or in a transaction:
//     never for puts and deletes.
//   - A cancelled transaction names the first entry that failed and no other.
//   - ReturnValues of a put is ignored: Attributes is always the new item.
//   - There is no ConsumedCapacity, no ScannedCount, no TableStatus (so the SDK's
//     waiters wait in vain), no ListTables, no time to live, no stream, and no
//     memory of a ClientRequestToken.
//
// Queries:
//   - A page that starts after an item that is gone is empty, without an error.
//     In the index, a page goes on where the item of its start key is now.
//   - A Limit beside a FilterExpression counts items of other partitions.
//   - An index that does not exist is a panic; a start key of another partition,
//     a consistent read of the index and a Limit of 0 are no errors.
//   - All items of the table are looked at by each query and copied by each
//     transaction: with 5000 items that takes about 15 ms.
//
// Concurrency: single operations and TransactWriteItems are atomic. CreateTable,
// DescribeTable and DeleteTable take no lock, so they must not run beside other
// requests. TransactGetItems is no snapshot: a transaction may come between its
// reads. Neither engine answers a TransactionConflict or throttles by itself, and
// AWS does: tests of contention use [AWS].
package dynamotest
