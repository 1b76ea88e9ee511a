package e2e

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"agentstore/internal/test/storetest"
)

// items is everything in the table, as text: binary values too, as they are.
func items(t *testing.T, s *storetest.Store) string {
	t.Helper()
	var text strings.Builder
	pages := dynamodb.NewScanPaginator(s.Engine.Client, &dynamodb.ScanInput{TableName: &s.Name})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		must(t, err)
		for _, item := range page.Items {
			var row map[string]any
			must(t, attributevalue.UnmarshalMap(item, &row))
			for name, value := range row {
				if bytes, isBinary := value.([]byte); isBinary {
					row[name] = string(bytes)
				}
			}
			line, err := json.Marshal(row)
			must(t, err)
			text.Write(line)
			text.WriteByte('\n')
		}
	}
	return text.String()
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
