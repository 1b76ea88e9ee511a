package dynamo

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"agentstore/pkg/shop"
)

// editionRow names what the catalog says: whoever changes the catalog changes it too.
// While it is being changed the name is empty.
type editionRow struct {
	head
	Edition string `dynamodbav:"edition"`
}

const kindEdition = "edition"

// edition is the catalog as it was read, and its name.
type edition struct {
	name    string
	catalog shop.Catalog
}

// shelf has the edition that this process has read last.
type shelf struct {
	last    atomic.Pointer[edition]
	reading sync.Mutex // held while the catalog is read, so that many readers read it once
}

// get is the edition; its name is empty where none was read, or none that is whole.
func (s *shelf) get() edition {
	if last := s.last.Load(); last != nil {
		return *last
	}
	return edition{}
}

// Catalog is the whole catalog, which the caller must not change. A process that has
// read it reads only which edition there is, for half a read unit, and the rest where
// that is another one. So it is that of the last second, and not of this moment: prices
// that bind are those of Item.
func (t *Table) Catalog(ctx context.Context) (shop.Catalog, error) {
	last := t.shelf.get()
	if last.name == "" {
		return t.newCatalog(ctx, func(now edition) bool { return now.name != "" })
	}
	name, err := t.editionName(ctx)
	if err != nil || name == last.name {
		return last.catalog, err
	}
	return t.newCatalog(ctx, func(now edition) bool { return now.name == name })
}

// newCatalog reads the catalog, unless what another reader has read meanwhile will do.
func (t *Table) newCatalog(ctx context.Context, willDo func(edition) bool) (shop.Catalog, error) {
	t.shelf.reading.Lock()
	defer t.shelf.reading.Unlock()
	if now := t.shelf.get(); willDo(now) {
		return now.catalog, nil
	}
	read, err := t.readCatalog(ctx)
	if err == nil {
		t.shelf.last.Store(&read)
	}
	return read.catalog, err
}

// editionName is the name of the edition; empty where there is none, as in a catalog that
// an earlier version has written.
func (t *Table) editionName(ctx context.Context) (string, error) {
	k := editionKey()
	out, err := t.client.GetItem(ctx, &dynamodb.GetItemInput{TableName: &t.name, Key: t.spread.item(k)})
	if err != nil {
		return "", classify(err)
	}
	row, err := decode[editionRow](out.Item)
	return row.Edition, err
}

// nameEdition says that the catalog is whole, or, by an empty name, that it is not.
func (t *Table) nameEdition(ctx context.Context, name string) error {
	b := t.builder()
	b.rewrite(editionRow{newHead(editionKey(), kindEdition, 1), name}, "", nil)
	return t.write(ctx, b)
}
