package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// load is pairs of a quote and its purchase. Each connection makes one after the
// other; the accounts buy in turn.
type load struct {
	url         string
	keys        []string // an agent's of each account
	pairs       int
	connections int
}

const (
	quotesPath    = "/v1/agent/quotes"
	purchasesPath = "/v1/agent/purchases"
	order         = `{"catalogItemId":"cat_vps_micro","quantity":1,"configuration":{"hostname":"deploy-node-01",` +
		`"region":"eu-west","image":"ubuntu-24.04","billingTermMonths":1,"backupsEnabled":true}}`
)

// pair is what became of one of them.
type pair struct {
	took, ended time.Duration // for the pair, and since the load began
	refusal     string        // the code of the error; empty is bought
}

// run makes all pairs. An error is one of the load itself: what the store refuses,
// or does not answer, is a refusal.
func (l load) run(ctx context.Context) (result, error) {
	var connections []*connection
	for range l.connections {
		c, err := newConnection(l.url)
		if err != nil {
			return result{}, err
		}
		defer c.close()
		connections = append(connections, c)
	}
	pairs := make([]pair, l.pairs)
	prefix := "load-" + rand.Text()
	var next atomic.Int64
	var done sync.WaitGroup
	begun := time.Now()
	for _, c := range connections {
		done.Go(func() {
			for ctx.Err() == nil {
				n := int(next.Add(1) - 1)
				if n >= l.pairs {
					return
				}
				from := time.Now()
				refusal := c.buy(ctx, l.keys[n%len(l.keys)], fmt.Sprint(prefix, "-", n))
				pairs[n] = pair{time.Since(from), time.Since(begun), refusal}
			}
		})
	}
	done.Wait()
	return l.result(pairs), ctx.Err()
}

func (l load) result(pairs []pair) result {
	r := resultOf(pairs)
	r.connections, r.accounts, r.bought = l.connections, len(l.keys), make([]int, len(l.keys))
	for n, p := range pairs {
		if p.refusal == "" {
			r.bought[n%len(l.keys)]++
		}
	}
	return r
}

// buy makes one pair, and returns why it was refused.
func (c *connection) buy(ctx context.Context, key, idempotencyKey string) (refusal string) {
	status, answer, err := c.post(ctx, quotesPath, key, []byte(order))
	if refusal := refused(status, answer, err); refusal != "" {
		return refusal
	}
	body := `{"quoteId":"` + memberText(answer, "id") + `","idempotencyKey":"` + idempotencyKey + `"}`
	return refused(c.post(ctx, purchasesPath, key, []byte(body)))
}

// refused is the code of a refusal, or no answer.
func refused(status int, answer []byte, err error) string {
	switch code := memberText(answer, "code"); {
	case err != nil:
		return "no answer"
	case status == http.StatusCreated:
		return ""
	case code != "":
		return code
	default:
		return fmt.Sprint("status ", status)
	}
}

// sorted are durations of pairs, the shortest first.
func sorted(pairs []pair, of func(pair) time.Duration) []time.Duration {
	all := make([]time.Duration, len(pairs))
	for i, p := range pairs {
		all[i] = of(p)
	}
	slices.Sort(all)
	return all
}
