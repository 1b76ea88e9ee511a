package dynamo

// What the embedded table can do is less than what DynamoDB can; its package says
// what. Hence:
//
//   - Conditions and updates name attributes of the item itself, and keys.
//   - Numbers are whole.
//   - Empty lists, maps and binaries are left out of items.
//   - No decision reads the item that failed a condition: it is read again.
