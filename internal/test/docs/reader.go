package docs

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"agentstore/internal/release"
)

// reader is somebody who types what the pages say.
type reader struct {
	home  string // with the clone below it
	env   []string
	ports *strings.Replacer // from what the pages say to what is free
	back  *strings.Replacer
	table string // the address of DynamoDB Local

	shell    *shell
	services map[string]*service // by their make targets
	seen     string              // what the page's commands have printed
}

// publicKey is the SSH key of the reader.
const publicKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIO4P3MvI1rrsxcFij3twcAoc6kBAgyKanMmH1BJ1Xh6b ada@example.com\n"

func newReader(t *testing.T) *reader {
	t.Helper()
	r := &reader{home: t.TempDir(), services: make(map[string]*service)}
	keys := filepath.Join(r.home, ".ssh")
	if err := errors.Join(os.Mkdir(keys, 0o700), os.WriteFile(filepath.Join(keys, "id_ed25519.pub"), []byte(publicKey), 0o600)); err != nil {
		t.Fatal(err)
	}
	clone := filepath.Join(r.home, "agentstore")
	var there, back []string
	addresses := make(map[string]string)
	for _, written := range []string{"127.0.0.1:3000", "127.0.0.1:4000", "127.0.0.1:8000"} {
		addresses[written] = freeAddress(t)
		there = append(there, written, addresses[written])
		back = append(back, addresses[written], written)
	}
	r.table = addresses["127.0.0.1:8000"]
	r.ports = strings.NewReplacer(append(there, "<this repository>", absolute(t, root), "/var/lib/agentstore", clone+"/data")...)
	r.back = strings.NewReplacer(back...)
	// What a compiler makes of the same sources is the same in every folder, and is kept.
	r.env = append(os.Environ(),
		"HOME="+r.home, "ADDR="+addresses["127.0.0.1:3000"], "PORT="+r.table[strings.LastIndex(r.table, ":")+1:], "GOFLAGS=-trimpath", "CGO_ENABLED=0", "XDG_CACHE_HOME="+cache(t),
		"MAKEFLAGS=", "MAKELEVEL=", // of the make that runs the tests
		"NPM_CONFIG_UPDATE_NOTIFIER=false", "NPM_CONFIG_LOGLEVEL=error",
		"GOCACHE="+goEnv(t, "GOCACHE"), "GOMODCACHE="+goEnv(t, "GOMODCACHE"), "GOPROXY="+goEnv(t, "GOPROXY"),
	)
	t.Cleanup(func() {
		for target := range r.services {
			if err := r.stop(target); err != nil {
				t.Error(err)
			}
		}
	})
	return r
}

func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

func absolute(t *testing.T, path string) string {
	t.Helper()
	path, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func cache(t *testing.T) string {
	t.Helper()
	dir, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func goEnv(t *testing.T, name string) string {
	t.Helper()
	text, err := exec.CommandContext(t.Context(), "go", "env", name).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(text))
}

// open begins a page, in a shell of its own in the folder. All but the first, which
// says how, are read beside a store that runs as make run runs it.
func (r *reader) open(ctx context.Context, dir string) (err error) {
	r.seen = ""
	if r.shell, err = newShell(ctx, dir, r.env); err != nil || dir == r.home {
		return err
	}
	if s := r.services["run"]; s != nil && s.text == plain {
		return nil
	}
	return r.serve(ctx, "run", plain)
}

// plain is how the store is run where a page does not say otherwise.
const plain = "make run"

var (
	foreground = regexp.MustCompile(`^(?:[A-Z_]+=\S+ )*make (run|dynamodb-local)\b`)
	reset      = regexp.MustCompile(`^make reset\b`)
	cloned     = regexp.MustCompile(`^git clone\b`)
	session    = regexp.MustCompile(`\bagentstore_session=…`)
)

// do types a command and returns what it prints, in the words of the pages.
func (r *reader) do(ctx context.Context, text string) (string, error) {
	if session.MatchString(text) {
		if err := r.logIn(ctx); err != nil {
			return "", err
		}
	}
	text, err := r.fill(r.ports.Replace(text))
	if err != nil {
		return "", err
	}
	if m := foreground.FindStringSubmatch(text); m != nil {
		return "", r.serve(ctx, m[1], text)
	}
	if reset.MatchString(text) {
		if err := r.stop("run"); err != nil {
			return "", err
		}
	}
	printed, err := r.shell.run(text)
	if err == nil && cloned.MatchString(text) {
		err = r.addUncommitted(ctx)
	}
	r.seen += printed
	return r.back.Replace(printed), err
}

var elided = regexp.MustCompile(`(\w+[_=])…`)

// fill completes what a page elides by what was printed last.
func (r *reader) fill(text string) (string, error) {
	var missing []string
	filled := elided.ReplaceAllStringFunc(text, func(word string) string {
		begin := strings.TrimSuffix(word, "…")
		found := regexp.MustCompile(regexp.QuoteMeta(begin)+`[\w-]+(?:\.[\w-]+)*`).FindAllString(r.seen, -1)
		if len(found) == 0 {
			missing = append(missing, word)
			return word
		}
		return found[len(found)-1]
	})
	if len(missing) > 0 {
		return "", fmt.Errorf("nothing that was printed is %q", missing)
	}
	return filled, nil
}

// serve starts what stays in a terminal of its own, in place of what did before.
func (r *reader) serve(ctx context.Context, target, text string) error {
	if err := r.stop(target); err != nil {
		return err
	}
	ready := func(string) bool { return answers(r.table) }
	if target == "run" {
		ready = exports.MatchString
	}
	s, err := serve(ctx, filepath.Join(r.home, "agentstore"), r.env, text, ready)
	if err != nil {
		return err
	}
	r.services[target] = s
	for _, line := range exports.FindAllString(s.out.String(), -1) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		if name != "export" {
			continue
		}
		r.env = append(r.env, value) // of the shells to come
		if _, err := r.shell.run("export " + value); err != nil {
			return err
		}
	}
	return nil
}

