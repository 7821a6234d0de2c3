package ringfence

// #include "shim.h"
import "C"

import (
	"context"
	"encoding/json"
	"errors"
	"time"
)

// A DispatcherConfig says what a dispatcher works with. The store and the keys are required, and one sender and one event sink,
// each yours or of the library's own. The zero value of everything else is what is usual.
type DispatcherConfig struct {
	Store  Store
	Keys   *KeyRing
	Sender Sender
	// Instead of Sender: "console:" prints to standard output, codes included, for development; "spool:FOLDER" writes one
	// JSON file a message, codes included, for a program that sends it on.
	SenderURL string
	Gateway   *HTTPGateway // Instead of Sender.
	// What takes messages to emails; one of these at most, and none: the sender. Where SMTP is the only sender, messages to
	// telephones are given up.
	Mail        Sender
	MailGateway *HTTPGateway
	SMTP        *SMTP

	Events    EventSink
	EventsURL string   // Instead of Events, as above.
	Webhook   *Webhook // Instead of Events.
	Clock     Clock
	Entropy   Entropy
	Observer  Observer

	Batch        int           // Messages taken at once, 1-1000; 0: 32.
	Share        Share         // Which part of the outbox is its own; zero: all of it.
	Lease        time.Duration // Longer than a batch takes, and half as long again as a sender may take for one message; 0: a minute.
	FirstRetry   time.Duration // 0: 2 s. Doubles with every attempt, ...
	LongestRetry time.Duration // ... up to this; 0: 15 minutes.

	// How much goes through each way out, when one that fails rests, and what may be spent: JSON, as ABI.md describes it,
	// e.g. {"sms": {"per_second": 20}, "budgets": [{"prefix": "+86", "windows": [{"count": 1000, "span_ms": 3600000}]}]}.
	// There is no idle_ms here: Run is told how long to wait.
	Options string
	// What people read, as JSON (docs/texts.md), put over what is built in; empty: that. What is wrong with it is refused
	// with ErrInvalidArgument by its place.
	Templates []byte
}

// A Dispatcher takes messages from the outbox and hands them over. Safe for use from any goroutine; any number of them may
// work on one store.
type Dispatcher struct{ handle }

// NewDispatcher makes a dispatcher. It refuses with ErrInvalidArgument what is missing.
func NewDispatcher(config DispatcherConfig) (*Dispatcher, error) {
	store, freeStore, err := storeFor(config.Store)
	if err != nil {
		return nil, err
	}
	defer freeStore()
	keys, err := config.Keys.c()
	if err != nil {
		return nil, err
	}
	if err := checkOptions(config.Options); err != nil {
		return nil, err
	}
	var with parts
	defer with.free()
	if err := with.plug(config.Clock, config.Entropy, nil, config.Observer); err != nil {
		return nil, err
	}
	sender, err := config.sender(with.clock)
	if err != nil {
		return nil, err
	}
	defer C.ringfence_sender_free(sender)
	mail, err := config.mail(with.clock)
	if err != nil {
		return nil, err
	}
	defer C.ringfence_sender_free(mail)
	events, err := config.events()
	if err != nil {
		return nil, err
	}
	defer C.ringfence_event_sink_free(events)
	in := C.ringfence_dispatcher_parts{
		struct_size:      C.sizeof_ringfence_dispatcher_parts,
		batch:            number(config.Batch),
		store:            store,
		keys:             keys,
		sender:           sender,
		events:           events,
		clock:            with.clock,
		entropy:          with.entropy,
		observer:         with.observer,
		share_index:      number(config.Share.Index),
		share_of:         number(config.Share.Of),
		lease_ms:         C.int64_t(config.Lease.Milliseconds()),
		first_retry_ms:   C.int64_t(config.FirstRetry.Milliseconds()),
		longest_retry_ms: C.int64_t(config.LongestRetry.Milliseconds()),
		options:          str(config.Options),
		templates:        raw(config.Templates),
		mail:             mail,
	}
	var made C.ringfence_dispatcher
	if err := try(func(e *C.ringfence_error) C.int32_t { return C.go_dispatcher_new(in, &made, e) }); err != nil {
		return nil, err
	}
	dispatcher := &Dispatcher{}
	dispatcher.open(made.id)
	return dispatcher, nil
}

// NewDispatcher makes a dispatcher with the store, keys, clock, entropy and observer of the service, where config leaves
// them out.
func (s *Service) NewDispatcher(config DispatcherConfig) (*Dispatcher, error) {
	if _, err := s.c(); err != nil {
		return nil, err
	}
	if config.Store == nil {
		config.Store = s.config.Store
	}
	if config.Keys == nil {
		config.Keys = s.config.Keys
	}
	if config.Clock == nil {
		config.Clock = s.config.Clock
	}
	if config.Entropy == nil {
		config.Entropy = s.config.Entropy
	}
	if config.Observer == nil {
		config.Observer = s.config.Observer
	}
	return NewDispatcher(config)
}

