package web

import (
	"net/http"

	"agentstore/pkg/api"
	"agentstore/pkg/etag"
)

// What caches may do with an answer (RFC 9111, section 5.2.2). Whoever has a key, or
// a session, may lose it at any moment, so that no cache answers for the store: it
// asks each time, and is told in a few bytes that nothing has changed.
const (
	// AskFirst is for what everybody may see.
	AskFirst = "no-cache"
	// OwnAskFirst is for what only this caller may: caches that others share keep
	// nothing.
	OwnAskFirst = "private, no-cache"
	// Briefly is for documents that hardly ever change.
	Briefly = "public, max-age=300"
)

// Show sends a representation with its entity tag, unless whoever asks has it already
// (RFC 9110, section 15.4.5). It returns precondition_failed.
func Show(w http.ResponseWriter, r *http.Request, contentType, caching string, body []byte) error {
	tag := etag.Of(body)
	verdict := etag.Read(r.Header).Judge(tag)
	if verdict == etag.Failed {
		return api.PreconditionFailed()
	}
	w.Header().Set("ETag", tag)
	w.Header().Set("Cache-Control", caching)
	if verdict == etag.Known {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	Write(w, http.StatusOK, contentType, body)
	return nil
}

// ShowOnce sends what has no entity tag, and may be kept nowhere. Its length is known
// only to whoever sees it. It returns precondition_failed.
func ShowOnce(w http.ResponseWriter, r *http.Request, contentType string, body []byte) error {
	switch verdict := etag.Read(r.Header).Judge(""); {
	case verdict == etag.Failed:
		return api.PreconditionFailed()
	case verdict == etag.Known:
		w.WriteHeader(http.StatusNotModified)
	case r.Method == http.MethodHead:
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(http.StatusOK)
	default:
		Write(w, http.StatusOK, contentType, body)
	}
	return nil
}
