package ringfence

// #include "shim.h"
import "C"

import (
	"encoding/json"
	"errors"

	"example.org/ringfence/bindings/go/internal/bridge"
)

// A store as the library wants it: the caller frees it when what it was wanted for is made.
func plugStore(store Store, detached func()) (C.ringfence_store, error) {
	if store == nil {
		return C.ringfence_store{}, &Error{Status: ErrInvalidArgument, Next: FixSetup, Text: "the store is nil"}
	}
	var made C.ringfence_store
	err := attach(store, detached, func(context C.uintptr_t, e *C.ringfence_error) C.int32_t {
		return C.ringfence_go_store(context, &made, e)
	})
	return made, err
}

// storeFor gives a store of the library as it is, and any other one as a plug; `free` undoes that.
func storeFor(store Store) (made C.ringfence_store, free func(), err error) {
	if db, ok := store.(*DB); ok {
		made, err = db.c()
		return made, func() {}, err
	}
	made, err = plugStore(store, nil)
	return made, func() { C.ringfence_store_free(made) }, err
}

func init() {
	// For ringfencetest, whose C types are not those of this package: a handle that C frees. The store is closed with it.
	bridge.StoreHandle = func(store interface{}) (uint64, error) {
		if db, ok := store.(*DB); ok {
			if id := db.take(); id != 0 {
				return uint64(id), nil
			}
			return 0, errClosed("the store")
		}
		of, _ := store.(Store)
		made, err := plugStore(of, func() {
			if closer, ok := store.(interface{ Close() error }); ok {
				if err := closer.Close(); err != nil {
					report(Defect{Where: "Store.Close", Err: err})
				}
			}
		})
		return uint64(made.id), err
	}
}

// refused gives the status of what a function of a store failed with, and writes why.
func refused(err error, otherwise Status, out C.ringfence_out) C.int32_t {
	answer(out, []byte(err.Error()))
	for _, status := range []Status{ErrStoreUnavailable, ErrStoreCorrupt, ErrWrongProcess, ErrOutcomeUnknown} {
		if errors.Is(err, status) {
			return C.int32_t(status)
		}
	}
	return C.int32_t(otherwise)
}

// answered gives C what a store answers.
func answered(value interface{}, err error, otherwise Status, out C.ringfence_out) C.int32_t {
	if err != nil {
		return refused(err, otherwise, out)
	}
	written, err := encode(value)
	if err != nil {
		return refused(err, otherwise, out)
	}
	if !answer(out, written) {
		return C.int32_t(otherwise)
	}
	return C.RINGFENCE_OK
}

//export ringfenceGoLoad
func ringfenceGoLoad(context C.uintptr_t, keys C.ringfence_string, deadline C.int64_t, out C.ringfence_out) C.int32_t {
	return guarded("Store.Load", C.int32_t(C.RINGFENCE_STORE_UNAVAILABLE), func() C.int32_t {
		var wanted []Key
		if err := json.Unmarshal(view(keys), &wanted); err != nil {
			return refused(err, ErrStoreUnavailable, out)
		}
		ctx, cancel := limited(deadline)
		defer cancel()
		loaded, err := part(context).(Store).Load(ctx, wanted)
		return answered(append([]*Loaded{}, loaded...), err, ErrStoreUnavailable, out)
	})
}

//export ringfenceGoCommit
func ringfenceGoCommit(context C.uintptr_t, change C.ringfence_string, deadline C.int64_t) C.int32_t {
	return guarded("Store.Commit", C.int32_t(C.RINGFENCE_COMMIT_UNKNOWN), func() C.int32_t {
		var wanted ChangeSet
		if err := json.Unmarshal(view(change), &wanted); err != nil {
			report(Defect{Where: "Store.Commit", Err: err})
			return C.RINGFENCE_COMMIT_UNAVAILABLE
		}
		ctx, cancel := limited(deadline)
		defer cancel()
		outcome, err := part(context).(Store).Commit(ctx, &wanted)
		if err != nil {
			report(Defect{Where: "Store.Commit", Err: err})
			if outcome == CommitCommitted {
				outcome = CommitUnknown
			}
		}
		return C.int32_t(outcome)
	})
}