// checkOptions refuses what is of the library's own loop; all else is the library's to judge.
func checkOptions(options string) error {
	var given map[string]json.RawMessage
	if err := json.Unmarshal([]byte(options), &given); err != nil {
		return nil
	}
	if _, there := given["idle_ms"]; there {
		return &Error{Status: ErrInvalidArgument, Next: FixSetup,
			Text: "Options has no idle_ms here: say how long to wait where you run it, Run(ctx, every, failed)"}
	}
	return nil
}

func oneOf(what string, parts ...bool) error {
	count := 0
	for _, part := range parts {
		if part {
			count++
		}
	}
	if count != 1 {
		return &Error{Status: ErrInvalidArgument, Next: FixSetup, Text: "there must be one " + what + ", yours or of the library's own"}
	}
	return nil
}

// aSender makes a handle of the one that is there: of the host's, by its URL, or of a gateway.
func aSender(yours Sender, url string, gateway *HTTPGateway) (made C.ringfence_sender, err error) {
	if gateway != nil {
		return gateway.open()
	}
	if yours == nil {
		return made, try(func(e *C.ringfence_error) C.int32_t { return C.ringfence_sender_open(str(url), &made, e) })
	}
	err = attach(yours, nil, func(context C.uintptr_t, e *C.ringfence_error) C.int32_t {
		return C.ringfence_go_sender(context, &made, e)
	})
	return made, err
}

func (d *DispatcherConfig) sender(clock C.ringfence_clock) (made C.ringfence_sender, err error) {
	if d.onlyMail() {
		return d.SMTP.sender(clock)
	}
	if err := oneOf("sender", d.Sender != nil, d.SenderURL != "", d.Gateway != nil); err != nil {
		return made, err
	}
	return aSender(d.Sender, d.SenderURL, d.Gateway)
}

func (d *DispatcherConfig) onlyMail() bool {
	return d.SMTP != nil && d.Mail == nil && d.MailGateway == nil && d.Sender == nil && d.SenderURL == "" && d.Gateway == nil
}

// mail gives the zero handle where there is none.
func (d *DispatcherConfig) mail(clock C.ringfence_clock) (made C.ringfence_sender, err error) {
	if d.onlyMail() || (d.Mail == nil && d.MailGateway == nil && d.SMTP == nil) {
		return made, nil
	}
	if err := oneOf("sender of mail", d.Mail != nil, d.MailGateway != nil, d.SMTP != nil); err != nil {
		return made, err
	}
	if d.SMTP != nil {
		return d.SMTP.sender(clock)
	}
	return aSender(d.Mail, "", d.MailGateway)
}

func (d *DispatcherConfig) events() (made C.ringfence_event_sink, err error) {
	if err := oneOf("event sink", d.Events != nil, d.EventsURL != "", d.Webhook != nil); err != nil {
		return made, err
	}
	if d.Webhook != nil {
		return d.Webhook.open()
	}
	if d.Events == nil {
		return made, try(func(e *C.ringfence_error) C.int32_t {
			return C.ringfence_event_sink_open(str(d.EventsURL), &made, e)
		})
	}
	err = attach(d.Events, nil, func(context C.uintptr_t, e *C.ringfence_error) C.int32_t {
		return C.ringfence_go_event_sink(context, &made, e)
	})
	return made, err
}

func (d *Dispatcher) c() (C.ringfence_dispatcher, error) {
	if d != nil {
		if id := d.get(); id != 0 {
			return C.ringfence_dispatcher{id: id}, nil
		}
	}
	return C.ringfence_dispatcher{}, errClosed("the dispatcher")
}

// Close frees the dispatcher, once a pump that is under way has ended. It never fails.
func (d *Dispatcher) Close() error {
	if d == nil {
		return nil
	}
	if id := d.take(); id != 0 {
		C.ringfence_dispatcher_free(C.ringfence_dispatcher{id: id})
	}
	return nil
}

// DispatchCounts says what one pump did.
type DispatchCounts struct {
	Taken      int // 0: nothing is due.
	Accepted   int
	GivenUp    int
	Superseded int
	Deferred   int // To be tried again.
	Held       int // Not handed over yet: its way out is full or broken, or a budget is spent.
}

func countsOf(in *C.ringfence_dispatch_counts) DispatchCounts {
	return DispatchCounts{int(in.taken), int(in.accepted), int(in.given_up), int(in.superseded), int(in.deferred), int(in.held)}
}

// Pump takes one batch of due messages and handles each. Call it again until Taken is 0; again and again, or let Run do
// that. The context is looked at before it begins; what was taken is handled.
func (d *Dispatcher) Pump(ctx context.Context) (DispatchCounts, error) {
	if _, err := remaining(ctx); err != nil {
		return DispatchCounts{}, err
	}
	of, err := d.c()
	if err != nil {
		return DispatchCounts{}, err
	}
	out := C.ringfence_dispatch_counts{struct_size: C.sizeof_ringfence_dispatch_counts}
	if err := try(func(e *C.ringfence_error) C.int32_t { return C.ringfence_dispatcher_pump(of, &out, e) }); err != nil {
		return DispatchCounts{}, err
	}
	return countsOf(&out), nil
}

