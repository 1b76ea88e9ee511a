package e2e

import (
	"bytes"
	"encoding/json"
	"flag"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
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
	made := map[string]string{}
	for _, o := range api.Operations(app.Shelf()) {
		if o.Name == "personal_get" {
			made["per_"] = `"` + s.Personal(t) + `"` // the examples before are about nobody
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
		for kind, named := range madeIn([]byte(o.Example.Input)) {
			if is := made[kind]; is != "" && is != named {
				t.Fatalf("the example of %s names %s, and the run has made %s: say so in pkg/api/example.go", o.Name, named, is)
			}
		}
		r := contract.Request(t, s.URL, o.Name, input)
		r.Header.Set("Authorization", "Bearer "+s.Key)
		got := storetest.Do(t, client, r)
		if got.Status != o.Status {
			t.Fatalf("%s: status %d: %s", o.Name, got.Status, got.Body)
		}
		maps.Copy(made, madeIn(got.Body))
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

// changing are the identifiers that change with each operation that is new in the run.
var changing = regexp.MustCompile(`"((?:per|ssh|can)_)[0-9A-HJKMNP-TV-Z]{26}"`)

// madeIn are the last of them in a text, by their kind.
func madeIn(text []byte) map[string]string {
	made := map[string]string{}
	for _, found := range changing.FindAllSubmatch(text, -1) {
		made[string(found[1])] = string(found[0])
	}
	return made
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
