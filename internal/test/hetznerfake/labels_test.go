//go:build cloudalone

package hetznerfake_test

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// labelling stands before cloudalone, which keeps no labels: it does that, and nothing
// else.
type labelling struct {
	*httputil.ReverseProxy
	mu     sync.Mutex
	labels map[string]map[string]string // by the number of the server
}

func newLabelling(t *testing.T, port string) *labelling {
	t.Helper()
	at, err := url.Parse("http://127.0.0.1:" + port)
	must(t, err)
	l := &labelling{ReverseProxy: httputil.NewSingleHostReverseProxy(at), labels: make(map[string]map[string]string)}
	l.ModifyResponse = l.label
	return l
}

// ServeHTTP implements http.Handler.
func (l *labelling) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if number, found := strings.CutPrefix(r.URL.Path, "/v1/servers/"); found && r.Method == http.MethodPut {
		var in struct{ Labels map[string]string }
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		l.mu.Lock()
		l.labels[number] = maps.Clone(in.Labels)
		l.mu.Unlock()
		r.Method, r.Body, r.ContentLength = http.MethodGet, http.NoBody, 0
	}
	l.ReverseProxy.ServeHTTP(w, r)
}

// label gives each server in an answer its labels.
func (l *labelling) label(r *http.Response) error {
	text, err := io.ReadAll(r.Body)
	if err != nil {
		return err
	}
	r.Body.Close()
	var answer map[string]any
	if json.Unmarshal(text, &answer) == nil {
		l.set(answer["server"])
		servers, _ := answer["servers"].([]any)
		for _, one := range servers {
			l.set(one)
		}
		if text, err = json.Marshal(answer); err != nil {
			return err
		}
	}
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(text)), int64(len(text))
	r.Header.Set("Content-Length", strconv.Itoa(len(text)))
	return nil
}

func (l *labelling) set(value any) {
	server, is := value.(map[string]any)
	if !is {
		return
	}
	number, _ := server["id"].(float64)
	l.mu.Lock()
	defer l.mu.Unlock()
	if labels := l.labels[strconv.Itoa(int(number))]; labels != nil {
		server["labels"] = labels
	}
}
