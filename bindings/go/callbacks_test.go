package ringfence_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	ringfence "example.org/ringfence/bindings/go"
	"example.org/ringfence/bindings/go/examples/mapstore"
	"example.org/ringfence/bindings/go/ringfencetest"
)

func TestAPanicInACommitLeavesItsOutcomeUnknown(t *testing.T) {
	told := defects(t)
	store := faultyStore(t)
	world := ringfencetest.New(t, ringfencetest.WithStore(store))
	ann := world.Register("ann", oldPhone)
	store.commit = func(context.Context, *ringfence.ChangeSet) (ringfence.CommitOutcome, error) {
		panic("at the worst time")
	}
	_, err := world.Service.BeginChangePhone(ctx, ann, ringfence.Phone, ringfence.NumberChanged, call)
	refuses(t, err, ringfence.ErrOutcomeUnknown)
	defect := <-told
	equal(t, "where", defect.Where, "Store.Commit")
	equal(t, "what", fmt.Sprint(defect.Panic), "at the worst time")
	if strings.Contains(defect.Err.Error(), "worst") || !bytes.Contains(defect.Stack, []byte("callbacks_test.go")) {
		t.Errorf("the defect is %+v", defect)
	}
}

func TestAPanicInALoadChangesNothing(t *testing.T) {
	told := defects(t)
	store := faultyStore(t)
	world := ringfencetest.New(t, ringfencetest.WithStore(store))
	store.load = func(context.Context, []ringfence.Key) ([]*ringfence.Loaded, error) {
		var none map[int]int
		none[0]++
		return nil, nil
	}
	_, err := world.Service.Settings(ctx, ringfence.Account{ID: "ann"}, call)
	refuses(t, err, ringfence.ErrStoreUnavailable)
	var known runtime.Error
	if defect := <-told; !errors.As(defect.Err, &known) {
		t.Errorf("the defect is %+v", defect)
	}
}

func TestWhatACommitFailedWithIsToldAndCommittedWithAnErrorIsUnknown(t *testing.T) {
	told := defects(t)
	store := faultyStore(t)
	world := ringfencetest.New(t, ringfencetest.WithStore(store))
	ann := world.Register("ann", oldPhone)
	for outcome, status := range map[ringfence.CommitOutcome]ringfence.Status{
		ringfence.CommitCommitted: ringfence.ErrOutcomeUnknown, ringfence.CommitUnavailable: ringfence.ErrStoreUnavailable, 77: ringfence.ErrOutcomeUnknown,
	} {
		store.commit = func(context.Context, *ringfence.ChangeSet) (ringfence.CommitOutcome, error) {
			return outcome, errors.New("the disk")
		}
		_, err := world.Service.BeginChangePhone(ctx, ann, ringfence.Phone, ringfence.NumberChanged, call)
		refuses(t, err, status)
		equal(t, "what is told", (<-told).Err.Error(), "the disk")
	}
}

func TestAStoreThatReturnsGarbageIsCorruptAndNoSuccess(t *testing.T) {
	store := faultyStore(t)
	world := ringfencetest.New(t, ringfencetest.WithStore(store))
	ann := world.Register("ann", oldPhone)
	for name, loaded := range map[string][]*ringfence.Loaded{
		"nothing":          nil,
		"no record":        {{Record: json.RawMessage("null"), Version: "00c0ffee00c0ffee"}},
		"another record":   {{Record: json.RawMessage(`{"id":"bob"}`), Version: "00c0ffee00c0ffee"}},
		"no version":       {{Record: json.RawMessage(`{"id":"ann"}`)}},
		"a bad version":    {{Record: json.RawMessage(`{"id":"ann"}`), Version: "x"}},
		"version 0":        {{Record: json.RawMessage(`{"id":"ann"}`), Version: ringfence.NoVersion}},
		"unknown members":  {{Record: json.RawMessage(`{"id":"ann","x":1}`), Version: "00c0ffee00c0ffee"}},
		"an empty object":  {{Record: json.RawMessage(`{}`), Version: "00c0ffee00c0ffee"}},
		"too many records": {nil, nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			store.load = func(context.Context, []ringfence.Key) ([]*ringfence.Loaded, error) { return loaded, nil }
			_, err := world.Service.Settings(ctx, ann, call)
			refuses(t, err, ringfence.ErrStoreCorrupt)
		})
	}
	store.load = func(context.Context, []ringfence.Key) ([]*ringfence.Loaded, error) {
		return []*ringfence.Loaded{{Record: json.RawMessage("{"), Version: "00c0ffee00c0ffee"}}, nil
	}
	_, err := world.Service.Settings(ctx, ann, call)
	refuses(t, err, ringfence.ErrStoreUnavailable) // it is no JSON, so it could not even be written
}

