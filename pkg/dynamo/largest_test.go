package dynamo_test

import (
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"golang.org/x/crypto/ssh"

	"agentstore/internal/test/dynamotest"
	"agentstore/pkg/product/server"
	"agentstore/pkg/shop"
)

// largestInput is the largest configuration that is accepted, of characters
// that take the most room in JSON: six bytes for one.
func largestInput(t *testing.T) map[string]any {
	t.Helper()
	const (
		keys, keyLength, userData = 10, 4096, 32768
		longestHost               = 253 - len("-10")
	)
	label := strings.Repeat("a", 60)
	hostname := strings.Join([]string{label, label + "aaa", label + "aaa", label + "aaa"}, ".")[:longestHost]
	input := map[string]any{
		"hostname": hostname, "region": "ap-southeast", "image": "nvidia-ai-ubuntu", "billingTermMonths": 12.0,
		"backupsEnabled": true, "userData": strings.Repeat("\u2028", userData-1) + "\x01",
	}
	var lines []any
	for i := range keys {
		line := publicKey(t, byte(i))
		lines = append(lines, line+strings.Repeat(`\`, keyLength-len(line)))
	}
	input["sshKeys"] = lines
	return input
}

// publicKey is the line of an authorized_keys file, up to its comment.
func publicKey(t *testing.T, seed byte) string {
	t.Helper()
	private := ed25519.NewKeyFromSeed([]byte(fmt.Sprintf("%-*d", ed25519.SeedSize, seed)))
	public, err := ssh.NewPublicKey(private.Public())
	expectOK(t, err)
	return strings.TrimSpace(string(ssh.MarshalAuthorizedKey(public))) + " "
}

// largestPurchase is what the shop writes when the largest configuration is
// bought as often as can be, by an agent that sees its own alone, of which there
// are copies.
func largestPurchase(t *testing.T) (open, buy shop.Change) {
	t.Helper()
	item := goods(t).Items[0]
	configuration, problems := server.Product{}.Configure(item, largestInput(t), shop.MaxQuantity)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	units, err := server.Product{}.Units(item, configuration, shop.MaxQuantity)
	expectOK(t, err)
	open, buy = purchaseOf(newOwnAgent(), shop.MaxQuantity)
	open.Quote.Offer.Item, open.Quote.Offer.Configuration = item, configuration
	buy.Quote.Offer, buy.Purchase.Offer = open.Quote.Offer, open.Quote.Offer
	for i, unit := range units {
		buy.Services[i].DisplayName, buy.Services[i].Configuration, buy.Services[i].Server = unit.DisplayName, unit.Configuration, unit.Server
	}
	// The answer to a quote holds the configuration, and its record the answer.
	answer, err := json.Marshal(map[string]any{"quote": "with all of its lines, which take less than the white space here"})
	expectOK(t, err)
	open.Record = &shop.Record{RecordKey: buy.Record.RecordKey, Body: append(answer, configuration...), CreatedAt: now}
	buy.Record.Key += "of the purchase"
	return open, buy
}

// The largest input that the store accepts fits into its items, which onEach
// holds to their limit, and into one transaction, which has one of its own.
func TestLargestPurchase(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s store) {
		open, buy := largestPurchase(t)
		s.commit(t, open, buy)
		const limit = 4 << 20
		size := 0
		for _, item := range s.items(t) {
			size += dynamotest.SizeOf(&types.AttributeValueMemberM{Value: item})
		}
		if size > limit {
			t.Errorf("%d bytes, and a transaction takes %d", size, limit)
		}
		expectSame(t, "copies", len(s.copies(t)), 1+shop.MaxQuantity)
		got, err := s.Purchase(t.Context(), buy.Purchase.Account, buy.Purchase.ID)
		expectOK(t, err)
		expectSame(t, "purchase", got, *buy.Purchase)

		// They fill several pages of 1 MB.
		services, next, err := s.Services(t.Context(), buy.Purchase.Account, shop.Page{Limit: shop.MaxQuantity})
		expectOK(t, err)
		expectSame(t, "cursor", next, shop.Cursor(""))
		expectSame(t, "services", len(services), shop.MaxQuantity)
		for i, service := range services {
			expectSame(t, "service", service, buy.Services[shop.MaxQuantity-1-i])
		}
	})
}

// And it is the largest: one character more is refused.
func TestNothingIsLarger(t *testing.T) {
	t.Parallel()
	item := goods(t).Items[0]
	for name, grow := range map[string]func(map[string]any){
		"user data":  func(in map[string]any) { in["userData"] = in["userData"].(string) + "x" },
		"an SSH key": func(in map[string]any) { in["sshKeys"].([]any)[0] = in["sshKeys"].([]any)[0].(string) + "x" },
		"SSH keys":   func(in map[string]any) { in["sshKeys"] = append(in["sshKeys"].([]any), publicKey(t, 99)) },
		"hostname":   func(in map[string]any) { in["hostname"] = in["hostname"].(string) + "a" },
	} {
		input := largestInput(t)
		grow(input)
		if _, problems := (server.Product{}).Configure(item, input, shop.MaxQuantity); len(problems) == 0 {
			t.Errorf("%s can be larger", name)
		}
	}
}
