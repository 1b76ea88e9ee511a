package sim

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"agentstore/internal/test/dynamotest"
	"agentstore/pkg/app"
	"agentstore/pkg/dynamo"
	"agentstore/pkg/product/server"
	"agentstore/pkg/shop"
)

// process does one operation, with a clock and connections of its own. Once dead,
// every call of it fails.
type process struct {
	world *world
	name  string
	task  *task
	skew  time.Duration // of its clock
	dead  bool
	// verdict is of the write that is being made.
	verdict verdict
	late    lateRead

	table      *dynamo.Table
	shop       *shop.Shop
	worker     *shop.Worker
	reconciler *shop.Reconciler
}

var errDead = errors.New("sim: the process has died")

// traits say how a process differs from a plain one.
type traits struct {
	skew    time.Duration
	retries bool // the client repeats a request that got no answer
	kick    bool // a new job is tried at once
	late    late
}

// late has the first read of a kind of item come behind all that are made beside
// it: reads beside each other are no snapshot.
type late struct {
	prefix string // of the sort key; empty for none
	beside int32  // how many reads are made beside it
}

type lateRead struct {
	late
	done   atomic.Int32 // of those beside it
	behind chan struct{}
}

func (w *world) newProcess(name string, have traits, run func(context.Context, *process)) *process {
	p := &process{world: w, name: name, skew: have.skew}
	p.late.late, p.late.behind = have.late, make(chan struct{})
	p.table = dynamo.New(p.client(have.retries), tableName)
	p.shop = app.Shop(app.Config{QuoteLifetime: quoteLifetime}, p.table)
	p.shop.Now, p.shop.IDs, p.shop.Sleep, p.shop.OneByOne = p.now, w.ids(p.now), p.sleep, true
	p.shop.Ends = &shop.Ends{Crowd: 1} // so that few are enough to leave ends to each other
	silent := slog.New(slog.DiscardHandler)
	servers := server.Fulfilment{Providers: map[string]server.Provider{"mock": line{p}}}
	p.worker = &shop.Worker{
		Store: p.table, Products: p.shop.Products, IDs: p.shop.IDs, Now: p.now, Sleep: p.sleep, Jitter: w.jitter, Log: silent, OneByOne: true,
		Fulfilments: map[string]shop.Fulfilment{server.ServiceType: servers},
	}
	p.reconciler = &shop.Reconciler{
		Store: p.table, Now: p.now, Grace: app.Grace, Log: silent,
		Inventories: map[string]shop.Inventory{server.ServiceType: servers},
	}
	if have.kick {
		p.shop.Kick = func(ctx context.Context, jobs []shop.JobRef) {
			for _, job := range jobs {
				_, _ = p.worker.Run(ctx, job) // a job that failed is still due
			}
		}
	}
	p.task = newTask(func() { run(context.Background(), p) })
	return p
}

func (p *process) client(retries bool) *dynamodb.Client {
	faults := dynamotest.Faults{Before: p.beforeRequest, After: p.afterRequest}
	return p.world.engine.With(faults.Inject, func(o *dynamodb.Options) {
		if !retries {
			return
		}
		o.Retryer = retry.NewStandard(func(r *retry.StandardOptions) {
			r.RateLimiter = ratelimit.None
			r.Backoff = retry.BackoffDelayerFunc(func(int, error) (time.Duration, error) { return 0, nil })
		})
	})
}

func (p *process) now() time.Time { return p.world.clock.now().Add(p.skew) }

// sleep takes no time by the clock, but others may go on meanwhile.
func (p *process) sleep(context.Context, time.Duration) error {
	p.wait(call{callSleep, "sleep"})
	return nil
}

func (p *process) wait(c call) verdict {
	v := p.task.wait(c)
	p.dead = p.dead || v.dies && v.moment == before
	return v
}

// beforeRequest stops the task before a write. Reads run beside each other, so
// nothing about them may depend on their order, and they do not stop.
func (p *process) beforeRequest(operation string, input any) error {
	if p.dead {
		return errDead
	}
	keys := keysOf(input)
	if !isWrite(input) {
		return p.beforeRead(operation, keys)
	}
	p.world.stream = append(p.world.stream, jobsIn(input)...)
	p.verdict = p.wait(call{callStorage, operation + keys})
	if p.verdict.moment == before {
		return p.verdict.err
	}
	return nil
}

func (p *process) beforeRead(operation, keys string) error {
	switch {
	case p.late.prefix == "":
		return p.world.readFault(operation, keys)
	case strings.Contains(keys, "/"+p.late.prefix):
		<-p.late.behind
		p.late.prefix = ""
		p.wait(call{callRead, operation + keys})
	}
	return nil
}

func (p *process) afterRequest(_ string, input any) error {
	if !isWrite(input) {
		if p.late.prefix != "" && p.late.done.Add(1) == p.late.beside {
			close(p.late.behind)
		}
		return nil
	}
	if p.verdict.moment != after {
		return nil
	}
	p.dead = p.dead || p.verdict.dies
	return p.verdict.err
}

func isWrite(input any) bool {
	switch input.(type) {
	case *dynamodb.GetItemInput, *dynamodb.QueryInput:
		return false
	default:
		return true
	}
}

// keysOf names the items that a request is about.
func keysOf(input any) string {
	switch in := input.(type) {
	case *dynamodb.GetItemInput:
		return keyOf(in.Key)
	case *dynamodb.QueryInput:
		return " " + stringOf(in.ExpressionAttributeValues[":pk"]) + " " + stringOf(in.ExpressionAttributeValues[":prefix"])
	}
	text := ""
	for _, item := range dynamotest.Written(input) {
		if stringOf(item["kind"]) != "event" { // whose name is another in each run
			text += keyOf(item)
		}
	}
	return text
}

// jobsIn are the jobs that a write makes or changes, as the table's stream tells of them.
func jobsIn(input any) []shop.JobRef {
	var refs []shop.JobRef
	for _, item := range dynamotest.Written(input) {
		if ref, ok := dynamo.JobRef(stringOf(item["PK"]), stringOf(item["SK"])); ok {
			refs = append(refs, ref)
		}
	}
	return refs
}

func keyOf(item map[string]types.AttributeValue) string {
	return " " + stringOf(item["PK"]) + "/" + stringOf(item["SK"])
}

func stringOf(v types.AttributeValue) string {
	if s, ok := v.(*types.AttributeValueMemberS); ok {
		return s.Value
	}
	return ""
}
