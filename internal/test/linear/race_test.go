package linear

import (
	"fmt"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/google/go-cmp/cmp"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/app"
	"agentstore/pkg/fault"
	"agentstore/pkg/verify"
)

const contenders = 64

func TestManyWantTheSameMoney(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		units int64 // that the money suffices for
		want  map[fault.Code]int
	}{
		"enough for one": {1, map[fault.Code]int{"": 1, fault.InsufficientFunds: contenders - 1}},
		"enough for all": {contenders, map[fault.Code]int{"": contenders}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dynamotest.EachAndAWS(t, func(t *testing.T, db dynamotest.Engine, client ...func(*dynamodb.Options)) {
				s := storetest.New(t, db, storetest.Options{Client: client, NoKick: true, Funds: tc.units * unitPrice})
				if diff := cmp.Diff(tc.want, race(t, s)); diff != "" {
					t.Errorf("outcomes (-want +got):\n%s", diff)
				}
				books, err := s.Table.Books(t.Context(), s.Agent.Account())
				if err != nil {
					t.Fatal(err)
				}
				for _, finding := range verify.Account(books, s.Clock.Now(), app.Grace) {
					t.Error(finding)
				}
				if got := len(books.Purchases); int64(got) != tc.units || books.Wallet.Balance.Minor != 0 {
					t.Errorf("%d purchases, the wallet holds %s", got, books.Wallet.Balance)
				}
			})
		})
	}
}

// race has all contenders buy one unit at once, each with a key of its own. It counts
// what they got: the codes of refusals, and the empty code for a purchase. To be told to
// come again is a result too.
func race(t *testing.T, s *storetest.Store) map[fault.Code]int {
	var (
		group sync.WaitGroup
		start = make(chan struct{})
		codes = make(chan fault.Code, contenders)
	)
	for n := range contenders {
		group.Go(func() {
			<-start
			_, err := s.Shop.BuyItem(t.Context(), caller(s.Agent), order{quote: noQuote, units: 1}.order(), purchaseOnce(fmt.Sprint(n)))
			codes <- failed(t, err).code
		})
	}
	close(start)
	group.Wait()
	close(codes)
	outcome := make(map[fault.Code]int)
	for code := range codes {
		outcome[code]++
	}
	return outcome
}
