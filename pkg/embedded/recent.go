package embedded

// recent are the most recently read or written items: wallets, budgets and keys are
// read by every purchase, and pebble has to look for them in several tables. An item
// that is not read again is dropped when the second generation after it is full.
type recent struct {
	young, old map[string][]byte
	size       int // of the young
}

// generation is the size of one, in bytes.
const generation = 8 << 20

func (r *recent) get(key []byte) (value []byte, ok bool) {
	if value, ok = r.young[string(key)]; ok {
		return value, true
	}
	if value, ok = r.old[string(key)]; ok {
		r.put(key, value)
	}
	return value, ok
}

func (r *recent) put(key, value []byte) {
	const overhead = 64 // of an entry, about
	if r.young == nil || r.size > generation {
		r.old, r.young, r.size = r.young, make(map[string][]byte), 0
	}
	r.young[string(key)] = value
	r.size += len(key) + len(value) + overhead
}

// write updates the items that it holds with what was written.
func (r *recent) write(changes changes) {
	for _, c := range changes {
		switch _, known := r.get(c.key); {
		case !known:
		case c.value == nil:
			delete(r.young, string(c.key))
			delete(r.old, string(c.key))
		default:
			r.put(c.key, c.value)
		}
	}
}
