// Package inmemory is a DynamoDB in this process, for the local store and for
// tests: minidyn behind the real client. It opens no port, and its data go with
// the process.
package inmemory

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"runtime/debug"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/truora/minidyn/server"
)

// Config is the AWS configuration of a new, empty DynamoDB. Pass it to a client
// together with Endpoint.
func Config() aws.Config {
	return aws.Config{
		Region:      "local",
		Credentials: credentials.NewStaticCredentialsProvider("local", "local", ""),
		HTTPClient:  handlerClient{server.NewServer()},
	}
}

// Endpoint is a name that nobody resolves.
const Endpoint = "http://minidyn.invalid"

// handlerClient is an HTTP client whose every request goes to one handler, by a
// function call.
type handlerClient struct{ handler http.Handler }

// Do implements the HTTP client of the SDK.
func (c handlerClient) Do(r *http.Request) (res *http.Response, err error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	// As in net/http, a panic of the handler ends the request and nothing else.
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("minidyn panicked: %v\n%s", cause, debug.Stack())
		}
	}()
	answer := &recorder{header: make(http.Header), status: http.StatusOK}
	c.handler.ServeHTTP(answer, r)
	return &http.Response{
		StatusCode: answer.status, Header: answer.header, Request: r,
		Body: io.NopCloser(&answer.body), ContentLength: int64(answer.body.Len()),
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}, nil
}

type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (r *recorder) Header() http.Header         { return r.header }
func (r *recorder) WriteHeader(status int)      { r.status = status }
func (r *recorder) Write(b []byte) (int, error) { return r.body.Write(b) }
