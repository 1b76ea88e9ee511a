package hetznerfake_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"agentstore/internal/test/hetznerfake"
	"agentstore/internal/test/storetest"
)

func expect(t *testing.T, what string, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// live goes through a life; start returns the process that begins the work of a step.
func live(t *testing.T, s *scene, start func() *process) {
	t.Helper()
	for _, step := range life {
		step.ask(t, s)
		s.work(t, start())
		s.work(t, s.process()) // if that one has died
		step.done(t, s)
		s.verify(t)
	}
}

func TestLife(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	live(t, s, s.process)
	expect(t, "created", count(s, "create_server"), 1)
}

func count(s *scene, command string) (n int) {
	for _, one := range s.cloud.Commands() {
		if one == command {
			n++
		}
	}
	return n
}

// calls is how many calls of the provider a life takes.
func calls(t *testing.T) int {
	t.Helper()
	s, n := newScene(t), 0
	live(t, s, func() *process {
		p := s.process()
		p.at = func(_ int, _ *http.Request, carryOut func() (*http.Response, error)) (*http.Response, error) {
			n++
			return carryOut()
		}
		return p
	})
	return n
}

// A worker dies before or after any of its calls, or the answer to a call is lost.
// Nobody pays for what is not there, and nothing is there twice.
func TestAnyCallGoesWrong(t *testing.T) {
	t.Parallel()
	all := calls(t)
	t.Logf("%d calls", all)
	for n := 1; n <= all; n++ {
		for _, how := range []string{"dies before", "dies after", "loses", "loses the answer of"} {
			t.Run(fmt.Sprint(how, " call ", n), func(t *testing.T) {
				t.Parallel()
				s, seen := newScene(t), 0
				live(t, s, func() *process {
					p := s.process()
					p.at = func(_ int, _ *http.Request, carryOut func() (*http.Response, error)) (*http.Response, error) {
						if seen++; seen != n {
							return carryOut()
						}
						p.dead = strings.HasPrefix(how, "dies")
						if how == "dies before" || how == "loses" {
							return nil, errLost
						}
						answer, err := carryOut()
						if err == nil {
							answer.Body.Close()
						}
						return nil, errLost
					}
					return p
				})
				expect(t, "created", count(s, "create_server"), 1)
				expect(t, "deleted", count(s, "delete_server"), 1)
			})
		}
	}
}

// A worker is held up in a call until its lease has run out and another has done all
// of the work, and then has its answer: or, where it makes the server, only then sends it.
func TestTwoWorkers(t *testing.T) {
	t.Parallel()
	all := calls(t)
	for n := 1; n <= all; n++ {
		t.Run(fmt.Sprint("held up in call ", n), func(t *testing.T) {
			t.Parallel()
			s, seen := newScene(t), 0
			live(t, s, func() *process {
				p := s.process()
				p.at = func(_ int, r *http.Request, carryOut func() (*http.Response, error)) (*http.Response, error) {
					if seen++; seen != n {
						return carryOut()
					}
					meanwhile := func() {
						s.Clock.Advance(3 * time.Minute)
						s.work(t, s.process())
					}
					if r.Method == http.MethodPost && r.URL.Path == "/v1/servers" {
						meanwhile()
						return carryOut()
					}
					answer, err := carryOut()
					meanwhile()
					return answer, err
				}
				return p
			})
			expect(t, "created", count(s, "create_server"), 1)
		})
	}
}

// The provider takes no call for a while: what was bought comes late, or its price
// comes back once.
func TestStorm(t *testing.T) {
	t.Parallel()
	for code, lasting := range map[string]map[time.Duration]string{
		"rate_limit_exceeded": {50 * time.Minute: "active", 3 * time.Hour: "failed"},
		"maintenance":         {50 * time.Minute: "active", 3 * time.Hour: "failed"},
		"unavailable":         {time.Minute: "active", 3 * time.Hour: "failed"},
	} {
		for lasts, want := range lasting {
			t.Run(fmt.Sprint(code, " for ", lasts), func(t *testing.T) {
				t.Parallel()
				s := newScene(t)
				s.buy(t)
				end := s.Clock.Now().Add(lasts)
				s.cloud.Fault = func(hetznerfake.Call) (f hetznerfake.Fault) {
					if s.Clock.Now().Before(end) {
						f.Code = code
					}
					return f
				}
				s.work(t, s.process())
				expect(t, "status", s.state(t)[0], any(want))
				servers, money := 1, 10_000_000.0-2400
				if want == "failed" {
					servers, money = 0, 10_000_000
				}
				expect(t, "servers", len(s.cloud.Servers()), servers)
				expect(t, "money", s.Call(t, http.MethodGet, "/v1/agent/wallet", nil).Get("wallet", "balanceMinor"), any(money))
				s.Clock.Advance(max(0, end.Sub(s.Clock.Now())))
				s.verify(t)
			})
		}
	}
}

// What the provider has no room for is paid back at once, and says so.
func TestSoldOut(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.cloud.SoldOut = map[string]bool{"cx23/fsn1": true}
	s.buy(t)
	s.work(t, s.process())
	answer := s.Call(t, http.MethodGet, storetest.Services+"/"+s.service, nil)
	expect(t, "status", answer.Text("service", "status"), "failed")
	if !strings.Contains(string(answer.Body), "no room for such a server in this region") {
		t.Errorf("the service says %s", answer.Body)
	}
	s.verify(t)
}

// A server that vanishes is missed, and one that nobody owns is deleted.
func TestReconcile(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	s.buy(t)
	s.work(t, s.process())
	s.Clock.Advance(time.Hour)
	expect(t, "missing", len(s.reconcile(t).Missing), 0)
	s.cloud.Vanish(s.cloud.Servers()[0].ID)
	expect(t, "missing after it has vanished", len(s.reconcile(t).Missing), 1)

	other := newScene(t)
	other.buy(t)
	other.work(t, other.process())
	s.cloud, s.api = other.cloud, other.api // servers of services that this store never had
	s.cloud.Now = s.Clock.Now
	s.Clock.Advance(2 * time.Hour)
	expect(t, "orphans", len(s.reconcile(t).Orphans), 1)
	s.work(t, s.process())
	expect(t, "servers", len(other.cloud.Servers()), 0)
}
