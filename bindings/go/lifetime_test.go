package ringfence_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"sync"
	"testing"
	"time"

	ringfence "example.org/ringfence/bindings/go"
	"example.org/ringfence/bindings/go/ringfencetest"
)

var (
	_ io.Closer = (*ringfence.Service)(nil)
	_ io.Closer = (*ringfence.Dispatcher)(nil)
	_ io.Closer = (*ringfence.DB)(nil)
	_ io.Closer = (*ringfence.KeyRing)(nil)
	_ io.Closer = (*ringfence.Policy)(nil)
	_ io.Closer = (*ringfence.Step)(nil)
)

// Every method of what has a Close, of an object that is nil, was never made, or is closed. None panics, and each that can
// fail says why.
func TestWhatIsClosedRefusesEverything(t *testing.T) {
	keys := ringfencetest.Keys(t)
	db := must[*ringfence.DB](t)(ringfence.OpenStore("memory:"))
	policy := must[*ringfence.Policy](t)(ringfence.NewPolicy(nil))
	service := must[*ringfence.Service](t)(ringfence.NewService(ringfence.Config{Store: db, Keys: keys, Policy: policy}))
	dispatcher := must[*ringfence.Dispatcher](t)(service.NewDispatcher(ringfence.DispatcherConfig{SenderURL: "console:", EventsURL: "console:"}))
	step := must[*ringfence.Step](t)(ringfence.NewStep(nil, ringfence.Command{"step": "settings", "id": "ann"}, call))
	objects := []io.Closer{service, dispatcher, db, keys, policy, step}
	for _, object := range objects {
		ok(t, object.Close())
	}
	for _, object := range objects {
		kind := reflect.TypeOf(object)
		for state, value := range map[string]reflect.Value{
			"closed": reflect.ValueOf(object), "nil": reflect.Zero(kind), "never made": reflect.New(kind.Elem()),
		} {
			for i := 0; i < kind.NumMethod(); i++ {
				method := kind.Method(i)
				t.Run(fmt.Sprint(kind.Elem().Name(), ".", method.Name, " ", state), func(t *testing.T) { refusesToWork(t, value, method) })
			}
		}
	}
	_, err := ringfence.NewService(ringfence.Config{Store: db, Keys: keys})
	closedError(t, err)
	_, err = ringfence.NewService(ringfence.Config{Store: service.Store(), Keys: keys})
	closedError(t, err)
	_, err = ringfence.ParsePhone(policy, ringfence.AddressInput{Text: oldPhone})
	closedError(t, err)
	open := must[*ringfence.DB](t)(ringfence.OpenStore("memory:"))
	defer open.Close()
	_, err = ringfence.NewService(ringfence.Config{Store: open, Keys: keys})
	closedError(t, err)
}

// Of what is plain data a method that takes a pointer takes nil, too.
func TestAPointerToNothingIsNothing(t *testing.T) {
	var view *ringfence.FlowView
	var change *ringfence.ChangeSet
	var secret *ringfence.Secret
	var refusal *ringfence.Error
	equal(t, "whether no view is accepted", view.Accepted() || view.Done(), false)
	equal(t, "whether no change set is well-formed", change.WellFormed(), false)
	equal(t, "what no secret reveals", secret.Reveal(), "")
	equal(t, "whether no refusal is one", refusal.Is(ringfence.ErrLimited), false)
	ok(t, refusal.Unwrap())
	equal(t, "what no refusal says", refusal.Error(), "ringfence: no error")
	for _, into := range []json.Unmarshaler{
		change, (*ringfence.Key)(nil), (*ringfence.StoredMessage)(nil), (*ringfence.Settlement)(nil), (*ringfence.AuditEntry)(nil),
	} {
		if into.UnmarshalJSON([]byte("{}")) == nil {
			t.Errorf("%T reads into nothing", into)
		}
	}
}

// refusesToWork calls a method with arguments that say nothing: a context that is nil, functions that are nil, structs
// with nothing in them.
func refusesToWork(t *testing.T, object reflect.Value, method reflect.Method) {
	arguments := []reflect.Value{object}
	for i := 1; i < method.Type.NumIn(); i++ {
		of := method.Type.In(i)
		if of.Kind() == reflect.Ptr {
			arguments = append(arguments, reflect.New(of.Elem()))
		} else {
			arguments = append(arguments, reflect.Zero(of))
		}
	}
	results := method.Func.Call(arguments)
	last := results[len(results)-1]
	switch err := last.Interface().(type) {
	case error:
		closedError(t, err)
	case ringfence.Store: // Service.Store is the one that has no error to give: what it gives has.
		_, err2 := err.Outbox(ctx, 1)
		closedError(t, err2)
	default:
		equal(t, "what gives no error", method.Name, "Close")
	}
}

func closedError(t *testing.T, err error) {
	t.Helper()
	if !errors.Is(err, ringfence.ErrClosed) || !errors.Is(err, ringfence.ErrInvalidArgument) {
		t.Errorf("it gives %v", err)
	}
}

