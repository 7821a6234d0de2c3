package ringfence_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	ringfence "example.org/ringfence/bindings/go"
	"example.org/ringfence/bindings/go/examples/mapstore"
	"example.org/ringfence/bindings/go/ringfencetest"
)

// host drives steps on a store of its own, as a host does that has the records in its own transaction.
type host struct {
	t     *testing.T
	store ringfence.Store
	keys  *ringfence.KeyRing
	clock *ringfencetest.Clock
}

func (h host) run(command ringfence.Command, conclude func(*ringfence.Step, ringfence.CommitOutcome)) {
	h.t.Helper()
	step := must[*ringfence.Step](h.t)(ringfence.NewStep(nil, command, call))
	defer step.Close()
	for {
		keys := must[[]ringfence.Key](h.t)(step.Needs())
		if len(keys) == 0 {
			break
		}
		ok(h.t, step.Add(must[[]*ringfence.Loaded](h.t)(h.store.Load(ctx, keys))))
	}
	change := must[*ringfence.ChangeSet](h.t)(step.Decide(ringfence.StepContext{Keys: h.keys, Now: h.clock.Now()}))
	outcome := ringfence.CommitCommitted
	if change != nil {
		if !change.WellFormed() {
			h.t.Fatal("the change set is not well formed")
		}
		outcome = must[ringfence.CommitOutcome](h.t)(h.store.Commit(ctx, change))
	}
	equal(h.t, "the outcome", outcome, ringfence.CommitCommitted)
	conclude(step, outcome)
}

func (h host) flow(command ringfence.Command) (view ringfence.FlowView) {
	h.run(command, func(step *ringfence.Step, outcome ringfence.CommitOutcome) {
		view = must[ringfence.FlowView](h.t)(step.ConcludeFlow(outcome))
	})
	return view
}

func (h host) settings(command ringfence.Command) (settings ringfence.SecuritySettings) {
	h.run(command, func(step *ringfence.Step, outcome ringfence.CommitOutcome) {
		settings = must[ringfence.SecuritySettings](h.t)(step.ConcludeSettings(outcome))
	})
	return settings
}

func (h host) appeal(command ringfence.Command) (appeal ringfence.Appeal) {
	h.run(command, func(step *ringfence.Step, outcome ringfence.CommitOutcome) {
		appeal = must[ringfence.Appeal](h.t)(step.ConcludeAppeal(outcome))
	})
	return appeal
}

func (h host) login(command ringfence.Command) (login ringfence.Login) {
	h.run(command, func(step *ringfence.Step, outcome ringfence.CommitOutcome) {
		login = must[ringfence.Login](h.t)(step.ConcludeLogin(outcome))
	})
	return login
}