//export ringfenceGoTake
func ringfenceGoTake(context C.uintptr_t, now, lease C.int64_t, max, index, of C.int32_t, out C.ringfence_out) C.int32_t {
	return guarded("Store.Take", C.int32_t(C.RINGFENCE_OUTCOME_UNKNOWN), func() C.int32_t {
		messages, err := part(context).(Store).Take(int64(now), int64(lease), int(max), Share{int(index), int(of)})
		return answered(append([]StoredMessage{}, messages...), err, ErrOutcomeUnknown, out)
	})
}

//export ringfenceGoSettle
func ringfenceGoSettle(context C.uintptr_t, settlements C.ringfence_string, out C.ringfence_out) C.int32_t {
	return guarded("Store.Settle", C.int32_t(C.RINGFENCE_OUTCOME_UNKNOWN), func() C.int32_t {
		var settled []Settlement
		err := json.Unmarshal(view(settlements), &settled)
		if err == nil {
			err = part(context).(Store).Settle(settled)
		}
		if err != nil {
			return refused(err, ErrOutcomeUnknown, out)
		}
		return C.RINGFENCE_OK
	})
}

//export ringfenceGoMessages
func ringfenceGoMessages(context C.uintptr_t, account *C.ringfence_account, max C.int32_t, deadline C.int64_t, out C.ringfence_out) C.int32_t {
	return guarded("Store.Messages", C.int32_t(C.RINGFENCE_STORE_UNAVAILABLE), func() C.int32_t {
		ctx, cancel := limited(deadline)
		defer cancel()
		messages, err := part(context).(Store).Messages(ctx, accountOf(account), int(max))
		return answered(append([]StoredMessage{}, messages...), err, ErrStoreUnavailable, out)
	})
}

//export ringfenceGoGivenUp
func ringfenceGoGivenUp(context C.uintptr_t, createdAt C.int64_t, id C.ringfence_string, max C.int32_t, deadline C.int64_t, out C.ringfence_out) C.int32_t {
	return guarded("Store.GivenUp", C.int32_t(C.RINGFENCE_STORE_UNAVAILABLE), func() C.int32_t {
		ctx, cancel := limited(deadline)
		defer cancel()
		messages, err := part(context).(Store).GivenUp(ctx, MessagePlace{int64(createdAt), copied(id)}, int(max))
		return answered(append([]StoredMessage{}, messages...), err, ErrStoreUnavailable, out)
	})
}

//export ringfenceGoOutbox
func ringfenceGoOutbox(context C.uintptr_t, now, deadline C.int64_t, out C.ringfence_out) C.int32_t {
	return guarded("Store.Outbox", C.int32_t(C.RINGFENCE_STORE_UNAVAILABLE), func() C.int32_t {
		ctx, cancel := limited(deadline)
		defer cancel()
		state, err := part(context).(Store).Outbox(ctx, int64(now))
		return answered(state, err, ErrStoreUnavailable, out)
	})
}

//export ringfenceGoSweep
func ringfenceGoSweep(context C.uintptr_t, now, settledBefore C.int64_t, max C.int32_t, out C.ringfence_out) C.int32_t {
	return guarded("Store.Sweep", C.int32_t(C.RINGFENCE_OUTCOME_UNKNOWN), func() C.int32_t {
		removed, err := part(context).(Store).Sweep(int64(now), int64(settledBefore), int(max))
		return answered(removed, err, ErrOutcomeUnknown, out)
	})
}

func accountOf(account *C.ringfence_account) Account {
	return Account{Realm: copied(account.realm), ID: copied(account.id)}
}
