package mock

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
)

const (
	addressPrefix = "address/"
	// network is a range for documentation, which nobody routes (RFC 5737).
	network      = "198.51.100."
	firstHost    = 42
	lastHost     = 254
	lowestHost   = 1
	hostsInRange = lastHost - lowestHost + 1
	// addressAttempts bounds how often a create starts over because another took
	// the address that it had chosen.
	addressAttempts = 64
)

var errNoAddress = errors.New("mock: every address of 198.51.100.0/24 is taken")

// freeAddress is the first address from .42 upwards, and around, that no server
// has; or any such address, so that creates at the same time do not meet at the
// same one again and again.
func (p *Provider) freeAddress(ctx context.Context, first bool) (string, error) {
	docs, err := p.Documents.All(ctx, addressPrefix)
	if err != nil {
		return "", err
	}
	taken := make(map[string]bool, len(docs))
	for _, doc := range docs {
		taken[strings.TrimPrefix(doc.Key, addressPrefix)] = true
	}
	var free []string
	for i := range hostsInRange {
		host := (firstHost-lowestHost+i)%hostsInRange + lowestHost
		if ip := fmt.Sprint(network, host); !taken[ip] {
			free = append(free, ip)
		}
	}
	switch {
	case len(free) == 0:
		return "", errNoAddress
	case first:
		return free[0], nil
	default:
		return free[rand.N(len(free))], nil
	}
}