func TestAHostDrivesTheStepsOfEveryFlowItself(t *testing.T) {
	store := mapstore.New()
	world := ringfencetest.New(t, ringfencetest.WithStore(store), ringfencetest.WithPolicy(`{"dispute_ms": 259200000}`))
	h := host{t, store, world.Keys, world.Clock}

	h.settings(ringfence.Command{"step": "register_account", "id": "ann", "phone": oldPhone, "phone_proven_at": world.Clock.Now().UnixMilli()})
	flow := h.flow(ringfence.Command{"step": "begin_change_phone", "id": "ann", "method": ringfence.Phone.String(), "reason": ringfence.PersonChanged.String()}).Flow
	view := h.flow(ringfence.Command{"step": "prove_identity", "flow": flow, "code": "x"})
	equal(t, "the verdict", view.Verdict, ringfence.Rejected)
	h.flow(ringfence.Command{"step": "prove_identity", "flow": flow, "code": world.Code(oldPhone)})
	h.flow(ringfence.Command{"step": "set_target", "flow": flow, "target": "07700 900123", "region": "GB"})
	view = h.flow(ringfence.Command{"step": "prove_target", "flow": flow, "code": world.Code(newPhone), "accept_verification_only": true})
	equal(t, "the login", view.Change.UsableForLogin, true)
	equal(t, "the step", h.flow(ringfence.Command{"step": "view", "flow": flow}).Step, ringfence.StepDone)
	equal(t, "who may log in", h.login(ringfence.Command{"step": "resolve_login_phone", "phone": newPhone}).Account, "ann")
	equal(t, "who may log in", h.login(ringfence.Command{"step": "resolve_login_email", "email": "a@example.com"}).Found, false)

	flow = h.flow(ringfence.Command{"step": "begin_confirm_operation", "id": "ann", "operation": "pay", "method": "phone"}).Flow
	h.flow(ringfence.Command{"step": "prove_identity", "flow": flow, "code": world.Code(newPhone)})
	h.run(ringfence.Command{"step": "use_grant", "flow": flow, "operation": "pay"}, func(step *ringfence.Step, outcome ringfence.CommitOutcome) {
		equal(t, "the grant", must[ringfence.Grant](t)(step.ConcludeGrant(outcome)).Operation, "pay")
	})
	h.run(ringfence.Command{"step": "notify", "id": "ann", "category": "monitoring_alarm", "text": "full", "idempotency_key": "1"},
		func(step *ringfence.Step, outcome ringfence.CommitOutcome) {
			equal(t, "where it goes", must[ringfence.NoticeReceipt](t)(step.ConcludeReceipt(outcome)).SentTo, ringfence.Channels(ringfence.Phone))
		})
	equal(t, "the appeal there is", h.appeal(ringfence.Command{"step": "appeal", "id": "ann"}), ringfence.Appeal{})
	appeal := h.appeal(ringfence.Command{"step": "submit_appeal", "id": "ann", "submitted_by": "desk"})
	world.Clock.Set(appeal.HeldUntil)
	appeal = h.appeal(ringfence.Command{"step": "decide_appeal", "id": "ann", "appeal": appeal.ID, "approve": true, "reviewer": "eve", "evidence": "a letter"})
	equal(t, "the state", appeal.State, ringfence.AppealApproved)
	flow = h.flow(ringfence.Command{"step": "begin_replace_phone", "id": "ann"}).Flow
	equal(t, "the step", h.flow(ringfence.Command{"step": "cancel", "flow": flow}).Step, ringfence.StepCancelled)
	equal(t, "the status", h.settings(ringfence.Command{"step": "lock", "id": "ann", "reason": "x"}).Status, ringfence.AccountLocked)
	equal(t, "the status", h.settings(ringfence.Command{"step": "unlock", "id": "ann"}).Status, ringfence.AccountActive)
	h.settings(ringfence.Command{"step": "set_notice_channels", "id": "ann", "category": "monitoring_alarm", "channels": []string{"phone"}})
	equal(t, "the status", h.settings(ringfence.Command{"step": "close", "id": "ann"}).Status, ringfence.AccountClosed)
}

func TestAStepOutOfTurnOrWithoutWhatItNeedsIsRefused(t *testing.T) {
	world := ringfencetest.New(t)
	for _, command := range []ringfence.Command{nil, {}, {"step": "nonsense"}, {"step": "settings"}, {"step": "settings", "id": "a\x00"}, {"step": "settings", "id": "ann", "x": 1}} {
		_, err := ringfence.NewStep(nil, command, call)
		refuses(t, err, ringfence.ErrInvalidArgument)
	}
	step := must[*ringfence.Step](t)(ringfence.NewStep(nil, ringfence.Command{"step": "settings", "id": "ann"}, call))
	defer step.Close()
	context := ringfence.StepContext{Keys: world.Keys, Now: world.Clock.Now()}
	_, err := step.Decide(context)
	refuses(t, err, ringfence.ErrInvalidArgument)
	_, err = step.Question()
	refuses(t, err, ringfence.ErrInvalidArgument)
	_, err = step.ConcludeSettings(ringfence.CommitCommitted)
	refuses(t, err, ringfence.ErrInvalidArgument)
	keys := must[[]ringfence.Key](t)(step.Needs())
	equal(t, "the key", keys[0], ringfence.Key(`{"account":{"id":"ann"}}`))
	equal(t, "its kind", keys[0].Kind(), "account")
	refuses(t, step.Add(nil), ringfence.ErrStoreCorrupt)
	must[[]ringfence.Key](t)(step.Needs())
	ok(t, step.Add(make([]*ringfence.Loaded, 1)))
	for _, bad := range []ringfence.StepContext{{Now: context.Now}, {Keys: world.Keys}, {Keys: world.Keys, Now: context.Now, Seed: &[32]byte{}}} {
		_, err := step.Decide(bad)
		refuses(t, err, ringfence.ErrInvalidArgument)
	}
	change, err := step.Decide(context)
	ok(t, err)
	if change != nil {
		t.Errorf("there is something to commit: %+v", change)
	}
	_, err = step.ConcludeFlow(ringfence.CommitCommitted)
	refuses(t, err, ringfence.ErrInvalidArgument)
	_, err = step.ConcludeSettings(ringfence.CommitCommitted)
	refuses(t, err, ringfence.ErrAccountNotFound)
}

