// Command provisioner is the Lambda function of that name; see docs/ARCHITECTURE.md.
package main

import "agentstore/pkg/app/provision"

func main() { provision.Provisioner() }
