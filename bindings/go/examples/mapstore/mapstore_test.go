//go:build !ringfence_static

package mapstore_test

import (
	"testing"

	ringfence "example.org/ringfence/bindings/go"
	"example.org/ringfence/bindings/go/examples/mapstore"
	"example.org/ringfence/bindings/go/ringfencetest"
)

// Everything is in one map, so another handle on it, and the store reopened, is the same one again.
func maker() ringfencetest.StoreMaker {
	var store *mapstore.Store
	again := func() (ringfence.Store, error) { return store, nil }
	return ringfencetest.StoreMaker{
		Open:    func() (ringfence.Store, error) { store = mapstore.New(); return store, nil },
		Another: again,
		Reopen:  again,
	}
}

func TestTheStoreHoldsEveryLineOfTheContract(t *testing.T) {
	ringfencetest.StoreContract(t, maker())
}