func TestAStepAsksWhatAnAdvisorIsAskedAndTakesTheAnswer(t *testing.T) {
	world := ringfencetest.New(t)
	ann := world.Register("ann", oldPhone)
	policy := must[*ringfence.Policy](t)(ringfence.NewPolicy([]byte(`{"risk": {"suspicious": "refuse"}}`)))
	defer policy.Close()
	step := must[*ringfence.Step](t)(ringfence.NewStep(policy, ringfence.Command{"step": "begin_change_phone", "id": "ann", "method": "phone"}, call))
	defer step.Close()
	for keys := must[[]ringfence.Key](t)(step.Needs()); len(keys) > 0; keys = must[[]ringfence.Key](t)(step.Needs()) {
		ok(t, step.Add(must[[]*ringfence.Loaded](t)(world.Store.Load(ctx, keys))))
	}
	question := must[*ringfence.RiskQuestion](t)(step.Question())
	equal(t, "the question", *question, ringfence.RiskQuestion{Moment: ringfence.BeforeSend, Flow: ringfence.ChangePhone, Account: ann,
		Number: oldPhone, Session: call.Session, Source: call.Source})
	answer := ringfence.RiskSuspicious
	change := must[*ringfence.ChangeSet](t)(step.Decide(ringfence.StepContext{Risk: &answer, Policy: policy, Keys: world.Keys, Now: world.Clock.Now()}))
	outcome := ringfence.CommitCommitted
	if change != nil {
		outcome = must[ringfence.CommitOutcome](t)(world.Store.Commit(ctx, change))
	}
	_, err := step.ConcludeFlow(outcome)
	refuses(t, err, ringfence.ErrRiskRefused)
}

func TestTheSameSeedDecidesTheSame(t *testing.T) {
	keys := ringfencetest.Keys(t)
	decide := func(seed *[32]byte) string {
		step := must[*ringfence.Step](t)(ringfence.NewStep(nil, ringfence.Command{"step": "register_account", "id": "ann", "phone": oldPhone}, call))
		defer step.Close()
		for needed := must[[]ringfence.Key](t)(step.Needs()); len(needed) > 0; needed = must[[]ringfence.Key](t)(step.Needs()) {
			ok(t, step.Add(make([]*ringfence.Loaded, len(needed))))
		}
		change := must[*ringfence.ChangeSet](t)(step.Decide(ringfence.StepContext{Keys: keys, Now: time.UnixMilli(1800000000000), Seed: seed}))
		return string(must[[]byte](t)(json.Marshal(change)))
	}
	equal(t, "a change", decide(&[32]byte{1}), decide(&[32]byte{1}))
	if decide(&[32]byte{1}) == decide(&[32]byte{2}) || decide(nil) == decide(nil) {
		t.Error("another seed decides the same")
	}
	if text := decide(nil); !strings.Contains(text, oldPhone) {
		t.Errorf("the change is %s", text)
	}
}
