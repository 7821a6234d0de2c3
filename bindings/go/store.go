package ringfence

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// A Store is where records and the outbox live. OpenStore gives those that ringfence has; this is also what to write to
// have one of your own. ringfencetest.StoreContract puts every line of what is promised here to any store.
//
// All functions may be called from any goroutine, several at once, and must not call runtime.Goexit (nor, then,
// testing.T.FailNow). A context has the deadline of the call, if there is one; the context of the caller does not come
// through. Times and durations are numbers of milliseconds, as they stand in the records.
//
// A function that fails gives an error for which errors.Is says ErrStoreUnavailable (nothing was changed),
// ErrStoreCorrupt, ErrWrongProcess, or ErrOutcomeUnknown; of any other error the library believes the worst, which for
// Take, Settle and Sweep is ErrOutcomeUnknown, else ErrStoreUnavailable. Its text goes to logs: no address, no code.
type Store interface {
	// Load gives one entry a key, in the order of the keys, as they are at one moment; nil where there is no record.
	Load(ctx context.Context, keys []Key) ([]*Loaded, error)

	// Commit checks every expectation and applies the change set, in one atomic step, or not at all. One that is not
	// WellFormed, or has a message whose id is taken, is not applied. An error is told to OnDefect, and nowhere else; with
	// CommitCommitted it makes the outcome unknown.
	Commit(ctx context.Context, change *ChangeSet) (CommitOutcome, error)

	// Take takes up to max pending messages of the share that are due and leases them: Attempts is raised by one and DueAt
	// becomes now + lease, durably, before they are returned. The longest due come first, then the first created, and those
	// of one change set in its order. Two takers never get one message within a lease. One that is due more than
	// LongestDeferral ahead was dated by a wrong clock, and is due now. Of a share that is not Valid it takes nothing.
	Take(now, lease int64, max int, share Share) ([]StoredMessage, error)

	// Settle applies the settlements whose message is pending with the same number of attempts and of the same account; it
	// passes over the others. One whose State is MessagePending applies to a message that was given up, too, if the number
	// is the same: so that it is tried again.
	Settle(settlements []Settlement) error

	// Messages gives up to max messages of an account, the first created first and those of one change set in its order,
	// as they are now.
	Messages(ctx context.Context, account Account, max int) ([]StoredMessage, error)

	// GivenUp gives up to max messages of all accounts that were given up, in the order of their places, those after a
	// place.
	GivenUp(ctx context.Context, after MessagePlace, max int) ([]StoredMessage, error)

	// Outbox tells what waits in the outbox.
	Outbox(ctx context.Context, now int64) (OutboxState, error)

	// Sweep removes up to max things that say nothing any more: messages that ended and were created before settledBefore,
	// and records whose Meaning.ForgetAt has come. It gives how many; call it again until that is less than max.
	Sweep(now, settledBefore int64, max int) (int, error)
}

// LongestDeferral is how far ahead, in milliseconds, a message is due at most.
const LongestDeferral int64 = 2 * 24 * 60 * 60 * 1000

// CountedAtMost is up to where OutboxState.Due is counted.
const CountedAtMost = 1000

// A Key names a record: the JSON of an object with one member, its kind. The same key is always the same text, so it can
// be the key of a map or of a table. Loaded keys are not to be put together from parts: they are asked for and given.
type Key string

// Kind is "account", "address_entry", "source" or "audit_entry"; "" of what is no key.
func (k Key) Kind() string {
	rest := strings.TrimPrefix(string(k), `{"`)
	if end := strings.IndexByte(rest, '"'); end >= 0 && len(rest) < len(k) {
		return rest[:end]
	}
	return ""
}

// MarshalJSON gives the key as it is.
func (k Key) MarshalJSON() ([]byte, error) { return []byte(k), nil }

// UnmarshalJSON takes the key as it is.
func (k *Key) UnmarshalJSON(text []byte) error {
	if k == nil {
		return errNowhere
	}
	*k = Key(text)
	return nil
}

// A Version is a tag of 16 hexadecimal digits that a record gets with each commit.
type Version string

// NoVersion is expected of a record that must not be there.
const NoVersion Version = "0000000000000000"

// A Loaded is a record as it was loaded. The record is JSON whose members are part of what the library promises
// (ABI.md); a store keeps it as it is.
type Loaded struct {
	Record  json.RawMessage `json:"record"`
	Version Version         `json:"version"`
}

// Meaning is what a store needs to know of a record.
type Meaning struct {
	// ForgetAt is when an address entry or a source says nothing any more; 0: never.
	ForgetAt int64 `json:"forget_at"`
}

// MeaningOf reads a record of the kind of the key.
func MeaningOf(key Key, record json.RawMessage) (Meaning, error) {
	var meaning Meaning
	switch key.Kind() {
	case "address_entry", "source":
		if err := json.Unmarshal(record, &meaning); err != nil {
			return Meaning{}, fmt.Errorf("a record cannot be read: %w", ErrStoreCorrupt)
		}
	}
	return meaning, nil
}

