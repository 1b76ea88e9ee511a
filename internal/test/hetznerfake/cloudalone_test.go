//go:build cloudalone

package hetznerfake_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	programs "agentstore/internal/process"
	"agentstore/internal/test/storetest"
)

const root = "../../.."

// theirs sell what cloudalone has.
var theirs = strings.NewReplacer(
	"type: cx23, locations: {eu-west: fsn1}", "type: small, locations: {eu-west: abilian}, images: {debian-12: debian-13}",
).Replace(goods)

// TestCloudalone runs the program of the store against an emulator of Hetzner Cloud that
// somebody else has made, with nothing but labels between them, and goes through a server's life.
func TestCloudalone(t *testing.T) {
	token, port := "token-of-cloudalone", free(t)
	start(t, nil, []string{"PORT=" + port, "TOKEN=" + token}, root+"/scripts/cloudalone", "run")
	proxy := httptest.NewServer(newLabelling(t, port))
	t.Cleanup(proxy.Close)
	api := proxy.URL + "/v1"
	until(t, "cloudalone answers", func() bool {
		c, err := net.Dial("tcp", "127.0.0.1:"+port)
		if err == nil {
			c.Close()
		}
		return err == nil
	})
	file := filepath.Join(t.TempDir(), "catalog.yaml")
	must(t, os.WriteFile(file, []byte(theirs), 0o600))
	binary := filepath.Join(t.TempDir(), "agentstore")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, root+"/cmd/agentstore").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	said := new(programs.Output)
	address := "127.0.0.1:" + free(t)
	start(t, said, []string{
		"ADDR=" + address, "DATA_DIR=memory", "CATALOG_FILE=" + file, "HCLOUD_TOKEN=" + token, "HCLOUD_ENDPOINT=" + api,
	}, binary, "run")
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(said)
		}
	})
	key := regexp.MustCompile(`AGENT_STORE_AGENT_API_KEY=(\S+)`)
	until(t, "the store runs", func() bool { return key.MatchString(said.String()) })
	a := agent{"http://" + address, key.FindStringSubmatch(said.String())[1]}

	if found := a.do(t, http.MethodGet, "/v1/agent/catalog?q=vps", nil); !strings.Contains(string(found.Body), "cat_vps_micro") {
		t.Errorf("the catalog has %s", found.Body)
	}
	item := "/v1/agent/catalog/cat_vps_micro/checkout-requirements"
	expect(t, "images", a.do(t, http.MethodGet, item, nil).Get("supportedImages"), any([]any{"ubuntu-24.04", "debian-12"}))
	order := storetest.Order()
	order["configuration"].(map[string]any)["sshKeys"] = []string{storetest.PublicKey(t, 1) + "ada@example.com"}
	order["configuration"].(map[string]any)["backupsEnabled"] = false
	quote := a.do(t, http.MethodPost, storetest.Quotes, order).Text("quote", "id")
	bought := a.do(t, http.MethodPost, storetest.Purchases, map[string]any{"quoteId": quote, "idempotencyKey": "one"})
	path := storetest.Services + "/" + bought.Text("service", "id")
	state := func(status, provisioning, power string) {
		t.Helper()
		want := []any{status, provisioning, power}
		var s storetest.Answer
		defer func() {
			if t.Failed() {
				t.Logf("the service is %s", s.Body)
			}
		}()
		until(t, fmt.Sprint("the server is ", want), func() bool {
			s = a.do(t, http.MethodGet, path, nil)
			of := func(name string) any { return s.Get("service", "server", name) }
			return fmt.Sprint([]any{s.Get("service", "status"), of("provisioningStatus"), of("powerState")}) == fmt.Sprint(want)
		})
	}
	state("active", "ready", "running")
	expect(t, "purchase", a.do(t, http.MethodGet, storetest.Purchases+"/"+bought.Text("purchase", "id"), nil).Text("purchase", "status"), "completed")
	for i, action := range []struct{ name, input, power string }{
		{"restart", `{}`, "running"},
		{"reinstall", `{"image":"debian-12"}`, "running"},
		// STOP {"stop", `{}`, "stopped"},
		// STOP {"start", `{}`, "running"},
	} {
		body := map[string]any{"idempotencyKey": fmt.Sprint("action-", i)}
		must(t, json.Unmarshal([]byte(action.input), &body))
		accepted := a.do(t, http.MethodPost, path+"/server/"+action.name, body)
		settled := path + "/actions/" + accepted.Text("actionId")
		until(t, action.name+" has succeeded", func() bool {
			return a.do(t, http.MethodGet, settled, nil).Text("action", "status") == "succeeded"
		})
		state("active", "ready", action.power)
	}
	preview := a.do(t, http.MethodGet, path+"/cancel?ends=now", nil)
	a.do(t, http.MethodPost, path+"/cancel", map[string]any{"ends": "now", "token": preview.Text("token"), "idempotencyKey": "cancel"})
	until(t, "the server is gone", func() bool {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, api+"/servers", nil)
		must(t, err)
		r.Header.Set("Authorization", "Bearer "+token)
		return strings.Contains(string(storetest.Do(t, http.DefaultClient, r).Body), `"servers":[]`)
	})
}

// agent calls a store with its key.
type agent struct{ url, key string }

func (a agent) do(t *testing.T, method, path string, body any) storetest.Answer {
	t.Helper()
	text, err := json.Marshal(body)
	must(t, err)
	if body == nil {
		text = nil
	}
	r, err := http.NewRequestWithContext(t.Context(), method, a.url+path, bytes.NewReader(text))
	must(t, err)
	r.Header.Set("Authorization", "Bearer "+a.key)
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	answer := storetest.Do(t, http.DefaultClient, r)
	if answer.Status >= 300 {
		t.Fatalf("%s %s: %d %s", method, path, answer.Status, answer.Body)
	}
	return answer
}

// start runs a program until the test ends.
func start(t *testing.T, out io.Writer, env []string, name string, args ...string) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = append(os.Environ(), env...)
	cmd.Stdout, cmd.Stderr = out, out
	// The program of a script ends with it.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }
	cmd.WaitDelay = 5 * time.Second
	must(t, cmd.Start())
	t.Cleanup(func() {
		cancel()
		_ = cmd.Wait()
	})
}

func until(t *testing.T, what string, isSo func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !isSo(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("it does not come to be that %s", what)
		}
	}
}

// free is a port that nobody has.
func free(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer listener.Close()
	_, port, err := net.SplitHostPort(listener.Addr().String())
	must(t, err)
	return port
}
