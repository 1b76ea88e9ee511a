package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// connection keeps one connection to the store alive. It writes the bytes of its
// requests itself and looks for two words in the answers, because the load shares
// its processors with the store that it measures.
type connection struct {
	host    string
	conn    net.Conn
	reader  *bufio.Reader
	request []byte
	answer  bytes.Buffer
}

// answerTime is how long the store may take for an answer.
const answerTime = 30 * time.Second

// newConnection will be one to the store of that address.
func newConnection(store string) (*connection, error) {
	at, err := url.Parse(store)
	if err != nil || at.Scheme != "http" || at.Path != "" {
		return nil, fmt.Errorf("%q is not the address of a store, such as http://127.0.0.1:3000", store)
	}
	return &connection{host: at.Host}, nil
}

// post sends a body and returns the status and the body of the answer, which is good
// until the next call.
func (c *connection) post(ctx context.Context, path, key string, body []byte) (int, []byte, error) {
	status, err := c.exchange(ctx, path, key, body)
	if err != nil {
		c.close()
	}
	return status, c.answer.Bytes(), err
}

func (c *connection) exchange(ctx context.Context, path, key string, body []byte) (int, error) {
	if c.conn == nil {
		conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", c.host)
		if err != nil {
			return 0, err
		}
		c.conn, c.reader = conn, bufio.NewReader(conn)
	}
	c.request = append(c.request[:0], "POST "...)
	c.request = append(c.request, path...)
	c.request = append(c.request, " HTTP/1.1\r\nHost: "...)
	c.request = append(c.request, c.host...)
	c.request = append(c.request, "\r\nAuthorization: Bearer "...)
	c.request = append(c.request, key...)
	c.request = append(c.request, "\r\nContent-Type: application/json\r\nContent-Length: "...)
	c.request = strconv.AppendInt(c.request, int64(len(body)), 10)
	c.request = append(c.request, "\r\n\r\n"...)
	c.request = append(c.request, body...)
	if err := c.conn.SetDeadline(time.Now().Add(answerTime)); err != nil {
		return 0, err
	}
	if _, err := c.conn.Write(c.request); err != nil {
		return 0, err
	}
	res, err := http.ReadResponse(c.reader, nil)
	if err != nil {
		return 0, err
	}
	c.answer.Reset()
	_, err = io.Copy(&c.answer, res.Body)
	if err == nil && res.Close {
		c.close()
	}
	return res.StatusCode, err
}

func (c *connection) close() {
	if c.conn != nil {
		c.conn.Close()
		c.conn = nil
	}
}

// memberText finds the first text of that name in JSON, as the store writes it.
func memberText(body []byte, name string) string {
	_, rest, _ := bytes.Cut(body, []byte(`"`+name+`":"`))
	text, _, _ := bytes.Cut(rest, []byte(`"`))
	return string(text)
}
