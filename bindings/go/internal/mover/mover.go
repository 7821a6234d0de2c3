// Package mover does what is measured: whole changes of a phone, in memory. An account moves between two numbers; a day
// passes between the moves, so that no limit is met. As bench/languages_bench.cc has it.
package mover

import (
	"context"
	"errors"
	"io"
	"strings"
	"sync/atomic"
	"time"

	ringfence "example.org/ringfence/bindings/go"
)

// A Mover has a service in memory and an account on it.
type Mover struct {
	service    *ringfence.Service
	dispatcher *ringfence.Dispatcher
	keys       *ringfence.KeyRing
	clock      clock
	code       string
	moves      int
}

var (
	ann     = ringfence.Account{ID: "ann"}
	numbers = [2]string{"+8613912343672", "+447700900123"}
	call    = ringfence.Call{Session: "session", Source: "192.0.2.1"}
)

type clock struct{ ms atomic.Int64 }

func (c *clock) Now() time.Time      { return time.UnixMilli(c.ms.Load()) }
func (c *clock) Pause(time.Duration) {}

type fixedKeys struct{}

func (fixedKeys) WriteKeys(keys io.Writer) error {
	_, err := io.WriteString(keys, "k1 "+strings.Repeat("07", 32)+"\n")
	return err
}

// Send is a phone that remembers the last code.
func (m *Mover) Send(message *ringfence.Message) ringfence.SendResult {
	if message.Kind == ringfence.MessageCode {
		m.code = message.Code.Reveal()
	}
	return ringfence.SendResult{Outcome: ringfence.SendAccepted}
}

// Deliver takes every event.
func (m *Mover) Deliver(*ringfence.Message) ringfence.SendResult {
	return ringfence.SendResult{Outcome: ringfence.SendAccepted}
}

// New makes the account.
func New() (*Mover, error) {
	m := &Mover{}
	m.clock.ms.Store(1800000000000)
	var err error
	if m.keys, err = ringfence.NewKeyRing(fixedKeys{}); err != nil {
		return nil, err
	}
	if m.service, err = ringfence.Open("memory:", ringfence.Config{Keys: m.keys, Clock: &m.clock}); err != nil {
		return nil, err
	}
	if m.dispatcher, err = m.service.NewDispatcher(ringfence.DispatcherConfig{Sender: m, Events: m}); err != nil {
		return nil, err
	}
	_, err = m.service.RegisterAccount(context.Background(), ringfence.Registration{
		Account: ann, Phone: ringfence.AddressInput{Text: numbers[0]}, PhoneProvenAt: m.clock.Now()}, call)
	return m, err
}

// Close frees everything.
func (m *Mover) Close() {
	_ = m.dispatcher.Close()
	_ = m.service.Close()
	_ = m.keys.Close()
}

// Move changes the phone once.
func (m *Mover) Move() error {
	ctx := context.Background()
	flow, err := m.service.BeginChangePhone(ctx, ann, ringfence.Phone, ringfence.NumberChanged, call)
	if err != nil {
		return err
	}
	if err := m.pump(ctx); err != nil {
		return err
	}
	if _, err := m.service.ProveIdentity(ctx, flow.Flow, m.code, call); err != nil {
		return err
	}
	m.moves++
	if _, err := m.service.SetTarget(ctx, flow.Flow, ringfence.AddressInput{Text: numbers[m.moves%2]}, call); err != nil {
		return err
	}
	if err := m.pump(ctx); err != nil {
		return err
	}
	done, err := m.service.ProveTarget(ctx, flow.Flow, m.code, ringfence.AcceptVerificationOnly, call)
	if err != nil {
		return err
	}
	if !done.Done() {
		return errors.New("the flow did not end")
	}
	m.clock.ms.Add((24 * time.Hour).Milliseconds())
	return nil
}

func (m *Mover) pump(ctx context.Context) error {
	for {
		done, err := m.dispatcher.Pump(ctx)
		if err != nil || done.Taken == 0 {
			return err
		}
	}
}
