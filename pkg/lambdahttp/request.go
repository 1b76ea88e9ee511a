package lambdahttp

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"github.com/aws/aws-lambda-go/events"

	"agentstore/pkg/fault"
)

// newRequest makes the request that an http.Server would have read from its
// connection. The error is an invalid_input fault.
func newRequest(ctx context.Context, event *events.APIGatewayV2HTTPRequest) (*http.Request, error) {
	method := event.RequestContext.HTTP.Method
	if !isToken(method) {
		return nil, fault.New(fault.InvalidInput, "The method of the request is not a valid HTTP method.").
			Fix("Send GET or POST, as the OpenAPI document says for the path.")
	}
	target, err := parseTarget(event)
	if err != nil {
		return nil, fault.New(fault.InvalidInput, "The path or the query of the request is not valid.").
			Fix("Percent-encode the path and the query (RFC 3986, section 2.1).")
	}
	host, header, ok := parseHeader(event)
	if !ok {
		return nil, fault.New(fault.InvalidInput, "A header of the request is not valid.").
			Fix("Send header names that are tokens, and values without control characters (RFC 9110, section 5.5).")
	}
	r, err := decode(method, event.Body, event.IsBase64Encoded)
	if err != nil {
		return nil, fault.New(fault.InvalidInput, "The body of the request is not valid base64.").
			Fix("Send the body as JSON in UTF-8.")
	}
	r.Method = method
	r.URL = target
	r.RequestURI = target.RequestURI()
	r.Host = host
	r.Header = header
	r.RemoteAddr = remoteAddr(event.RequestContext.HTTP.SourceIP)
	ctx = withRequestID(ctx, event.RequestContext.RequestID)
	if domain := event.RequestContext.DomainName; domain != "" {
		ctx = context.WithValue(ctx, http.LocalAddrContextKey, domainName(domain))
	}
	return r.WithContext(ctx), nil
}

// domainName is the local address of a request: the domain at which API Gateway
// has taken it. It is the gateway's own word, where the Host header is the
// client's.
type domainName string

// Network is the scheme of all requests that the gateway takes.
func (domainName) Network() string { return "https" }

func (d domainName) String() string { return string(d) }

var errNoPath = errors.New("the path does not begin with a slash")

// parseTarget reads path and query as net/http reads a request line: the URL has
// no scheme and no host, and "#" does not begin a fragment.
func parseTarget(event *events.APIGatewayV2HTTPRequest) (*url.URL, error) {
	path := event.RawPath
	if path == "" {
		path = "/" // RFC 9112, section 3.2.1
	}
	if path[0] != '/' {
		return nil, errNoPath
	}
	// A "?" can be here only if the gateway has decoded "%3F".
	target := strings.ReplaceAll(path, "?", "%3F")
	if event.RawQueryString != "" {
		target += "?" + event.RawQueryString
	}
	return url.ParseRequestURI(target)
}

// parseHeader gives the host of the request, and its header without the host. It
// refuses what net/http refuses: names and values that cannot be on the wire.
func parseHeader(event *events.APIGatewayV2HTTPRequest) (host string, _ http.Header, ok bool) {
	header := make(http.Header, len(event.Headers)+1)
	values := make([]string, 0, len(event.Headers)) // of all headers, in one allocation
	for name, value := range event.Headers {
		if !isToken(name) || !isFieldValue(value) {
			return "", nil, false
		}
		name = http.CanonicalHeaderKey(name)
		// API Gateway has joined repeated headers with commas. They cannot be cut
		// apart again, because a comma may as well be part of a value.
		if spelledTwice := header[name]; spelledTwice != nil {
			header[name] = append(spelledTwice, value)
			continue
		}
		values = append(values, value)
		header[name] = values[len(values)-1 : len(values) : len(values)]
	}
	if host = header.Get("Host"); host == "" {
		host = event.RequestContext.DomainName
	}
	header.Del("Host")
	if len(event.Cookies) > 0 {
		// One header for all of them: RFC 6265, section 5.4. It replaces a copy
		// among the headers, which other senders of this format may leave there.
		cookies := strings.Join(event.Cookies, "; ")
		header["Cookie"] = []string{cookies}
		return host, header, isFieldValue(cookies)
	}
	return host, header, true
}

// remoteAddr is an address as http.Request.RemoteAddr promises it, which
// net.SplitHostPort can take apart. The gateway does not tell the client's port,
// so it is 0; an unknown address leaves the host empty.
func remoteAddr(sourceIP string) string {
	ip, err := netip.ParseAddr(sourceIP)
	if err != nil {
		return ":0"
	}
	return netip.AddrPortFrom(ip, 0).String()
}
