package strictjson_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"agentstore/pkg/strictjson"
)

// FuzzObject: what is taken means the same to encoding/json, and what is refused
// is refused at a place that can be named.
func FuzzObject(f *testing.F) {
	for _, seed := range []string{
		`{"catalogItemId":"cat_vps_micro","quantity":1,"configuration":{"sshKeys":["ssh-ed25519 AAAA"],"backupsEnabled":true}}`,
		`{"a":1,"a":2}`, `{"a":{"\u0061":1,"a":2}}`, `{"a":1e999,"b":-0,"c":1E-400,"d":0.1e+1}`, "{\"\xff\":\"\xc3\"}",
		`{"\ud83d\ude00":"\ud800"}`, `{"":null,"a/b~c":[[],{},false]}`, `{} {}`, `{"a":`, `[1]`, "\ufeff{}",
		`{"a b":[0,{"c":[tru]}]}`, strings.Repeat(`{"a":[`, 8) + strings.Repeat(`]}`, 8), strings.Repeat(`{"a":[`, 9),
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		got, err := strictjson.Object(text)
		if err != nil {
			checkError(t, err)
			return
		}
		var want map[string]any
		if err := json.Unmarshal(text, &want); err != nil {
			t.Fatalf("%q is taken, and is to encoding/json: %v", text, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-encoding/json +got):\n%s", text, diff)
		}
	})
}

func checkError(t *testing.T, err error) {
	t.Helper()
	var known *strictjson.Error
	if !errors.As(err, &known) {
		t.Fatalf("the error %v is a %T", err, err)
	}
	if !wellFormed.MatchString(known.Param) || !utf8.ValidString(known.Param) {
		t.Errorf("%q is no path", known.Param)
	}
	if known.Reason == "" || !utf8.ValidString(known.Reason) {
		t.Errorf("the reason is %q", known.Reason)
	}
}
