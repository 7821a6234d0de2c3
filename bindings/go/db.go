package ringfence

// #include "shim.h"
import "C"

import (
	"context"
	"encoding/json"
	"math"
	"runtime/cgo"
)

// A DB is a store that ringfence brings. It is a Store, so that one of your own can stand in front of it.
type DB struct{ handle }

var _ Store = (*DB)(nil)

// OpenStore opens a store:
//
//	"memory:"           in memory; it forgets everything when it is closed
//	"sqlite:PATH"       a database of SQLite, made if it is not there; for one process
//	"postgresql://..."  PostgreSQL; MigrateStore has made the tables
//
// It refuses with ErrInvalidArgument what is none of these, with ErrStoreInUse, ErrStoreForeign, ErrStoreNewer,
// ErrStoreOlder, ErrStoreCorrupt, ErrStoreUnavailable what cannot be opened.
func OpenStore(url string) (*DB, error) {
	var opened C.ringfence_store
	err := try(func(e *C.ringfence_error) C.int32_t { return C.ringfence_store_open(str(url), &opened, e) })
	if err != nil {
		return nil, err
	}
	db := &DB{}
	db.open(opened.id)
	return db, nil
}

// MigrateStore makes the tables of ringfence in PostgreSQL, or brings them up to date, with a role that may do that. Of
// any other store it does nothing: it is up to date when it is open.
func MigrateStore(url string) error {
	return try(func(e *C.ringfence_error) C.int32_t { return C.ringfence_store_migrate(str(url), e) })
}

func (d *DB) c() (C.ringfence_store, error) {
	if d != nil {
		if id := d.get(); id != 0 {
			return C.ringfence_store{id: id}, nil
		}
	}
	return C.ringfence_store{}, errClosed("the store")
}

// Close closes the store, once the last service and dispatcher on it are closed. It never fails.
func (d *DB) Close() error {
	if d == nil {
		return nil
	}
	if id := d.take(); id != 0 {
		C.ringfence_store_free(C.ringfence_store{id: id})
	}
	return nil
}

