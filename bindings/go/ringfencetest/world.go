// Package ringfencetest is for the tests of programs that use ringfence: a World, a service in memory with a clock that
// moves when told and a sender that keeps what it sends, and StoreContract, which puts the contract of stores to one of your
// own. It belongs into tests, not into programs.
package ringfencetest

import (
	"context"
	"io"
	"strings"
	"testing"

	ringfence "example.org/ringfence/bindings/go"
)

// A World is a host in memory, closed when its test ends.
type World struct {
	Service    *ringfence.Service
	Dispatcher *ringfence.Dispatcher
	Store      ringfence.Store
	Keys       *ringfence.KeyRing
	Clock      *Clock
	Sent       *Recorder // What was sent.
	Events     *Recorder // What the host was told.

	t testing.TB
}

// An Option changes how a World is made.
type Option func(*options)

type options struct {
	config ringfence.Config
	policy string
}

// WithPolicy makes the world with a policy, as JSON.
func WithPolicy(json string) Option { return func(o *options) { o.policy = json } }

// WithStore makes the world on another store than one in memory; the test closes it.
func WithStore(store ringfence.Store) Option { return func(o *options) { o.config.Store = store } }

// WithRisk makes the world ask an advisor.
func WithRisk(advisor ringfence.RiskAdvisor) Option {
	return func(o *options) { o.config.Risk = advisor }
}

// WithObserver makes the world tell an observer.
func WithObserver(observer ringfence.Observer) Option {
	return func(o *options) { o.config.Observer = observer }
}

// WithEntropy makes the world with another entropy than NewSeededEntropy(1).
func WithEntropy(entropy ringfence.Entropy) Option {
	return func(o *options) { o.config.Entropy = entropy }
}

// New makes a world.
func New(t testing.TB, with ...Option) *World {
	t.Helper()
	world := &World{Clock: NewClock(), Sent: &Recorder{}, Events: &Recorder{}, t: t}
	made := options{config: ringfence.Config{Clock: world.Clock, Entropy: NewSeededEntropy(1)}}
	for _, option := range with {
		option(&made)
	}
	world.Keys = Keys(t)
	made.config.Keys = world.Keys
	if made.policy != "" {
		policy, err := ringfence.NewPolicy([]byte(made.policy))
		world.must(err)
		defer policy.Close()
		made.config.Policy = policy
	}
	if made.config.Store == nil {
		store, err := ringfence.OpenStore("memory:")
		world.must(err)
		t.Cleanup(func() { _ = store.Close() })
		made.config.Store = store
	}
	world.Store = made.config.Store
	var err error
	world.Service, err = ringfence.NewService(made.config)
	world.must(err)
	t.Cleanup(func() { _ = world.Service.Close() })
	world.Dispatcher, err = world.Service.NewDispatcher(ringfence.DispatcherConfig{Sender: world.Sent, Events: world.Events})
	world.must(err)
	t.Cleanup(func() { _ = world.Dispatcher.Close() })
	return world
}

func (w *World) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// Register makes an account whose phone is verified.
func (w *World) Register(id, phone string) ringfence.Account {
	w.t.Helper()
	account := ringfence.Account{ID: id}
	_, err := w.Service.RegisterAccount(context.Background(), ringfence.Registration{
		Account:       account,
		Phone:         ringfence.AddressInput{Text: phone},
		PhoneProvenAt: w.Clock.Now(),
	}, ringfence.Call{})
	w.must(err)
	return account
}

// Pump sends everything that is due.
func (w *World) Pump() {
	w.t.Helper()
	for {
		done, err := w.Dispatcher.Pump(context.Background())
		w.must(err)
		if done.Taken == 0 {
			return
		}
	}
}

// Code sends everything that is due and gives the newest code that reached an address; the test fails if there is none.
func (w *World) Code(address string) string {
	w.t.Helper()
	w.Pump()
	code := w.Sent.LastCode(address)
	if code == "" {
		w.t.Fatalf("no code was sent to %s", address)
	}
	return code
}

// Keys makes a key ring with one fixed key, "k1", closed when the test ends.
func Keys(t testing.TB) *ringfence.KeyRing {
	t.Helper()
	keys, err := ringfence.NewKeyRing(fixedKeys{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = keys.Close() })
	return keys
}

type fixedKeys struct{}

func (fixedKeys) WriteKeys(keys io.Writer) error {
	_, err := io.WriteString(keys, "k1 "+strings.Repeat("07", 32)+"\n")
	return err
}