// An Expect is a version that must be stored, or NoVersion.
type Expect struct {
	Key     Key     `json:"key"`
	Version Version `json:"version"`
}

// A Put is a record and the version it gets.
type Put struct {
	Key     Key             `json:"key"`
	Record  json.RawMessage `json:"record"`
	Version Version         `json:"version"`
}

// A ChangeSet is one atomic change: all of it happens, or nothing.
type ChangeSet struct {
	ID       string   // 32 hexadecimal digits; the account that is put names it, too.
	Expects  []Expect // Every key that was put, erased or decided upon, once.
	Puts     []Put
	Erases   []Key           // Records that are there no more; each was expected.
	Messages []StoredMessage // Appended to the outbox in this order; ids are new.
	// Before that, every message of this account is removed from the outbox, ended or not.
	ForgetMessagesOf *Account
}

// WellFormed says whether a change set keeps the rules that a store relies on: no key is expected, put or erased twice or
// put and erased, whatever is put or erased was expected, and what is put gets a version. One that does not is a defect of
// its maker and must not be applied.
func (c *ChangeSet) WellFormed() bool {
	if c == nil {
		return false
	}
	const expected, written = 1, 2
	seen := make(map[Key]int, len(c.Expects))
	for _, expect := range c.Expects {
		if seen[expect.Key] != 0 {
			return false
		}
		seen[expect.Key] = expected
	}
	write := func(key Key) bool {
		was := seen[key]
		seen[key] = written
		return was == expected
	}
	for _, put := range c.Puts {
		if put.Version == NoVersion || !write(put.Key) {
			return false
		}
	}
	for _, key := range c.Erases {
		if !write(key) {
			return false
		}
	}
	return true
}

type accountJSON struct {
	Account string `json:"account"`
	Realm   string `json:"realm"`
}

type changeJSON struct {
	Erases           []Key           `json:"erases"`
	Expects          []Expect        `json:"expects"`
	ForgetMessagesOf *accountJSON    `json:"forget_messages_of,omitempty"`
	ID               string          `json:"id"`
	Messages         []StoredMessage `json:"messages"`
	Puts             []Put           `json:"puts"`
}

// MarshalJSON gives the change set as the library writes it.
func (c ChangeSet) MarshalJSON() ([]byte, error) {
	out := changeJSON{ID: c.ID,
		Erases:   append([]Key{}, c.Erases...),
		Expects:  append([]Expect{}, c.Expects...),
		Messages: append([]StoredMessage{}, c.Messages...),
		Puts:     append([]Put{}, c.Puts...)}
	if c.ForgetMessagesOf != nil {
		out.ForgetMessagesOf = &accountJSON{c.ForgetMessagesOf.ID, c.ForgetMessagesOf.Realm}
	}
	return encode(out)
}

// UnmarshalJSON reads a change set of the library.
func (c *ChangeSet) UnmarshalJSON(text []byte) error {
	if c == nil {
		return errNowhere
	}
	var in changeJSON
	if err := json.Unmarshal(text, &in); err != nil {
		return err
	}
	*c = ChangeSet{ID: in.ID, Expects: in.Expects, Puts: in.Puts, Erases: in.Erases, Messages: in.Messages}
	if in.ForgetMessagesOf != nil {
		c.ForgetMessagesOf = &Account{Realm: in.ForgetMessagesOf.Realm, ID: in.ForgetMessagesOf.Account}
	}
	return nil
}

// MessageState says how a message stands.
type MessageState string

// How a message stands.
const (
	MessagePending    MessageState = "pending"
	MessageAccepted   MessageState = "accepted"   // The sender or the host took it.
	MessageGivenUp    MessageState = "given_up"   // Refused for good, or too late.
	MessageSuperseded MessageState = "superseded" // A newer code has taken its place, or it is no longer needed.
)

// A StoredMessage is a message of the outbox: what a store needs to know of it, what a store changes in it, and the rest.
type StoredMessage struct {
	// Which never change; they are read from Body, and changing them here changes nothing.
	ID        string  // 32 hexadecimal digits.
	Account   Account // Whom it is about.
	CreatedAt int64

	// Which a store keeps, and changes.
	State    MessageState
	DueAt    int64  // Not taken before.
	Attempts int    // How often it was taken.
	Outcome  string // Why it was given up or deferred.

	// Everything else, and the first three: an object of JSON, to be kept as it is.
	Body json.RawMessage
}

type messageBody struct {
	ID        string `json:"id"`
	Realm     string `json:"realm"`
	Account   string `json:"account"`
	CreatedAt int64  `json:"created_at"`
}

type messageLife struct {
	State    MessageState `json:"state"`
	DueAt    int64        `json:"due_at"`
	Attempts int          `json:"attempts"`
	Outcome  string       `json:"outcome"`
}