// Every function of a store fails closed, whatever way it fails.
func TestEveryFunctionOfAStoreThatPanicsIsRefused(t *testing.T) {
	told := defects(t)
	keys := ringfencetest.Keys(t)
	sink := &ringfencetest.Recorder{}
	dispatcher := must[*ringfence.Dispatcher](t)(ringfence.NewDispatcher(ringfence.DispatcherConfig{Store: hopeless{}, Keys: keys, Sender: sink, Events: sink}))
	defer dispatcher.Close()
	_, err := dispatcher.Pump(ctx)
	refuses(t, err, ringfence.ErrOutcomeUnknown)
	equal(t, "where", (<-told).Where, "Store.Take")
	service := must[*ringfence.Service](t)(ringfence.NewService(ringfence.Config{Store: hopeless{}, Keys: keys}))
	defer service.Close()
	health := must[ringfence.Health](t)(service.Health())
	if health.Store == ringfence.StatusOK {
		t.Error("the store is well")
	}
	_, err = service.ExportAccount(ctx, ringfence.Account{ID: "ann"}, call)
	refuses(t, err, ringfence.ErrStoreUnavailable)
}

type hopeless struct{ ringfence.Store } // which is nil

func TestASettlementThatFailsLeavesTheMessageToItsLease(t *testing.T) {
	told := defects(t)
	store := unsettled{mapstore.New()}
	world := ringfencetest.New(t, ringfencetest.WithStore(store))
	ann := world.Register("ann", oldPhone)
	must[ringfence.FlowView](t)(world.Service.BeginChangePhone(ctx, ann, ringfence.Phone, ringfence.NumberChanged, call))
	_, err := world.Dispatcher.Pump(ctx)
	refuses(t, err, ringfence.ErrOutcomeUnknown)
	equal(t, "where", (<-told).Where, "Store.Settle")
	equal(t, "how often it was sent", len(world.Sent.All()), 1)
}

type unsettled struct{ *mapstore.Store }

func (unsettled) Settle([]ringfence.Settlement) error { panic("no") }

func TestASenderThatPanicsOrAnswersGarbageHasNotSent(t *testing.T) {
	told := defects(t)
	world := ringfencetest.New(t)
	ann := world.Register("ann", oldPhone)
	must[ringfence.FlowView](t)(world.Service.BeginChangePhone(ctx, ann, ringfence.Phone, ringfence.NumberChanged, call))
	for _, answer := range []func(*ringfence.Message) ringfence.SendResult{
		func(message *ringfence.Message) ringfence.SendResult { panic(message.Code.Reveal()) },
		func(*ringfence.Message) ringfence.SendResult { return ringfence.SendResult{Outcome: 99} },
		func(*ringfence.Message) ringfence.SendResult { return ringfence.SendResult{Reason: "a\x00b"} },
	} {
		world.Sent.AnswerWith(answer)
		done := must[ringfence.DispatchCounts](t)(world.Dispatcher.Pump(ctx))
		equal(t, "what the pump did", done, ringfence.DispatchCounts{Taken: 1, Deferred: 1})
		world.Clock.Advance(20 * time.Second)
	}
	equal(t, "where", (<-told).Where, "Sender.Send")
	world.Sent.AnswerWith(nil)
	world.Clock.Advance(20 * time.Second)
	done := must[ringfence.DispatchCounts](t)(world.Dispatcher.Pump(ctx))
	equal(t, "what the pump did", done, ringfence.DispatchCounts{Taken: 1, Accepted: 1})
	sent := world.Sent.All()
	equal(t, "the attempts", sent[0].Attempts, 4)
}

