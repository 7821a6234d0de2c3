// Package ringfence keeps which phone and which email an account may verify with and log in with, and changes them safely.
// It is the Go side of the library of the same name; README.md shows how it is built, and ringfence.h and ABI.md of the
// library have every detail.
//
//	service, err := ringfence.Open("sqlite:accounts.db", ringfence.Config{Keys: keys})
//	flow, err := service.BeginChangePhone(ctx, account, ringfence.Phone, ringfence.NumberChanged, call)
//	view, err := service.ProveIdentity(ctx, flow.Flow, code, call)
//
// Whatever has a Close method must be closed; closing twice does nothing. Nothing here uses finalizers: what is open may
// hold the lock of a database, and the parts of yours that the library calls.
//
// # Secrets
//
// The library wipes codes and keys in its own memory. Go cannot: a string is never wiped, and the garbage collector copies
// and keeps what it likes. So this package makes no strings of secrets by itself. A code that is presented is lent to the
// library from where it is. A code that is sent comes to a Sender as a Secret, which prints as *** and is wiped when Send
// returns. Keys go from a KeySource straight to the library's memory. What you Reveal, and what a KeySource holds, is
// yours to be careful with: no core dumps, no logs.
//
// # What you implement
//
// A Store, Sender, EventSink, RiskAdvisor, Observer, Clock, Entropy or KeySource is called by the library on the goroutine
// of the call that needs it. A panic in one does not reach the library: it counts as the failure of that function, so that
// nothing passes for a success that was none, and is told to OnDefect. runtime.Goexit cannot be stopped so: do not call it
// there (testing.T.FailNow does).
package ringfence
