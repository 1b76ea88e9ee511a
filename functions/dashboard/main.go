// Command dashboard is the Lambda function of that name; see docs/ARCHITECTURE.md.
package main

import "agentstore/pkg/app/people"

func main() { people.Dashboard() }
