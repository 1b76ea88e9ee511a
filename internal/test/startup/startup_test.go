//go:build startup

package startup

import (
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Each program is started that often, in turn, and on a busy machine more often.
const (
	rounds     = 21
	mostRounds = 300
)

// The function with the most to prepare, the one of MCP, starts in at most twice the
// time of a function that does nothing. The quickest start of each counts: what else the
// machine does only adds to one.
func TestMCPStartsFast(t *testing.T) {
	hello, mcp := build(t, "./testdata/hello"), build(t, "agentstore/functions/mcp")
	base, ours := time.Hour, time.Hour
	ratio := func() float64 { return float64(ours) / float64(base) }
	n := 0
	for ; n < rounds || n < mostRounds && ratio() > 2; n++ {
		base, ours = min(base, start(t, hello)), min(ours, start(t, mcp))
	}
	t.Logf("hello %s, mcp %s, of %d starts each: %.1fx", base, ours, n, ratio())
	if ratio := ratio(); ratio > 2 {
		t.Errorf("mcp takes %.1f times as long to start as a function that does nothing, want at most 2", ratio)
	}
}

// build compiles a program for this machine as the Makefile does for Lambda.
func build(t *testing.T, program string) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "bootstrap")
	c := exec.CommandContext(t.Context(), "go", "build", "-buildvcs=false", "-trimpath",
		"-tags", "lambda.norpc,nethttpomithttp2", "-ldflags", "-s -w", "-o", binary, program)
	c.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", program, err, out)
	}
	return binary
}

// start runs a program until it asks for its first request.
func start(t *testing.T, program string) time.Duration {
	t.Helper()
	asked := make(chan time.Time, 1)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/runtime/invocation/next") {
			select {
			case asked <- time.Now():
			default:
			}
		}
		<-r.Context().Done()
	})}
	go func() { _ = server.Serve(listener) }()
	defer server.Close()
	c := exec.CommandContext(t.Context(), program)
	c.Env = []string{
		"AWS_LAMBDA_RUNTIME_API=" + listener.Addr().String(), "AWS_REGION=eu-central-1", "AWS_LAMBDA_FUNCTION_NAME=mcp",
		"AWS_ACCESS_KEY_ID=x", "AWS_SECRET_ACCESS_KEY=x", "TABLE_NAME=store", "PROVISIONER_FUNCTION=provisioner",
		"KEY_MODE=live", "PUBLIC_URL=https://store.example.com", "SECRETS_KEY=alias/x",
	}
	var said strings.Builder
	c.Stdout, c.Stderr = &said, &said
	began := time.Now()
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = c.Process.Kill()
		_ = c.Wait()
	}()
	select {
	case at := <-asked:
		return at.Sub(began)
	case <-time.After(30 * time.Second):
		t.Fatalf("it asks for nothing: %s", said.String())
		return 0
	}
}
