package shop

import "agentstore/pkg/id"

// Books is everything that a table holds of one account, for whoever checks it.
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
	Agents    []Agent
	// OwnPurchases and OwnServices are the copies that the lists of agents hold which
	// see their own alone.
	OwnPurchases []Purchase
	OwnServices  []Service
	// Holdings is what providers run for the account.
	Holdings []Holding
}
