// Package mapstore is a ringfence.Store in plain Go: a map with a mutex around it. It is an example to begin your own from;
// it forgets everything when the program ends, and looks at every message in turn.
package mapstore

import (
	"context"
	"sort"
	"sync"

	ringfence "example.org/ringfence/bindings/go"
)

// A Store keeps records and messages in maps. New makes one.
type Store struct {
	mutex    sync.Mutex
	records  map[ringfence.Key]record
	messages map[string]*message
	appended int
}

type record struct {
	loaded   ringfence.Loaded
	forgetAt int64
}

type message struct {
	ringfence.StoredMessage
	number int // In the order of appending.
}

var _ ringfence.Store = (*Store)(nil)

// New makes an empty store.
func New() *Store {
	return &Store{records: map[ringfence.Key]record{}, messages: map[string]*message{}}
}

// Load gives one entry a key.
func (s *Store) Load(_ context.Context, keys []ringfence.Key) ([]*ringfence.Loaded, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	out := make([]*ringfence.Loaded, len(keys))
	for i, key := range keys {
		if found, ok := s.records[key]; ok {
			loaded := found.loaded
			out[i] = &loaded
		}
	}
	return out, nil
}

// Commit checks every expectation and applies the change.
func (s *Store) Commit(_ context.Context, change *ringfence.ChangeSet) (ringfence.CommitOutcome, error) {
	if !change.WellFormed() {
		return ringfence.CommitUnavailable, nil
	}
	puts := make([]record, len(change.Puts))
	for i, put := range change.Puts {
		meaning, err := ringfence.MeaningOf(put.Key, put.Record)
		if err != nil {
			return ringfence.CommitUnavailable, err
		}
		puts[i] = record{ringfence.Loaded{Record: put.Record, Version: put.Version}, meaning.ForgetAt}
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	for _, expect := range change.Expects {
		version := ringfence.NoVersion
		if found, ok := s.records[expect.Key]; ok {
			version = found.loaded.Version
		}
		if version != expect.Version {
			return ringfence.CommitConflict, nil
		}
	}
	fresh := map[string]bool{}
	for i := range change.Messages {
		id := change.Messages[i].ID
		if fresh[id] || s.messages[id] != nil {
			return ringfence.CommitUnavailable, nil
		}
		fresh[id] = true
	}
	// From here on nothing can fail.
	for _, key := range change.Erases {
		delete(s.records, key)
	}
	for i, put := range change.Puts {
		s.records[put.Key] = puts[i]
	}
	if change.ForgetMessagesOf != nil {
		for id, message := range s.messages {
			if message.Account == *change.ForgetMessagesOf {
				delete(s.messages, id)
			}
		}
	}
	for _, appended := range change.Messages {
		s.appended++
		s.messages[appended.ID] = &message{appended, s.appended}
	}
	return ringfence.CommitCommitted, nil
}

// Take leases messages that are due.
func (s *Store) Take(now, lease int64, max int, share ringfence.Share) ([]ringfence.StoredMessage, error) {
	if !share.Valid() {
		return nil, nil
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	// What is due too far ahead comes last.
	due := s.sorted(func(one *message) bool {
		return one.State == ringfence.MessagePending && share.Has(one.ID) &&
			(one.DueAt <= now || one.DueAt > now+ringfence.LongestDeferral)
	}, func(a, b *message) int { return compare(a.DueAt, b.DueAt) })
	due = first(due, max)
	for _, one := range due {
		one.Attempts++
		one.DueAt = now + lease
	}
	return shown(due), nil
}

// Settle says how messages ended.
func (s *Store) Settle(settlements []ringfence.Settlement) error {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	for _, settled := range settlements {
		one := s.messages[settled.ID]
		if one == nil || one.Attempts != settled.Attempts || one.Account != settled.Account {
			continue
		}
		retried := one.State == ringfence.MessageGivenUp && settled.State == ringfence.MessagePending
		if one.State != ringfence.MessagePending && !retried {
			continue
		}
		one.State = settled.State
		one.Outcome = settled.Outcome
		if settled.State == ringfence.MessagePending {
			one.DueAt = settled.DueAt
		}
	}
	return nil
}

// Messages gives the messages of an account.
func (s *Store) Messages(_ context.Context, account ringfence.Account, max int) ([]ringfence.StoredMessage, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	of := s.sorted(func(one *message) bool { return one.Account == account }, func(*message, *message) int { return 0 })
	return shown(first(of, max)), nil
}

// GivenUp gives what was given up.
func (s *Store) GivenUp(_ context.Context, after ringfence.MessagePlace, max int) ([]ringfence.StoredMessage, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	var found []*message
	for _, one := range s.messages {
		if one.State == ringfence.MessageGivenUp && after.Before(one.Place()) {
			found = append(found, one)
		}
	}
	sort.Slice(found, func(i, j int) bool { return found[i].Place().Before(found[j].Place()) })
	return shown(first(found, max)), nil
}

// Outbox tells what waits.
func (s *Store) Outbox(_ context.Context, now int64) (ringfence.OutboxState, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	var state ringfence.OutboxState
	for _, one := range s.messages {
		if one.State != ringfence.MessagePending || one.DueAt > now {
			continue
		}
		if state.Due == 0 || one.DueAt < state.OldestDueAt {
			state.OldestDueAt = one.DueAt
		}
		if state.Due < ringfence.CountedAtMost {
			state.Due++
		}
	}
	return state, nil
}

// Sweep removes what says nothing any more.
func (s *Store) Sweep(now, settledBefore int64, max int) (int, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	removed := 0
	for id, one := range s.messages {
		if removed < max && one.State != ringfence.MessagePending && one.CreatedAt < settledBefore {
			delete(s.messages, id)
			removed++
		}
	}
	for key, one := range s.records {
		if removed < max && one.forgetAt != 0 && one.forgetAt <= now {
			delete(s.records, key)
			removed++
		}
	}
	return removed, nil
}

// sorted gives the messages that are wanted, those that compare equal by when they were created, then appended.
func (s *Store) sorted(wanted func(*message) bool, by func(a, b *message) int) []*message {
	var out []*message
	for _, one := range s.messages {
		if wanted(one) {
			out = append(out, one)
		}
	}
	sort.Slice(out, func(i, j int) bool {
		a, b := out[i], out[j]
		for _, order := range []int{by(a, b), compare(a.CreatedAt, b.CreatedAt)} {
			if order != 0 {
				return order < 0
			}
		}
		return a.number < b.number
	})
	return out
}

func compare(a, b int64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func first(messages []*message, max int) []*message {
	if max < 0 {
		max = 0
	}
	if len(messages) > max {
		messages = messages[:max]
	}
	return messages
}

func shown(messages []*message) []ringfence.StoredMessage {
	out := make([]ringfence.StoredMessage, len(messages))
	for i, one := range messages {
		out[i] = one.StoredMessage
	}
	return out
}
