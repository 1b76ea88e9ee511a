package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/app"
	"agentstore/pkg/id"
	"agentstore/pkg/local"
	"agentstore/pkg/product/server"
	"agentstore/pkg/shop"
)

const (
	crashClients = 4
	// A life of the program is this many new answers and that much time, at most.
	lifeAnswers = 12
	lifeTime    = 200 * time.Millisecond
	crashLimit  = 3 * time.Minute
	credit      = 100_000_000
)

// TestKilledAtAnyMoment kills the program again and again under load. Nothing
// may be lost, nothing may happen twice, and every answer stays what it was.
func TestKilledAtAnyMoment(t *testing.T) {
	t.Parallel()
	for name, where := range map[string]func(*testing.T) []string{
		dynamotest.NameEmbedded: func(t *testing.T) []string { return []string{"DATA_DIR=" + t.TempDir()} },
		dynamotest.NameLocal: func(t *testing.T) []string {
			return []string{
				"DYNAMODB_ENDPOINT=" + *dynamotest.Local(t).Client.Options().BaseEndpoint, "TABLE_NAME=" + dynamotest.TableName(t),
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			killAgainAndAgain(t, where(t))
		})
	}
}

// howOften chooses how often the program is killed.
var howOften = flag.Int("kills", 0, "how often the program is killed; 10 with CI=true, else 3")

func killAgainAndAgain(t *testing.T, where []string) {
	t.Helper()
	kills := *howOften
	if kills == 0 {
		kills = 3
		if os.Getenv("CI") == "true" {
			kills = 10
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), crashLimit+time.Duration(kills)*5*time.Second)
	defer cancel()
	values := append(
		where, "ADDR="+freeAddress(t), "LOG_LEVEL=error", "MOCK_LATENCY=100ms", "MOCK_FAILURES=create:0.2,restart:0.2,reinstall:0.2",
	)
	p := &program{values: values}
	url, key := p.start(t)
	parsed, ok := id.ParseKey(key[len("ask_test_"):][:38])
	if !ok {
		t.Fatalf("not a key: %q", key)
	}
	crashed := crashed{values: values, account: parsed.Account()}
	crashed.fund(t)

	load := &load{url: url, key: key, answers: make(map[string][]byte), paths: make(map[string]request)}
	enough := make(chan struct{})
	var clients sync.WaitGroup
	for client := range crashClients {
		clients.Go(func() { load.run(ctx, t, client, enough) })
	}
	for range kills {
		load.await(ctx, t, 1+rand.IntN(lifeAnswers))
		time.Sleep(rand.N(lifeTime))
		p.kill(t)
		p.start(t)
	}
	close(enough)
	clients.Wait()
	load.replay(ctx, t)
	p.kill(t)

	t.Logf("%d kills, %d answers, %d tries without one", kills+1, len(load.answers), load.unanswered)
	crashed.check(t, load)
}

// freeAddress is one that the program can have again after each start.
func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

// program is the real program as a process.
type program struct {
	values []string
	cmd    *exec.Cmd
}

// start returns when the program serves.
func (p *program) start(t *testing.T) (url, key string) {
	t.Helper()
	p.cmd = exec.CommandContext(t.Context(), os.Args[0])
	p.cmd.Env = append(os.Environ(), append(p.values, "AGENTSTORE_TEST_MAIN=1")...)
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return readExports(t, bufio.NewReader(stdout))
}

// kill gives the program no chance to finish anything.
func (p *program) kill(t *testing.T) {
	t.Helper()
	if err := p.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = p.cmd.Wait() // it says that it was killed
}

// load is what clients ask of the program, and the first answer to each key.
type load struct {
	url, key string

	mu         sync.Mutex
	answers    map[string][]byte
	paths      map[string]request
	unanswered int
}

// request is a call with a key, as it is sent each time.
type request struct {
	path string
	body map[string]any
}

