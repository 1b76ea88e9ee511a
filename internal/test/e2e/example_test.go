package e2e

import (
	"bytes"
	"encoding/json"
	"flag"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/internal/test/storetest/contract"
	"agentstore/internal/test/storetest/documented"
	"agentstore/pkg/api"
	"agentstore/pkg/app"
)

var update = flag.Bool("update", false, "write the examples of pkg/api")

// TestExamples makes the calls of the examples, in the order of the table, and
// compares the answers: what the documentation shows is what the store says.
func TestExamples(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{Entropy: newEntropy()})
	client := documented.Client(t)
	for _, o := range api.Operations(app.Shelf()) {
		if o.Name == "personal_get" {
			s.Personal(t) // the examples before are about nobody
		}
		if o.Name == "server_snapshot_delete" {
			var input map[string]any
			if err := json.Unmarshal([]byte(o.Example.Input), &input); err != nil {
				t.Fatal(err)
			}
			s.Snapshot(t, input["serviceId"].(string))
		}
		if o.Name == "wallet_get" {
			s.Limit(t) // those before are without limits
		}
		var input map[string]any
		if err := json.Unmarshal([]byte(o.Example.Input), &input); err != nil {
			t.Fatalf("%s: %v", o.Name, err)
		}
		r := contract.Request(t, s.URL, o.Name, input)
		r.Header.Set("Authorization", "Bearer "+s.Key)
		got := storetest.Do(t, client, r)
		if got.Status != o.Status {
			t.Fatalf("%s: status %d: %s", o.Name, got.Status, got.Body)
		}
		if *update {
			writeExample(t, o.Name, got.Body)
			continue
		}
		var want bytes.Buffer
		if err := json.Compact(&want, []byte(o.Example.Output)); err != nil {
			t.Fatalf("%s: %v", o.Name, err)
		}
		if diff := cmp.Diff(want.String(), string(got.Body)); diff != "" {
			t.Errorf("%s differs from its example; run go test ./internal/test/e2e -run TestExamples -update, then make generate\n%s", o.Name, diff)
		}
	}
}

func writeExample(t *testing.T, name string, body []byte) {
	t.Helper()
	var text bytes.Buffer
	if err := json.Indent(&text, body, "", "  "); err != nil {
		t.Fatal(err)
	}
	text.WriteByte('\n')
	path := filepath.Join("..", "..", "..", "pkg", ownerOf(name), "examples", name+".json")
	if err := os.WriteFile(path, text.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

// ownerOf is the package that has an operation: a product, or the table.
func ownerOf(name string) string {
	for _, p := range app.Shelf() {
		if strings.HasPrefix(name, p.Type+"_") {
			return "product/" + p.Type
		}
	}
	return "api"
}

// entropy gives the same bytes in every run.
type entropy struct {
	mu sync.Mutex
	*rand.ChaCha8
}

func newEntropy() *entropy { return &entropy{ChaCha8: rand.NewChaCha8([32]byte{1})} }

func (e *entropy) Read(b []byte) (int, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.ChaCha8.Read(b)
}
