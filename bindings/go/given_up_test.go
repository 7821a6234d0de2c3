package ringfence_test

import (
	"fmt"
	"testing"
	"time"

	ringfence "example.org/ringfence/bindings/go"
	"example.org/ringfence/bindings/go/examples/mapstore"
	"example.org/ringfence/bindings/go/ringfencetest"
)

func refuseAll(world *ringfencetest.World) {
	world.Sent.AnswerWith(func(*ringfence.Message) ringfence.SendResult {
		return ringfence.SendResult{Outcome: ringfence.SendPermanent, Reason: "no contract"}
	})
}

func tell(t *testing.T, world *ringfencetest.World, account ringfence.Account, key string) {
	t.Helper()
	must[ringfence.NoticeReceipt](t)(world.Service.Notify(ctx, account,
		ringfence.Notice{Category: "resource_expiry", Text: "Tomorrow.", IdempotencyKey: key}, call))
}

func pumped(t *testing.T, world *ringfencetest.World) ringfence.DispatchCounts {
	t.Helper()
	return must[ringfence.DispatchCounts](t)(world.Dispatcher.Pump(ctx))
}

func TestWhatWasGivenUpIsListedAndTriedAgain(t *testing.T) {
	for name, store := range map[string]ringfence.Store{"in the library": nil, "in Go": mapstore.New()} {
		t.Run(name, func(t *testing.T) {
			var options []ringfencetest.Option
			if store != nil {
				options = append(options, ringfencetest.WithStore(store))
			}
			world := ringfencetest.New(t, options...)
			ann := world.Register("ann", oldPhone)
			tell(t, world, ann, "1")
			refuseAll(world)
			equal(t, "what the pump did", pumped(t, world), ringfence.DispatchCounts{Taken: 1, GivenUp: 1})
			listed := must[[]ringfence.StoredMessage](t)(world.Dispatcher.GivenUp(ctx, ringfence.MessagePlace{}, 100))
			equal(t, "how many", len(listed), 1)
			equal(t, "whose", listed[0].Account, ann)
			equal(t, "why", listed[0].Outcome, "no contract")
			equal(t, "how often", listed[0].Attempts, 1)
			world.Sent.AnswerWith(nil)
			equal(t, "what the pump did", pumped(t, world), ringfence.DispatchCounts{})
			equal(t, "what is not", len(must[[]ringfence.NotRetried](t)(world.Dispatcher.Retry(ctx, listed))), 0)
			equal(t, "what the pump did", pumped(t, world), ringfence.DispatchCounts{Taken: 1, Accepted: 1})
			sent := world.Sent.All()
			equal(t, "the id", sent[len(sent)-1].ID, listed[0].ID)
			equal(t, "how often", sent[len(sent)-1].Attempts, 2)
			equal(t, "what is left", len(must[[]ringfence.StoredMessage](t)(world.Store.GivenUp(ctx, ringfence.MessagePlace{}, 9))), 0)
			// An old list changes nothing.
			equal(t, "what is not", len(must[[]ringfence.NotRetried](t)(world.Dispatcher.Retry(ctx, listed))), 0)
			equal(t, "what the pump did", pumped(t, world), ringfence.DispatchCounts{})
		})
	}
}

func TestTheListOfWhatWasGivenUpComesInPages(t *testing.T) {
	world := ringfencetest.New(t)
	ann := world.Register("ann", oldPhone)
	for i := 0; i < 7; i++ {
		tell(t, world, ann, fmt.Sprint(i))
		world.Clock.Advance(time.Duration(i%2) * time.Millisecond)
	}
	refuseAll(world)
	equal(t, "what the pump did", pumped(t, world).GivenUp, 7)
	seen := map[string]bool{}
	var after ringfence.MessagePlace
	for _, wanted := range []int{3, 3, 1, 0} {
		page := must[[]ringfence.StoredMessage](t)(world.Dispatcher.GivenUp(ctx, after, 3))
		equal(t, "how many", len(page), wanted)
		for _, one := range page {
			if !after.Before(one.Place()) {
				t.Errorf("%v comes after %v", one.Place(), after)
			}
			after = one.Place()
			seen[one.ID] = true
		}
	}
	equal(t, "how many in all", len(seen), 7)
	_, err := world.Dispatcher.GivenUp(ctx, ringfence.MessagePlace{}, 0)
	refuses(t, err, ringfence.ErrInvalidArgument)
	_, err = world.Dispatcher.GivenUp(ctx, ringfence.MessagePlace{ID: "7"}, 1)
	refuses(t, err, ringfence.ErrInvalidArgument)
}

func TestWhatCannotBeTriedAgainIsToldWithTheReason(t *testing.T) {
	world := ringfencetest.New(t)
	ann := world.Register("ann", oldPhone)
	must[ringfence.FlowView](t)(world.Service.BeginChangePhone(ctx, ann, ringfence.Phone, ringfence.NumberChanged, call))
	refuseAll(world)
	pumped(t, world)
	listed := must[[]ringfence.StoredMessage](t)(world.Dispatcher.GivenUp(ctx, ringfence.MessagePlace{}, 100))
	world.Clock.Advance(10 * time.Minute)
	pending := listed[0]
	pending.State = ringfence.MessagePending
	told := must[[]ringfence.NotRetried](t)(world.Dispatcher.Retry(ctx, []ringfence.StoredMessage{listed[0], pending}))
	equal(t, "what is told", fmt.Sprint(told), fmt.Sprint([]ringfence.NotRetried{
		{ID: listed[0].ID, Reason: "too_late"}, {ID: listed[0].ID, Reason: "not_given_up"}}))
	equal(t, "what the pump did", pumped(t, world), ringfence.DispatchCounts{})
	// What was swept meanwhile is not told.
	sweep := func(max int) int {
		now := world.Clock.Now().UnixMilli()
		return must[int](t)(world.Store.Sweep(now, now, max))
	}
	sweep(1000)
	tell(t, world, ann, "1")
	equal(t, "what the pump did", pumped(t, world).GivenUp, 1)
	listed = must[[]ringfence.StoredMessage](t)(world.Dispatcher.GivenUp(ctx, ringfence.MessagePlace{}, 100))
	equal(t, "how many", len(listed), 1)
	world.Clock.Advance(time.Millisecond)
	equal(t, "how many were swept", sweep(1), 1)
	equal(t, "what is told", len(must[[]ringfence.NotRetried](t)(world.Dispatcher.Retry(ctx, listed))), 0)
	equal(t, "what the pump did", pumped(t, world), ringfence.DispatchCounts{})
	_, err := world.Dispatcher.Retry(ctx, []ringfence.StoredMessage{{}})
	refuses(t, err, ringfence.ErrInvalidArgument)
}