func TestAContextThatIsOverGivesItsErrorAndNothingIsDone(t *testing.T) {
	store := faultyStore(t)
	world := ringfencetest.New(t, ringfencetest.WithStore(store))
	ann := world.Register("ann", oldPhone)
	store.load = func(context.Context, []ringfence.Key) ([]*ringfence.Loaded, error) {
		t.Error("it was asked")
		return nil, ringfence.ErrStoreUnavailable
	}
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	expired, cancel := context.WithDeadline(ctx, time.Now().Add(-time.Second))
	defer cancel()
	for over, want := range map[context.Context]error{cancelled: context.Canceled, expired: context.DeadlineExceeded} {
		if _, err := world.Service.Settings(over, ann, call); err != want {
			t.Errorf("it gives %v", err)
		}
		if _, err := world.Dispatcher.Pump(over); err != want {
			t.Errorf("a pump gives %v", err)
		}
		if _, err := store.Store.Load(over, nil); err != want {
			t.Errorf("a load gives %v", err)
		}
	}
}

func TestTheDeadlineOfAContextReachesTheStore(t *testing.T) {
	store := faultyStore(t)
	world := ringfencetest.New(t, ringfencetest.WithStore(store))
	ann := world.Register("ann", oldPhone)
	var left time.Duration
	limited := false
	store.load = func(ctx context.Context, keys []ringfence.Key) ([]*ringfence.Loaded, error) {
		var deadline time.Time
		deadline, limited = ctx.Deadline()
		left = time.Until(deadline)
		return store.Store.Load(ctx, keys)
	}
	must[ringfence.SecuritySettings](t)(world.Service.Settings(ctx, ann, call))
	equal(t, "whether it is limited", limited, false)
	//nolint:staticcheck // nil is taken for no context at all
	must[ringfence.SecuritySettings](t)(world.Service.Settings(nil, ann, call))
	hour, cancel := context.WithTimeout(ctx, time.Hour)
	defer cancel()
	must[ringfence.SecuritySettings](t)(world.Service.Settings(hour, ann, call))
	if !limited || left > time.Hour+time.Second || left < 59*time.Minute {
		t.Errorf("%v are left of an hour", left)
	}
}

func TestACommitThatIsUnderWayIsNotInterrupted(t *testing.T) {
	store := faultyStore(t)
	world := ringfencetest.New(t, ringfencetest.WithStore(store))
	ann := world.Register("ann", oldPhone)
	ending, cancel := context.WithCancel(ctx)
	defer cancel()
	store.commit = func(ctx context.Context, change *ringfence.ChangeSet) (ringfence.CommitOutcome, error) {
		cancel()
		return store.Store.Commit(ctx, change)
	}
	flow, err := world.Service.BeginChangePhone(ending, ann, ringfence.Phone, ringfence.NumberChanged, call)
	ok(t, err)
	must[ringfence.FlowView](t)(world.Service.View(ctx, flow.Flow, call))
	// What the context may have to do with is told as such; what it has not, is not.
	store.commit = func(context.Context, *ringfence.ChangeSet) (ringfence.CommitOutcome, error) {
		return ringfence.CommitUnknown, nil
	}
	ending, cancel = context.WithCancel(ctx)
	defer cancel()
	store.load = func(ctx context.Context, keys []ringfence.Key) ([]*ringfence.Loaded, error) {
		cancel()
		return store.Store.Load(ctx, keys)
	}
	_, err = world.Service.LockAccount(ending, ann, "x", call)
	refuses(t, err, ringfence.ErrOutcomeUnknown)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("the context is not told of: %v", err)
	}
	ending, cancel = context.WithCancel(ctx)
	defer cancel()
	_, err = world.Service.Settings(ending, ringfence.Account{ID: "nobody"}, call)
	refuses(t, err, ringfence.ErrAccountNotFound)
	if errors.Is(err, context.Canceled) {
		t.Error("the context is told of")
	}
}

// The library measures by the clock it was given, so a test can let the deadline pass for it alone.
func TestADeadlineThatOnlyTheLibrarySawPassIsThatOfTheContext(t *testing.T) {
	store := faultyStore(t)
	world := ringfencetest.New(t, ringfencetest.WithStore(store))
	ann := world.Register("ann", oldPhone)
	hour, cancel := context.WithTimeout(ctx, time.Hour)
	defer cancel()
	store.load = func(ctx context.Context, keys []ringfence.Key) ([]*ringfence.Loaded, error) {
		world.Clock.Advance(2 * time.Hour)
		return store.Store.Load(ctx, keys)
	}
	_, err := world.Service.LockAccount(hour, ann, "x", call)
	refuses(t, err, ringfence.ErrBusy)
	if !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		t.Errorf("it gives %v", err)
	}
	// Who is refused for another reason is not told of the deadline.
	store.load = nil
	store.commit = func(context.Context, *ringfence.ChangeSet) (ringfence.CommitOutcome, error) {
		return ringfence.CommitConflict, nil
	}
	_, err = world.Service.LockAccount(hour, ann, "x", call)
	refuses(t, err, ringfence.ErrBusy)
	if errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a conflict gives %v", err)
	}
}

