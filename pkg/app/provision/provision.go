// Package provision wires the providers whose clients only the provisioner links, and the
// store in one process: each function links package app.
package provision

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"regexp"
	"strings"
	"time"

	"agentstore/pkg/app"
	"agentstore/pkg/awsrequest"
	"agentstore/pkg/product/server"
	"agentstore/pkg/provider/hetzner"
)

// Provisioner runs functions/provisioner.
func Provisioner() { app.Provisioner(Providers) }

// Hetzner is what the catalog calls the project whose token stands alone.
const Hetzner = "hetzner"

// gather is little beside a call, and the questions of the jobs that a worker has at once
// are asked within it.
const gather = 20 * time.Millisecond

// Providers are the providers of servers besides the mock, by the names that the catalog
// gives them: one for each project whose token is configured.
func Providers(ctx context.Context, c app.Config, log *slog.Logger) (map[string]server.Provider, error) {
	projects, err := Projects(ctx, c, log)
	if err != nil {
		return nil, err
	}
	providers := make(map[string]server.Provider, len(projects))
	for name, project := range projects {
		providers[name] = hetzner.New(project)
	}
	return providers, nil
}

// Projects are the projects of Hetzner Cloud, by the names that the catalog gives them.
func Projects(ctx context.Context, c app.Config, log *slog.Logger) (map[string]hetzner.Project, error) {
	text, err := tokensText(ctx, c)
	if err != nil {
		return nil, err
	}
	tokens, err := parseTokens(text)
	if err != nil {
		return nil, err
	}
	projects := make(map[string]hetzner.Project, len(tokens))
	for name, token := range tokens {
		projects[name] = hetzner.Project{
			Token: token, Store: c.TableName, Endpoint: c.Hetzner.Endpoint, Gather: gather, Now: app.Now, Log: log.With(slog.String("provider", name)),
		}
	}
	return projects, nil
}

// tokensText is where the tokens are.
func tokensText(ctx context.Context, c app.Config) (string, error) {
	switch {
	case c.Hetzner.TokensFile != "":
		text, err := os.ReadFile(c.Hetzner.TokensFile)
		if err != nil {
			return "", fmt.Errorf("HCLOUD_TOKEN_FILE: %w", err)
		}
		return string(text), nil
	case c.Hetzner.Secret != "":
		text, err := secret(ctx, c)
		if err != nil {
			return "", fmt.Errorf("HCLOUD_SECRET: %w", err)
		}
		return text, nil
	}
	return c.Hetzner.Tokens, nil
}

var (
	name  = regexp.MustCompile(`^` + Hetzner + `(-[a-z0-9]+)*$`)
	token = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)
)

// parseTokens reads one token, or lines of a name and a token. An error does not show
// what may be a token.
func parseTokens(text string) (map[string]string, error) {
	tokens := make(map[string]string)
	if one := strings.TrimSpace(text); token.MatchString(one) {
		return map[string]string{Hetzner: one}, nil
	}
	number := 0
	for line := range strings.Lines(text) {
		number++
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		project, key, _ := strings.Cut(line, "=")
		if !name.MatchString(project) || !token.MatchString(key) || tokens[project] != "" {
			return nil, fmt.Errorf("line %d of the Hetzner Cloud tokens: write each as hetzner-2=TOKEN, with a name that begins with hetzner and that no other has", number)
		}
		tokens[project] = key
	}
	return tokens, nil
}

// secretTime is how long AWS may take to hand out the tokens.
const secretTime = 5 * time.Second

// secret reads the tokens from AWS Secrets Manager (its API reference, "GetSecretValue").
func secret(ctx context.Context, c app.Config) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, secretTime)
	defer cancel()
	body, err := json.Marshal(map[string]string{"SecretId": c.Hetzner.Secret})
	if err != nil {
		return "", err
	}
	header := http.Header{"Content-Type": {"application/x-amz-json-1.1"}, "X-Amz-Target": {"secretsmanager.GetSecretValue"}}
	answer, err := awsrequest.Post(ctx, app.AWS(c, c.Endpoints.Secrets), "secretsmanager", "/", header, body)
	if err != nil {
		return "", err
	}
	var value struct {
		Text    string `json:"SecretString"`
		Type    string `json:"__type"`
		Message string `json:"Message"`
	}
	if err := json.Unmarshal(answer.Body, &value); err != nil || answer.Status != http.StatusOK {
		return "", fmt.Errorf("secrets manager answers %d: %s %s", answer.Status, value.Type, value.Message)
	}
	return value.Text, nil
}
