//go:build !ringfence_static

package ringfencetest

// #cgo pkg-config: ringfence-testing
// #include <stdint.h>
// #include <ringfence_testing.h>
//
// int32_t ringfencetest_check(size_t line, uintptr_t context, int32_t another, int32_t reopen);
import "C"

import (
	"runtime/cgo"
	"sync"
	"testing"
	"unsafe"

	ringfence "example.org/ringfence/bindings/go"
	"example.org/ringfence/bindings/go/internal/bridge"
)

// A StoreMaker opens the store that is tested. What it gives is closed, if it has a method Close, when the contract is
// done with it. It must not end its goroutine: return errors.
type StoreMaker struct {
	// Open gives a store with nothing in it. Called once for each line of the contract.
	Open func() (ringfence.Store, error)
	// Another gives a second handle on the same records, as another process would have it; nil: there can be only one.
	Another func() (ringfence.Store, error)
	// Reopen gives what the store has kept, after it was closed; nil: it keeps nothing.
	Reopen func() (ringfence.Store, error)
}

// StoreContract puts every line of the contract of stores to a store, each as a subtest of its name. One line at a time
// runs in a process.
func StoreContract(t *testing.T, maker StoreMaker) {
	t.Helper()
	lines := C.ringfence_testing_store_contract_lines()
	if lines == 0 {
		t.Fatal("the contract has no lines")
	}
	for line := C.size_t(0); line < lines; line++ {
		line := line
		t.Run(C.GoString(C.ringfence_testing_store_contract_line(line)), func(t *testing.T) {
			for _, failure := range CheckStoreContractLine(int(line), maker) {
				t.Error(failure)
			}
		})
	}
}

// CheckStoreContractLine puts one line to a store and gives what does not hold; nothing if all does.
func CheckStoreContractLine(line int, maker StoreMaker) []string {
	tested := &tested{maker: maker}
	number := cgo.NewHandle(tested)
	defer number.Delete()
	flag := func(open func() (ringfence.Store, error)) C.int32_t {
		if open == nil {
			return 0
		}
		return 1
	}
	holds := C.ringfencetest_check(C.size_t(line), C.uintptr_t(number), flag(maker.Another), flag(maker.Reopen))
	tested.mutex.Lock()
	defer tested.mutex.Unlock()
	switch {
	case holds < 0:
		return append(tested.failures, "there is no such line")
	case holds == 0 && len(tested.failures) == 0:
		return []string{"it does not hold"}
	}
	return tested.failures
}

type tested struct {
	maker    StoreMaker
	mutex    sync.Mutex
	failures []string
}

func (t *tested) fail(why string) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	t.failures = append(t.failures, why)
}

// give opens a store and hands it to C, which frees it.
func (t *tested) give(what string, open func() (ringfence.Store, error), out *C.ringfence_store) C.int32_t {
	store, err := open()
	if err == nil {
		var id uint64
		if id, err = bridge.StoreHandle(store); err == nil {
			out.id = C.uint64_t(id)
			return C.RINGFENCE_OK
		}
	}
	t.fail(what + ": " + err.Error())
	return C.RINGFENCE_STORE_UNAVAILABLE
}

func testedAt(context C.uintptr_t) *tested { return cgo.Handle(context).Value().(*tested) }

//export ringfencetestOpen
func ringfencetestOpen(context C.uintptr_t, which C.int32_t, out *C.ringfence_store) (status C.int32_t) {
	of := testedAt(context)
	name := [...]string{"Open", "Another", "Reopen"}[which]
	defer func() {
		if recover() != nil {
			of.fail(name + " panicked")
			status = C.RINGFENCE_STORE_UNAVAILABLE
		}
	}()
	return of.give(name, [...]func() (ringfence.Store, error){of.maker.Open, of.maker.Another, of.maker.Reopen}[which], out)
}

//export ringfencetestFailed
func ringfencetestFailed(context C.uintptr_t, what C.ringfence_string) {
	testedAt(context).fail(string(unsafe.Slice((*byte)(unsafe.Pointer(what.data)), int(what.size))))
}
