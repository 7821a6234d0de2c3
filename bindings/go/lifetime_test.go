package ringfence_test

import (
	"context"
	"errors"
	"fmt"
	"io"
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

// What every method does when its object is closed, or was never made.
func TestWhatIsClosedRefusesEverything(t *testing.T) {
	for _, closed := range []bool{true, false} {
		t.Run(fmt.Sprint("closed ", closed), func(t *testing.T) {
			var service *ringfence.Service
			var dispatcher *ringfence.Dispatcher
			var db *ringfence.DB
			var keys *ringfence.KeyRing
			var policy *ringfence.Policy
			var step *ringfence.Step
			if closed {
				keys = ringfencetest.Keys(t)
				db = must[*ringfence.DB](t)(ringfence.OpenStore("memory:"))
				policy = must[*ringfence.Policy](t)(ringfence.NewPolicy(nil))
				service = must[*ringfence.Service](t)(ringfence.NewService(ringfence.Config{Store: db, Keys: keys, Policy: policy}))
				dispatcher = must[*ringfence.Dispatcher](t)(service.NewDispatcher(ringfence.DispatcherConfig{SenderURL: "console:", EventsURL: "console:"}))
				step = must[*ringfence.Step](t)(ringfence.NewStep(nil, ringfence.Command{"step": "settings", "id": "ann"}, call))
			}
			for i := 0; i < 2; i++ { // once more does nothing
				for _, one := range []io.Closer{service, dispatcher, db, keys, policy, step} {
					ok(t, one.Close())
				}
			}
			ann := ringfence.Account{ID: "ann"}
			calls := map[string]func() error{
				"SetPolicy":       func() error { return service.SetPolicy(policy) },
				"Policy":          func() error { _, err := service.Policy(); return err },
				"Health":          func() error { _, err := service.Health(); return err },
				"RegisterAccount": func() error { _, err := service.RegisterAccount(ctx, ringfence.Registration{}, call); return err },
				"ImportAccounts": func() error {
					_, err := service.ImportAccounts(ctx, make([]ringfence.Registration, 2), call)
					return err
				},
				"Settings":        func() error { _, err := service.Settings(ctx, ann, call); return err },
				"ExportAccount":   func() error { _, err := service.ExportAccount(ctx, ann, call); return err },
				"Audit":           func() error { _, _, err := service.Audit(ctx, ann, ringfence.AuditQuery{}, call); return err },
				"ProveIdentity":   func() error { _, err := service.ProveIdentity(ctx, "flow", "code", call); return err },
				"UseGrant":        func() error { _, err := service.UseGrant(ctx, "flow", "operation", call); return err },
				"Appeal":          func() error { _, err := service.Appeal(ctx, ann, call); return err },
				"Notify":          func() error { _, err := service.Notify(ctx, ann, ringfence.Notice{}, call); return err },
				"NewDispatcher":   func() error { _, err := service.NewDispatcher(ringfence.DispatcherConfig{}); return err },
				"Pump":            func() error { _, err := dispatcher.Pump(ctx); return err },
				"Run":             func() error { return dispatcher.Run(ctx, time.Hour, nil) },
				"delivery Health": func() error { _, err := dispatcher.Health(); return err },
				"Load":            func() error { _, err := db.Load(ctx, nil); return err },
				"Commit":          func() error { _, err := db.Commit(ctx, &ringfence.ChangeSet{}); return err },
				"Take":            func() error { _, err := db.Take(1, 1, 1, ringfence.Share{Of: 1}); return err },
				"Settle":          func() error { return db.Settle(nil) },
				"Messages":        func() error { _, err := db.Messages(ctx, ann, 1); return err },
				"Outbox":          func() error { _, err := db.Outbox(ctx, 1); return err },
				"Sweep":           func() error { _, err := db.Sweep(1, 1, 1); return err },
				"store Health":    func() error { return db.Health() },
				"BackUp":          func() error { return db.BackUp(ctx, "x", ringfence.Backup{}) },
				"JSON":            func() error { _, err := policy.JSON(); return err },
				"Needs":           func() error { _, err := step.Needs(); return err },
				"Add":             func() error { return step.Add(nil) },
				"Question":        func() error { _, err := step.Question(); return err },
				"ConcludeFlow":    func() error { _, err := step.ConcludeFlow(ringfence.CommitCommitted); return err },
			}
			if closed {
				calls["NewService"] = func() error { _, err := ringfence.NewService(ringfence.Config{Store: db, Keys: keys}); return err }
				calls["Reload"] = keys.Reload
				calls["ParsePhone"] = func() error {
					_, err := ringfence.ParsePhone(policy, ringfence.AddressInput{Text: oldPhone})
					return err
				}
				open := must[*ringfence.DB](t)(ringfence.OpenStore("memory:"))
				defer open.Close()
				calls["closed keys"] = func() error { _, err := ringfence.NewService(ringfence.Config{Store: open, Keys: keys}); return err }
			}
			for name, do := range calls {
				if err := do(); !errors.Is(err, ringfence.ErrClosed) || !errors.Is(err, ringfence.ErrInvalidArgument) {
					t.Errorf("%s gives %v", name, err)
				}
			}
		})
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
