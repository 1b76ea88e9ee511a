// Command server_snapshot_delete is the Lambda function of that name; see docs/ARCHITECTURE.md.
package main

import "agentstore/pkg/app"

func main() { app.ServerSnapshotDelete() }
