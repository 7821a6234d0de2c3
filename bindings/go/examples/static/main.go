// Command static is a program that has ringfence in itself: built with the tag ringfence_static, it needs no
// libringfence.so. It changes a phone in memory and says how.
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"time"

	ringfence "example.org/ringfence/bindings/go"
)

type keys struct{}

func (keys) WriteKeys(to io.Writer) error {
	_, err := io.WriteString(to, "k1 0707070707070707070707070707070707070707070707070707070707070707")
	return err
}

func main() {
	if err := run(context.Background()); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context) error {
	ring, err := ringfence.NewKeyRing(keys{})
	if err != nil {
		return err
	}
	defer ring.Close()
	service, err := ringfence.Open("memory:", ringfence.Config{Keys: ring})
	if err != nil {
		return err
	}
	defer service.Close()
	code := ""
	accepted := ringfence.SendResult{Outcome: ringfence.SendAccepted}
	dispatcher, err := service.NewDispatcher(ringfence.DispatcherConfig{
		Sender: ringfence.SenderFunc(func(message *ringfence.Message) ringfence.SendResult {
			if message.Kind == ringfence.MessageCode {
				code = message.Code.Reveal()
			}
			return accepted
		}),
		Events: ringfence.EventSinkFunc(func(*ringfence.Message) ringfence.SendResult { return accepted }),
	})
	if err != nil {
		return err
	}
	defer dispatcher.Close()

	ann := ringfence.Account{ID: "ann"}
	call := ringfence.Call{Session: "session"}
	if _, err := service.RegisterAccount(ctx, ringfence.Registration{Account: ann,
		Phone: ringfence.AddressInput{Text: "+8613912343672"}, PhoneProvenAt: time.Now()}, call); err != nil {
		return err
	}
	flow, err := service.BeginChangePhone(ctx, ann, ringfence.Phone, ringfence.NumberChanged, call)
	if err != nil {
		return err
	}
	if _, err := dispatcher.Pump(ctx); err != nil {
		return err
	}
	if _, err := service.ProveIdentity(ctx, flow.Flow, code, call); err != nil {
		return err
	}
	if _, err := service.SetTarget(ctx, flow.Flow, ringfence.AddressInput{Text: "07700 900123", Region: "GB"}, call); err != nil {
		return err
	}
	if _, err := dispatcher.Pump(ctx); err != nil {
		return err
	}
	done, err := service.ProveTarget(ctx, flow.Flow, code, ringfence.AcceptVerificationOnly, call)
	if err != nil {
		return err
	}
	fmt.Printf("ringfence %s: changed to %s, login %v\n", ringfence.LibraryVersion(), done.Change.To, done.Change.UsableForLogin)
	return nil
}
