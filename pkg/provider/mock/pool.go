package mock

import (
	"math/rand/v2"
	"sync"
)

// pool proposes addresses: first those given back, then one after another, so that a
// network is used up before the next is begun. It is only this process's guess: an
// address belongs to the server whose document was written with it, on the condition
// that nobody had it. So concurrent creates never wait for a common document, and an
// address that another process took costs one more try.
type pool struct {
	mu    sync.Mutex
	next  int // the number of the first address that was not proposed yet
	freed []string
}

// take proposes an address. After the last one it guesses: addresses that came back
// to other processes are somewhere.
func (p *pool) take() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if last := len(p.freed) - 1; last >= 0 {
		ip := p.freed[last]
		p.freed = p.freed[:last]
		return ip
	}
	if p.next == addresses {
		return address(rand.N(addresses))
	}
	p.next++
	return address(p.next - 1)
}

// give brings an address back.
func (p *pool) give(ip string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.freed = append(p.freed, ip)
}

// position is the number of the first address that was not proposed yet.
func (p *pool) position() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.next
}

// skip goes on from that number, unless the pool is there already.
func (p *pool) skip(to int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.next = max(p.next, min(to, addresses))
}
