//go:build !ringfence_static

package ringfencetest_test

import (
	"context"
	"path/filepath"
	"testing"

	ringfence "example.org/ringfence/bindings/go"
	"example.org/ringfence/bindings/go/examples/mapstore"
	"example.org/ringfence/bindings/go/ringfencetest"
)

func TestTheStoreInMemoryHoldsEveryLineOfTheContract(t *testing.T) {
	ringfencetest.StoreContract(t, ringfencetest.StoreMaker{
		Open: func() (ringfence.Store, error) { return ringfence.OpenStore("memory:") },
	})
}

func TestAStoreOfGoInFrontOfSQLiteHoldsEveryLineOfTheContract(t *testing.T) {
	folder, number := t.TempDir(), 0
	open := func() (ringfence.Store, error) {
		db, err := ringfence.OpenStore("sqlite:" + filepath.Join(folder, string(rune('a'+number/26))+string(rune('a'+number%26))))
		if err != nil {
			return nil, err
		}
		return inFront{db}, nil
	}
	ringfencetest.StoreContract(t, ringfencetest.StoreMaker{
		Open:   func() (ringfence.Store, error) { number++; return open() },
		Reopen: open,
	})
}

// inFront passes everything on, through Go and back.
type inFront struct{ *ringfence.DB }

// Which lines find a fault is the contract's to say; that one does is what is tested here.
func TestAWrongStoreDoesNotHoldTheContract(t *testing.T) {
	for name, store := range map[string]func() ringfence.Store{
		"forgets messages": func() ringfence.Store { return forgetful{mapstore.New()} },
		"never conflicts":  func() ringfence.Store { return agreeable{mapstore.New()} },
		"panics":           func() ringfence.Store { return panicking{mapstore.New()} },
	} {
		t.Run(name, func(t *testing.T) {
			ringfence.OnDefect(func(ringfence.Defect) {})
			defer ringfence.OnDefect(nil)
			found := 0
			for line := 0; line < 10; line++ {
				found += len(ringfencetest.CheckStoreContractLine(line, ringfencetest.StoreMaker{
					Open: func() (ringfence.Store, error) { return store(), nil },
				}))
			}
			if found == 0 {
				t.Error("the contract found nothing")
			}
		})
	}
}

type forgetful struct{ *mapstore.Store }

func (f forgetful) Commit(ctx context.Context, change *ringfence.ChangeSet) (ringfence.CommitOutcome, error) {
	changed := *change
	changed.Puts = nil
	changed.Messages = nil
	return f.Store.Commit(ctx, &changed)
}

type agreeable struct{ *mapstore.Store }

func (a agreeable) Commit(ctx context.Context, change *ringfence.ChangeSet) (ringfence.CommitOutcome, error) {
	outcome, err := a.Store.Commit(ctx, change)
	if outcome == ringfence.CommitConflict {
		outcome = ringfence.CommitCommitted
	}
	return outcome, err
}

type panicking struct{ *mapstore.Store }

func (panicking) Load(context.Context, []ringfence.Key) ([]*ringfence.Loaded, error) { panic("no") }

func TestAMakerThatPanicsOrFailsIsToldOfAndEndsNothing(t *testing.T) {
	for _, open := range []func() (ringfence.Store, error){
		func() (ringfence.Store, error) { panic("no") },
		func() (ringfence.Store, error) { return nil, ringfence.ErrStoreUnavailable },
		func() (ringfence.Store, error) { return nil, nil },
	} {
		if len(ringfencetest.CheckStoreContractLine(0, ringfencetest.StoreMaker{Open: open})) == 0 {
			t.Error("nothing was told")
		}
	}
	if len(ringfencetest.CheckStoreContractLine(100000, ringfencetest.StoreMaker{})) == 0 {
		t.Error("there is no such line, and nothing was told")
	}
}
