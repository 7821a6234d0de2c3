package ringfence

// #include "shim.h"
import "C"

import "sync/atomic"

// A handle names an object of the library. It is closed once, by whoever comes first; calls that are under way then end
// as usual, since the library keeps what they work with.
//
// There are no finalizers. What is open may hold the lock of a database, and holds the host's own parts, which C names by
// a cgo.Handle: an object that is forgotten would be freed at some garbage collection or, in a circle of parts, never.
// Close says when.
type handle struct{ id atomic.Uint64 }

func (h *handle) open(id C.uint64_t) { h.id.Store(uint64(id)) }

// get gives the name; 0 when it is closed.
func (h *handle) get() C.uint64_t {
	if h == nil {
		return 0
	}
	return C.uint64_t(h.id.Load())
}

// take closes: the name is given once.
func (h *handle) take() C.uint64_t {
	if h == nil {
		return 0
	}
	return C.uint64_t(h.id.Swap(0))
}
