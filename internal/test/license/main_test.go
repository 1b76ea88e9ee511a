package license_test

import (
	"flag"
	"os"
	"testing"
)

// TestMain tries fewer random cases than rapid's hundred, for each of them is a store;
// -rapid.checks, as in make proof, says how many.
func TestMain(m *testing.M) {
	flag.Parse()
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "rapid.checks" })
	if !given {
		_ = flag.Set("rapid.checks", "30")
	}
	os.Exit(m.Run())
}
