// Package shop is the business: what is sold, what it costs, who bought it and what
// may be done with it. It has no I/O, no clock and no protocol of its own; what it
// needs from outside is declared here as small interfaces.
//
// Every operation is a method of Shop. It reads in one parallel step, decides,
// and writes in one transaction, so that it takes one sequential round trip to
// the store for a read and two for a write.
//
// # Where to begin
//
// The files are meant to be read in this order. A file with the name of a thing has its
// type; the rules about it and the operations on it have files of their own, which
// only look back.
//
//	what is sold        catalog search facet product actiontype
//	what a write is     shop store idempotency once writer retry authority trail
//	a quote             quote, by the rules policy budget spendcheck, with personal beside it
//	a purchase          purchase buy rehearse repeated wallet, and approval ask decide obstacle askhold waiting confirmation where people are asked
//	a service           service read remote protection
//	its bill            term schedule bill lease moment, and what happens by itself: life together renew askrenewal suspend end forget; what is asked for: cancel renewal extend, many manywork
//	                    and what it is found by: label
//	                    and what may be named at its purchase: sshkey
//	an action           action act blocked charge exchange credit secret
//	delivery            job worker fair settle refund reconcile
//	money and limits    hold ends pay carry unhold funding freeze setpolicy low outlook upcoming allowance usage books
//	who asks            caller credential sees agent agents keys keylog network bound
//	people              account person signin visit session sessions browser token tokens bearer member invitation security overview
//	small tools         page parallel text work meter
package shop
