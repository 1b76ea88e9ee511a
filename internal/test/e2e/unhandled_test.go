package e2e

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
)

// TestUnhandledPaths: what is no route gets an answer of fixed words as JSON,
// whatever is in the request, and one line of the log, which nothing that was sent
// can break or forge.
func TestUnhandledPaths(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{})
	const mark = "xyzzy"
	requests := []string{
		"GET /" + mark, "GET //" + mark, "GET /a/../" + mark, "GET /%22" + mark + "%22", "GET /" + mark + "%0A{\"level\":\"ERROR\"}",
		"GET /" + mark + "%00", "GET /" + mark + "%ff", "GET /" + mark + "?a=%0a", "GET /<script>" + mark, "GET /" + mark + strings.Repeat("/x", 4000),
		"POST /healthz/" + mark, mark + " /v1/agent/services", "DELETE /v1/agent/quotes?" + mark, "PATCH /mcp?" + mark,
		"GET /v1/agent/services/%0A" + mark + "/nothing", "TRACE /" + mark, "GET /v1/agent/quotes/..%2F" + mark + "%2F",
	}
	for _, line := range requests {
		status, contentType, body := raw(t, s, line+" HTTP/1.1\r\nHost: "+strings.TrimPrefix(s.URL, "http://")+
			"\r\nUser-Agent: "+mark+"\r\nX-"+mark+": \t"+mark+"\r\nConnection: close\r\n\r\n")
		var problem struct {
			Type, Title, Detail, Code, RequestID string
			Status                               int
			Fixes                                []string
		}
		if err := json.Unmarshal(body, &problem); err != nil || contentType != "application/problem+json" {
			t.Errorf("%.60s: %s: %s", line, contentType, body)
		}
		if problem.Status != status || problem.RequestID == "" || len(problem.Fixes) == 0 || status < 400 || status > 499 {
			t.Errorf("%.60s: %d %s", line, status, body)
		}
		if strings.Contains(string(body), mark) {
			t.Errorf("%.60s is repeated: %s", line, body)
		}
	}
	lines := strings.Split(strings.TrimSuffix(s.Log.String(), "\n"), "\n")
	if len(lines) != len(requests) {
		t.Errorf("%d lines for %d requests:\n%s", len(lines), len(requests), s.Log)
	}
	for _, line := range lines {
		var entry map[string]any
		if err := json.Unmarshal([]byte(line), &entry); err != nil || entry["msg"] != "request" || entry["level"] != "INFO" {
			t.Errorf("a line is %s", line)
		}
		if strings.Contains(line, mark) || len(line) > 1000 {
			t.Errorf("a line repeats what was sent: %.300s", line)
		}
	}
}

// TestLogLinesFromInput: where a refusal quotes what was sent, it is in the log as
// a text of JSON, on one line, and bounded.
func TestLogLinesFromInput(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{})
	hostile := "a\n{\"level\":\"ERROR\",\"msg\":\"forged\"}\r\n\x1b[31m\u2028\u202e" + strings.Repeat("x", 100_000)
	requests := 0
	for _, body := range []any{
		object{hostile: 1},
		object{"catalogItemId": hostile, "quantity": 1, "configuration": object{hostile: hostile}},
		object{"catalogItemId": "cat_vps_micro", "quantity": 1, "configuration": object{"hostname": hostile, "region": hostile, "image": hostile}},
	} {
		for _, path := range []string{storetest.Quotes, "/mcp"} {
			sent := body
			if path == "/mcp" {
				sent = object{"jsonrpc": "2.0", "id": hostile, "method": "tools/call", "params": object{"name": "quote_create", "arguments": body}}
			}
			requests++
			if a := s.Call(t, http.MethodPost, path, sent); !json.Valid(a.Body) {
				t.Errorf("the answer is no JSON: %.300s", a.Body)
			}
		}
	}
	lines := strings.Split(strings.TrimSuffix(s.Log.String(), "\n"), "\n")
	if len(lines) != requests {
		t.Errorf("%d lines for %d requests", len(lines), requests)
	}
	for _, line := range lines {
		var entry map[string]any
		if err := json.Unmarshal([]byte(line), &entry); err != nil || entry["msg"] != "request" || len(line) > 2000 {
			t.Errorf("%d bytes: %.300s", len(line), line)
		}
		if strings.ContainsAny(line, "\x1b\r") {
			t.Errorf("a terminal would obey %.300q", line)
		}
	}
}

// raw sends a request that net/http would not make.
func raw(t *testing.T, s *storetest.Store, request string) (status int, contentType string, body []byte) {
	t.Helper()
	c, err := net.Dial("tcp", strings.TrimPrefix(s.URL, "http://"))
	must(t, err)
	defer c.Close()
	_, err = io.WriteString(c, request)
	must(t, err)
	answer, err := http.ReadResponse(bufio.NewReader(c), nil)
	must(t, err)
	defer answer.Body.Close()
	body, err = io.ReadAll(answer.Body)
	must(t, err)
	return answer.StatusCode, fmt.Sprint(answer.Header.Get("Content-Type")), body
}
