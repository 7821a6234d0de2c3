package ringfence

// #include "shim.h"
import "C"

import (
	"encoding/json"
	"fmt"
	"time"
)

// A Secret is a text that must not be kept: it prints as ***, and is wiped when the function that was given it returns.
// A copy made by Reveal is a string of Go, which nothing wipes: make as few as the gateway needs.
//
// The bytes are behind two pointers: of a Secret in a field that is not exported fmt calls no method, and follows one.
type Secret struct{ held **[]byte }

func secret(bytes []byte) Secret {
	if len(bytes) == 0 {
		return Secret{}
	}
	kept := append([]byte(nil), bytes...)
	pointer := &kept
	return Secret{&pointer}
}

// Reveal gives a copy of the text; empty when it was wiped.
func (s *Secret) Reveal() string {
	if s.Empty() {
		return ""
	}
	return string(**s.held)
}

// Empty says whether there is no text.
func (s *Secret) Empty() bool { return s == nil || s.held == nil || len(**s.held) == 0 }

// String hides the text, as every way to print it does.
func (s Secret) String() string { return "***" }

// GoString hides the text.
func (s Secret) GoString() string { return "***" }

// Format hides the text, whatever the verb.
func (s Secret) Format(to fmt.State, _ rune) { _, _ = to.Write([]byte("***")) }

// MarshalJSON hides the text.
func (s Secret) MarshalJSON() ([]byte, error) { return []byte(`"***"`), nil }

func (s *Secret) wipe() {
	if s.held != nil {
		wipe(**s.held)
		**s.held = nil
	}
}

// A Message is about to be handed over, or an event.
type Message struct {
	Kind        MessageKind
	Channel     ChannelKind // Not of an event.
	Route       Route
	Role        Role            // Of a code.
	Attempts    int             // 1, 2, ...
	ID          string          // The idempotency key: every repeat carries it.
	Purpose     string          // Of a code the kind of the flow; else the name, e.g. "phone_changed".
	Account     Account         // Whom it is about.
	Destination string          // The number in E.164, or the email; of an event empty.
	Locale      string          // Of the text, BCP 47, e.g. "en"; of an event empty.
	Code        Secret          // Empty for a notice and an event.
	Text        Secret          // What the person reads; holds the code.
	Fields      json.RawMessage // What it tells, by name: a JSON object of texts. Field reads one.
	TraceID     string          // Of the call that made it.
	Lifetime    time.Duration   // How long the code will be valid from now.
	CreatedAt   time.Time
	Subject     string // Of a mail.
	HTML        Secret // Of a mail: the text once more, as an HTML document; holds the code.
}

// Field gives what the message tells under a name, e.g. "dispute"; empty if nothing.
func (m *Message) Field(name string) string {
	var fields map[string]string
	_ = json.Unmarshal(m.Fields, &fields) // the library's own JSON; in a message that a test made it may be none
	return fields[name]
}

// A SendResult says how a hand-over ended. The zero value is unknown: the message is tried again with the same id.
type SendResult struct {
	Outcome    SendOutcome
	RetryAfter time.Duration // If it may go later: the least time to wait.
	// Why it was not sent or, when accepted, what the gateway calls the message in its delivery reports. It is stored with
	// the message, as its Outcome: no address, no code.
	Reason string
}

// A Sender hands messages to people. It is called from any goroutine that pumps a Dispatcher, and must not call
// runtime.Goexit. A panic counts as no answer.
type Sender interface {
	Send(message *Message) SendResult
}

// An EventSink tells the host of what happened: Purpose is the event's name, Fields what it tells. As Sender; possibly
// more than once with one ID.
type EventSink interface {
	Deliver(event *Message) SendResult
}

// SenderFunc makes a Sender of a function.
type SenderFunc func(message *Message) SendResult

// Send calls the function.
func (f SenderFunc) Send(message *Message) SendResult { return f(message) }

// EventSinkFunc makes an EventSink of a function.
type EventSinkFunc func(event *Message) SendResult

// Deliver calls the function.
func (f EventSinkFunc) Deliver(event *Message) SendResult { return f(event) }

func messageOf(in *C.ringfence_message) *Message {
	return &Message{
		Kind:        MessageKind(in.kind),
		Channel:     ChannelKind(in.channel),
		Route:       Route(in.route),
		Role:        Role(in.role),
		Attempts:    int(in.attempts),
		ID:          copied(in.id),
		Purpose:     copied(in.purpose),
		Account:     accountOf(&in.account),
		Destination: copied(in.destination),
		Locale:      copied(in.locale),
		Code:        secret(view(in.code)),
		Text:        secret(view(in.text)),
		Fields:      append(json.RawMessage(nil), view(in.fields)...),
		TraceID:     copied(in.trace_id),
		Lifetime:    durationOf(in.lifetime_ms),
		CreatedAt:   timeOf(in.created_at),
		Subject:     copied(in.subject),
		HTML:        secret(view(in.html)),
	}
}

func handOver(where string, in *C.ringfence_message, retryAfter *C.int64_t, reason C.ringfence_out, hand func(*Message) SendResult) C.int32_t {
	return guarded(where, C.int32_t(C.RINGFENCE_SEND_UNKNOWN), func() C.int32_t {
		message := messageOf(in)
		defer message.HTML.wipe()
		defer message.Text.wipe()
		defer message.Code.wipe()
		result := hand(message)
		*retryAfter = C.int64_t(result.RetryAfter.Milliseconds())
		answer(reason, []byte(result.Reason))
		return C.int32_t(result.Outcome)
	})
}

//export ringfenceGoSend
func ringfenceGoSend(context C.uintptr_t, message *C.ringfence_message, retryAfter *C.int64_t, reason C.ringfence_out) C.int32_t {
	return handOver("Sender.Send", message, retryAfter, reason, func(message *Message) SendResult {
		return part(context).(Sender).Send(message)
	})
}

//export ringfenceGoDeliver
func ringfenceGoDeliver(context C.uintptr_t, event *C.ringfence_message, retryAfter *C.int64_t, reason C.ringfence_out) C.int32_t {
	return handOver("EventSink.Deliver", event, retryAfter, reason, func(event *Message) SendResult {
		return part(context).(EventSink).Deliver(event)
	})
}
