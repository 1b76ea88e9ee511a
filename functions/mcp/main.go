// Command mcp is the Lambda function of that name; see docs/ARCHITECTURE.md.
package main

import "agentstore/pkg/app/full"

func main() { full.MCP() }
