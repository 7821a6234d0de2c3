package ringfencetest

import (
	"sync"

	ringfence "example.org/ringfence/bindings/go"
)

// Sent is a message that was sent, or an event. Code, Text and HTML are open here: these are tests.
type Sent struct {
	ringfence.Message
	Code string
	Text string
	HTML string
}

// A Recorder keeps what was sent and what the host was told, as a phone keeps its messages. It is a ringfence.Sender and a
// ringfence.EventSink. Safe for use from any goroutine; the zero value is ready.
type Recorder struct {
	mutex  sync.Mutex
	answer func(*ringfence.Message) ringfence.SendResult
	sent   []Sent
}

// Send keeps a message.
func (r *Recorder) Send(message *ringfence.Message) ringfence.SendResult { return r.keep(message) }

// Deliver keeps an event.
func (r *Recorder) Deliver(event *ringfence.Message) ringfence.SendResult { return r.keep(event) }

func (r *Recorder) keep(message *ringfence.Message) ringfence.SendResult {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	result := ringfence.SendResult{Outcome: ringfence.SendAccepted}
	if r.answer != nil {
		result = r.answer(message)
	}
	if result.Outcome == ringfence.SendAccepted {
		r.sent = append(r.sent, Sent{*message, message.Code.Reveal(), message.Text.Reveal(), message.HTML.Reveal()})
	}
	return result
}

// AnswerWith decides what the next hand-overs lead to; nil: they are accepted. Only what is accepted is kept.
func (r *Recorder) AnswerWith(answer func(*ringfence.Message) ringfence.SendResult) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.answer = answer
}

// All gives everything so far, in order.
func (r *Recorder) All() []Sent {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	return append([]Sent(nil), r.sent...)
}

// Named gives what has this purpose, e.g. "phone_changed", in order.
func (r *Recorder) Named(purpose string) []Sent {
	var named []Sent
	for _, one := range r.All() {
		if one.Purpose == purpose {
			named = append(named, one)
		}
	}
	return named
}

// LastCode gives the newest code that reached an address ("+8613912343672", "a@example.com"); "" if there is none.
func (r *Recorder) LastCode(address string) string {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	for i := len(r.sent) - 1; i >= 0; i-- {
		if r.sent[i].Code != "" && r.sent[i].Destination == address {
			return r.sent[i].Code
		}
	}
	return ""
}

// Clear forgets everything so far.
func (r *Recorder) Clear() {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.sent = nil
}
