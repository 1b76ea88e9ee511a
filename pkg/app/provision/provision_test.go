package provision

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"agentstore/pkg/app"
)

func TestParseTokens(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]map[string]string{
		"":                          {},
		"abc\n":                     {"hetzner": "abc"},
		"hetzner=abc\nhetzner-2=de": {"hetzner": "abc", "hetzner-2": "de"},
		"# two\n\n hetzner-a=b \n":  {"hetzner-a": "b"},
	} {
		got, err := parseTokens(text)
		if err != nil {
			t.Errorf("%q: %v", text, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
	for _, text := range []string{"two tokens", "hetzner=b\nhetzner=c", "mock=x", "HETZNER=x", "hetzner=", "hetzner=b c"} {
		_, err := parseTokens(text)
		if err == nil || strings.Contains(err.Error(), text) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// The tokens are in a variable, in a file, or in a secret on AWS, which is asked with a
// signature.
func TestWhereTokensAre(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "tokens")
	if err := os.WriteFile(file, []byte("hetzner=abc"), 0o600); err != nil {
		t.Fatal(err)
	}
	aws := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if r.Header.Get("X-Amz-Target") != "secretsmanager.GetSecretValue" || string(body) != `{"SecretId":"arn:x"}` || r.Header.Get("Authorization") == "" {
			http.Error(w, `{"__type":"InvalidRequestException","Message":"no"}`, http.StatusBadRequest)
			return
		}
		_, _ = io.WriteString(w, `{"SecretString":"hetzner=abc"}`)
	}))
	defer aws.Close()
	of := func(h app.Hetzner) app.Config {
		return app.Config{Hetzner: h, Region: "eu-central-1", AccessKeyID: "a", SecretAccessKey: "b", Endpoints: app.Endpoints{Secrets: aws.URL}}
	}
	log := slog.New(slog.DiscardHandler)
	for _, h := range []app.Hetzner{{Tokens: "abc"}, {TokensFile: file}, {Secret: "arn:x"}} {
		projects, err := Projects(t.Context(), of(h), log)
		if err != nil || len(projects) != 1 || projects[Hetzner].Token != "abc" {
			t.Errorf("%+v: %v, %v", h, projects, err)
		}
	}
	for h, want := range map[app.Hetzner]string{
		{TokensFile: file + "x"}: "HCLOUD_TOKEN_FILE: ", {Secret: "arn:y"}: "HCLOUD_SECRET: secrets manager answers 400: InvalidRequestException no",
	} {
		if _, err := Providers(t.Context(), of(h), log); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%+v: %v", h, err)
		}
	}
	none, err := Providers(t.Context(), of(app.Hetzner{}), log)
	if err != nil || len(none) > 0 {
		t.Errorf("without tokens: %v, %v", none, err)
	}
}
