package dynamo_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

// DynamoDB may delete what nobody can use any more, and nothing else: least of
// all what keeps a purchase from being made twice.
func TestTimeToLive(t *testing.T) {
	t.Parallel()
	const month = 30 * 24 * time.Hour
	var (
		o       = fresh(newAgent())
		open    = o.quote
		used    = full(newAgent()).quote
		forever = fresh(newAgent()).record
		bought  = o.personal
		due     = o.job
		done    = full(newAgent()).job
		secret  = aSecret()
		failed  = full(newAgent()).job
		proof   = shop.HoldProof{Account: newAgent().Account(), ID: newID(id.Maker.Hold), At: now}
	)
	forever.ExpiresAt = time.Time{}
	bought.ExpiresAt = time.Time{}
	done.Status, failed.Status = shop.JobDone, shop.JobFailed
	tests := map[string]struct {
		change shop.Change
		want   string
	}{
		"open quote":            {shop.Change{Quote: &open}, at(open.ExpiresAt.Add(month))},
		"used quote":            {shop.Change{Quote: &used}, "never"},
		"personal data":         {shop.Change{Personal: &o.personal}, at(o.personal.ExpiresAt.Add(month))},
		"of what is bought":     {shop.Change{Personal: &bought}, "never"},
		"confirmation":          {shop.Change{Confirmation: &o.confirmation}, at(o.confirmation.ExpiresAt)},
		"record":                {shop.Change{Record: &o.record}, at(o.record.ExpiresAt)},
		"record of a purchase":  {shop.Change{Record: &forever}, "never"},
		"purchase":              {shop.Change{Purchase: &o.purchase}, "never"},
		"service":               {shop.Change{Services: []shop.Service{o.service}}, "never"},
		"approval":              {shop.Change{Approval: &o.approval}, "never"},
		"event":                 {shop.Change{Event: &o.event}, "never"},
		"budgets":               {shop.Change{Budgets: []shop.Budget{o.budget, o.allowance}}, "never"},
		"proof of a hold":       {shop.Change{Proof: &proof}, at(now.Add(7 * 24 * time.Hour))},
		"due job":               {shop.Change{Jobs: []shop.Job{due}}, "never"},
		"job that is done":      {shop.Change{Jobs: []shop.Job{done}}, at(done.DueAt.Add(3 * month))},
		"person":                {shop.Change{Person: &o.person}, "never"},
		"account":               {shop.Change{Account: &o.account}, "never"},
		"agent":                 {shop.Change{Agents: []shop.Agent{o.agent}}, "never"},
		"member":                {shop.Change{Members: []shop.Member{o.member}}, "never"},
		"invitation":            {shop.Change{Invitation: &o.invitation}, at(o.invitation.ExpiresAt)},
		"secret":                {shop.Change{Secret: &secret}, at(secret.ExpiresAt)},
		"token":                 {shop.Change{Tokens: []shop.PersonalToken{o.token}}, at(o.token.ExpiresAt.Add(month))},
		"session":               {shop.Change{Sessions: []shop.Session{o.session}}, at(o.session.ExpiresAt)},
		"job that never can be": {shop.Change{Jobs: []shop.Job{failed}}, at(failed.DueAt.Add(3 * month))},
	}
	for name, test := range tests {
		test.change.At = now
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onEach(t, func(t *testing.T, s store) {
				s.commit(t, test.change)
				for _, item := range s.items(t) {
					expectSame(t, "time to live", timeToLive(t, item), test.want)
				}
			})
		})
	}
}

func at(t time.Time) string { return strconv.FormatInt(t.Unix(), 10) }

// timeToLive is when the item may be deleted, in seconds since 1970, or never.
func timeToLive(t *testing.T, item item) string {
	t.Helper()
	seconds, found := item[definition(t).TTLAttribute].(*types.AttributeValueMemberN)
	if !found {
		return "never"
	}
	return seconds.Value
}
