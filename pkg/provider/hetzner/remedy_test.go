package hetzner_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"agentstore/internal/test/hetznerfake"
	"agentstore/pkg/product/server"
	"agentstore/pkg/provider/hetzner"
	"agentstore/pkg/shop"
)

// remedies are what helps against each error code of the API.
var remedies = map[string]struct{ remedy, words string }{
	"rate_limit_exceeded": {"later", ""},
	"locked":              {"later", ""},
	"conflict":            {"later", ""},
	"maintenance":         {"later", ""},
	"robot_unavailable":   {"later", ""},
	"server_not_stopped":  {"later", ""},

	"service_error":    {"again", ""},
	"server_error":     {"again", ""},
	"unknown_error":    {"again", ""},
	"unavailable":      {"again", ""},
	"bad_gateway":      {"again", ""},
	"timeout":          {"again", ""},
	"uniqueness_error": {"again", ""},
	"action_failed":    {"again", ""},
	"one_of_tomorrow":  {"again", ""},

	"resource_unavailable": {"refund", "no room"},
	"placement_error":      {"refund", "no room"},
	"unavailable_price":    {"refund", "no room"},
	"unsupported_error":    {"refund", "cannot do that"},

	"resource_limit_exceeded": {"person", "a limit"},
	"protected":               {"person", "protected"},
	"resource_locked":         {"person", "locked"},
	"invalid_input":           {"person", "does not take"},
	"invalid_server_type":     {"person", "does not take"},
	"not_found":               {"person", "does not take"},
	"json_error":              {"person", "does not take"},
	"deprecated_api_endpoint": {"person", "does not take"},

	"unauthorized":   {"token", ""},
	"forbidden":      {"token", ""},
	"token_readonly": {"token", ""},
}

// Each error code of a create is waited out, tried again or refunded, and those that
// only an operator can help against are said to one.
func TestEachErrorOfACreate(t *testing.T) {
	t.Parallel()
	for code, want := range remedies {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.cloud.Fault = at("POST /servers", 0, hetznerfake.Fault{Code: code})
			m, err := w.Create(t.Context(), spec())
			expectRemedy(t, w, want.remedy, want.words, m, err)
			if m.Busy > 0 && (m.Busy < 5*time.Second || m.Busy > time.Minute) {
				t.Errorf("it waits %s", m.Busy)
			}
			w.cloud.Fault = nil
			if want.remedy != "refund" && want.remedy != "person" {
				w.create(t, spec()) // it recovers
				w.only(t)
			}
		})
	}
	for _, code := range hetzner.Codes() {
		if _, tried := remedies[code]; !tried {
			t.Errorf("nothing tries %s", code)
		}
	}
}

// The same for an action, and for a deletion.
func TestEachErrorOfAnAction(t *testing.T) {
	t.Parallel()
	for code, want := range remedies {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			w := prepared(t, false)
			w.cloud.Fault = at("POST /servers", 0, hetznerfake.Fault{Code: code})
			m, err := w.Do(t.Context(), server.Ref{Label: label}, doing("restart", "job_1", `{}`))
			expectRemedy(t, w, want.remedy, want.words, m, err)

			w.cloud.Fault = at("DELETE", 0, hetznerfake.Fault{Code: code})
			err = w.Delete(t.Context(), server.Ref{Label: label})
			var pending *shop.Pending
			if (want.remedy == "later" || code == "not_found") != errors.As(err, &pending) {
				t.Errorf("deleting: %v", err)
			}
		})
	}
}

// An action that ends in a code without hope is not begun a second time.
func TestEachErrorAnActionEndsIn(t *testing.T) {
	t.Parallel()
	for code, want := range remedies {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			w := prepared(t, false)
			w.cloud.Failing = map[string][]string{"rebuild_server": {code}}
			_, err := w.act(t, "reinstall", "job_1", `{"image":"ubuntu-24.04"}`)
			final := want.remedy == "refund" || want.remedy == "person"
			if final != errors.Is(err, server.ErrRefused) || !final && err != nil {
				t.Errorf("the error is %v", err)
			}
			begun := 2
			if final {
				begun = 1
			}
			expectSame(t, "rebuilds", w.commands("rebuild_server"), begun)
		})
	}
}

func expectRemedy(t *testing.T, w *world, remedy, words string, m server.Machine, err error) {
	t.Helper()
	refused := errors.Is(err, server.ErrRefused)
	switch remedy {
	case "later":
		if err != nil || m.Busy == 0 {
			t.Errorf("it is not waited out: %v", err)
		}
	case "again", "token":
		if err == nil || refused {
			t.Errorf("it is not tried again: %v", err)
		}
	default:
		if !refused || !strings.Contains(err.Error(), words) || strings.Contains(err.Error(), "the fake") {
			t.Errorf("it is refused with: %v", err)
		}
	}
	needs := strings.Contains(w.log.String(), "provider needs a person")
	if needs != (remedy == "person" || remedy == "token") {
		t.Errorf("an operator is told: %t", needs)
	}
}
