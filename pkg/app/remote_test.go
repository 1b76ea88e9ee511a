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

// One variable says where all services of AWS are.
func TestEndpointOfAWS(t *testing.T) {
	t.Parallel()
	if at := AWS(Config{AWSEndpoint: "http://127.0.0.1:4566"}).BaseEndpoint; at == nil || *at != "http://127.0.0.1:4566" {
		t.Errorf("the endpoint is %v", at)
	}
	if at := AWS(Config{}).BaseEndpoint; at != nil {
		t.Errorf("the endpoint is %q where none is set", *at)
	}
}