// run is a client: it quotes, buys and uses what it bought until it is enough.
// It ends nothing halfway.
func (l *load) run(ctx context.Context, t *testing.T, client int, enough <-chan struct{}) {
	for n := 0; ; n++ {
		select {
		case <-enough:
			return
		default:
		}
		name := fmt.Sprintf("%d-%d", client, n)
		quote, ok := l.insist(ctx, t, "quote-"+name, request{storetest.Quotes, storetest.Order()})
		if !ok {
			return
		}
		bought, ok := l.insist(ctx, t, "buy-"+name, request{storetest.Purchases, map[string]any{"quoteId": quote.Text("quote", "id")}})
		if !ok {
			return
		}
		of := storetest.Services + "/" + bought.Text("service", "id") + "/server"
		l.insist(ctx, t, "restart-"+name, request{of + "/restart", map[string]any{}})
		l.insist(ctx, t, "reinstall-"+name, request{of + "/reinstall", map[string]any{"image": "debian-12"}})
	}
}

// insist sends a request until it is answered, now and then twice at once.
func (l *load) insist(ctx context.Context, t *testing.T, key string, r request) (storetest.Answer, bool) {
	var second sync.WaitGroup
	if rand.IntN(4) == 0 {
		second.Go(func() { l.retry(ctx, t, key, r) })
	}
	defer second.Wait()
	return l.retry(ctx, t, key, r)
}

func (l *load) retry(ctx context.Context, t *testing.T, key string, r request) (storetest.Answer, bool) {
	for {
		a, err := l.send(ctx, key, r)
		switch {
		case ctx.Err() != nil:
			t.Errorf("%s was never answered", key)
			return a, false
		case err == nil && a.Status < 300:
			l.keep(t, key, r, a.Body)
			return a, true
		case err == nil && a.Code() == "action_in_progress":
			return a, false // a final answer: nothing was kept
		case err == nil && a.Get("retryable") != true:
			t.Errorf("%s: status %d: %s", key, a.Status, a.Body)
			return a, false
		}
		l.mu.Lock()
		l.unanswered++
		l.mu.Unlock()
		time.Sleep(20 * time.Millisecond)
	}
}

// await returns after that many new answers, or when the test has failed: then
// the clients may have given up.
func (l *load) await(ctx context.Context, t *testing.T, more int) {
	count := func() int {
		l.mu.Lock()
		defer l.mu.Unlock()
		return len(l.answers)
	}
	for enough := count() + more; count() < enough && ctx.Err() == nil && !t.Failed(); {
		time.Sleep(5 * time.Millisecond)
	}
}

// keep holds every answer to a key to the first one.
func (l *load) keep(t *testing.T, key string, r request, body []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	first, known := l.answers[key]
	if known && !bytes.Equal(first, body) {
		t.Errorf("%s was answered\n%s\nand then\n%s", key, first, body)
	}
	if !known {
		l.answers[key], l.paths[key] = body, r
	}
}

// crashClient lets a call end that the program does not live to answer.
var crashClient = &http.Client{Timeout: 10 * time.Second}

func (l *load) send(ctx context.Context, key string, r request) (storetest.Answer, error) {
	body, err := json.Marshal(r.body)
	if err != nil {
		return storetest.Answer{}, err
	}
	sent, err := http.NewRequestWithContext(ctx, http.MethodPost, l.url+r.path, bytes.NewReader(body))
	if err != nil {
		return storetest.Answer{}, err
	}
	sent.Header.Set("Authorization", "Bearer "+l.key)
	sent.Header.Set("Content-Type", "application/json")
	sent.Header.Set("Idempotency-Key", key)
	res, err := crashClient.Do(sent)
	if err != nil {
		return storetest.Answer{}, err
	}
	defer res.Body.Close()
	body, err = io.ReadAll(res.Body)
	return storetest.Answer{Status: res.StatusCode, Header: res.Header, Body: body}, err
}

// replay asks for every answer once more.
func (l *load) replay(ctx context.Context, t *testing.T) {
	for key, r := range l.paths {
		l.retry(ctx, t, key, r)
	}
}

// crashed is what is left after the last kill.
type crashed struct {
	values  []string
	account id.Account
}

func (c crashed) fund(t *testing.T) {
	t.Helper()
	args := []string{"fund", "--account", string(c.account), "--amount", fmt.Sprint(credit), "--reference", "crash"}
	if err := run(t.Context(), args, io.Discard, environ(append(c.values, "KEY_MODE=test")...)); err != nil {
		t.Fatal(err)
	}
}

