package ringfence

// #include "shim.h"
import "C"

import (
	"errors"
	"fmt"
	"log"
	"runtime"
	"runtime/cgo"
	"runtime/debug"
	"sync/atomic"
)

// A plug is a part of the host that the library calls. C has its number, a cgo.Handle, until it calls destroy: then
// nobody needs the part any more.
type plug struct {
	part     interface{}
	detached func() // called when the library has let go of it, unless nil
}

// plugged counts the parts that C has a number of, for the tests.
var plugged atomic.Int64

// attach gives C a part. If C does not take it, destroy is not called.
func attach(part interface{}, detached func(), give func(C.uintptr_t, *C.ringfence_error) C.int32_t) error {
	number := cgo.NewHandle(&plug{part, detached})
	plugged.Add(1)
	err := try(func(e *C.ringfence_error) C.int32_t { return give(C.uintptr_t(number), e) })
	if err != nil {
		number.Delete()
		plugged.Add(-1)
	}
	return err
}

//export ringfenceGoDestroy
func ringfenceGoDestroy(context C.uintptr_t) {
	guarded("Close", false, func() bool {
		number := cgo.Handle(context)
		was := number.Value().(*plug)
		number.Delete()
		plugged.Add(-1)
		if was.detached != nil {
			was.detached()
		}
		return true
	})
}

func part(context C.uintptr_t) interface{} { return cgo.Handle(context).Value().(*plug).part }

// A Defect is what a part of the host did wrong: it panicked, or a commit failed with an error, which the library has no
// other way to tell of.
type Defect struct {
	Where string      // Which function, e.g. "Store.Commit".
	Err   error       // What it failed with; of a panic, what is known of it that can be logged.
	Panic interface{} // What it panicked with, if it did. It may hold what must not be logged.
	Stack []byte      // From where, if it panicked.
}

var onDefect atomic.Value // func(Defect)

// OnDefect says who is told of defects from now on, instead of the standard logger; nil brings that back. Called from any
// goroutine, several at once.
func OnDefect(tell func(Defect)) { onDefect.Store(tell) }

func report(defect Defect) {
	defer func() { _ = recover() }() // who tells of defects must not be one
	if tell, ok := onDefect.Load().(func(Defect)); ok && tell != nil {
		tell(defect)
		return
	}
	log.Printf("ringfence: %s: %v", defect.Where, defect.Err)
}

// guarded calls a part of the host. A panic counts as its failure: Go must not unwind the frames of C++.
func guarded[Result any](where string, failed Result, work func() Result) (result Result) {
	done := false
	result = failed
	defer func() {
		thrown := recover()
		if done {
			return
		}
		// The value may be anything, an address or a code too; the errors of the runtime are harmless.
		err := fmt.Errorf("panicked with a %T", thrown)
		if thrown == nil {
			err = errors.New("panicked with nil, or ended its goroutine")
		} else if known, ok := thrown.(runtime.Error); ok {
			err = fmt.Errorf("panicked: %w", known)
		}
		report(Defect{Where: where, Err: err, Panic: thrown, Stack: debug.Stack()})
	}()
	result = work()
	done = true
	return result
}

// answer writes what a part of the host answers.
func answer(out C.ringfence_out, bytes []byte) bool {
	return C.ringfence_out_write(out, raw(bytes)) == C.RINGFENCE_OK
}
