package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/shop"
)

const sshKeysPath = "/v1/agent/ssh-keys"

// anSSHKey is a key that only the number tells from others, with a comment.
func anSSHKey(t *testing.T, n int) object {
	return object{"name": fmt.Sprint("key-", n), "publicKey": storetest.PublicKey(t, byte(n)) + fmt.Sprintf("ada-%d@example.com", n)}
}

// orderWith is an order of a server with those elements of sshKeys.
func orderWith(keys ...any) map[string]any {
	order := storetest.Order()
	order["configuration"].(map[string]any)["sshKeys"] = keys
	return order
}

// A quote binds the key that a name stood for: it stays what it was when the name is
// given to another key, and it is what the line itself would have brought.
func TestSSHKeyInAConfiguration(t *testing.T) {
	t.Parallel()
	dynamotest.Each(t, func(t *testing.T, engine dynamotest.Engine) {
		s := storetest.New(t, engine, storetest.Options{})
		line := storetest.PublicKey(t, 1)
		made := s.Call(t, http.MethodPost, sshKeysPath, anSSHKey(t, 1))
		expectStatus(t, made, http.StatusCreated)
		if strings.Contains(string(made.Body), "ada-1") {
			t.Errorf("what is kept of the answer has the comment: %s", made.Body)
		}
		listed := s.Call(t, http.MethodGet, sshKeysPath, nil)
		if listed.Text("sshKeys", 0, "comment") != "ada-1@example.com" || listed.Text("sshKeys", 0, "fingerprint") != made.Text("sshKey", "fingerprint") {
			t.Errorf("the list is %s", listed.Body)
		}
		for _, name := range []any{"key-1", made.Text("sshKey", "id")} {
			quoted := s.Call(t, http.MethodPost, storetest.Quotes, orderWith(name, storetest.PublicKey(t, 2)))
			expectStatus(t, quoted, http.StatusCreated)
			keys := fmt.Sprint(quoted.Get("quote", "configuration", "sshKeys"))
			personal := quoted.Text("quote", "personalId")
			if personal == "" || !strings.Contains(keys, strings.TrimSpace(line)+" "+personal) || !strings.Contains(keys, strings.TrimSpace(storetest.PublicKey(t, 2))) {
				t.Errorf("the quote for %v has %s", name, keys)
			}
		}
		quoted := s.Call(t, http.MethodPost, storetest.Quotes, orderWith("key-1"))
		path := sshKeysPath + "/" + made.Text("sshKey", "id") + "/delete"
		expectStatus(t, s.Call(t, http.MethodPost, path, nil), http.StatusOK)
		expectStatus(t, s.Call(t, http.MethodPost, path, nil), http.StatusNotFound)
		other := anSSHKey(t, 3)
		other["name"] = "key-1"
		expectStatus(t, s.Call(t, http.MethodPost, sshKeysPath, other), http.StatusCreated)
		bought := s.Buy(t, quoted.Text("quote", "id"), "k")
		service := s.Call(t, http.MethodGet, storetest.Services+"/"+bought.Text("service", "id"), nil)
		if keys := fmt.Sprint(quoted.Get("quote", "configuration", "sshKeys")); !strings.Contains(keys, strings.TrimSpace(line)) || service.Text("service", "status") != "active" {
			t.Errorf("bought %s with %s", service.Body, keys)
		}
	})
}

func TestUnknownSSHKey(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{})
	unknown := func(want string) {
		t.Helper()
		a := s.Call(t, http.MethodPost, storetest.Quotes, orderWith(storetest.PublicKey(t, 9), "laptop"))
		if a.Status != http.StatusBadRequest || a.Code() != "invalid_input" || a.Text("errors", 0, "param") != "$.configuration.sshKeys[1]" ||
			!strings.Contains(a.Text("errors", 0, "detail"), want) || a.Get("errors", 1) != nil {
			t.Errorf("want %s: %s", want, a.Body)
		}
	}
	unknown("which has none")
	for n := range 2 {
		expectStatus(t, s.Call(t, http.MethodPost, sshKeysPath, anSSHKey(t, n)), http.StatusCreated)
	}
	unknown("which has key-0, key-1")
}

