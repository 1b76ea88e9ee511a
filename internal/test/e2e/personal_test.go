package e2e

import (
	"net/http"
	"strings"
	"testing"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
)

// TestCommentOfAKey: the comment of an SSH key, which says whose it is, is in one item
// of the table, and in none once it is erased.
func TestCommentOfAKey(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{})
	order := storetest.PersonalOrder(t)
	order["idempotencyKey"] = "k"
	bought := s.Call(t, http.MethodPost, storetest.Purchases, order)
	reference := bought.Text("service", "personalId")
	s.Work(t)
	s.Call(t, http.MethodPost, storetest.Services+"/"+bought.Text("service", "id")+"/server/restart", nil)
	s.Work(t)
	about := func() (found []string) {
		for _, item := range strings.Split(items(t, s), "\n") {
			if strings.Contains(item, storetest.PersonalComment) {
				found = append(found, item)
			}
		}
		return found
	}
	if found := about(); len(found) != 1 || !strings.Contains(found[0], "PERSONAL#"+reference) {
		t.Errorf("about somebody are %s", found)
	}
	erased := s.Call(t, http.MethodPost, "/v1/agent/personal/"+reference+"/erase", nil)
	if erased.Text("personal", "status") != "erased" {
		t.Errorf("%d: %s", erased.Status, erased.Body)
	}
	if found := about(); len(found) > 0 {
		t.Errorf("once it is erased, about somebody are %s", found)
	}
	again := s.Call(t, http.MethodPost, storetest.Purchases, order)
	if again.Status != bought.Status || string(again.Body) != string(bought.Body) {
		t.Errorf("the replay is %s, the answer was %s", again.Body, bought.Body)
	}
	for where, text := range map[string]string{"log": s.Log.String(), "answer": string(bought.Body)} {
		if strings.Contains(text, storetest.PersonalComment) {
			t.Errorf("the %s has the comment", where)
		}
	}
}
