package dynamo

// The embedded table can do less than DynamoDB; its package says what. Hence:
//
//   - Conditions and updates name attributes of the item itself, and keys.
//   - Numbers are whole.
//   - Empty lists, maps and binaries are left out of items.
//   - No decision reads the item that failed a condition: it is read again.
