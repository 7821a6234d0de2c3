package ringfence_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	ringfence "example.org/ringfence/bindings/go"
	"example.org/ringfence/bindings/go/examples/mapstore"
	"example.org/ringfence/bindings/go/ringfencetest"
)

// quiet takes every event.
var quiet = ringfence.EventSinkFunc(func(*ringfence.Message) ringfence.SendResult {
	return ringfence.SendResult{Outcome: ringfence.SendAccepted}
})

// A gateway that prints what it is not to send: the text of a message has the code in it.
type printer struct{ codes map[string]string }

func (p *printer) Send(message *ringfence.Message) ringfence.SendResult {
	fmt.Println("to", message.Destination, "about", message.Purpose)
	if message.Kind == ringfence.MessageCode {
		p.codes[message.Destination] = message.Code.Reveal()
	}
	return ringfence.SendResult{Outcome: ringfence.SendAccepted}
}

func Example() {
	ctx := context.Background()
	keys, err := ringfence.NewKeyRing(&keysOf{"k1 0707070707070707070707070707070707070707070707070707070707070707"})
	if err != nil {
		log.Fatal(err)
	}
	defer keys.Close()
	service, err := ringfence.Open("memory:", ringfence.Config{Keys: keys})
	if err != nil {
		log.Fatal(err)
	}
	defer service.Close()
	phone := &printer{codes: map[string]string{}}
	dispatcher, err := service.NewDispatcher(ringfence.DispatcherConfig{Sender: phone, Events: quiet})
	if err != nil {
		log.Fatal(err)
	}
	defer dispatcher.Close()

	ann := ringfence.Account{ID: "ann"}
	call := ringfence.Call{Session: "session", Source: "192.0.2.1"}
	_, err = service.RegisterAccount(ctx, ringfence.Registration{
		Account:       ann,
		Phone:         ringfence.AddressInput{Text: "139 1234 3672", Region: "CN"},
		PhoneProvenAt: time.Now(),
	}, call)
	if err != nil {
		log.Fatal(err)
	}
	flow, err := service.BeginChangePhone(ctx, ann, ringfence.Phone, ringfence.NumberChanged, call)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("a code went to", flow.SentTo)
	if _, err := dispatcher.Pump(ctx); err != nil {
		log.Fatal(err)
	}
	view, err := service.ProveIdentity(ctx, flow.Flow, phone.codes["+8613912343672"], call)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(view.Verdict, view.Step)
	// Output:
	// a code went to 139****3672
	// to +8613912343672 about change_phone
	// accepted set_target
}

func ExampleError() {
	_, err := ringfence.ParsePhone(nil, ringfence.AddressInput{Text: "12", Region: "CN"})
	var refusal *ringfence.Error
	if errors.As(err, &refusal) {
		fmt.Println(refusal.Status, "so", refusal.Next)
	}
	fmt.Println(errors.Is(err, ringfence.ErrInvalidNumber), errors.Is(err, ringfence.ErrLimited))
	// Output:
	// ringfence: invalid_number so fix_input
	// true false
}

func ExampleSecret() {
	gateway := ringfence.SenderFunc(func(message *ringfence.Message) ringfence.SendResult {
		fmt.Println(message.Purpose, message.Code, len(message.Code.Reveal()))
		return ringfence.SendResult{Outcome: ringfence.SendAccepted}
	})
	keys, err := ringfence.NewKeyRing(&keysOf{"k1 0707070707070707070707070707070707070707070707070707070707070707"})
	if err != nil {
		log.Fatal(err)
	}
	defer keys.Close()
	service, err := ringfence.NewService(ringfence.Config{Store: mapstore.New(), Keys: keys})
	if err != nil {
		log.Fatal(err)
	}
	defer service.Close()
	dispatcher, err := service.NewDispatcher(ringfence.DispatcherConfig{Sender: gateway, Events: quiet})
	if err != nil {
		log.Fatal(err)
	}
	defer dispatcher.Close()
	ctx := context.Background()
	_, err = service.RegisterAccount(ctx, ringfence.Registration{Account: ringfence.Account{ID: "ann"},
		Phone: ringfence.AddressInput{Text: "+8613912343672"}}, call)
	if err != nil {
		log.Fatal(err)
	}
	// The phone is not verified: its first code proves it.
	if _, err := service.BeginVerifyChannel(ctx, ringfence.Account{ID: "ann"}, ringfence.Phone, ringfence.Phone, call); err != nil {
		log.Fatal(err)
	}
	if _, err := dispatcher.Pump(ctx); err != nil {
		log.Fatal(err)
	}
	// Output: verify_channel *** 6
}

func ExampleParsePhone() {
	number, err := ringfence.ParsePhone(nil, ringfence.AddressInput{Text: "139 1234 3672", Region: "CN"})
	fmt.Println(number.Text, number.Masked, err)
	// Output: +8613912343672 139****3672 <nil>
}

func Example_seededEntropy() {
	seed := make([]byte, 32)
	fmt.Println(ringfencetest.NewSeededEntropy(7).Fill(seed), seed[0], seed[8])
	// Output: <nil> 7 1
}
