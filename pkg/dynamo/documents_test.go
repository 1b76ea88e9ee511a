package dynamo_test

import (
	"testing"

	"agentstore/pkg/dynamo"
	"agentstore/pkg/provider/mock"
)

var _ mock.Documents = dynamo.Documents{}

func (s store) expectDocument(t *testing.T, want mock.Document) {
	t.Helper()
	got, err := dynamo.Documents{Table: s.Table}.Get(t.Context(), want.Key)
	expectOK(t, err)
	expectSame(t, want.Key, got, want)
}

func TestDocuments(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s store) {
		d := dynamo.Documents{Table: s.Table}
		none := mock.Document{Key: "unit/a"}
		first := mock.Document{Key: "unit/a", Version: 1, Body: []byte(`{"a":1}`)}
		second := mock.Document{Key: "unit/a", Version: 2, Body: []byte{0, 255}}
		empty := mock.Document{Key: "unit/b", Version: 1}

		s.expectDocument(t, none)
		expectError(t, "second without a first", d.Put(t.Context(), second), mock.ErrConflict)
		s.expectDocument(t, none)
		expectOK(t, d.Put(t.Context(), first, empty))
		s.expectDocument(t, first)
		s.expectDocument(t, empty)
		expectError(t, "first again", d.Put(t.Context(), first), mock.ErrConflict)
		expectOK(t, d.Put(t.Context(), second))
		s.expectDocument(t, second)
	})
}

func TestDocumentsAllOrNone(t *testing.T) {
	t.Parallel()
	a := mock.Document{Key: "a", Version: 1, Body: []byte("a")}
	b := mock.Document{Key: "b", Version: 1, Body: []byte("b")}
	onEach(t, func(t *testing.T, s store) {
		d := dynamo.Documents{Table: s.Table}
		expectOK(t, d.Put(t.Context(), a))
		expectError(t, "the second is there", d.Put(t.Context(), b, a), mock.ErrConflict)
		expectError(t, "the first is there", d.Put(t.Context(), a, b), mock.ErrConflict)
		s.expectDocument(t, mock.Document{Key: "b"})
	})
}

func TestDocumentsRemoved(t *testing.T) {
	t.Parallel()
	a := mock.Document{Key: "a", Version: 1, Body: []byte("a")}
	b := mock.Document{Key: "b", Version: 1, Body: []byte("b")}
	onEach(t, func(t *testing.T, s store) {
		d := dynamo.Documents{Table: s.Table}
		expectOK(t, d.Put(t.Context(), a, b))
		other := b
		other.Version = 2
		expectError(t, "another version", d.Remove(t.Context(), a, other), mock.ErrConflict)
		s.expectDocument(t, a)
		expectOK(t, d.Remove(t.Context(), a, b))
		s.expectDocument(t, mock.Document{Key: "a"})
		s.expectDocument(t, mock.Document{Key: "b"})
		expectError(t, "again", d.Remove(t.Context(), a, b), mock.ErrConflict)
	})
}

func TestDocumentKeys(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s store) {
		d := dynamo.Documents{Table: s.Table}
		s.commit(t, full(newAgent()).change()) // of which it must see nothing
		for _, key := range []string{"unit/b", "unit/a", "units", "address/a", "unit"} {
			expectOK(t, d.Put(t.Context(), mock.Document{Key: key, Version: 1}))
		}
		for prefix, want := range map[string][]string{
			"unit/":    {"unit/a", "unit/b"},
			"address/": {"address/a"},
			"none/":    {},
		} {
			got := []string{}
			expectOK(t, d.Each(t.Context(), prefix, func(doc mock.Document) error {
				got = append(got, doc.Key)
				return nil
			}))
			expectSame(t, prefix, got, want)
		}
	})
}
