package ringfence_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	ringfence "example.org/ringfence/bindings/go"
	"example.org/ringfence/bindings/go/examples/mapstore"
	"example.org/ringfence/bindings/go/ringfencetest"
)

// What every language must do alike: tests/vectors/README.md tells what is in a file.
type vector struct {
	About   string
	Policy  json.RawMessage
	Keys    vectorKeys
	Entropy uint64
	Steps   []vectorStep
	Records struct{ Keys, Loaded string }
}

type vectorStep struct {
	At      int64
	Command json.RawMessage
	Call    vectorCall
	Expect  json.RawMessage
}

type vectorCall struct {
	Session        string
	Source         string
	RequestID      string `json:"request_id"`
	TraceID        string `json:"trace_id"`
	AttestedFactor string `json:"attested_factor"`
	DeadlineMs     int64  `json:"deadline_ms"`
}

type vectorKeys string

func (k vectorKeys) WriteKeys(to io.Writer) error {
	_, err := io.WriteString(to, string(k))
	return err
}

func TestTheVectorsAreReplayedByTheFunctionsOfTheService(t *testing.T) {
	replayVectors(t, (*player).request, inMemory)
}

func TestTheVectorsAreReplayedOnAStoreOfGo(t *testing.T) {
	replayVectors(t, (*player).request, func(*testing.T) ringfence.Store { return mapstore.New() })
}

func TestTheVectorsAreReplayedByStepsOfTheHost(t *testing.T) {
	replayVectors(t, (*player).step, inMemory)
}

func inMemory(t *testing.T) ringfence.Store {
	db := must[*ringfence.DB](t)(ringfence.OpenStore("memory:"))
	t.Cleanup(func() { ok(t, db.Close()) })
	return db
}

// A way to do what a command says.
type way func(*player, json.RawMessage, vectorCall) (interface{}, error)

func replayVectors(t *testing.T, by way, store func(*testing.T) ringfence.Store) {
	files := must[[]string](t)(filepath.Glob("../../tests/vectors/*.json"))
	if len(files) == 0 {
		t.Fatal("there are no vectors")
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".json"), func(t *testing.T) {
			replay(t, must[[]byte](t)(os.ReadFile(file)), by, store(t))
		})
	}
}

func replay(t *testing.T, file []byte, by way, store ringfence.Store) {
	var told vector
	strictly(t, file, &told)
	if len(told.Steps) == 0 {
		t.Fatal("there are no steps")
	}
	p := newPlayer(t, &told, store)
	for i, step := range told.Steps {
		got, wanted := sorted(t, p.play(step, by)), sorted(t, step.Expect)
		if got != wanted {
			t.Errorf("step %d, %s:\n  got    %s\n  wanted %s", i, commandName(t, step.Command), got, wanted)
		}
	}
	var keys []ringfence.Key
	strictly(t, []byte(told.Records.Keys), &keys)
	loaded := must[[]*ringfence.Loaded](t)(p.store.Load(ctx, keys))
	if got := written(t, loaded); got != told.Records.Loaded {
		t.Errorf("the records:\n  got    %s\n  wanted %s", got, told.Records.Loaded)
	}
}

// A player is the host of one vector.
type player struct {
	t          *testing.T
	policy     *ringfence.Policy
	keys       *ringfence.KeyRing
	clock      *ringfencetest.Clock
	entropy    *ringfencetest.SeededEntropy
	store      ringfence.Store
	service    *ringfence.Service
	dispatcher *ringfence.Dispatcher
	sent       *ringfencetest.Recorder // Messages and events, in one order.
}

func newPlayer(t *testing.T, of *vector, store ringfence.Store) *player {
	p := &player{
		t:       t,
		policy:  must[*ringfence.Policy](t)(ringfence.NewPolicy(of.Policy)),
		keys:    must[*ringfence.KeyRing](t)(ringfence.NewKeyRing(of.Keys)),
		clock:   ringfencetest.NewClock(),
		entropy: ringfencetest.NewSeededEntropy(of.Entropy),
		store:   store,
		sent:    &ringfencetest.Recorder{},
	}
	p.service = must[*ringfence.Service](t)(ringfence.NewService(ringfence.Config{
		Store: p.store, Keys: p.keys, Policy: p.policy, Clock: p.clock, Entropy: p.entropy}))
	p.dispatcher = must[*ringfence.Dispatcher](t)(p.service.NewDispatcher(ringfence.DispatcherConfig{
		Sender: p.sent, Events: p.sent}))
	for _, part := range []io.Closer{p.policy, p.keys, p.service, p.dispatcher} {
		part := part
		t.Cleanup(func() { ok(t, part.Close()) })
	}
	return p
}

// play tells what comes of a step.
func (p *player) play(step vectorStep, by way) object {
	p.clock.Set(time.UnixMilli(step.At))
	p.sent.Clear()
	reply, err := by(p, step.Command, step.Call)
	var out object
	if err != nil {
		out = refusalObject(p.t, err)
	} else {
		out = object{"status": ringfence.StatusOK.String(), "reply": replyObject(p.t, reply)}
	}
	if commandName(p.t, step.Command) == "pump" {
		messages := []interface{}{}
		for _, one := range p.sent.All() {
			messages = append(messages, messageObject(one))
		}
		out["messages"] = messages
	}
	return out
}

// context gives a call its deadline.
func (c vectorCall) context() (context.Context, context.CancelFunc) {
	if c.DeadlineMs == 0 {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, time.Duration(c.DeadlineMs)*time.Millisecond)
}

func (c vectorCall) call() ringfence.Call {
	return ringfence.Call{Session: c.Session, Source: c.Source, RequestID: c.RequestID, TraceID: c.TraceID,
		AttestedFactor: c.AttestedFactor}
}

// strictly reads JSON; a member that nobody would look at fails the test.
func strictly(t *testing.T, text []byte, into interface{}) {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	ok(t, decoder.Decode(into))
}

// sorted writes JSON as it is compared: without spaces, members sorted by name at every depth.
func sorted(t *testing.T, value interface{}) string {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(written(t, value)))
	decoder.UseNumber() // an integer stays one
	var read interface{}
	ok(t, decoder.Decode(&read))
	return written(t, read)
}

func written(t *testing.T, value interface{}) string {
	t.Helper()
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	ok(t, encoder.Encode(value))
	return strings.TrimSuffix(out.String(), "\n")
}
