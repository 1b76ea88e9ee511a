package mock

import (
	"errors"
	"net/netip"
)

const addressPrefix = "address/"

// networks are where addresses come from, in this order. Nobody routes them: three
// are for documentation (RFC 5737), and the large one is for benchmarks (RFC 2544).
var networks = []netip.Prefix{
	netip.MustParsePrefix("198.51.100.0/24"),
	netip.MustParsePrefix("203.0.113.0/24"),
	netip.MustParsePrefix("192.0.2.0/24"),
	netip.MustParsePrefix("198.18.0.0/15"),
}

// firstHost is the host that a network begins with: the hosts below it come last.
const firstHost = 42

// addresses is how many there are.
var addresses = func() (sum int) {
	for _, network := range networks {
		sum += hosts(network)
	}
	return sum
}()

var errNoAddress = errors.New("mock: no address is left in 198.51.100.0/24, 203.0.113.0/24, 192.0.2.0/24 and 198.18.0.0/15")

// address is the one of that number, from 0 up to the count of addresses.
func address(number int) string {
	for _, network := range networks {
		if number < hosts(network) {
			return host(network, (number+firstHost-1)%hosts(network)+1)
		}
		number -= hosts(network)
	}
	panic("mock: there is no address of that number")
}

// hosts is how many a network has: its own address and its broadcast address are none.
func hosts(network netip.Prefix) int { return 1<<(32-network.Bits()) - 2 }

func host(network netip.Prefix, number int) string {
	ip := network.Addr().As4()
	for i := len(ip) - 1; number > 0; i-- {
		number += int(ip[i])
		ip[i] = byte(number)
		number >>= 8
	}
	return netip.AddrFrom4(ip).String()
}