// Drain pumps until nothing is due any more, at most for as long as the context has: before a shutdown, say. A context
// without a deadline gives it a minute.
func (d *Dispatcher) Drain(ctx context.Context) (DispatchCounts, error) {
	left, err := remaining(ctx)
	if err != nil {
		return DispatchCounts{}, err
	}
	of, err := d.c()
	if err != nil {
		return DispatchCounts{}, err
	}
	if left == 0 {
		left = C.int64_t(time.Minute.Milliseconds())
	}
	out := C.ringfence_dispatch_counts{struct_size: C.sizeof_ringfence_dispatch_counts}
	if err := try(func(e *C.ringfence_error) C.int32_t { return C.ringfence_dispatcher_drain(of, left, &out, e) }); err != nil {
		return DispatchCounts{}, err
	}
	return countsOf(&out), nil
}

// GivenUp gives up to max, 1-1000, messages of all accounts and shares that were given up, the first created first;
// Outcome says why. For the next ones give it the Place of the last one. They have addresses in them.
func (d *Dispatcher) GivenUp(ctx context.Context, after MessagePlace, max int) ([]StoredMessage, error) {
	if _, err := remaining(ctx); err != nil {
		return nil, err
	}
	of, err := d.c()
	if err != nil {
		return nil, err
	}
	var out C.ringfence_text
	if err := try(func(e *C.ringfence_error) C.int32_t {
		return C.ringfence_dispatcher_given_up(of, C.int64_t(after.CreatedAt), str(after.ID), number(max), &out, e)
	}); err != nil {
		return nil, err
	}
	var messages []StoredMessage
	err = json.Unmarshal(taken(out), &messages)
	return messages, err
}

// NotRetried is a message that is not tried again, and why: "too_late", it has expired, so it would be given up again;
// "not_given_up", it is not a message that was given up.
type NotRetried struct {
	ID     string `json:"id"`
	Reason string `json:"reason"`
}

// Retry makes messages due now that were given up, as GivenUp has listed them. They keep their ID, the idempotency key. A
// code that was replaced meanwhile is not sent again: it ends as superseded. Of a list that is old, what is given up no
// more, or was tried and given up again, stays as it is.
//
// It gives those of which the list itself says that they cannot be tried again. What was swept since, or taken up by
// somebody else, is not among them: the store passes over it. If it fails, some may be due; call it again with the same
// list.
func (d *Dispatcher) Retry(ctx context.Context, messages []StoredMessage) ([]NotRetried, error) {
	if _, err := remaining(ctx); err != nil {
		return nil, err
	}
	chosen, err := encode(append([]StoredMessage{}, messages...))
	if err != nil {
		return nil, notJSON(err)
	}
	of, err := d.c()
	if err != nil {
		return nil, err
	}
	var out C.ringfence_text
	if err := try(func(e *C.ringfence_error) C.int32_t {
		return C.ringfence_dispatcher_retry(of, raw(chosen), &out, e)
	}); err != nil {
		return nil, err
	}
	var refused []NotRetried
	err = json.Unmarshal(taken(out), &refused)
	return refused, err
}

// Run pumps until nothing is due, waits for as long as every says, and so on, until the context ends or the dispatcher is
// closed: the error of that is what it returns. What fails on the way is told to failed, unless that is nil, and tried
// again after the same wait.
func (d *Dispatcher) Run(ctx context.Context, every time.Duration, failed func(error)) error {
	if ctx == nil {
		ctx = context.Background()
	}
	if every <= 0 {
		every = time.Second
	}
	for {
		done, err := d.Pump(ctx)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if errors.Is(err, ErrClosed) || errors.Is(err, ErrWrongProcess) {
			return err
		}
		if err != nil && failed != nil {
			failed(err)
		}
		if err == nil && done.Taken > 0 {
			continue
		}
		wait := time.NewTimer(every)
		select {
		case <-ctx.Done():
			wait.Stop()
			return ctx.Err()
		case <-wait.C:
		}
	}
}

// RouteHealth says how the last hand-overs of one way out went.
type RouteHealth struct {
	LastAcceptedAt time.Time
	LastFailedAt   time.Time
	FailuresInARow int
	Broken         bool // Too many failed in a row, and nothing is handed over for a while.
}

// DeliveryHealth says how each way out does.
type DeliveryHealth struct {
	SMS    RouteHealth
	Voice  RouteHealth
	Email  RouteHealth
	Events RouteHealth
}

// Health says how the last hand-overs went.
func (d *Dispatcher) Health() (DeliveryHealth, error) {
	of, err := d.c()
	if err != nil {
		return DeliveryHealth{}, err
	}
	out := C.ringfence_delivery_health{struct_size: C.sizeof_ringfence_delivery_health}
	if err := try(func(e *C.ringfence_error) C.int32_t { return C.ringfence_dispatcher_health(of, &out, e) }); err != nil {
		return DeliveryHealth{}, err
	}
	route := func(in *C.ringfence_route_health) RouteHealth {
		return RouteHealth{timeOf(in.last_accepted_at), timeOf(in.last_failed_at), int(in.failures_in_a_row), in.broken != 0}
	}
	return DeliveryHealth{route(&out.sms), route(&out.voice), route(&out.email), route(&out.events)}, nil
}
