//go:build clients

package clients

import (
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/money"
	"agentstore/pkg/web"
)

// script makes a client and runs it.
const script = "../../../scripts/clients"

// A program in each language hires an agent as a member, buys twice as that agent, and
// operates what it bought; the store has what it says that it did.
func TestGeneratedClients(t *testing.T) {
	if output, err := exec.Command(script).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	for _, language := range languages(t) {
		t.Run(language, func(t *testing.T) {
			t.Parallel()
			s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{DemoCredit: money.Money{Minor: 100_000, Currency: "usd"}})
			member := s.Owner(t)
			flow := exec.CommandContext(t.Context(), script, language, s.URL, web.SessionCookie, member.Session(t), t.TempDir())
			flow.Stderr = t.Output()
			output, err := flow.Output()
			if err != nil {
				t.Fatalf("%v: %s", err, output)
			}

			serviceID := strings.TrimSpace(string(output))
			service := member.Call(t, http.MethodGet, storetest.Account+"/services/"+serviceID, nil)
			if image := service.Text("service", "server", "image"); image != "nvidia-ai-ubuntu" {
				t.Errorf("the service has the image %q: %s", image, service.Body)
			}
			list := member.Call(t, http.MethodGet, storetest.Account+"/purchases", nil)
			if purchases, _ := list.Get("purchases").([]any); len(purchases) != 2 {
				t.Errorf("there are not two purchases: %s", list.Body)
			}
		})
	}
}

// languages are the folders beside this file.
func languages(t *testing.T) []string {
	t.Helper()
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, entry := range entries {
		if entry.IsDir() {
			names = append(names, entry.Name())
		}
	}
	if len(names) < 5 {
		t.Fatalf("there are only %v", names)
	}
	return names
}
