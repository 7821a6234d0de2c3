package ringfence

// #include "shim.h"
import "C"

import (
	"context"
	"time"
)

// A Call says who calls. All texts are opaque to ringfence; all may be empty, but a flow needs a session. The time that a
// call may take is that of its context.
type Call struct {
	Session        string // The host's session, 1-256 bytes: flows belong to it.
	Source         string // Where the call comes from, e.g. an IP prefix: sends are limited by it.
	RequestID      string // The same step asked again with the same id gets the reply it got.
	TraceID        string // Passed on to what is plugged in, for its logs.
	AttestedFactor string // A factor that the host has just checked in this session, e.g. "passkey".
}

// An Account names an account: the host's id of 1-128 bytes, in a realm (tenant) of 0-128 bytes.
type Account struct {
	Realm string
	ID    string
}

func (a Account) c() C.ringfence_account {
	return C.ringfence_account{realm: str(a.Realm), id: str(a.ID)}
}

func (c Call) c(deadline C.int64_t) C.ringfence_call {
	return C.ringfence_call{
		struct_size:     C.sizeof_ringfence_call,
		session:         str(c.Session),
		source:          str(c.Source),
		request_id:      str(c.RequestID),
		trace_id:        str(c.TraceID),
		attested_factor: str(c.AttestedFactor),
		deadline_ms:     deadline,
	}
}

// remaining gives the milliseconds that a context leaves, 0 if it has no deadline, and its error if it is over.
func remaining(ctx context.Context) (C.int64_t, error) {
	if ctx == nil {
		return 0, nil
	}
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	deadline, ok := ctx.Deadline()
	if !ok {
		return 0, nil
	}
	left := time.Until(deadline)
	if left <= 0 { // the context will notice in a moment
		return 0, context.DeadlineExceeded
	}
	ms := left / time.Millisecond
	if left%time.Millisecond != 0 { // rounded up, without a sum that a deadline far away would not survive
		ms++
	}
	return C.int64_t(ms), nil
}

// limited gives a callback the context of a deadline.
func limited(deadline C.int64_t) (context.Context, context.CancelFunc) {
	if deadline <= 0 {
		return context.Background(), func() {}
	}
	return context.WithTimeout(context.Background(), durationOf(deadline))
}
