package mock

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"agentstore/pkg/product/server"
)

// Failures says how often each call fails: as parsed from
// "create:0.5,restart:refuse". A number is the share of calls that fail temporarily,
// 0 to 1; refuse makes every call fail permanently.
type Failures map[string]failure

type failure struct {
	share  float64
	refuse bool
}

// calls are what can fail: every action has a name of its own.
var calls = func() []string {
	names := []string{"create", "read", "delete"}
	for action := range actions {
		names = append(names, string(action))
	}
	slices.Sort(names)
	return names
}()

var errOutage = errors.New("mock: the provider has an outage")

// ParseFailures reads the form above. An empty text means no failures.
func ParseFailures(text string) (Failures, error) {
	failures := Failures{}
	for _, part := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' }) {
		call, how, _ := strings.Cut(strings.TrimSpace(part), ":")
		if !slices.Contains(calls, call) {
			return nil, fmt.Errorf("%q is not a call of the provider; use %s", call, strings.Join(calls, ", "))
		}
		if how == "refuse" {
			failures[call] = failure{refuse: true}
			continue
		}
		share, err := strconv.ParseFloat(how, 64)
		if err != nil || !(share >= 0 && share <= 1) {
			return nil, fmt.Errorf("%q is not how often %s fails; use a share from 0 to 1, or refuse", how, call)
		}
		failures[call] = failure{share: share}
	}
	return failures, nil
}

func (f Failures) roll(call string) error {
	how := f[call]
	if how.refuse {
		return fmt.Errorf("%w: the mock is told to refuse every %s", server.ErrRefused, call)
	}
	if rand.Float64() < how.share {
		return errOutage
	}
	return nil
}
