package ringfence

// #include "shim.h"
import "C"

import "context"

// A Config says what a service works with. The store and the keys are required.
type Config struct {
	Store    Store       // One of OpenStore, or your own. Not closed by the service.
	Keys     *KeyRing    // Not closed by the service.
	Policy   *Policy     // Nil: the default one.
	Clock    Clock       // Nil: the system's.
	Entropy  Entropy     // Nil: the system's.
	Risk     RiskAdvisor // Nil: nobody is asked.
	Observer Observer    // Nil: nobody observes.
}

// A Service is everything about accounts' verification and login addresses. Each method loads, decides and commits, and
// replies only when the commit is durable. Safe for use from any goroutine; any number of services may share one store.
//
// The deadline of a method's context is how long the call may wait in all. A context that is over before the call gives
// its own error, and nothing is done. One that is cancelled while the call is under way does not interrupt it: a commit
// cannot be taken back. If the deadline passes on the way, the call is refused with ErrBusy, ErrStoreUnavailable or
// ErrOutcomeUnknown, and errors.Is(err, context.DeadlineExceeded) is true of it, too.
//
// Refusals are of type *Error. Besides those named at a method, each may refuse with ErrBusy, ErrStoreUnavailable,
// ErrStoreCorrupt, ErrOutcomeUnknown, ErrWrongProcess, ErrInvalidArgument and ErrInternal; those about an account with
// ErrAccountNotFound.
//
// Codes, notices and events are sent by a Dispatcher on the same store. Something must also call Store.Sweep now and then.
type Service struct {
	handle
	config Config
	opened *DB // which Open opened
}

// NewService makes a service. It refuses with ErrInvalidArgument what is missing.
func NewService(config Config) (*Service, error) {
	store, freeStore, err := storeFor(config.Store)
	if err != nil {
		return nil, err
	}
	defer freeStore()
	keys, err := config.Keys.c()
	if err != nil {
		return nil, err
	}
	policy, err := config.Policy.c()
	if err != nil {
		return nil, err
	}
	var with parts
	defer with.free()
	if err := with.plug(config.Clock, config.Entropy, config.Risk, config.Observer); err != nil {
		return nil, err
	}
	in := C.ringfence_service_parts{
		struct_size: C.sizeof_ringfence_service_parts,
		store:       store,
		keys:        keys,
		policy:      policy,
		clock:       with.clock,
		entropy:     with.entropy,
		risk:        with.risk,
		observer:    with.observer,
	}
	var made C.ringfence_service
	if err := try(func(e *C.ringfence_error) C.int32_t { return C.ringfence_service_new(&in, &made, e) }); err != nil {
		return nil, err
	}
	service := &Service{config: config}
	service.open(made.id)
	return service, nil
}

// Open opens the store of a URL, as OpenStore does, and makes a service on it; config.Store must be nil. Close closes
// both.
func Open(url string, config Config) (*Service, error) {
	if config.Store != nil {
		return nil, &Error{Status: ErrInvalidArgument, Next: FixSetup, Text: "there is a store already; use NewService"}
	}
	db, err := OpenStore(url)
	if err != nil {
		return nil, err
	}
	config.Store = db
	service, err := NewService(config)
	if err != nil {
		_ = db.Close()
		return nil, err
	}
	service.opened = db
	return service, nil
}

func (s *Service) c() (C.ringfence_service, error) {
	if s != nil {
		if id := s.get(); id != 0 {
			return C.ringfence_service{id: id}, nil
		}
	}
	return C.ringfence_service{}, errClosed("the service")
}

// Close frees the service, once calls that are under way have ended. It never fails.
func (s *Service) Close() error {
	if s == nil {
		return nil
	}
	if id := s.take(); id != 0 {
		C.ringfence_service_free(C.ringfence_service{id: id})
		return s.opened.Close()
	}
	return nil
}

// Store gives the store that the service works with, also when the service is closed; of a service that was never made, one
// that is closed.
func (s *Service) Store() Store {
	if s == nil || s.config.Store == nil {
		return (*DB)(nil)
	}
	return s.config.Store
}

