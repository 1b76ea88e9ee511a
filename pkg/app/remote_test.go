package app

import (
	"testing"
	"time"

	"agentstore/pkg/shop"
)

// A request that waits for a provider must have time to say that nobody answers.
func TestRemoteReadFitsIntoARequest(t *testing.T) {
	t.Parallel()
	if left := requestTime - shop.RemoteBudget; left < time.Second {
		t.Errorf("a request has %v, and waits %v for a provider", requestTime, shop.RemoteBudget)
	}
}
