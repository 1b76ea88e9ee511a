package bridge_test

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/internal/test/storetest/contract"
	"agentstore/pkg/bridge"
	"agentstore/pkg/shop"
)

// variables are the environment of a host that uses the store.
func variables(url, key string) func(string) string {
	return func(name string) string {
		return map[string]string{"AGENT_STORE_API_BASE_URL": url + "/v1/agent", "AGENT_STORE_AGENT_API_KEY": key}[name]
	}
}

// pipes are a bridge's standard input and output, as its host holds them.
type pipes struct {
	in  *io.PipeWriter
	out *io.PipeReader
	// ended is closed with what Run returned in err.
	ended chan struct{}
	err   error
}

// run starts a bridge to a store, which ends with the test.
func run(t *testing.T, url, key string) *pipes {
	t.Helper()
	store, err := bridge.FromEnvironment(variables(url, key))
	if err != nil {
		t.Fatal(err)
	}
	in, toBridge := io.Pipe()
	fromBridge, out := io.Pipe()
	p := &pipes{in: toBridge, out: fromBridge, ended: make(chan struct{})}
	go func() {
		defer close(p.ended)
		b := bridge.Bridge{Store: store}
		p.err = b.Run(context.WithoutCancel(t.Context()), in, out)
		out.Close()
	}()
	t.Cleanup(func() {
		toBridge.Close()
		fromBridge.Close()
		<-p.ended
	})
	return p
}

// connect begins a session of the official client through the bridge.
func (p *pipes) connect(t *testing.T, revision string, o *sdk.ClientOptions) *sdk.ClientSession {
	t.Helper()
	client := sdk.NewClient(&sdk.Implementation{Name: "host", Version: "1.0.0"}, o)
	session, err := client.Connect(t.Context(), &sdk.IOTransport{Reader: p.out, Writer: p.in},
		&sdk.ClientSessionOptions{ProtocolVersion: revision})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { session.Close() })
	return session
}

// The flow of the contract through the bridge, in every revision.
func TestContract(t *testing.T) {
	t.Parallel()
	for _, revision := range sdk.SupportedProtocolVersions() {
		t.Run(revision, func(t *testing.T) {
			t.Parallel()
			s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{})
			session := run(t, s.URL, s.Key).connect(t, revision, nil)
			if got := session.InitializeResult().ProtocolVersion; got != revision {
				t.Errorf("the revision is %s", got)
			}
			contract.Replay(t, contract.MCP(session))
		})
	}
}

// What the store offers by HTTP it offers through the bridge, word for word.
func TestSameAsByHTTP(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{})
	through := run(t, s.URL, s.Key).connect(t, "", nil)
	direct := contract.Client{Base: s.URL, Key: s.Key}.Connect(t)
	ask := map[string]func(*sdk.ClientSession) (any, error){
		"instructions": func(c *sdk.ClientSession) (any, error) { return c.InitializeResult().Instructions, nil },
		"tools":        func(c *sdk.ClientSession) (any, error) { return c.ListTools(t.Context(), nil) },
		"prompts":      func(c *sdk.ClientSession) (any, error) { return c.ListPrompts(t.Context(), nil) },
		"templates":    func(c *sdk.ClientSession) (any, error) { return c.ListResourceTemplates(t.Context(), nil) },
		"a resource": func(c *sdk.ClientSession) (any, error) {
			return c.ReadResource(t.Context(), &sdk.ReadResourceParams{URI: "agentstore://catalog/cat_vps_micro"})
		},
		"a prompt": func(c *sdk.ClientSession) (any, error) {
			return c.GetPrompt(t.Context(), &sdk.GetPromptParams{Name: "buy_server", Arguments: map[string]string{"purpose": "builds"}})
		},
		"an error": func(c *sdk.ClientSession) (any, error) {
			return c.CallTool(t.Context(), &sdk.CallToolParams{Name: "catalog_search", Arguments: map[string]any{"limit": 0}})
		},
	}
	for name, ask := range ask {
		want, err := ask(direct)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		got, err := ask(through)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if plain(t, got) != plain(t, want) {
			t.Errorf("%s through the bridge is\n%s\nand by HTTP\n%s", name, plain(t, got), plain(t, want))
		}
	}
}

// plain is JSON without the identifiers of requests.
func plain(t *testing.T, value any) string {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return requestID.ReplaceAllString(string(text), "req_")
}

// A person is asked through the bridge as without it.
func TestConfirm(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{})
	policy := shop.Policy{Limits: []shop.Limit{{Currency: "usd", ConfirmAbove: new(int64)}}}
	b := shop.Budget{Account: s.Agent.Account(), Agent: s.Agent, Version: 1, Policy: policy}
	if err := s.Table.Commit(t.Context(), shop.Change{Budgets: []shop.Budget{b}}); err != nil {
		t.Fatal(err)
	}
	asked := 0
	session := run(t, s.URL, s.Key).connect(t, "", &sdk.ClientOptions{
		ElicitationHandler: func(context.Context, *sdk.ElicitRequest) (*sdk.ElicitResult, error) {
			asked++
			return &sdk.ElicitResult{Action: "accept", Content: map[string]any{"approve": true}}, nil
		},
	})
	result, err := session.CallTool(t.Context(), &sdk.CallToolParams{
		Name: "purchase_create", Arguments: map[string]any{"quoteId": s.Quote(t), "idempotencyKey": "k"},
	})
	if err != nil || result.IsError || asked != 1 {
		t.Errorf("asked %d times, and the result is %+v, %v", asked, result, err)
	}
}

