package web

import (
	"net/http"
	"strings"

	"agentstore/pkg/fault"
)

// CheckCoding returns unsupported_media_type for a body that is compressed, and tells
// the client what is taken instead (RFC 9110, sections 8.4 and 15.5.16).
func CheckCoding(w http.ResponseWriter, r *http.Request) error {
	for _, line := range r.Header.Values("Content-Encoding") {
		for coding := range strings.SplitSeq(line, ",") {
			coding = strings.TrimSpace(coding)
			if coding == "" || strings.EqualFold(coding, identity) {
				continue
			}
			w.Header().Set("Accept-Encoding", identity)
			return fault.New(fault.UnsupportedMediaType, "The header Content-Encoding says %+.40q, but bodies are taken only as they are.", coding).
				Fix("Send the body uncompressed, and leave Content-Encoding out.")
		}
	}
	return nil
}

const identity = "identity"
