package embedded

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// DB is one table. Its methods may be called concurrently. Those named after calls
// of DynamoDB return the errors of the SDK's types, the error of a context that has
// ended, and ErrUnavailable.
type DB struct {
	storage storage
	table   string
	cache   *expressions
}

// ErrUnavailable means that a write to the disk has failed, or that what was read
// from it is damaged. What is on disk is then unknown until the next start.
var ErrUnavailable error = unavailableError{}

type unavailableError struct{}

func (unavailableError) Error() string {
	return "embedded: the data cannot be read or written; start the store again"
}

// StoreUnavailable tells packages that do not know this one.
func (unavailableError) StoreUnavailable() bool { return true }

// Memory is a new, empty table that is lost with the process.
func Memory(table string) *DB { return newDB(newMemory(), table) }

// Open opens the table in the folder, and makes both if there is none. It returns
// ErrInUse where another process has it open, and ErrNewer.
func Open(dir, table string) (*DB, error) {
	disk, err := openDisk(dir, diskOptions{})
	if err != nil {
		return nil, err
	}
	return newDB(disk, table), nil
}

func newDB(s storage, table string) *DB {
	return &DB{storage: s, table: table, cache: newExpressions()}
}

// Close releases the folder. No call may be under way.
func (db *DB) Close() error { return db.storage.close() }

// Failed returns why the data cannot be read or written, or nil if it can. The error
// is an ErrUnavailable.
func (db *DB) Failed() error { return db.storage.failed() }

// Backup writes a copy of the table to a folder that does not exist yet, as it is
// at one moment, while others read and write.
func (db *DB) Backup(dir string) error { return db.storage.backup(dir) }

// begin checks what all calls have in common.
func (db *DB) begin(ctx context.Context, table *string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if name := aws.ToString(table); name != db.table {
		return &types.ResourceNotFoundException{Message: aws.String("Cannot do operations on a non-existent table: " + name)}
	}
	return nil
}
