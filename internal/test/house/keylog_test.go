package house

import (
	"strings"
	"sync/atomic"
	"time"

	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

// alwaysDue is a log of keys that is written down beside every write of a key: none may
// wait for it.
func alwaysDue(store shop.KeyLogStore, key string) *shop.KeyLog {
	var hours atomic.Int64
	now := func() time.Time { return time.Unix(0, 0).Add(time.Duration(hours.Add(1)) * time.Hour) }
	log := &shop.KeyLog{Store: store, Now: now, Process: "evt_house"}
	public, _, _ := strings.Cut(key, ".")
	log.Add(id.Key(public), shop.KeyRequest{Operation: "service_list", RequestID: "req_house"})
	return log
}
