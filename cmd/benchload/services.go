package main

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"time"
)

// settled waits until none of the newest services of an account is being made, or
// the time of the context is over, and counts those that are not active.
func settled(ctx context.Context, store, key string, newest int) (inactive int, err error) {
	for {
		statuses, err := newestServices(context.WithoutCancel(ctx), store, key, newest)
		if err != nil {
			return 0, err
		}
		inactive = newest - statuses["active"]
		if statuses["provisioning"] == 0 {
			return inactive, nil
		}
		select {
		case <-ctx.Done():
			return inactive, nil
		case <-time.After(250 * time.Millisecond):
		}
	}
}

// newestServices counts that many by their statuses, over the pages of the list.
func newestServices(ctx context.Context, store, key string, newest int) (map[string]int, error) {
	statuses := make(map[string]int)
	cursor := ""
	for seen := 0; seen < newest; {
		var page struct {
			Services   []struct{ Status string }
			NextCursor string
		}
		query := url.Values{"limit": {"100"}}
		if cursor != "" {
			query.Set("cursor", cursor)
		}
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, store+"/v1/agent/services?"+query.Encode(), nil)
		if err != nil {
			return nil, err
		}
		r.Header.Set("Authorization", "Bearer "+key)
		_, body, err := fetch(http.DefaultClient, r)
		if err != nil {
			return nil, err
		}
		if err := json.Unmarshal(body, &page); err != nil {
			return nil, err
		}
		for _, service := range page.Services {
			if seen < newest {
				statuses[service.Status]++
				seen++
			}
		}
		if cursor = page.NextCursor; cursor == "" {
			break
		}
	}
	return statuses, nil
}
