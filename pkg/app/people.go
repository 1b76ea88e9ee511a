package app

import (
	"context"
	"log/slog"
	"net/http"

	"agentstore/pkg/lambdahttp"
	"agentstore/pkg/shop"
	"agentstore/pkg/web"
)

// People is the part of the business that people deal with themselves.
func People(c Config, store shop.PeopleStore) *shop.People {
	return &shop.People{Store: store, IDs: IDs(), Now: Now, DemoCredit: c.DemoCredit}
}

// Sessions is the store as people reach it with their browsers.
func Sessions(c Config, p *shop.People, requestID func(context.Context) string, log *slog.Logger) web.Sessions {
	return web.Sessions{Frame: frame(c, requestID, log), People: p}
}

// ForPeople runs a function that serves people, in its own way.
func ForPeople(way func(Config, web.Sessions, *shop.Shop) http.Handler) {
	c, log := start()
	s := administered(c, table(c), log)
	lambdahttp.Serve(way(c, Sessions(c, s.People, lambdahttp.RequestID, log), s))
}
