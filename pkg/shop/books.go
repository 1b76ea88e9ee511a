package shop

import "agentstore/pkg/id"

// Books is everything that a table holds about one account, for those who check it.
type Books struct {
	Account   id.Account
	Wallet    Wallet // of version 0 where there is none
	Entries   []Entry
	Quotes    []Quote
	Purchases []Purchase
	Services  []Service
	Actions   []Action
	Jobs      []Job
	Records   []Record
	Approvals []Approval
	Personal  []Personal
	Budgets   []Budget
	Proofs    []HoldProof
	Agents    []Agent
	// OwnPurchases and OwnServices are the copies that list the objects of agents that
	// see only their own.
	OwnPurchases  []Purchase
	OwnServices   []Service
	Cancellations []ManyCancellation
	// Labelings are what services are found by: their labels, and, where the account is not
	// together in one partition, their status and their agent.
	Labelings []Labeling
	Together  bool
	// Holdings are what providers run for the account.
	Holdings []Holding
}