// check verifies the table as the last kill left it, has everything settled by a
// worker whose clock is past every lease, and verifies it again.
func (c crashed) check(t *testing.T, l *load) {
	t.Helper()
	config, db, err := invocation{getenv: environ(c.values...)}.open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}()
	expectKept(t, config, db)
	settleAll(t, config, db)
	expectKept(t, config, db)
	books, err := db.Books(t.Context(), c.account)
	if err != nil {
		t.Fatal(err)
	}
	oncePerKey(t, books, l)
	settled(t, books)
}

func expectKept(t *testing.T, config app.Config, db local.Database) {
	t.Helper()
	report, err := local.Verify(t.Context(), config, db)
	if err != nil {
		t.Fatal(err)
	}
	for _, finding := range report.Findings {
		t.Error(finding)
	}
}

// settleAll works until nothing is due, and then compares with the provider.
func settleAll(t *testing.T, config app.Config, db local.Database) {
	t.Helper()
	ahead := time.Hour
	now := func() time.Time { return app.Now().Add(ahead) }
	quiet := slog.New(slog.DiscardHandler)
	servers := app.Servers(config, db.Table, now)
	worker := app.Worker(config, db.Table, quiet)
	worker.Now = now
	worker.Fulfilments = map[string]shop.Fulfilment{server.ServiceType: servers}
	const longerThanAnyDelay = 6 * time.Minute
	for due := 1; due > 0; ahead += longerThanAnyDelay {
		var err error
		if err := worker.SettleAllHolds(t.Context()); err != nil {
			t.Fatal(err)
		}
		if due, err = worker.RunDue(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	reconciler := app.Reconciler(config, db.Table, quiet)
	reconciler.Now = now
	reconciler.Inventories = map[string]shop.Inventory{server.ServiceType: servers}
	drift, err := reconciler.Run(t.Context())
	if err != nil || len(drift.Orphans)+len(drift.Missing) > 0 {
		t.Errorf("reconciled: %+v, %v", drift, err)
	}
}

// oncePerKey compares the purchases with the keys, and the money with both.
func oncePerKey(t *testing.T, books shop.Books, l *load) {
	t.Helper()
	made := make(map[string]string)
	for _, r := range books.Records {
		if first, twice := made[r.Key]; twice {
			t.Errorf("%s made %s and %s", r.Key, first, r.Subject)
		}
		made[r.Key] = r.Subject
	}
	if len(made) != len(l.answers) {
		t.Errorf("%d records, %d answers", len(made), len(l.answers))
	}
	bought := 0
	for key, body := range l.answers {
		a := storetest.Answer{Body: body}
		for _, subject := range []string{a.Text("purchase", "id"), a.Text("quote", "id"), a.Text("action", "id")} {
			if subject != "" && subject != made[key] {
				t.Errorf("%s was answered with %s and made %q", key, subject, made[key])
			}
		}
		if a.Text("purchase", "id") != "" {
			bought++
		}
	}
	if len(books.Purchases) != bought || bought == 0 {
		t.Errorf("%d purchases by %d keys", len(books.Purchases), bought)
	}
	balance := int64(credit)
	for _, p := range books.Purchases {
		balance -= p.Offer.Price.Total.Minor
	}
	for _, e := range books.Entries {
		// What was held for nothing, and released, are two entries.
		held := strings.HasPrefix(e.Cause, shop.HoldCause("")) || strings.HasPrefix(e.Cause, shop.ReleaseCause(""))
		if e.Kind == shop.EntryRefund || e.Note == "Demo credit" || held {
			balance += e.Amount.Minor
		}
	}
	if books.Wallet.Balance.Minor != balance {
		t.Errorf("the wallet holds %d, and should hold %d", books.Wallet.Balance.Minor, balance)
	}
}

// settled checks that nothing is owed any more.
func settled(t *testing.T, books shop.Books) {
	t.Helper()
	for _, j := range books.Jobs {
		if j.Status == shop.JobDue {
			t.Errorf("%s is still due", j.ID)
		}
	}
	for _, s := range books.Services {
		if s.Status != shop.ServiceActive && s.Status != shop.ServiceFailed || s.Current != nil {
			t.Errorf("%s is %s, busy with %v", s.ID, s.Status, s.Current)
		}
	}
}