// Nothing that one does at the same time as others makes two of one name, two of one key,
// or more than there may be.
func TestSSHKeysAtOnce(t *testing.T) {
	t.Parallel()
	dynamotest.Each(t, func(t *testing.T, engine dynamotest.Engine) {
		s := storetest.New(t, engine, storetest.Options{})
		for n := range shop.MaxSSHKeys - 1 {
			expectStatus(t, s.Call(t, http.MethodPost, sshKeysPath, anSSHKey(t, n)), http.StatusCreated)
		}
		const racers = 4
		statuses := make([]int, racers)
		var all sync.WaitGroup
		for i := range racers {
			in := anSSHKey(t, 200+i)
			all.Go(func() { statuses[i] = s.Call(t, http.MethodPost, sshKeysPath, in).Status })
		}
		all.Wait()
		expectOnce(t, "the last place", statuses)
		keys, _ := s.Call(t, http.MethodGet, sshKeysPath, nil).Get("sshKeys").([]any)
		if len(keys) != shop.MaxSSHKeys {
			t.Errorf("%d keys", len(keys))
		}
		last := keys[len(keys)-1].(object)
		expectStatus(t, s.Call(t, http.MethodPost, sshKeysPath+"/"+last["id"].(string)+"/delete", nil), http.StatusOK)
		for i := range racers {
			in := anSSHKey(t, 210+i)
			in["name"] = "twin"
			all.Go(func() { statuses[i] = s.Call(t, http.MethodPost, sshKeysPath, in).Status })
		}
		all.Wait()
		expectOnce(t, "one name", statuses)
	})
}

// expectOnce wants one of them to be made, and the others to be refused, or to have been
// overtaken too often.
func expectOnce(t *testing.T, what string, statuses []int) {
	t.Helper()
	made := 0
	for _, status := range statuses {
		switch status {
		case http.StatusCreated:
			made++
		case http.StatusBadRequest, http.StatusTooManyRequests:
		default:
			t.Errorf("%s: status %d", what, status)
		}
	}
	if made != 1 {
		t.Errorf("%s: %v", what, statuses)
	}
}

// A write that is sent again is answered again, and happens once.
func TestSSHKeyIsAddedOnce(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{})
	in := anSSHKey(t, 1)
	in["idempotencyKey"] = "k"
	first, again := s.Call(t, http.MethodPost, sshKeysPath, in), s.Call(t, http.MethodPost, sshKeysPath, in)
	if string(first.Body) != string(again.Body) || again.Status != http.StatusCreated {
		t.Errorf("%s, and again %s", first.Body, again.Body)
	}
	delete(in, "idempotencyKey")
	for member, want := range map[string]string{"name": "$.publicKey", "publicKey": "$.name"} {
		other := anSSHKey(t, 2)
		twin := object{"name": in["name"], "publicKey": in["publicKey"]}
		twin[member] = other[member]
		if a := s.Call(t, http.MethodPost, sshKeysPath, twin); a.Status != http.StatusBadRequest || a.Text("errors", 0, "param") != want {
			t.Errorf("with another %s: %s", member, a.Body)
		}
	}
	for name, line := range map[string]string{
		"options": `command="x" ` + storetest.PublicKey(t, 5), "a certificate": "ssh-dss AAAA", "a name": "laptop",
	} {
		if a := s.Call(t, http.MethodPost, sshKeysPath, object{"name": "x", "publicKey": line}); a.Status != http.StatusBadRequest || a.Text("errors", 0, "param") != "$.publicKey" {
			t.Errorf("%s: %s", name, a.Body)
		}
	}
}

// A firewall that the provider refuses leaves the rules that were there.
func TestRefusedFirewall(t *testing.T) {
	t.Parallel()
	dynamotest.Each(t, func(t *testing.T, engine dynamotest.Engine) {
		s, service := acting(t, engine, "firewall_set:refuse")
		before := s.Call(t, http.MethodGet, storetest.Services+"/"+service, nil)
		action := act(t, s, service, "firewall_set", object{"rules": []any{object{"protocol": "tcp", "ports": "22", "sources": []any{"192.0.2.7/32"}}}})
		s.Clock.Advance(actionTakes)
		s.Work(t)
		if a := read(t, s, actionPath(service, action)); a.Text("action", "status") != "failed" {
			t.Errorf("the action: %s", a.Body)
		}
		after := read(t, s, storetest.Services+"/"+service)
		if after.Get("service", "server", "firewall") != nil || before.Get("service", "server", "firewall") != nil {
			t.Errorf("the firewall: %s", after.Body)
		}
	})
}