// Everything that a host writes is answered before the bridge ends.
func TestAnswersAfterTheEndOfInput(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{})
	p := run(t, s.URL, s.Key)
	go func() {
		io.WriteString(p.in, "\n"+`{"jsonrpc":"2.0","id":"a","method":"ping"}`+"\r\n"+
			`{"jsonrpc":"2.0","method":"notifications/initialized"}`+"\n"+`no JSON`+"\n"+
			`{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"service_list"}}`)
		p.in.Close()
	}()
	var answers []string
	for lines := bufio.NewScanner(p.out); lines.Scan(); {
		answers = append(answers, lines.Text())
	}
	all := strings.Join(answers, "\n")
	if <-p.ended; p.err != nil || len(answers) != 3 {
		t.Fatalf("%d answers, %v:\n%s", len(answers), p.err, all)
	}
	for _, want := range []string{`"id":"a"`, `"id":2`, `"services":[]`, `-32700`} {
		if !strings.Contains(all, want) {
			t.Errorf("%s is missing in\n%s", want, all)
		}
	}
}

// A request that its host gives up is answered no more.
func TestCancel(t *testing.T) {
	t.Parallel()
	arrived, gone := make(chan bool), make(chan bool)
	slow := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if body, _ := io.ReadAll(r.Body); strings.Contains(string(body), "cancelled") {
			return
		}
		arrived <- true
		<-r.Context().Done()
		close(gone)
	}))
	t.Cleanup(slow.Close)
	p := run(t, slow.URL, "ask_test_x")
	io.WriteString(p.in, `{"jsonrpc":"2.0","id":7,"method":"tools/list"}`+"\n")
	<-arrived
	io.WriteString(p.in, `{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":7}}`+"\n")
	<-gone
	p.in.Close()
	if answers, err := io.ReadAll(p.out); err != nil || len(answers) > 0 {
		t.Errorf("answers %q, %v", answers, err)
	}
}

// A store that goes away is said so, for each request, and the bridge lives on.
func TestStoreGoesAway(t *testing.T) {
	t.Parallel()
	broken := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "<html>", http.StatusBadGateway)
	}))
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	for url, want := range map[string]string{
		broken.URL: "the store at " + broken.URL + " answered with status 502 and no JSON",
		closed.URL: "the store at " + closed.URL + " cannot be reached: ",
	} {
		p := run(t, url, "ask_test_x")
		lines := bufio.NewScanner(p.out)
		for range 2 {
			io.WriteString(p.in, `{"jsonrpc":"2.0","id":1,"method":"ping"}`+"\n")
			if !lines.Scan() || !strings.Contains(lines.Text(), want) || !strings.Contains(lines.Text(), `"id":1`) {
				t.Errorf("the answer is %s, want %s", lines.Text(), want)
			}
		}
	}
	broken.Close()
}

// The bridge ends with its context, though its host still holds the pipes.
func TestContextEnds(t *testing.T) {
	t.Parallel()
	store, err := bridge.FromEnvironment(variables("http://127.0.0.1:1", "ask_test_x"))
	if err != nil {
		t.Fatal(err)
	}
	in, host := io.Pipe()
	defer host.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	b := bridge.Bridge{Store: store}
	if err := b.Run(ctx, in, io.Discard); err != nil {
		t.Error(err)
	}
}

func TestTooLong(t *testing.T) {
	t.Parallel()
	p := run(t, "http://127.0.0.1:1", "ask_test_x")
	go io.WriteString(p.in, strings.Repeat("x", 3<<20))
	select {
	case <-p.ended:
	case <-time.After(10 * time.Second):
		t.Fatal("the bridge goes on")
	}
	if p.err == nil || p.err.Error() != "a message has more than 2097152 bytes" {
		t.Errorf("the error is %v", p.err)
	}
}

// A notification is never answered, whatever the store says to it.
func TestNotificationsHaveNoAnswer(t *testing.T) {
	t.Parallel()
	refusing := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusUnauthorized)
		io.WriteString(w, `{"jsonrpc":"2.0","id":null,"error":{"code":-32001,"message":"no"}}`)
	}))
	t.Cleanup(refusing.Close)
	for _, url := range []string{refusing.URL, "http://127.0.0.1:1"} {
		p := run(t, url, "ask_test_x")
		go func() {
			io.WriteString(p.in, `{"jsonrpc":"2.0","method":"notifications/initialized"}`+"\n"+`{"jsonrpc":"2.0","method":"nobody/knows"}`+"\n")
			p.in.Close()
		}()
		if answers, err := io.ReadAll(p.out); err != nil || len(answers) > 0 {
			t.Errorf("answers %q, %v", answers, err)
		}
	}
}