// A MessagePlace is where a message stands among others: the one created first comes first, and of those created at one
// moment the one with the smaller ID. The zero value is before all of them.
type MessagePlace struct {
	CreatedAt int64
	ID        string // 32 hexadecimal digits; empty: before all others of that moment.
}

// Before says whether a place comes before another one.
func (p MessagePlace) Before(other MessagePlace) bool {
	return p.CreatedAt < other.CreatedAt || p.CreatedAt == other.CreatedAt && p.ID < other.ID
}

// Place is where the message stands among others.
func (m StoredMessage) Place() MessagePlace { return MessagePlace{m.CreatedAt, m.ID} }

// UnmarshalJSON reads a message of the library, or a Body alone: then it is pending and due at once.
func (m *StoredMessage) UnmarshalJSON(text []byte) error {
	if m == nil {
		return errNowhere
	}
	var members map[string]json.RawMessage
	var body messageBody
	var life messageLife
	for _, part := range []interface{}{&members, &body, &life} {
		if err := json.Unmarshal(text, part); err != nil {
			return err
		}
	}
	for _, name := range []string{"state", "due_at", "attempts", "outcome"} {
		delete(members, name)
	}
	rest, err := encode(members)
	if err != nil {
		return err
	}
	if life.State == "" {
		life.State = MessagePending
	}
	*m = StoredMessage{
		ID:        body.ID,
		Account:   Account{Realm: body.Realm, ID: body.Account},
		CreatedAt: body.CreatedAt,
		State:     life.State,
		DueAt:     life.DueAt,
		Attempts:  life.Attempts,
		Outcome:   life.Outcome,
		Body:      rest,
	}
	return nil
}

// MarshalJSON gives the message as the library reads it.
func (m StoredMessage) MarshalJSON() ([]byte, error) {
	body := bytes.TrimSpace(m.Body)
	if len(body) < len(`{"a":0}`) || body[0] != '{' || body[len(body)-1] != '}' {
		return nil, errors.New("ringfence: a message without its body")
	}
	life, err := encode(messageLife{m.State, m.DueAt, m.Attempts, m.Outcome})
	if err != nil {
		return nil, err
	}
	out := make([]byte, 0, len(body)+len(life))
	out = append(out, body[:len(body)-1]...)
	out = append(out, ',')
	return append(out, life[1:]...), nil
}

// A Settlement says how a message that was taken ended, or that it did not end yet.
type Settlement struct {
	ID      string
	Account Account
	// As it was when taken. A settlement with another number is too late and is passed over.
	Attempts int
	State    MessageState
	DueAt    int64 // If still pending: when to try again.
	Outcome  string
}

type settlementJSON struct {
	Account  string       `json:"account"`
	Attempts int          `json:"attempts"`
	DueAt    int64        `json:"due_at"`
	ID       string       `json:"id"`
	Outcome  string       `json:"outcome"`
	Realm    string       `json:"realm"`
	State    MessageState `json:"state"`
}

// MarshalJSON gives the settlement as the library writes it.
func (s Settlement) MarshalJSON() ([]byte, error) {
	return encode(settlementJSON{s.Account.ID, s.Attempts, s.DueAt, s.ID, s.Outcome, s.Account.Realm, s.State})
}

// UnmarshalJSON reads a settlement of the library.
func (s *Settlement) UnmarshalJSON(text []byte) error {
	if s == nil {
		return errNowhere
	}
	var in settlementJSON
	if err := json.Unmarshal(text, &in); err != nil {
		return err
	}
	*s = Settlement{in.ID, Account{in.Realm, in.Account}, in.Attempts, in.State, in.DueAt, in.Outcome}
	return nil
}

// A Share is a part of the outbox, so that many dispatchers do not look at the same messages: it is divided into Of equal
// parts by the first hexadecimal digit of the message's id.
type Share struct {
	Index int // 0 - Of-1
	Of    int // 1 - 16
}

// Valid says whether there is such a share.
func (s Share) Valid() bool { return s.Of >= 1 && s.Of <= 16 && s.Index >= 0 && s.Index < s.Of }

// Has says whether a message is in a share that is valid.
func (s Share) Has(message string) bool {
	digit := strings.IndexByte("0123456789abcdef", append([]byte(message), 0)[0])
	return digit >= 0 && digit%s.Of == s.Index
}

// OutboxState tells what waits in the outbox.
type OutboxState struct {
	// Messages whose time has come; counted up to CountedAtMost. One dated by a wrong clock is not among them until it is
	// taken.
	Due         int   `json:"due"`
	OldestDueAt int64 `json:"oldest_due_at"` // Since when the longest waiting of them is due; 0: none is.
}

var errNowhere = errors.New("ringfence: there is nothing to read into: the pointer is nil")

// encode writes JSON as the library does: what is no JSON of its own stays as it is.
func encode(value interface{}) ([]byte, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), nil
}
