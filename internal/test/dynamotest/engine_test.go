package dynamotest

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

func TestEach(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var names []string
	t.Run("engines", func(t *testing.T) {
		Each(t, func(t *testing.T, db Engine) {
			mu.Lock()
			defer mu.Unlock()
			names = append(names, db.Name)
		})
	})
	slices.Sort(names)
	Local(t) // without it the names are one too few
	check(t, "engines", names, []string{NameLocal, NameEmbedded, NameOnDisk})
}

func TestEmbeddedIsFresh(t *testing.T) {
	t.Parallel()
	first := newTable(t, Embedded(t).Client)
	_, err := Embedded(t).Client.GetItem(t.Context(), &dynamodb.GetItemInput{TableName: first.name, Key: key("a", "1")})
	check(t, "answer", code(t, err), "ResourceNotFoundException")
}

func TestTableName(t *testing.T) {
	t.Parallel()
	// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
	legal := regexp.MustCompile(`^[a-zA-Z0-9_.-]{3,255}$`)
	seen := map[string]bool{}
	for range 1000 {
		name := TableName(t)
		if !legal.MatchString(name) || seen[name] {
			t.Fatalf("%q is not legal or not new", name)
		}
		seen[name] = true
	}
}

func TestEngineHeedsContext(t *testing.T) {
	t.Parallel()
	Each(t, func(t *testing.T, db Engine) {
		tab := newTable(t, db.Client)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := db.Client.PutItem(ctx, &dynamodb.PutItemInput{TableName: tab.name, Item: key("a", "1")})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%v is not %v", err, context.Canceled)
		}
		check(t, "the item", tab.get(key("a", "1")), item(nil))
	})
}