// ask calls the store with what a context leaves; the answer, if there is one, is read into it.
func (d *DB) ask(ctx context.Context, into interface{},
	call func(C.ringfence_store, C.int64_t, *C.ringfence_text, *C.ringfence_error) C.int32_t) error {
	deadline, err := remaining(ctx)
	if err != nil {
		return err
	}
	store, err := d.c()
	if err != nil {
		return err
	}
	var answer C.ringfence_text
	if err := try(func(e *C.ringfence_error) C.int32_t { return call(store, deadline, &answer, e) }); err != nil {
		return ended(ctx, err)
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(taken(answer), into)
}

// Load is Store.Load.
func (d *DB) Load(ctx context.Context, keys []Key) ([]*Loaded, error) {
	wanted, err := encode(append([]Key{}, keys...))
	if err != nil {
		return nil, notJSON(err)
	}
	var loaded []*Loaded
	err = d.ask(ctx, &loaded, func(s C.ringfence_store, deadline C.int64_t, out *C.ringfence_text, e *C.ringfence_error) C.int32_t {
		return C.ringfence_store_load(s, raw(wanted), deadline, out, e)
	})
	return loaded, err
}

// Commit is Store.Commit. An error with CommitUnavailable says that this is no change set, that the context is over, or
// that the store is closed.
func (d *DB) Commit(ctx context.Context, change *ChangeSet) (CommitOutcome, error) {
	if change == nil {
		return CommitUnavailable, &Error{Status: ErrInvalidArgument, Next: FixSetup, Text: "the change set is nil"}
	}
	written, err := encode(change)
	if err != nil {
		return CommitUnavailable, notJSON(err)
	}
	outcome := C.int32_t(C.RINGFENCE_COMMIT_UNAVAILABLE)
	err = d.ask(ctx, nil, func(s C.ringfence_store, deadline C.int64_t, _ *C.ringfence_text, e *C.ringfence_error) C.int32_t {
		return C.ringfence_store_commit(s, raw(written), deadline, &outcome, e)
	})
	return CommitOutcome(outcome), err
}

// Take is Store.Take.
func (d *DB) Take(now, lease int64, max int, share Share) ([]StoredMessage, error) {
	var messages []StoredMessage
	err := d.ask(nil, &messages, func(s C.ringfence_store, _ C.int64_t, out *C.ringfence_text, e *C.ringfence_error) C.int32_t {
		return C.ringfence_store_take(s, C.int64_t(now), C.int64_t(lease), number(max), number(share.Index), number(share.Of), out, e)
	})
	return messages, err
}

// Settle is Store.Settle.
func (d *DB) Settle(settlements []Settlement) error {
	written, err := encode(append([]Settlement{}, settlements...))
	if err != nil {
		return notJSON(err)
	}
	return d.ask(nil, nil, func(s C.ringfence_store, _ C.int64_t, _ *C.ringfence_text, e *C.ringfence_error) C.int32_t {
		return C.ringfence_store_settle(s, raw(written), e)
	})
}

// Messages is Store.Messages.
func (d *DB) Messages(ctx context.Context, account Account, max int) ([]StoredMessage, error) {
	var messages []StoredMessage
	err := d.ask(ctx, &messages, func(s C.ringfence_store, deadline C.int64_t, out *C.ringfence_text, e *C.ringfence_error) C.int32_t {
		return C.go_store_messages(s, account.c(), number(max), deadline, out, e)
	})
	return messages, err
}

// GivenUp is Store.GivenUp.
func (d *DB) GivenUp(ctx context.Context, after MessagePlace, max int) ([]StoredMessage, error) {
	var messages []StoredMessage
	err := d.ask(ctx, &messages, func(s C.ringfence_store, deadline C.int64_t, out *C.ringfence_text, e *C.ringfence_error) C.int32_t {
		return C.ringfence_store_given_up(s, C.int64_t(after.CreatedAt), str(after.ID), number(max), deadline, out, e)
	})
	return messages, err
}

// Outbox is Store.Outbox.
func (d *DB) Outbox(ctx context.Context, now int64) (OutboxState, error) {
	var state OutboxState
	err := d.ask(ctx, &state, func(s C.ringfence_store, deadline C.int64_t, out *C.ringfence_text, e *C.ringfence_error) C.int32_t {
		return C.ringfence_store_outbox(s, C.int64_t(now), deadline, out, e)
	})
	return state, err
}

// Sweep is Store.Sweep.
func (d *DB) Sweep(now, settledBefore int64, max int) (int, error) {
	var removed C.int32_t
	err := d.ask(nil, nil, func(s C.ringfence_store, _ C.int64_t, _ *C.ringfence_text, e *C.ringfence_error) C.int32_t {
		return C.ringfence_store_sweep(s, C.int64_t(now), C.int64_t(settledBefore), number(max), &removed, e)
	})
	return int(removed), err
}

// Health says why the last write failed, or nil. Of SQLite only; refused with ErrInvalidArgument of other stores, as the
// next two are.
func (d *DB) Health() error {
	return d.ask(nil, nil, func(s C.ringfence_store, _ C.int64_t, _ *C.ringfence_text, e *C.ringfence_error) C.int32_t {
		return C.ringfence_store_health(s, e)
	})
}

// IntegrityCheck reads everything. It refuses with ErrStoreCorrupt, and says what to do.
func (d *DB) IntegrityCheck() error {
	return d.ask(nil, nil, func(s C.ringfence_store, _ C.int64_t, _ *C.ringfence_text, e *C.ringfence_error) C.int32_t {
		return C.ringfence_store_integrity_check(s, e)
	})
}

// A Backup says how a backup is made; the zero value does as is usual.
type Backup struct {
	PagesPerStep int                            // Of 4 KiB, copied at once; 0: as many as is usual.
	Progress     func(left, of int) (goOn bool) // Called between the steps, unless nil; false gives the backup up.
}

// BackUp copies the database to a new file while it is in use. When the context ends it gives up between two steps.
func (d *DB) BackUp(ctx context.Context, path string, how Backup) error {
	if ctx == nil {
		ctx = context.Background()
	}
	if how.PagesPerStep < 0 {
		return &Error{Status: ErrInvalidArgument, Next: FixSetup, Text: "the pages of a step are negative"}
	}
	between := cgo.NewHandle(func(left, of int) bool {
		return ctx.Err() == nil && (how.Progress == nil || how.Progress(left, of))
	})
	defer between.Delete()
	err := d.ask(ctx, nil, func(s C.ringfence_store, _ C.int64_t, _ *C.ringfence_text, e *C.ringfence_error) C.int32_t {
		return C.ringfence_go_back_up(s, str(path), number(how.PagesPerStep), C.uintptr_t(between), e)
	})
	if err != nil && ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

//export ringfenceGoBackupGoesOn
func ringfenceGoBackupGoesOn(context C.uintptr_t, left, of C.int32_t) C.int32_t {
	return guarded("Backup.Progress", 0, func() C.int32_t {
		return flag(cgo.Handle(context).Value().(func(int, int) bool)(int(left), int(of)))
	})
}

func notJSON(err error) error {
	return &Error{Status: ErrInvalidArgument, Next: FixSetup, Text: "this cannot be written as JSON: " + err.Error()}
}

// number gives C an int that may not fit: what does not is as large, or as small, as it can be.
func number(n int) C.int32_t {
	if n > math.MaxInt32 {
		return math.MaxInt32
	}
	if n < math.MinInt32 {
		return math.MinInt32
	}
	return C.int32_t(n)
}