// exports is what the store prints for the reader's other shell.
var exports = regexp.MustCompile(`(?m)^\s+export AGENT_STORE_\w+=\S+$`)

func (r *reader) stop(target string) error {
	s := r.services[target]
	if s == nil {
		return nil
	}
	delete(r.services, target)
	return s.stop()
}

func answers(address string) bool {
	connection, err := net.DialTimeout("tcp", address, time.Second)
	if err == nil {
		connection.Close()
	}
	return err == nil
}

// logIn prints the session of somebody who has logged in, as a browser shows it.
func (r *reader) logIn(ctx context.Context) error {
	s := release.Store{URL: "http://" + r.ports.Replace("127.0.0.1:3000")}
	p, err := s.Person(ctx, "ada@example.com")
	if err == nil {
		r.seen += p.Cookies() + "\n"
	}
	return err
}

// addUncommitted has the clone be what its developer is about to commit.
func (r *reader) addUncommitted(ctx context.Context) error {
	_, err := exec.CommandContext(ctx, "bash", "-c",
		fmt.Sprintf("set -o pipefail; git -C %q diff --binary HEAD | git -C %q apply --allow-empty", root, filepath.Join(r.home, "agentstore"))).Output()
	return err
}

var volatile = []struct {
	what *regexp.Regexp
	as   string
}{
	{regexp.MustCompile(`\b\d{4}-\d\d-\d\dT[\d:.]+Z`), "TIME"},
	{regexp.MustCompile(`\b([a-z]{3})_[0-9A-Z]{20,}`), "${1}_ID"},
	{regexp.MustCompile(`\b198\.51\.100\.\d+`), "ADDRESS"},
}

// alike reports whether something was printed that a page shows.
func alike(shown, printed string) bool {
	for _, v := range volatile {
		shown, printed = v.what.ReplaceAllString(shown, v.as), v.what.ReplaceAllString(printed, v.as)
	}
	var parts []string
	for _, part := range strings.Split(strings.TrimSpace(shown), "…") {
		parts = append(parts, regexp.QuoteMeta(part))
	}
	return regexp.MustCompile("^" + strings.Join(parts, ".*") + "$").MatchString(strings.TrimSpace(printed))
}

var ciRuns = regexp.MustCompile(`\bmake ([a-z-]+)`)

// runByCI are the targets of make that .ci/run makes itself.
func runByCI() ([]string, error) {
	text, err := os.ReadFile(root + "/.ci/run")
	if err != nil {
		return nil, err
	}
	var targets []string
	for _, m := range ciRuns.FindAllStringSubmatch(string(text), -1) {
		targets = append(targets, m[1])
	}
	slices.Sort(targets)
	return slices.Compact(targets), nil
}