// A late context learns only afterwards that its deadline has passed, as one does whose timer has not run yet.
type late struct {
	context.Context
	deadline time.Time
}

func (l *late) Deadline() (time.Time, bool) { return l.deadline, true }

func TestADeadlineThatHasPassedIsToldOfBeforeTheContextKnowsIt(t *testing.T) {
	store := faultyStore(t)
	world := ringfencetest.New(t, ringfencetest.WithStore(store))
	ann := world.Register("ann", oldPhone)
	for outcome, status := range map[ringfence.CommitOutcome]ringfence.Status{
		ringfence.CommitUnavailable: ringfence.ErrStoreUnavailable, ringfence.CommitUnknown: ringfence.ErrOutcomeUnknown,
	} {
		ending := &late{ctx, time.Now().Add(time.Hour)}
		store.commit = func(context.Context, *ringfence.ChangeSet) (ringfence.CommitOutcome, error) {
			ending.deadline = time.Now()
			return outcome, nil
		}
		_, err := world.Service.LockAccount(ending, ann, "x", call)
		refuses(t, err, status)
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("it gives %v", err)
		}
	}
}

func TestRunPumpsUntilItsContextEnds(t *testing.T) {
	world := ringfencetest.New(t)
	ann := world.Register("ann", oldPhone)
	must[ringfence.FlowView](t)(world.Service.BeginChangePhone(ctx, ann, ringfence.Phone, ringfence.NumberChanged, call))
	ending, cancel := context.WithCancel(ctx)
	world.Sent.AnswerWith(func(*ringfence.Message) ringfence.SendResult {
		cancel()
		return ringfence.SendResult{Outcome: ringfence.SendAccepted}
	})
	if err := world.Dispatcher.Run(ending, time.Hour, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("it ends with %v", err)
	}
	equal(t, "what was sent", len(world.Sent.All()), 1)
}

func TestRunTellsWhatFailsAndGoesOn(t *testing.T) {
	failing := &sometimes{Store: faultyStore(t)}
	world := ringfencetest.New(t, ringfencetest.WithStore(failing))
	ending, cancel := context.WithCancel(ctx)
	defer cancel()
	failures := 0
	err := world.Dispatcher.Run(ending, time.Millisecond, func(err error) {
		refuses(t, err, ringfence.ErrStoreUnavailable)
		if failures++; failures == 3 {
			cancel()
		}
	})
	equal(t, "the end", errors.Is(err, context.Canceled), true)
}

type sometimes struct{ ringfence.Store }

func (sometimes) Take(int64, int64, int, ringfence.Share) ([]ringfence.StoredMessage, error) {
	return nil, fmt.Errorf("the disk: %w", ringfence.ErrStoreUnavailable)
}

// Many goroutines share everything, and some of it is closed in between: for -race, and for crashes.
func TestManyGoroutinesShareAServiceThatIsClosedUnderThem(t *testing.T) {
	world := ringfencetest.New(t, ringfencetest.WithPolicy(`{"sends_by_source": [{"count": 100, "span_ms": 3600000}]}`))
	const people = 8
	for i := 0; i < people; i++ {
		world.Register(fmt.Sprint("user", i), fmt.Sprintf("+861391234367%d", i))
	}
	var wait sync.WaitGroup
	done := make(chan error, people)
	for i := 0; i < people; i++ {
		wait.Add(1)
		go func(i int) {
			defer wait.Done()
			own := ringfence.Call{Session: fmt.Sprint("session", i)}
			phone := fmt.Sprintf("+861391234367%d", i)
			flow, err := world.Service.BeginChangePhone(ctx, ringfence.Account{ID: fmt.Sprint("user", i)}, ringfence.Phone, ringfence.NumberChanged, own)
			if err != nil {
				done <- err
				return
			}
			for world.Sent.LastCode(phone) == "" {
				if _, err := world.Dispatcher.Pump(ctx); err != nil {
					done <- err
					return
				}
			}
			view, err := world.Service.ProveIdentity(ctx, flow.Flow, world.Sent.LastCode(phone), own)
			if err == nil && !view.Accepted() {
				err = errors.New("the code is not accepted")
			}
			done <- err
		}(i)
	}
	wait.Wait()
	for i := 0; i < people; i++ {
		ok(t, <-done)
	}
	for i := 0; i < people; i++ {
		wait.Add(1)
		go func(i int) {
			defer wait.Done()
			for n := 0; n < 50; n++ {
				_, err := world.Service.Settings(ctx, ringfence.Account{ID: fmt.Sprint("user", i)}, ringfence.Call{})
				if err != nil && !errors.Is(err, ringfence.ErrInvalidArgument) {
					t.Error(err)
				}
				if i == 0 && n == 25 {
					_ = world.Service.Close()
					_ = world.Dispatcher.Close()
				}
				_, err = world.Dispatcher.Pump(ctx)
				if err != nil && !errors.Is(err, ringfence.ErrInvalidArgument) {
					t.Error(err)
				}
			}
		}(i)
	}
	wait.Wait()
}
