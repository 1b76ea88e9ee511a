package app

import (
	"crypto/rand"
	"log/slog"

	"agentstore/pkg/auth"
	"agentstore/pkg/dynamo"
	"agentstore/pkg/id"
	"agentstore/pkg/lambdahttp"
	"agentstore/pkg/shop"
)

// Administer gives a shop what members need to manage their account.
func Administer(c Config, s *shop.Shop, store shop.AdminStore, people *shop.People) {
	s.Admin, s.People = store, people
	s.IssueKey = func(agent id.Agent, name string, scopes []shop.Scope) (shop.Credential, string, error) {
		return auth.Issue(c.KeyMode, s.IDs, rand.Reader, agent, name, scopes)
	}
	people.IssueToken = func(token id.Token) (string, []byte, error) {
		return auth.IssuePersonal(c.KeyMode, token, rand.Reader)
	}
}

// Account runs functions/account: the whole API for members. Its routes share one
// function because they share their permissions, and few people call them: one
// function stays warm where thirty would not.
func Account() {
	c, log := start()
	t := table(c)
	lambdahttp.Serve(accountHandler(FullWeb(c, revealing(c, administered(c, t, log)), t, lambdahttp.RequestID, log)))
}

func administered(c Config, t *dynamo.Table, log *slog.Logger) *shop.Shop {
	s := kicking(c, t, log)
	Administer(c, s, t, People(c, t))
	return s
}
