package ringfence_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	ringfence "example.org/ringfence/bindings/go"
	"example.org/ringfence/bindings/go/ringfencetest"
)

const (
	webhookKey  = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	description = `{"carries":["sms"],"variables":{"gateway":null,"token":null},"url":"{gateway}/send",
		"headers":{"Idempotency-Key":"{id}"},"auth":{"bearer":"{token}"},
		"json":{"to":"{to}","code":"{code}"},"reply":{"accepted":{"status":200}}}`
)

// An inbox is what messages and events go to over HTTP.
type inbox struct {
	*httptest.Server
	mutex  sync.Mutex
	codes  map[string]string
	events []string
	wrong  []string
}

func newInbox(t *testing.T) *inbox {
	in := &inbox{codes: map[string]string{}}
	in.Server = httptest.NewServer(in)
	t.Cleanup(in.Close)
	return in
}

func (in *inbox) ServeHTTP(_ http.ResponseWriter, request *http.Request) {
	in.mutex.Lock()
	defer in.mutex.Unlock()
	body, _ := io.ReadAll(request.Body)
	if request.URL.Path == "/hook" {
		in.event(request, body)
		return
	}
	var message struct{ To, Code string }
	if err := json.Unmarshal(body, &message); err != nil || request.Header.Get("Authorization") != "Bearer token-mark" {
		in.wrong = append(in.wrong, string(body))
	}
	if message.Code != "" {
		in.codes[message.To] = message.Code
	}
}

func (in *inbox) event(request *http.Request, body []byte) {
	key, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(webhookKey, "whsec_"))
	mac := hmac.New(sha256.New, key)
	io.WriteString(mac, request.Header.Get("webhook-id")+"."+request.Header.Get("webhook-timestamp")+".")
	mac.Write(body)
	var event struct{ Type string }
	if err := json.Unmarshal(body, &event); err != nil ||
		request.Header.Get("webhook-signature") != "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)) {
		in.wrong = append(in.wrong, string(body))
	}
	in.events = append(in.events, event.Type)
}

func (in *inbox) code(t *testing.T, to string) string {
	t.Helper()
	in.mutex.Lock()
	defer in.mutex.Unlock()
	if in.codes[to] == "" {
		t.Fatalf("no code has come to %s", to)
	}
	return in.codes[to]
}

func TestAPhoneIsChangedByCodesThatLeaveOverHTTP(t *testing.T) {
	file := filepath.Join(t.TempDir(), "gateway.json")
	ok(t, os.WriteFile(file, []byte(description), 0o600))
	for name, gateway := range map[string]ringfence.HTTPGateway{"a text": {Description: description}, "a file": {File: file}} {
		gateway := gateway
		t.Run(name, func(t *testing.T) {
			in := newInbox(t)
			world := ringfencetest.New(t)
			ann := world.Register("ann", oldPhone)
			gateway.Variables = map[string]string{"gateway": in.URL, "token": "token-mark"}
			gateway.Options = ringfence.HTTPOptions{Connections: 2, ConnectTimeout: 5 * time.Second, Timeout: 20 * time.Second}
			dispatcher := must[*ringfence.Dispatcher](t)(world.Service.NewDispatcher(ringfence.DispatcherConfig{
				Gateway: &gateway, Webhook: &ringfence.Webhook{URL: in.URL + "/hook", Keys: []string{webhookKey}}}))
			defer dispatcher.Close()
			pump := func() {
				for must[ringfence.DispatchCounts](t)(dispatcher.Pump(ctx)).Taken > 0 {
				}
			}

			flow := must[ringfence.FlowView](t)(world.Service.BeginChangePhone(ctx, ann, ringfence.Phone, ringfence.NumberChanged, call))
			pump()
			must[ringfence.FlowView](t)(world.Service.ProveIdentity(ctx, flow.Flow, in.code(t, oldPhone), call))
			must[ringfence.FlowView](t)(world.Service.SetTarget(ctx, flow.Flow, ringfence.AddressInput{Text: newPhone}, call))
			pump()
			done := must[ringfence.FlowView](t)(world.Service.ProveTarget(ctx, flow.Flow, in.code(t, newPhone), ringfence.AcceptVerificationOnly, call))
			equal(t, "the end", done.Done(), true)
			pump()
			in.mutex.Lock()
			defer in.mutex.Unlock()
			if told := strings.Join(in.events, " "); !strings.Contains(told, "phone_changed") || !strings.Contains(told, "end_sessions") {
				t.Errorf("the host was told %s", told)
			}
			if len(in.wrong) != 0 {
				t.Errorf("wrong: %v", in.wrong)
			}
		})
	}
}

func TestAGatewayThatCannotWorkIsRefusedByName(t *testing.T) {
	world := ringfencetest.New(t)
	with := map[string]string{"gateway": "http://gateway.example", "token": "token-mark"}
	key := []string{webhookKey}
	for why, config := range map[string]ringfence.DispatcherConfig{
		"breaks off as JSON":           {Gateway: &ringfence.HTTPGateway{Description: "{"}},
		"variables.gateway is missing": {Gateway: &ringfence.HTTPGateway{Description: description}},
		"url must begin with https://": {Gateway: &ringfence.HTTPGateway{Description: description, Variables: with}},
		`Variables["gateway"] is not UTF-8`: {
			Gateway: &ringfence.HTTPGateway{Description: description, Variables: map[string]string{"gateway": "https://\xe4"}}},
		"cannot be read":            {Gateway: &ringfence.HTTPGateway{File: "/nonexistent/file"}},
		"one description":           {Gateway: &ringfence.HTTPGateway{}},
		"path of a file is File":    {Gateway: &ringfence.HTTPGateway{Description: "kannel.json"}},
		"Keys[1] is empty or has a": {Webhook: &ringfence.Webhook{URL: "https://host.example/", Keys: []string{webhookKey, ""}}},
		"Keys[0] is empty or has a": {Webhook: &ringfence.Webhook{URL: "https://host.example/", Keys: []string{webhookKey + " " + webhookKey}}},
		"one sender":                {Gateway: &ringfence.HTTPGateway{Description: description}, SenderURL: "console:"},
		"it has no key":             {Webhook: &ringfence.Webhook{URL: "https://host.example/"}},
		"file of certificates":      {Webhook: &ringfence.Webhook{URL: "https://host.example/", Keys: key, Options: ringfence.HTTPOptions{CAFile: "/nonexistent"}}},
	} {
		if config.Gateway == nil {
			config.SenderURL = "console:"
		}
		if config.Webhook == nil {
			config.EventsURL = "console:"
		}
		_, err := world.Service.NewDispatcher(config)
		refuses(t, err, ringfence.ErrInvalidArgument)
		var refusal *ringfence.Error
		if !errors.As(err, &refusal) || !strings.Contains(refusal.Text, why) || strings.Contains(refusal.Text, "mark") {
			t.Errorf("it should be refused with %q, and is with %q", why, refusal.Text)
		}
	}
	// On a network of one's own it may be said that no TLS is needed.
	dispatcher := must[*ringfence.Dispatcher](t)(world.Service.NewDispatcher(ringfence.DispatcherConfig{
		Gateway:   &ringfence.HTTPGateway{Description: description, Variables: with, Options: ringfence.HTTPOptions{AllowHTTP: true}},
		EventsURL: "console:"}))
	ok(t, dispatcher.Close())
}