func TestASenderSaysWhenToTryAgainAndWhenNeverTo(t *testing.T) {
	world := ringfencetest.New(t)
	ann := world.Register("ann", oldPhone)
	must[ringfence.FlowView](t)(world.Service.BeginChangePhone(ctx, ann, ringfence.Phone, ringfence.NumberChanged, call))
	world.Sent.AnswerWith(func(*ringfence.Message) ringfence.SendResult {
		return ringfence.SendResult{Outcome: ringfence.SendTemporary, RetryAfter: 30 * time.Second, Reason: "the gateway is full"}
	})
	done := must[ringfence.DispatchCounts](t)(world.Dispatcher.Pump(ctx))
	equal(t, "what the pump did", done, ringfence.DispatchCounts{Taken: 1, Deferred: 1})
	messages := must[[]ringfence.StoredMessage](t)(world.Store.Messages(ctx, ann, 10))
	equal(t, "why", messages[0].Outcome, "the gateway is full")
	if due := messages[0].DueAt - world.Clock.Now().UnixMilli(); due < 30000 {
		t.Errorf("it is due in %d ms", due)
	}
	world.Clock.Advance(time.Minute)
	world.Sent.AnswerWith(func(*ringfence.Message) ringfence.SendResult {
		return ringfence.SendResult{Outcome: ringfence.SendPermanent, Reason: "no such number"}
	})
	done = must[ringfence.DispatchCounts](t)(world.Dispatcher.Pump(ctx))
	equal(t, "what the pump did", done, ringfence.DispatchCounts{Taken: 1, GivenUp: 1})
}

func TestAMessageTellsAllOfItselfAndItsCodeIsGoneAfterwards(t *testing.T) {
	world := ringfencetest.New(t)
	ann := world.Register("ann", oldPhone)
	var kept *ringfence.Message
	var code string
	world.Sent.AnswerWith(func(message *ringfence.Message) ringfence.SendResult {
		kept, code = message, message.Code.Reveal()
		for _, printed := range []string{
			fmt.Sprint(message.Code), fmt.Sprintf("%s %v %+v %#v %q %x", message.Code, message.Code, message.Code, message.Code, message.Code, message.Code),
			fmt.Sprintf("%v %+v %#v", *message, *message, *message), fmt.Sprintln(message),
		} {
			if strings.Contains(printed, code) || strings.Contains(printed, fmt.Sprintf("%x", code)) {
				t.Errorf("the code is printed: %s", printed)
			}
		}
		written := must[[]byte](t)(json.Marshal(message))
		if bytes.Contains(written, []byte(code)) {
			t.Errorf("the code is written: %s", written)
		}
		return ringfence.SendResult{Outcome: ringfence.SendAccepted}
	})
	traced := call
	traced.TraceID = "trace"
	must[ringfence.FlowView](t)(world.Service.BeginConfirmOperation(ctx, ann, "vm:delete", ringfence.Phone, traced))
	world.Pump()
	equal(t, "the length of the code", len(code), 6)
	equal(t, "the code afterwards", kept.Code.Reveal(), "")
	equal(t, "the text afterwards", kept.Text.Empty(), true)
	equal(t, "the kind", kept.Kind, ringfence.MessageCode)
	equal(t, "the channel", kept.Channel, ringfence.Phone)
	equal(t, "the role", kept.Role, ringfence.RoleIdentity)
	equal(t, "the purpose", kept.Purpose, "confirm_operation")
	equal(t, "the account", kept.Account, ann)
	equal(t, "the destination", kept.Destination, oldPhone)
	equal(t, "the trace", kept.TraceID, "trace")
	equal(t, "the lifetime", kept.Lifetime, 5*time.Minute)
	equal(t, "when it was made", kept.CreatedAt, world.Clock.Now())
	equal(t, "the operation", kept.Field("operation"), "vm:delete")
	equal(t, "the length of the id", len(kept.ID), 32)
	equal(t, "the locale", kept.Locale, "en")
}

type advisor struct {
	asked  []ringfence.RiskQuestion
	answer func() ringfence.RiskAnswer
}

func (a *advisor) Ask(question ringfence.RiskQuestion) ringfence.RiskAnswer {
	a.asked = append(a.asked, question)
	return a.answer()
}

