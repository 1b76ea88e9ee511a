package hetzner_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"agentstore/internal/test/hetznerfake"
	"agentstore/pkg/product/server"
	"agentstore/pkg/shop"
)

// gone deletes the server as the worker does, and returns how it ended.
func (w *world) gone(t *testing.T) error {
	t.Helper()
	for range 60 {
		err := w.Delete(t.Context(), server.Ref{Label: label})
		var pending *shop.Pending
		if !errors.As(err, &pending) {
			return err
		}
		w.pass(pending.After)
	}
	t.Fatal("deleting has no end")
	return nil
}

// A server goes with its addresses, even if somebody has said that these stay.
func TestDelete(t *testing.T) {
	t.Parallel()
	w := prepared(t, false)
	w.cloud.Keep()
	if err := w.gone(t); !errors.Is(err, server.ErrNoMachine) {
		t.Errorf("the error is %v", err)
	}
	expectSame(t, "servers", len(w.cloud.Servers()), 0)
	expectSame(t, "addresses", w.cloud.Addresses(), 0)
}

func TestDeleteLosesAnyCall(t *testing.T) {
	t.Parallel()
	whole := prepared(t, false)
	first := len(whole.cloud.Calls()) + 1
	if err := whole.gone(t); !errors.Is(err, server.ErrNoMachine) {
		t.Fatal(err)
	}
	for n := first; n <= len(whole.cloud.Calls()); n++ {
		for _, after := range []bool{false, true} {
			w := prepared(t, false)
			w.cloud.Keep()
			w.cloud.Fault = func(c hetznerfake.Call) hetznerfake.Fault {
				return hetznerfake.Fault{Lost: c.N == n, After: after}
			}
			for !errors.Is(w.gone(t), server.ErrNoMachine) {
				w.pass(time.Second)
			}
			expectSame(t, fmt.Sprint("servers after losing call ", n), len(w.cloud.Servers()), 0)
			expectSame(t, fmt.Sprint("addresses after losing call ", n), w.cloud.Addresses(), 0)
			expectSame(t, fmt.Sprint("deletes after losing call ", n), w.commands("delete_server"), 1)
		}
	}
}

// One that is locked is deleted once it is free, and one that is protected not at all.
func TestDeleteWaits(t *testing.T) {
	t.Parallel()
	w := prepared(t, false)
	number := w.only(t).ID
	w.cloud.Lock(number, true)
	var pending *shop.Pending
	if err := w.Delete(t.Context(), server.Ref{Label: label}); !errors.As(err, &pending) {
		t.Errorf("a locked one: %v", err)
	}
	w.cloud.Lock(number, false)
	w.cloud.Protect(number)
	if err := w.Delete(t.Context(), server.Ref{Label: label}); !errors.Is(err, server.ErrRefused) {
		t.Errorf("a protected one: %v", err)
	}
	expectSame(t, "servers", len(w.cloud.Servers()), 1)
}

// The list has each server of the store, page by page, and nobody else's.
func TestList(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var want []server.Label
	for i := range 120 {
		one := spec()
		one.Label = server.Label(fmt.Sprintf("%s%03d", label[:len(label)-3], i))
		want = append(want, one.Label)
		_, err := w.Create(t.Context(), one)
		expectOK(t, err)
	}
	w.cloud.Strip(w.cloud.Servers()[119].ID) // as a server of somebody else
	var got []server.Label
	expectOK(t, w.List(t.Context(), func(l server.Listed) error {
		got = append(got, l.Label)
		return nil
	}))
	expectSame(t, "labels", got, want[:119])
	enough := errors.New("enough")
	if err := w.List(t.Context(), func(server.Listed) error { return enough }); !errors.Is(err, enough) {
		t.Errorf("the error is %v", err)
	}
}

func TestRead(t *testing.T) {
	t.Parallel()
	w := prepared(t, false)
	w.cloud.Fault = at("PUT", 0, hetznerfake.Fault{Code: "server_error"}) // it changes nothing
	status, err := w.Read(t.Context(), server.Ref{Label: label}, "status", nil)
	expectOK(t, err)
	expectSame(t, "status", string(status), `{"status":"running","locked":false,"type":"cx23","image":"debian-12"}`)
}
