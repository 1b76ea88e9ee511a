package dynamo

// What the engines that this package must run on have in common is less than
// what DynamoDB can do; dynamotest says what minidyn lacks. Hence:
//
//   - Writes are puts of whole items: updates behave differently.
//   - Empty lists, maps and binaries are left out of items.
//   - Partition keys hold no dot.
//   - No decision reads the item that failed a condition: it is read again.
