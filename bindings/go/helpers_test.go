package ringfence_test

import (
	"context"
	"errors"
	"testing"

	ringfence "example.org/ringfence/bindings/go"
	"example.org/ringfence/bindings/go/ringfencetest"
)

const (
	oldPhone = "+8613912343672"
	newPhone = "+447700900123"
)

var (
	ctx  = context.Background()
	call = ringfence.Call{Session: "session", Source: "192.0.2.1"}
)

func must[T any](t testing.TB) func(T, error) T {
	return func(value T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

func ok(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func refuses(t testing.TB, err error, status ringfence.Status) {
	t.Helper()
	if !errors.Is(err, status) {
		t.Fatalf("it should be refused with %v, and gives %v", status, err)
	}
	var refusal *ringfence.Error
	if !errors.As(err, &refusal) || refusal.Status != status {
		t.Fatalf("%v is not an Error", err)
	}
}

func equal[T comparable](t testing.TB, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Fatalf("%s is %v, not %v", what, got, want)
	}
}

// began begins a change of ann's phone and proves her identity.
func began(t testing.TB, world *ringfencetest.World) ringfence.FlowView {
	t.Helper()
	ann := world.Register("ann", oldPhone)
	flow := must[ringfence.FlowView](t)(world.Service.BeginChangePhone(ctx, ann, ringfence.Phone, ringfence.NumberChanged, call))
	flow = must[ringfence.FlowView](t)(world.Service.ProveIdentity(ctx, flow.Flow, world.Code(oldPhone), call))
	equal(t, "the step", flow.Step, ringfence.StepSetTarget)
	return flow
}

// A faulty store is another one, but for what it is told to do instead.
type faulty struct {
	ringfence.Store
	load   func(context.Context, []ringfence.Key) ([]*ringfence.Loaded, error)
	commit func(context.Context, *ringfence.ChangeSet) (ringfence.CommitOutcome, error)
}

func (f *faulty) Load(ctx context.Context, keys []ringfence.Key) ([]*ringfence.Loaded, error) {
	if f.load != nil {
		return f.load(ctx, keys)
	}
	return f.Store.Load(ctx, keys)
}

func (f *faulty) Commit(ctx context.Context, change *ringfence.ChangeSet) (ringfence.CommitOutcome, error) {
	if f.commit != nil {
		return f.commit(ctx, change)
	}
	return f.Store.Commit(ctx, change)
}

func faultyStore(t testing.TB) *faulty {
	t.Helper()
	db := must[*ringfence.DB](t)(ringfence.OpenStore("memory:"))
	t.Cleanup(func() { ok(t, db.Close()) })
	return &faulty{Store: db}
}

// defects collects what is told to OnDefect until the test ends.
func defects(t testing.TB) <-chan ringfence.Defect {
	told := make(chan ringfence.Defect, 100)
	ringfence.OnDefect(func(defect ringfence.Defect) {
		select {
		case told <- defect:
		default:
		}
	})
	t.Cleanup(func() { ringfence.OnDefect(nil) })
	return told
}