// SetPolicy puts another policy in force, all of it at once.
func (s *Service) SetPolicy(policy *Policy) error {
	of, err := s.c()
	if err != nil {
		return err
	}
	if policy == nil {
		return &Error{Status: ErrInvalidArgument, Next: FixSetup, Text: "the policy is nil"}
	}
	wanted, err := policy.c()
	if err != nil {
		return err
	}
	return try(func(e *C.ringfence_error) C.int32_t { return C.ringfence_service_set_policy(of, wanted, e) })
}

// Policy gives the policy in force; the caller closes it.
func (s *Service) Policy() (*Policy, error) {
	of, err := s.c()
	if err != nil {
		return nil, err
	}
	var policy C.ringfence_policy
	err = try(func(e *C.ringfence_error) C.int32_t { return C.ringfence_service_policy(of, &policy, e) })
	return policyOf(policy, err)
}

// Health says how the store, the outbox and the keys do.
func (s *Service) Health() (Health, error) {
	of, err := s.c()
	if err != nil {
		return Health{}, err
	}
	out := C.ringfence_health{struct_size: C.sizeof_ringfence_health}
	if err := try(func(e *C.ringfence_error) C.int32_t { return C.ringfence_service_health(of, &out, e) }); err != nil {
		return Health{}, err
	}
	return Health{
		Store:       Status(out.store),
		StoreTook:   durationOf(out.store_ms),
		Due:         int(out.due),
		Keys:        int(out.keys),
		OldestDueAt: timeOf(out.oldest_due_at),
		OutboxAge:   durationOf(out.outbox_age_ms),
		CurrentKey:  text(out.current_key[:]),
	}, nil
}

// A function of the library on a service, for one call.
type request func(C.ringfence_service, C.ringfence_call, *C.ringfence_error) C.int32_t

func (s *Service) do(ctx context.Context, call Call, request request) error {
	deadline, err := remaining(ctx)
	if err != nil {
		return err
	}
	of, err := s.c()
	if err != nil {
		return err
	}
	return ended(ctx, try(func(e *C.ringfence_error) C.int32_t { return request(of, call.c(deadline), e) }))
}

// Those that reply with settings.
func (s *Service) settings(ctx context.Context, call Call,
	request func(C.ringfence_service, C.ringfence_call, *C.ringfence_settings, *C.ringfence_error) C.int32_t) (SecuritySettings, error) {
	out := C.ringfence_settings{struct_size: C.sizeof_ringfence_settings}
	if err := s.do(ctx, call, func(of C.ringfence_service, call C.ringfence_call, e *C.ringfence_error) C.int32_t {
		return request(of, call, &out, e)
	}); err != nil {
		return SecuritySettings{}, err
	}
	return settingsOf(&out), nil
}

// Those that reply with a flow.
func (s *Service) flow(ctx context.Context, call Call,
	request func(C.ringfence_service, C.ringfence_call, *C.ringfence_flow_view, *C.ringfence_error) C.int32_t) (FlowView, error) {
	out := C.ringfence_flow_view{struct_size: C.sizeof_ringfence_flow_view}
	if err := s.do(ctx, call, func(of C.ringfence_service, call C.ringfence_call, e *C.ringfence_error) C.int32_t {
		return request(of, call, &out, e)
	}); err != nil {
		return FlowView{}, err
	}
	return flowOf(&out), nil
}

// Those that reply with an appeal.
func (s *Service) appeal(ctx context.Context, call Call,
	request func(C.ringfence_service, C.ringfence_call, *C.ringfence_appeal, *C.ringfence_error) C.int32_t) (Appeal, error) {
	out := C.ringfence_appeal{struct_size: C.sizeof_ringfence_appeal}
	if err := s.do(ctx, call, func(of C.ringfence_service, call C.ringfence_call, e *C.ringfence_error) C.int32_t {
		return request(of, call, &out, e)
	}); err != nil {
		return Appeal{}, err
	}
	return appealOf(&out), nil
}
