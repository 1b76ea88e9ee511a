// Command server_firewall_set is the Lambda function of that name; see docs/ARCHITECTURE.md.
package main

import "agentstore/pkg/app"

func main() { app.ServerFirewallSet() }
