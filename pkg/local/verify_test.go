package local

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/app"
	"agentstore/pkg/id"
	"agentstore/pkg/shop"
	"agentstore/pkg/verify"
)

func expectReport(t *testing.T, s *storetest.Store, want verify.Report) {
	t.Helper()
	got, err := Verify(t.Context(), app.Config{}, Database{Table: s.Table})
	if err != nil {
		t.Fatal(err)
	}
	for i := range got.Findings {
		got.Findings[i].Detail = "" // it has times in it
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("report (-want +got):\n%s", diff)
	}
}

// Every account that ever moved money is checked, with the servers of its own,
// and so is what runs for an account that never did.
func TestVerify(t *testing.T) {
	t.Parallel()
	dynamotest.Each(t, func(t *testing.T, engine dynamotest.Engine) {
		s := storetest.New(t, engine, storetest.Options{})
		service := id.Service(s.Service(t))
		other := s.Shop.IDs.Account()
		s.Fund(t, other, 1)
		healthy := verify.Report{Accounts: 2, Purchases: 1, Services: 1, Entries: 3, Servers: 1}
		expectReport(t, s, healthy)

		provider := s.Provider()
		provider.Mock.Now = func() time.Time { return app.Now().Add(-app.Grace) }
		provider.Make(t, shop.ServiceKey{Account: "acc_01K00000000000000000000001", Service: "svc_01K00000000000000000000002"})
		orphaned := healthy
		orphaned.Accounts, orphaned.Servers = 3, 2
		orphaned.Findings = []verify.Finding{{Promise: "nothing is held without an owner", Subject: "svc_01K00000000000000000000002"}}
		expectReport(t, s, orphaned)

		provider.Lose(t, shop.ServiceKey{Account: s.Agent.Account(), Service: service})
		got, err := Verify(t.Context(), app.Config{}, Database{Table: s.Table})
		if err != nil || len(got.Findings) != 2 {
			t.Errorf("%v, findings %v, want the orphan and the service without a server", err, got.Findings)
		}
	})
}
