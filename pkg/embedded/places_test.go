package embedded

import (
	"fmt"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/cockroachdb/pebble/v2/vfs"
	"pgregory.net/rapid"
)

// The index of a table on disk is that of one in memory, whatever was written to which
// table file, and however these were merged since.
func TestPlacesOutliveCompaction(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		disk, memory := mustOpenOn(t, vfs.NewMem()), Memory(tableName)
		defer mustClose(t, disk)
		each := func(do func(db *DB) error) {
			for _, db := range []*DB{disk, memory} {
				if err := do(db); err != nil {
					t.Fatal(err)
				}
			}
		}
		name := rapid.SampledFrom([]string{"a", "b"})
		r.Repeat(map[string]func(*rapid.T){
			"put": func(r *rapid.T) {
				pk, more := name.Draw(r, "name"), item{}
				if place := rapid.IntRange(0, 3).Draw(r, "place"); place > 0 {
					more = item{indexPartitionKey: text("due"), indexSortKey: text(fmt.Sprint(place)), ttlAttribute: number(place)}
				}
				n := rapid.IntRange(1, 9).Draw(r, "n")
				each(func(db *DB) error { return db.putN(t.Context(), pk, n, more) })
			},
			"remove": func(r *rapid.T) {
				pk := name.Draw(r, "name")
				each(func(db *DB) error {
					_, err := db.DeleteItem(t.Context(), &dynamodb.DeleteItemInput{TableName: aws.String(tableName), Key: keyItem(pk, "n")})
					return err
				})
			},
			"flush": func(*rapid.T) {
				if err := disk.pebble().pebble.Flush(); err != nil {
					t.Fatal(err)
				}
			},
			"compact": func(*rapid.T) {
				if err := disk.pebble().pebble.Compact(t.Context(), []byte{0}, []byte{255}, false); err != nil {
					t.Fatal(err)
				}
			},
			"": func(r *rapid.T) {
				if got, want := disk.places(t), memory.places(t); !slices.Equal(got, want) {
					r.Fatalf("on disk there are %q, in memory %q", got, want)
				}
			},
		})
	})
}

// places are the keys in the index and among the endings.
func (db *DB) places(t *testing.T) (keys []string) {
	t.Helper()
	err := db.storage.view(func(v view) error {
		return v.scan([]byte{itemSpace + 1}, []byte{255}, false, func(key, _ []byte) bool {
			keys = append(keys, string(key))
			return true
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return keys
}