func TestAnAdvisorWhoPanicsOrAnswersGarbageCannotTell(t *testing.T) {
	defects(t)
	asked := &advisor{answer: func() ringfence.RiskAnswer { return ringfence.RiskClear }}
	world := ringfencetest.New(t, ringfencetest.WithRisk(asked), ringfencetest.WithPolicy(`{"risk": {"unknown": "refuse"}}`))
	ann := world.Register("ann", oldPhone)
	must[ringfence.FlowView](t)(world.Service.BeginChangePhone(ctx, ann, ringfence.Phone, ringfence.NumberChanged, call))
	equal(t, "the question", asked.asked[0], ringfence.RiskQuestion{Moment: ringfence.BeforeSend, Flow: ringfence.ChangePhone,
		Account: ann, Number: oldPhone, Session: call.Session, Source: call.Source})
	world.Clock.Advance(time.Hour)
	for _, answer := range []func() ringfence.RiskAnswer{
		func() ringfence.RiskAnswer { panic("no") },
		func() ringfence.RiskAnswer { return 99 },
		func() ringfence.RiskAnswer { return ringfence.RiskUnknown },
	} {
		asked.answer = answer
		_, err := world.Service.BeginChangePhone(ctx, ann, ringfence.Phone, ringfence.NumberChanged, call)
		refuses(t, err, ringfence.ErrRiskRefused)
	}
}

type observer struct {
	mutex sync.Mutex
	seen  map[string]ringfence.Observation
	panic bool
}

func (o *observer) Observe(observation ringfence.Observation) {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	if o.panic {
		panic("no")
	}
	o.seen[observation.Name] = observation
}

func TestAnObserverSeesCallsAndItsPanicChangesNothing(t *testing.T) {
	told := defects(t)
	observing := &observer{seen: map[string]ringfence.Observation{}}
	world := ringfencetest.New(t, ringfencetest.WithObserver(observing))
	ann := world.Register("ann", oldPhone)
	seen, there := observing.seen["ringfence.calls"]
	if !there || seen.Kind != ringfence.ObservationCounter || seen.Value != 1 || seen.Subject != "register_account" || seen.Outcome != "ok" {
		t.Errorf("seen are %+v", observing.seen)
	}
	observing.panic = true
	must[ringfence.SecuritySettings](t)(world.Service.Settings(ctx, ann, call))
	equal(t, "where", (<-told).Where, "Observer.Observe")
}

type noClock struct{}

func (noClock) Now() time.Time      { panic("no") }
func (noClock) Pause(time.Duration) { panic("no") }

func TestAClockWithoutTimeFailsTheCall(t *testing.T) {
	defects(t)
	service := must[*ringfence.Service](t)(ringfence.Open("memory:", ringfence.Config{Keys: ringfencetest.Keys(t), Clock: noClock{}}))
	defer service.Close()
	_, err := service.RegisterAccount(ctx, ringfence.Registration{Account: ringfence.Account{ID: "ann"}, Phone: ringfence.AddressInput{Text: oldPhone}}, call)
	if err == nil {
		t.Error("there is a time")
	}
}

type badKeys func(io.Writer) error

func (b badKeys) WriteKeys(keys io.Writer) error { return b(keys) }

func TestKeysThatCannotBeHadLeaveTheOldOnes(t *testing.T) {
	told := defects(t)
	var kept io.Writer
	for _, source := range []badKeys{
		func(io.Writer) error { panic("no") },
		func(io.Writer) error { return errors.New("the vault is sealed") },
		func(keys io.Writer) error { kept = keys; return nil },
		func(keys io.Writer) error { _, err := io.WriteString(keys, "garbage"); return err },
		func(keys io.Writer) error { _, err := keys.Write([]byte{0}); return err },
	} {
		_, err := ringfence.NewKeyRing(source)
		refuses(t, err, ringfence.ErrKeyUnusable)
	}
	equal(t, "where", (<-told).Where, "KeySource.WriteKeys")
	if _, err := io.WriteString(kept, "late"); err == nil {
		t.Error("it writes after the function returned")
	}
	good := true
	keys := must[*ringfence.KeyRing](t)(ringfence.NewKeyRing(badKeys(func(keys io.Writer) error {
		if !good {
			panic("no")
		}
		_, err := io.WriteString(keys, "k1 "+strings.Repeat("01", 32)+"\n")
		return err
	})))
	defer keys.Close()
	good = false
	refuses(t, keys.Reload(), ringfence.ErrKeyUnusable)
	service := must[*ringfence.Service](t)(ringfence.Open("memory:", ringfence.Config{Keys: keys}))
	defer service.Close()
	equal(t, "the key", must[ringfence.Health](t)(service.Health()).CurrentKey, "k1")
}

