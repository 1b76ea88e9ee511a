package sim

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"

	"agentstore"
	"agentstore/internal/test/dynamotest"
	"agentstore/pkg/app"
	"agentstore/pkg/catalog"
	"agentstore/pkg/dynamo"
	"agentstore/pkg/dynamo/setup"
	"agentstore/pkg/id"
	"agentstore/pkg/product/server"
	"agentstore/pkg/shop"
	"agentstore/pkg/template"
)

const (
	tableName     = "sim"
	quoteLifetime = 15 * time.Minute
)

// world is everything that there is outside the processes.
type world struct {
	seed   uint64
	random *rand.Rand // of the driver alone
	// entropy makes identifiers. One task runs at a time, so it needs no lock.
	entropy io.Reader
	clock   *clock
	step    uint64

	engine  dynamotest.Engine
	table   *dynamo.Table // beside all faults
	cloud   *cloud
	catalog shop.Catalog
	stream  []shop.JobRef // jobs that the stream may tell of

	// decide is what becomes of a call.
	decide func(call) verdict
	// readFaults is how many of a thousand reads fail.
	readFaults uint64
	// refuses tells which servers the provider will never make.
	refuses func(server.Spec) bool
	// silent tells for which servers it never answers, and makes them all the same.
	silent func(server.Spec) bool

	model  *model
	trace  []string
	broken []string // promises, and how
}

// goods is what is on sale, a small part of the catalog, to keep histories cheap.
var goods = sync.OnceValues(func() (shop.Catalog, error) {
	all, err := catalog.Load(app.Shelf())
	return shop.Catalog{Items: all.Items[:2]}, err
})

var definition = sync.OnceValues(func() (*template.Template, error) { return template.Parse(agentstore.Template) })

func newWorld(tb testing.TB, seed uint64) *world {
	tb.Helper()
	var entropy [32]byte
	binary.LittleEndian.PutUint64(entropy[:], seed)
	w := &world{
		seed: seed, random: rand.New(rand.NewPCG(seed, 1)), entropy: rand.NewChaCha8(entropy),
		clock: new(clock), engine: dynamotest.Embedded(tb), cloud: newCloud(),
		decide: func(call) verdict { return verdict{} }, refuses: func(server.Spec) bool { return false }, silent: func(server.Spec) bool { return false },
	}
	d, err := definition()
	must(tb, err)
	_, err = setup.CreateTable(context.Background(), w.engine.Client, tableName, d.Table)
	must(tb, err)
	w.table = dynamo.New(w.engine.Client, tableName)
	all, err := goods()
	must(tb, err)
	w.catalog = shop.Catalog{Items: append([]shop.Item(nil), all.Items...)}
	w.putCatalog()
	w.model = newModel(w)
	return w
}

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

func (w *world) putCatalog() {
	if _, err := w.table.Seed(context.Background(), w.catalog); err != nil {
		w.breaks("the catalog can be written", "%v", err)
	}
}

func (w *world) ids(now func() time.Time) id.Maker { return id.Maker{Now: now, Entropy: w.entropy} }

func (w *world) jitter(longest time.Duration) time.Duration {
	return time.Duration(w.random.Int64N(int64(longest)))
}

// breaks reports a promise that was not kept.
func (w *world) breaks(promise, format string, args ...any) {
	w.broken = append(w.broken, promise+": "+fmt.Sprintf(format, args...))
	w.note("BROKEN %s", w.broken[len(w.broken)-1])
}

// note writes a line of the trace.
func (w *world) note(format string, args ...any) {
	w.trace = append(w.trace, fmt.Sprintf("%3d %s ", w.step, w.clock.now().Format("15:04:05"))+fmt.Sprintf(format, args...))
}

// traceHash is the same for the same history.
func (w *world) traceHash() uint64 {
	h := fnv.New64a()
	io.WriteString(h, strings.Join(w.trace, "\n"))
	return h.Sum64()
}

// readFault decides by what is read, and when, because reads run in parallel.
func (w *world) readFault(operation, keys string) error {
	if w.readFaults == 0 {
		return nil
	}
	h := fnv.New64a()
	fmt.Fprint(h, w.seed, w.step, operation, keys)
	if h.Sum64()%1000 < w.readFaults {
		return errOutage
	}
	return nil
}

// run lets a process run to its end.
func (w *world) run(p *process) {
	for v := (verdict{}); !w.resume(p, v); {
		v = w.decide(p.task.at)
	}
}

// resume lets a process go on to its next call.
func (w *world) resume(p *process, v verdict) (ended bool) {
	ended = p.task.resume(v)
	switch {
	case p.task.panics != "":
		w.breaks("nothing panics", "%s: %s", p.name, p.task.panics)
	case ended:
		w.note("%s: ended%s", p.name, deathOf(p))
	default:
		w.note("%s: before %s", p.name, p.task.at.name)
	}
	return ended
}

func deathOf(p *process) string {
	if p.dead {
		return " dead"
	}
	return ""
}

// The errors of storage calls.
var (
	errOutage   = noAnswer{"sim: no answer", false}
	errHiccup   = noAnswer{"sim: no answer, worth a retry", true}
	errThrottle = &smithy.GenericAPIError{Code: "ThrottlingException", Message: "sim: too many requests"}
	errTimeout  = errors.New("sim: the provider did not answer in time")
	errRefused  = fmt.Errorf("%w: sim: quota", server.ErrRefused)
)

// noAnswer is an error of the network. Retryable ones the client repeats.
type noAnswer struct {
	text      string
	retryable bool
}

func (e noAnswer) Error() string        { return e.text }
func (e noAnswer) RetryableError() bool { return e.retryable }

// errCrossed is a transaction that met another one.
var errCrossed = &types.TransactionCanceledException{
	CancellationReasons: []types.CancellationReason{{Code: aws.String("TransactionConflict")}},
}
