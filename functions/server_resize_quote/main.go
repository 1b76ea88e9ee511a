// Command server_resize_quote is the Lambda function of that name; see docs/ARCHITECTURE.md.
package main

import "agentstore/pkg/app"

func main() { app.ServerResizeQuote() }
