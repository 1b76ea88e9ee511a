package hetzner

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hetznercloud/hcloud-go/v2/hcloud"
)

// The labels that say what was begun with a server.
const (
	labelJobs  = "agentstore-jobs"  // the last tokens, the newest first, joined by dots
	labelAfter = "agentstore-after" // the number of the last action before the newest
	labelAt    = "agentstore-at"    // when it was written, in seconds of Unix
)

// mark is what these labels say.
type mark struct {
	tokens []string
	after  int64
	at     time.Time
}

const (
	// A label's value has 63 characters: seven tokens of eight with dots between.
	maxTokens  = 7
	tokenBytes = 4
	unseen     = -1
)

func markOf(s *hcloud.Server) (m mark) {
	if text := s.Labels[labelJobs]; text != "" {
		m.tokens = strings.Split(text, ".")
	}
	m.after, _ = strconv.ParseInt(s.Labels[labelAfter], 10, 64)
	seconds, _ := strconv.ParseInt(s.Labels[labelAt], 10, 64)
	m.at = time.Unix(seconds, 0)
	return m
}

// place is how many tokens are newer than this one; unseen where it is not there.
func (m mark) place(token string) int { return slices.Index(m.tokens, short(token)) }

func short(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:tokenBytes])
}

// mark writes that a token is about to be used: whoever comes back to it finds what was
// done since by the number of its action.
func (p *Provider) mark(ctx context.Context, s *hcloud.Server, before mark, token string) (mark, error) {
	past, err := p.history(ctx, s, 0)
	if err != nil {
		return before, err
	}
	m := mark{tokens: append([]string{short(token)}, before.tokens...), at: p.project.Now()}
	m.tokens = m.tokens[:min(len(m.tokens), maxTokens)]
	if len(past) > 0 {
		m.after = past[0].ID
	}
	return m, p.relabel(ctx, s, map[string]string{
		labelJobs:  strings.Join(m.tokens, "."),
		labelAfter: strconv.FormatInt(m.after, 10),
		labelAt:    strconv.FormatInt(m.at.Unix(), 10),
	})
}

// relabel sets labels and leaves the others.
func (p *Provider) relabel(ctx context.Context, s *hcloud.Server, set map[string]string) error {
	labels := maps.Clone(s.Labels)
	if labels == nil {
		labels = make(map[string]string)
	}
	maps.Copy(labels, set)
	_, _, err := p.client.Server.Update(ctx, s, hcloud.ServerUpdateOpts{Labels: labels})
	if err == nil {
		s.Labels = labels
	}
	return err
}