func TestDefectsGoToTheLogUnlessTheyAreWantedAndWithoutWhatMayBeACode(t *testing.T) {
	var written bytes.Buffer
	log.SetOutput(&written)
	defer log.SetOutput(os.Stderr)
	keys := func() {
		_, err := ringfence.NewKeyRing(badKeys(func(io.Writer) error { panic("code 123456") }))
		refuses(t, err, ringfence.ErrKeyUnusable)
	}
	keys()
	if !strings.Contains(written.String(), "KeySource.WriteKeys") || strings.Contains(written.String(), "123456") {
		t.Errorf("the log is %q", written.String())
	}
	ringfence.OnDefect(func(ringfence.Defect) { panic("I, too") })
	defer ringfence.OnDefect(nil)
	keys()
}

func TestNoPartIsKeptLongerThanWhatWorksWithIt(t *testing.T) {
	before := ringfence.PluggedParts()
	source := &keysOf{"k1 " + strings.Repeat("01", 32) + "\n"}
	keys := must[*ringfence.KeyRing](t)(ringfence.NewKeyRing(source))
	recorder := &ringfencetest.Recorder{}
	service := must[*ringfence.Service](t)(ringfence.NewService(ringfence.Config{
		Store: mapstore.New(), Keys: keys, Clock: ringfencetest.NewClock(), Entropy: ringfencetest.NewSeededEntropy(1),
		Risk: suspicious{}, Observer: &observer{seen: map[string]ringfence.Observation{}}}))
	dispatcher := must[*ringfence.Dispatcher](t)(service.NewDispatcher(ringfence.DispatcherConfig{Sender: recorder, Events: recorder}))
	equal(t, "the parts", ringfence.PluggedParts()-before, int64(1+5+6))
	ok(t, keys.Close())
	ok(t, service.Close())
	// The dispatcher works on, with the keys too.
	must[ringfence.DispatchCounts](t)(dispatcher.Pump(ctx))
	equal(t, "the parts", ringfence.PluggedParts()-before, int64(1+6))
	ok(t, dispatcher.Close())
	equal(t, "the parts", ringfence.PluggedParts()-before, int64(0))
	_, err := ringfence.NewKeyRing(badKeys(func(io.Writer) error { return io.EOF }))
	refuses(t, err, ringfence.ErrKeyUnusable)
	_, err = ringfence.NewService(ringfence.Config{Store: mapstore.New()})
	refuses(t, err, ringfence.ErrInvalidArgument)
	equal(t, "the parts", ringfence.PluggedParts()-before, int64(0))
}

func TestACallbackMayCallTheLibrary(t *testing.T) {
	var world *ringfencetest.World
	asked := &advisor{}
	asked.answer = func() ringfence.RiskAnswer {
		settings, err := world.Service.Settings(ctx, ringfence.Account{ID: "ann"}, call)
		if err != nil || settings.Status != ringfence.AccountActive {
			return ringfence.RiskSuspicious
		}
		return ringfence.RiskClear
	}
	world = ringfencetest.New(t, ringfencetest.WithRisk(asked), ringfencetest.WithPolicy(`{"risk": {"suspicious": "refuse"}}`))
	ann := world.Register("ann", oldPhone)
	must[ringfence.FlowView](t)(world.Service.BeginChangePhone(ctx, ann, ringfence.Phone, ringfence.NumberChanged, call))
	// Closing what one works with is no crash either.
	asked.answer = func() ringfence.RiskAnswer { _ = world.Service.Close(); return ringfence.RiskClear }
	world.Clock.Advance(time.Hour)
	must[ringfence.FlowView](t)(world.Service.BeginChangePhone(ctx, ann, ringfence.Phone, ringfence.NumberChanged, call))
	_, err := world.Service.Settings(ctx, ann, call)
	refuses(t, err, ringfence.ErrInvalidArgument)
}
