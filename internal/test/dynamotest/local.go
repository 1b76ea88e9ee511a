package dynamotest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

const (
	// dirVariable names the folder with DynamoDB Local's jars and native
	// libraries, all in one flat folder.
	dirVariable = "DYNAMODB_LOCAL_DIR"
	// defaultDir is that folder's default, below the user's cache folder.
	defaultDir = "agentstore/dynamodb-local-3.3.1"

	startTimeout = 30 * time.Second
)

// Local returns DynamoDB Local. The first call of a test binary starts it, as
// a Java process with an empty memory; all later calls share it, so a test
// takes its table names from [TableName]. The process ends with the test
// binary, however that ends.
//
// Where Java or DynamoDB Local is not installed the test is skipped, and says
// what to run. With CI=true it fails instead, because a run that leaves
// something out proves nothing there. DynamoDB Local is looked for in the
// folder named by DYNAMODB_LOCAL_DIR, which by default is
// ${XDG_CACHE_HOME:-$HOME/.cache}/agentstore/dynamodb-local-3.3.1.
func Local(tb testing.TB) Engine {
	tb.Helper()
	endpoint, err := startLocalOnce()
	switch missing := (missingError{}); {
	case errors.As(err, &missing) && os.Getenv("CI") != "true":
		tb.Skipf("LEFT OUT: this test did not run on DynamoDB Local, for %v", err)
	case err != nil:
		tb.Fatalf("This test cannot run on DynamoDB Local: %v", err)
	}
	return localEngine(endpoint)
}

var startLocalOnce = sync.OnceValues(startLocal)

// localTransport gives idle connections up before DynamoDB Local does, which is after 30
// seconds: a request that goes into one that is being closed fails, and nothing here
// retries.
func localTransport() *http.Transport {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConnsPerHost = 64
	t.IdleConnTimeout = 5 * time.Second
	return t
}

func localEngine(endpoint string) Engine {
	return Engine{Name: NameLocal, Client: dynamodb.New(clientOptions(endpoint, &http.Client{Transport: patient{localTransport()}}))}
}

// patient sends a read again that has got no answer, not all of it, or an internal error,
// as happens now and then on a busy machine. A write is never sent again, for it may
// have happened.
type patient struct{ http.RoundTripper }

func (p patient) RoundTrip(r *http.Request) (*http.Response, error) {
	if !isRead(r) {
		return p.RoundTripper.RoundTrip(r)
	}
	asked, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	r.Body.Close()
	once := func() (*http.Response, error) {
		again := r.Clone(r.Context())
		again.Body = io.NopCloser(bytes.NewReader(asked))
		return p.whole(again)
	}
	answer, err := once()
	failed := err != nil || answer.StatusCode >= http.StatusInternalServerError
	if !failed || r.Context().Err() != nil {
		return answer, err
	}
	return once()
}

// whole returns an answer that has been read to its end.
func (p patient) whole(r *http.Request) (*http.Response, error) {
	answer, err := p.RoundTripper.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return nil, err
	}
	answer.Body = io.NopCloser(bytes.NewReader(body))
	return answer, nil
}

func isRead(r *http.Request) bool {
	switch _, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), "."); operation {
	case "GetItem", "BatchGetItem", "Query", "Scan":
		return true
	default:
		return false
	}
}

// missingError says what of DynamoDB Local is not installed.
type missingError struct{ what string }

func (e missingError) Error() string {
	return e.what + ": install Java 17 and run `make dynamodb-local`, which fetches DynamoDB Local"
}

// startLocal starts DynamoDB Local and returns its endpoint once it answers.
func startLocal() (endpoint string, err error) {
	dir, err := localDir()
	if err != nil {
		return "", err
	}
	java, err := exec.LookPath("java")
	if err != nil {
		return "", missingError{"there is no java in PATH"}
	}
	port, err := freePort()
	if err != nil {
		return "", err
	}
	process, err := startBound(java,
		// It lives for seconds: what a long life would gain from these costs more than it gives.
		"-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
		"-Djava.library.path="+dir,
		"-cp", filepath.Join(dir, "*"),
		"software.amazon.dynamodb.services.local.main.ServerRunner",
		"-inMemory", "-sharedDb", "-disableTelemetry", "-port", port)
	if err != nil {
		return "", err
	}
	endpoint = "http://127.0.0.1:" + port
	return endpoint, awaitAnswer(endpoint, process)
}

func localDir() (string, error) {
	dir := os.Getenv(dirVariable)
	if dir == "" {
		cache, err := cacheDir()
		if err != nil {
			return "", err
		}
		dir = filepath.Join(cache, defaultDir)
	}
	jars, err := filepath.Glob(filepath.Join(dir, "DynamoDBLocal-*.jar"))
	if err != nil || len(jars) == 0 {
		return "", missingError{fmt.Sprintf("there is no DynamoDBLocal-*.jar in %s", dir)}
	}
	return filepath.Abs(dir)
}

// cacheDir is the XDG cache folder on every system: unlike os.UserCacheDir it
// is what the script that fetches DynamoDB Local uses.
func cacheDir() (string, error) {
	if dir := os.Getenv("XDG_CACHE_HOME"); dir != "" {
		return dir, nil
	}
	home, err := os.UserHomeDir()
	return filepath.Join(home, ".cache"), err
}

// freePort asks the system for a port and gives it back at once, because
// DynamoDB Local cannot choose one itself. Another process may take it
// meanwhile; then the start fails and says so.
func freePort() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer listener.Close()
	_, port, err := net.SplitHostPort(listener.Addr().String())
	return port, err
}

// awaitAnswer returns when the server answers a request, or an error with the
// output of its process when it does not.
func awaitAnswer(endpoint string, process *boundProcess) error {
	client := localEngine(endpoint).Client
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	for {
		_, err := client.ListTables(ctx, &dynamodb.ListTablesInput{})
		if err == nil {
			return nil
		}
		select {
		case <-process.ended:
			return fmt.Errorf("the process ended at its start; its output:\n%s", process.output)
		case <-ctx.Done():
			process.end()
			return fmt.Errorf("no answer within %v: %w; output of the process:\n%s", startTimeout, err, process.output)
		case <-time.After(50 * time.Millisecond):
		}
	}
}
