package conformance

import (
	"encoding/base64"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
)

const (
	// pixel is a PNG of one pixel, in base64.
	pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg=="
	// silence is a WAV of one sample, in base64.
	silence = "UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQIAAAA="
)

func text(s string) *sdk.TextContent { return &sdk.TextContent{Text: s} }

func image() *sdk.ImageContent {
	return &sdk.ImageContent{Data: decoded(pixel), MIMEType: "image/png"}
}

func audio() *sdk.AudioContent {
	return &sdk.AudioContent{Data: decoded(silence), MIMEType: "audio/wav"}
}

func embedded(uri string) *sdk.EmbeddedResource {
	return &sdk.EmbeddedResource{Resource: plain(uri, "This is an embedded resource.")}
}

func plain(uri, s string) *sdk.ResourceContents {
	return &sdk.ResourceContents{URI: uri, MIMEType: "text/plain", Text: s}
}

func decoded(s string) []byte {
	data, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return data
}
