package stack

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// root is the folder of the module.
const root = "../../.."

const region = "eu-central-1"

// cloud is an AWS of its own, which ends with the test.
type cloud struct {
	url string
	dir string // for its log, and for whatever it writes
}

// bound runs a command that is told to end when the writer of its standard input is
// gone: with the test, however that ends.
const bound = `
trap '' HUP INT TERM
exec 3<&0
"$@" 3<&- </dev/null &
command=$!
( read -r _ <&3; kill "$command" ) >/dev/null 2>&1 &
watcher=$!
exec 3<&-
wait "$command"
kill -9 "$watcher"
`

// newCloud starts the emulator, whose functions trust the certificates in a file and no
// others.
func newCloud(tb testing.TB, certificates string) *cloud {
	tb.Helper()
	port := strconv.Itoa(freePort(tb))
	c := &cloud{url: "http://127.0.0.1:" + port, dir: tb.TempDir()}
	log, err := os.Create(filepath.Join(c.dir, "log"))
	must(tb, err)
	cmd := exec.Command("sh", "-c", bound, "sh", filepath.Join(root, "scripts/ministack"), "run")
	cmd.Env = append(os.Environ(), "PORT="+port, "TMPDIR="+c.dir, "MINISTACK_REGION="+region, "SSL_CERT_FILE="+certificates)
	cmd.Stdout, cmd.Stderr = log, log
	life, err := cmd.StdinPipe()
	must(tb, err)
	must(tb, cmd.Start())
	tb.Cleanup(func() {
		_ = life.Close()
		_ = cmd.Wait() // with the processes of its functions, which it ends
		if said, err := os.ReadFile(log.Name()); tb.Failed() && err == nil {
			tb.Logf("the emulator:\n%s", said[max(0, len(said)-4000):])
		}
	})
	c.awaitAnswer(tb)
	return c
}

func (c *cloud) awaitAnswer(tb testing.TB) {
	tb.Helper()
	for late := time.Now().Add(time.Minute); ; time.Sleep(100 * time.Millisecond) {
		answer, err := http.Get(c.url + "/_ministack/health")
		if err == nil {
			answer.Body.Close()
			return
		}
		if time.Now().After(late) {
			tb.Fatalf("the emulator does not answer: %v", err)
		}
	}
}

func freePort(tb testing.TB) int {
	tb.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(tb, err)
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// environ is what a program needs to take it for AWS.
func (c *cloud) environ(more ...string) []string {
	return append(append(os.Environ(),
		"AWS_ENDPOINT_URL="+c.url, "AWS_REGION="+region, "AWS_DEFAULT_REGION="+region,
		"AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test", "AWS_EC2_METADATA_DISABLED=true",
	), more...)
}

// run runs a program in the folder of the module, and returns what it has printed.
func (c *cloud) run(tb testing.TB, env []string, name string, args ...string) string {
	tb.Helper()
	cmd := exec.CommandContext(tb.Context(), name, args...)
	cmd.Dir, cmd.Env = root, c.environ(env...)
	output, err := cmd.CombinedOutput()
	if err != nil {
		tb.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, output)
	}
	return string(output)
}

// call makes a signed request to a service, and returns its answer. A body that is no
// text is sent as JSON.
func (c *cloud) call(tb testing.TB, method, service, path, target string, body any) []byte {
	tb.Helper()
	text, isText := body.(string)
	if !isText && body != nil {
		encoded, err := json.Marshal(body)
		must(tb, err)
		text = string(encoded)
	}
	r, err := http.NewRequestWithContext(tb.Context(), method, c.url+path, strings.NewReader(text))
	must(tb, err)
	switch {
	case target != "":
		r.Header.Set("X-Amz-Target", target)
		r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	case isText:
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	hash := sha256.Sum256([]byte(text))
	must(tb, v4.NewSigner().SignHTTP(tb.Context(), aws.Credentials{AccessKeyID: "test", SecretAccessKey: "test"}, r, hex.EncodeToString(hash[:]), service, region, time.Now()))
	answer, err := http.DefaultClient.Do(r)
	must(tb, err)
	defer answer.Body.Close()
	read, err := io.ReadAll(answer.Body)
	must(tb, err)
	if answer.StatusCode >= http.StatusMultipleChoices {
		tb.Fatalf("%s %s%s%s: status %d: %s", method, service, path, target, answer.StatusCode, read)
	}
	return read
}

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}
