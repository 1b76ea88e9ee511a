// Package embedded is the table in one process: the part of DynamoDB that the
// store uses, with the inputs, outputs and errors of the SDK, and no HTTP.
//
// What it supports behaves as in DynamoDB: conditions and updates of top-level
// attributes, transactions of up to 100 entries with a reason for each, pages by
// key, the sparse index, the size limits. What it does not support it refuses with a
// ValidationException, and never guesses: paths into lists and maps, sets, numbers
// that are not whole, filters, projections, scans, and batches of writes or of several tables. Tests drive it and
// DynamoDB Local with the same calls and compare the answers.
//
// One folder is one table with the keys PK and SK, one index GSI1 on GSI1PK and
// GSI1SK that holds only keys, and a time to live in the attribute ttl. Reads are
// strongly consistent, even those of the index. A write is answered once it is on
// disk, and no read sees anything that is not there yet. After a failed write
// nothing is read or written until the store is started again: see [ErrUnavailable].
package embedded
