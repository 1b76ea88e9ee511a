package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"agentstore/pkg/local"
)

// verify ends with an error where the books are wrong, and says what is.
func TestVerifyFindsABrokenPromise(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	_, _, stop := startStore(t, "DATA_DIR="+dir)
	stop()
	expectCommand(t, dir, "Every promise is kept", "verify")
	c, err := invocation{getenv: environ("DATA_DIR=" + dir)}.environment(trial)
	if err != nil {
		t.Fatal(err)
	}
	db, err := local.Embedded(c)
	if err != nil {
		t.Fatal(err)
	}
	text := func(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }
	_, err = db.Engine.UpdateItem(t.Context(), &dynamodb.UpdateItemInput{
		TableName: &c.TableName, Key: map[string]types.AttributeValue{"PK": text("ACCOUNT#acc_01JDEM00000000000000000000"), "SK": text("WALLET")},
		UpdateExpression:          new("ADD balanceMinor :more"),
		ExpressionAttributeValues: map[string]types.AttributeValue{":more": &types.AttributeValueMemberN{Value: "1"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	expectRefusal(t, dir, "1 promises are broken", "verify")
}

// verify reads the files to their ends: what is damaged is found, whether or not it is
// of the books.
func TestVerifyFindsADamagedFile(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	_, _, stop := startStore(t, "DATA_DIR="+dir)
	stop()
	expectCommand(t, dir, "can be read", "verify") // and leaves the rows in tables
	tables, err := filepath.Glob(filepath.Join(dir, "*", "*.sst"))
	if err != nil || len(tables) == 0 {
		t.Fatalf("no tables: %v", err)
	}
	for _, table := range tables {
		whole, err := os.ReadFile(table)
		if err != nil {
			t.Fatal(err)
		}
		damaged := bytes.Clone(whole)
		damaged[len(damaged)/4] ^= 0xff
		if err := os.WriteFile(table, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	expectRefusal(t, dir, "cannot be used", "verify")
}
