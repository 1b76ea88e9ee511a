package dashboard

import (
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io"
	"net/http"
	"path"
	"strings"

	"agentstore/pkg/fault"
	"agentstore/pkg/web"
)

// Everything that a page loads comes from the store itself. A file has the hash of its
// content in its name, so that browsers keep it for a year and still never show an old
// one.

//go:embed assets
var files embed.FS

// asset is a file that pages load.
type asset struct {
	content   []byte
	mediaType string
	path      string
}

var (
	styleAsset   = newAsset("style.css", "text/css; charset=utf-8")
	htmxAsset    = newAsset("htmx.js", "text/javascript; charset=utf-8")
	liveAsset    = newAsset("live.js", "text/javascript; charset=utf-8")
	iconsAsset   = newAsset("icons.svg", "image/svg+xml")
	faviconAsset = newAsset("favicon.svg", "image/svg+xml")
)

func newAsset(name, mediaType string) asset {
	content := embedded(name)
	sum := sha256.Sum256(content)
	extension := path.Ext(name)
	hashed := strings.TrimSuffix(name, extension) + "." + hex.EncodeToString(sum[:6]) + extension
	return asset{content, mediaType, strings.Replace(web.AssetPath, "{file}", hashed, 1)}
}

// embedded is a file of the program. A large one is packed in it.
func embedded(name string) []byte {
	content, err := files.ReadFile("assets/" + name)
	if err == nil {
		return content
	}
	packed, err := files.Open("assets/" + name + ".gz")
	if err != nil {
		panic(err) // it is embedded
	}
	unpacking, err := gzip.NewReader(packed)
	if err != nil {
		panic(err) // it is packed
	}
	content, err = io.ReadAll(unpacking)
	if err != nil {
		panic(err)
	}
	return content
}

// asset serves a file.
func (s Site) asset(w http.ResponseWriter, r *http.Request, _ *web.Entry) error {
	for _, a := range []asset{styleAsset, htmxAsset, liveAsset, iconsAsset, faviconAsset} {
		if a.path == r.URL.Path {
			w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
			web.Write(w, http.StatusOK, a.mediaType, a.content)
			return nil
		}
	}
	return fault.New(fault.NotFound, "There is no such file.").Fix("Load the page again: it names the files that it needs.")
}
