package license_test

import (
	"os"
	"testing"

	"agentstore/internal/test/dynamotest"
)

// TestMain tries fewer random cases than rapid's hundred, for each of them is a store;
// -rapid.checks, as in make proof, says how many.
func TestMain(m *testing.M) {
	dynamotest.SetUnlessGiven("rapid.checks", "30")
	os.Exit(m.Run())
}
