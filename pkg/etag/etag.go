// Package etag has entity tags, and the preconditions of requests that name them
// (RFC 9110, sections 8.8.3 and 13).
package etag

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
)

// Of is the strong entity tag of a representation: a hash of its bytes, so that two
// processes, or two versions of the store, agree about it.
func Of(body []byte) string {
	sum := sha256.Sum256(body)
	return `"` + base64.RawURLEncoding.EncodeToString(sum[:16]) + `"`
}

// Conditions are the preconditions that a request states. The store has no dates of
// modification, so that those of dates are ignored, as RFC 9110, sections 13.1.3 and
// 13.1.4, wants it.
type Conditions struct{ ifMatch, ifNoneMatch *list }

// Verdict is what the preconditions of a request say about a representation.
type Verdict int

// The verdicts.
const (
	Proceed Verdict = iota
	// Failed means that the method must not be performed: 412.
	Failed
	// Known means that whoever asks has the representation: 304 for GET and HEAD.
	Known
)

// Read reads the preconditions of a request.
func Read(header http.Header) Conditions {
	return Conditions{read(header, "If-Match"), read(header, "If-None-Match")}
}

// Judge evaluates the preconditions for a representation with that tag, in the order
// of RFC 9110, section 13.2.2. An empty tag stands for a representation that has
// none, which only * matches.
func (c Conditions) Judge(tag string) Verdict {
	switch {
	case c.ifMatch != nil && !c.ifMatch.names(tag):
		return Failed
	case c.ifNoneMatch != nil && c.ifNoneMatch.namesWeakly(tag):
		return Known
	}
	return Proceed
}

// Expects reports whether the request must not be performed where there is no
// representation at all (RFC 9110, section 13.1.1).
func (c Conditions) Expects() bool { return c.ifMatch != nil }

// list is the value of a precondition: entity tags, or any.
type list struct {
	any  bool
	tags []string
}

// read returns nil for a header that is not there. What is no entity tag matches
// nothing.
func read(header http.Header, name string) *list {
	lines := header.Values(name)
	if len(lines) == 0 {
		return nil
	}
	text := strings.TrimSpace(strings.Join(lines, ","))
	if text == "*" {
		return &list{any: true}
	}
	return &list{tags: tagsOf(text)}
}

// tagsOf reads a list of entity tags. A comma may be part of one.
func tagsOf(text string) []string {
	var tags []string
	for text != "" {
		start := strings.IndexByte(text, '"')
		if start < 0 {
			break
		}
		end := strings.IndexByte(text[start+1:], '"')
		if end < 0 {
			break
		}
		end += start + 2
		tag := text[start:end]
		if strings.HasSuffix(text[:start], weak) {
			tag = weak + tag
		}
		tags = append(tags, tag)
		text = text[end:]
	}
	return tags
}

const weak = "W/"

// names compares strongly: a weak tag is never the same (RFC 9110, section 8.8.3.2).
func (l *list) names(tag string) bool { return l.any || slices.Contains(l.tags, tag) }

func (l *list) namesWeakly(tag string) bool {
	return l.any || tag != "" && (slices.Contains(l.tags, tag) || slices.Contains(l.tags, weak+tag))
}
