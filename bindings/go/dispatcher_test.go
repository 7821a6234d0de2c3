package ringfence_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	ringfence "example.org/ringfence/bindings/go"
	"example.org/ringfence/bindings/go/ringfencetest"
)

func dispatcherOf(t *testing.T, world *ringfencetest.World, options string) *ringfence.Dispatcher {
	t.Helper()
	made := must[*ringfence.Dispatcher](t)(world.Service.NewDispatcher(ringfence.DispatcherConfig{
		Sender: world.Sent, Events: world.Events, Options: options,
	}))
	t.Cleanup(func() { made.Close() })
	return made
}

func TestWhatIsOverARateIsHeld(t *testing.T) {
	world := ringfencetest.New(t)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for i, id := range []string{"ann", "bob"} {
		account := world.Register(id, "+4477009001"+string(rune('2'+i))+"3")
		must[ringfence.FlowView](t)(world.Service.BeginChangePhone(ctx, account, ringfence.Phone, ringfence.NumberChanged, call))
	}
	slow := dispatcherOf(t, world, `{"sms": {"per_second": 1}}`)
	if done := must[ringfence.DispatchCounts](t)(slow.Pump(ctx)); done.Held != 1 {
		t.Errorf("%+v", done)
	}
	world.Clock.Advance(2 * time.Second)
	if done := must[ringfence.DispatchCounts](t)(slow.Drain(ctx)); done.Accepted != 1 {
		t.Errorf("%+v", done)
	}
}

func TestAWayOutThatFailsIsBroken(t *testing.T) {
	world := ringfencetest.New(t)
	ctx := context.Background()
	account := world.Register("ann", "+447700900123")
	must[ringfence.FlowView](t)(world.Service.BeginChangePhone(ctx, account, ringfence.Phone, ringfence.NumberChanged, call))
	world.Sent.AnswerWith(func(*ringfence.Message) ringfence.SendResult {
		return ringfence.SendResult{Outcome: ringfence.SendTemporary}
	})
	brittle := dispatcherOf(t, world, `{"sms": {"failures_to_break": 1}}`)
	must[ringfence.DispatchCounts](t)(brittle.Drain(ctx))
	if health := must[ringfence.DeliveryHealth](t)(brittle.Health()); !health.SMS.Broken || health.Voice.Broken {
		t.Errorf("%+v", health)
	}
}

func TestOptionsThatAreNoneAreRefusedByName(t *testing.T) {
	world := ringfencetest.New(t)
	for options, why := range map[string]string{
		`{"sms": {"per_second": -1}}`:     "sms.per_second",
		`{"sms": 7}`:                      "sms is not an object",
		`{"budgets": [{"prefix": "+1"}]}`: "budgets[0].windows is missing",
		`{"fax": {}}`:                     "they have a member that is not known",
		`{"sms": {"a_second": 20}}`:       "sms has a member that is not known",
		`{"conversion": {"least": 20}}`:   "conversion has a member that is not known",
		`{"idle_ms": 500}`:                "Run(ctx, every, failed)",
		`{`:                               "not JSON",
	} {
		_, err := world.Service.NewDispatcher(ringfence.DispatcherConfig{
			Sender: world.Sent, Events: world.Events, Options: options,
		})
		if !errors.Is(err, ringfence.ErrInvalidArgument) || !strings.Contains(err.Error(), why) {
			t.Errorf("%s: %v", options, err)
		}
	}
}

func TestACodeThatDidNotArriveMayBeSentAgainAtOnce(t *testing.T) {
	world := ringfencetest.New(t)
	ctx := context.Background()
	account := world.Register("ann", "+447700900123")
	flow := must[ringfence.FlowView](t)(world.Service.BeginChangePhone(ctx, account, ringfence.Phone, ringfence.NumberChanged, call))
	world.Pump()
	if _, err := world.Service.Resend(ctx, flow.Flow, ringfence.RouteText, call); !errors.Is(err, ringfence.ErrLimited) {
		t.Error(err)
	}
	sent := world.Sent.All()
	id := sent[len(sent)-1].ID
	must[ringfence.SecuritySettings](t)(world.Service.ReportDelivery(ctx, account, id, ringfence.NotDelivered, ringfence.Call{}))
	if view := must[ringfence.FlowView](t)(world.Service.View(ctx, flow.Flow, call)); !view.NotDelivered {
		t.Errorf("%+v", view)
	}
	must[ringfence.FlowView](t)(world.Service.Resend(ctx, flow.Flow, ringfence.RouteText, call))
	_, err := world.Service.ReportDelivery(ctx, account, "7", ringfence.NotDelivered, ringfence.Call{})
	if !errors.Is(err, ringfence.ErrInvalidArgument) {
		t.Error(err)
	}
}
