package ringfence_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	ringfence "example.org/ringfence/bindings/go"
	"example.org/ringfence/bindings/go/ringfencetest"
)

// A mailServer is that of the library's own tests, on the loopback address; it ends with the test. It runs in an
// interpreter that has aiosmtpd.
type mailServer struct {
	t      *testing.T
	orders net.Conn
	lines  *bufio.Reader
	port   int
}

type mail struct {
	To      []string                   `json:"rcpt_tos"`
	Sender  string                     `json:"mail_from"`
	From    [][]string                 `json:"from"`
	Helo    string                     `json:"helo"`
	User    string                     `json:"user"`
	DateMS  int64                      `json:"date_ms"`
	Headers map[string]string          `json:"headers"`
	Parts   []struct{ Content string } `json:"parts"`
}

// pythonWithMail finds an interpreter that has aiosmtpd.
func pythonWithMail(t *testing.T) string {
	t.Helper()
	for _, candidate := range []string{os.Getenv("PYTHON"), "python3", "/usr/bin/python3"} {
		if candidate != "" && exec.Command(candidate, "-c", "import aiosmtpd").Run() == nil {
			return candidate
		}
	}
	t.Fatal("no python3 here has aiosmtpd; PYTHON names another one")
	return ""
}

func newMailServer(t *testing.T, settings map[string]interface{}) *mailServer {
	t.Helper()
	command := exec.Command(pythonWithMail(t), "-B", filepath.Join("..", "..", "tests", "smtp", "mail_server.py"))
	command.Stderr = os.Stderr
	output := must[interface{ Read([]byte) (int, error) }](t)(command.StdoutPipe())
	ok(t, command.Start())
	server := &mailServer{t: t}
	t.Cleanup(func() {
		if server.orders != nil {
			_ = server.orders.Close()
		}
		_ = command.Process.Kill()
		_ = command.Wait()
	})
	port := must[string](t)(bufio.NewReader(output).ReadString('\n'))
	server.orders = must[net.Conn](t)(net.Dial("tcp", "127.0.0.1:"+strings.TrimSpace(port)))
	server.lines = bufio.NewReader(server.orders)
	settings["do"] = "listen"
	server.port = server.order(settings).Port
	return server
}

type answer struct {
	Port     int
	Messages []mail
}

func (s *mailServer) order(what map[string]interface{}) (out answer) {
	s.t.Helper()
	_, err := s.orders.Write(append(must[[]byte](s.t)(json.Marshal(what)), '\n'))
	ok(s.t, err)
	ok(s.t, json.Unmarshal(must[[]byte](s.t)(s.lines.ReadBytes('\n')), &out))
	return out
}

// last gives the newest mail to an address.
func (s *mailServer) last(address string) (out mail) {
	s.t.Helper()
	for _, one := range s.order(map[string]interface{}{"do": "report", "port": s.port}).Messages {
		if one.To[0] == address {
			out = one
		}
	}
	if out.To == nil {
		s.t.Fatalf("no mail reached %s", address)
	}
	return out
}

// changeEmail changes ann's email by the codes that the dispatcher's sender lets through.
func changeEmail(t *testing.T, world *ringfencetest.World, config ringfence.DispatcherConfig, codeAt func(string) string) {
	t.Helper()
	config.Events = world.Events
	dispatcher := must[*ringfence.Dispatcher](t)(world.Service.NewDispatcher(config))
	defer dispatcher.Close()
	pump := func() { must[ringfence.DispatchCounts](t)(dispatcher.Pump(ctx)) }
	now := world.Clock.Now()
	ann := ringfence.Account{ID: "ann"}
	must[ringfence.SecuritySettings](t)(world.Service.RegisterAccount(ctx, ringfence.Registration{
		Account: ann, Phone: ringfence.AddressInput{Text: oldPhone}, PhoneProvenAt: now,
		Email: "ann@example.com", EmailProvenAt: now}, call))
	flow := must[ringfence.FlowView](t)(world.Service.BeginChangeEmail(ctx, ann, ringfence.Email, call))
	pump()
	proven := must[ringfence.FlowView](t)(world.Service.ProveIdentity(ctx, flow.Flow, codeAt("ann@example.com"), call))
	equal(t, "the proof", proven.Accepted(), true)
	must[ringfence.FlowView](t)(world.Service.SetTarget(ctx, flow.Flow, ringfence.AddressInput{Text: "new@example.org"}, call))
	pump()
	done := must[ringfence.FlowView](t)(world.Service.ProveTarget(ctx, flow.Flow, codeAt("new@example.org"), ringfence.AcceptVerificationOnly, call))
	equal(t, "the end", done.Done(), true)
}

// codeIn gives the code, the first six digits in a row.
func codeIn(mail string) string { return regexp.MustCompile(`\d{6}`).FindString(mail) }

func TestMailGoesItsOwnWayAndTheRestToTheSender(t *testing.T) {
	server := newMailServer(t, map[string]interface{}{})
	world := ringfencetest.New(t)
	phone := &ringfencetest.Recorder{}
	mail := &ringfence.SMTP{Host: "127.0.0.1", Port: server.port, TLS: ringfence.NoTLS, From: "no-reply@shop.example"}
	config := ringfence.DispatcherConfig{Sender: phone, SMTP: mail}
	changeEmail(t, world, config, func(address string) string { return codeIn(server.last(address).Parts[0].Content) })
	must[ringfence.FlowView](t)(world.Service.BeginChangePhone(ctx, ringfence.Account{ID: "ann"}, ringfence.Phone, ringfence.NumberChanged, call))
	config.Events = world.Events
	dispatcher := must[*ringfence.Dispatcher](t)(world.Service.NewDispatcher(config))
	must[ringfence.DispatchCounts](t)(dispatcher.Pump(ctx))
	ok(t, dispatcher.Close())
	equal(t, "the code by telephone", len(phone.LastCode(oldPhone)), 6)
	for _, sent := range phone.All() {
		equal(t, "where it went", sent.Destination, oldPhone)
	}

	config.Mail = phone
	_, err := world.Service.NewDispatcher(config)
	refuses(t, err, ringfence.ErrInvalidArgument)
}

func TestAnEmailIsChangedWithTheCodesThatAMailServerReceived(t *testing.T) {
	server := newMailServer(t, map[string]interface{}{"user": "shop", "password": "s3cret"})
	world := ringfencetest.New(t)
	changeEmail(t, world, ringfence.DispatcherConfig{SMTP: &ringfence.SMTP{
		Host: "127.0.0.1", Port: server.port, TLS: ringfence.NoTLS, User: "shop", Password: []byte("s3cret"),
		From: "no-reply@shop.example", FromName: "京东云", EnvelopeFrom: "bounces@shop.example", ReplyTo: "help@shop.example",
		HELO: "client.test", MaxConnections: 1, ConnectTimeout: 5 * time.Second, Timeout: 10 * time.Second,
	}}, func(address string) string { return codeIn(server.last(address).Parts[0].Content) })
	got := server.last("new@example.org")
	equal(t, "the name", got.From[0][0], "京东云")
	equal(t, "the address", got.From[0][1], "no-reply@shop.example")
	equal(t, "where it is sent back to", got.Sender, "bounces@shop.example")
	equal(t, "where answers go", got.Headers["Reply-To"], "help@shop.example")
	equal(t, "the greeting", got.Helo, "client.test")
	equal(t, "the user", got.User, "shop")
	equal(t, "the date", got.DateMS, world.Clock.Now().Unix()*1000)
}

func TestAnEmailIsChangedWithTheCodesFromASpoolFolder(t *testing.T) {
	folder := t.TempDir()
	changeEmail(t, ringfencetest.New(t), ringfence.DispatcherConfig{SenderURL: "spool:" + folder}, func(address string) (code string) {
		for _, path := range must[[]string](t)(filepath.Glob(filepath.Join(folder, "*.json"))) {
			var file struct{ To, Code string }
			ok(t, json.Unmarshal(must[[]byte](t)(os.ReadFile(path)), &file))
			if file.To == address {
				code = file.Code
			}
			ok(t, os.Remove(path))
		}
		return code
	})
}

func TestAnOptionOfSMTPThatIsWrongIsNamed(t *testing.T) {
	world := ringfencetest.New(t)
	for name, spoil := range map[string]func(*ringfence.SMTP){
		"host":               func(s *ringfence.SMTP) { s.Host = "a b" },
		"port":               func(s *ringfence.SMTP) { s.Port = -1 },
		"tls":                func(s *ringfence.SMTP) { s.TLS = ringfence.NoTLS },
		"ca_file":            func(s *ringfence.SMTP) { s.CAFile = "/nowhere" },
		"password":           func(s *ringfence.SMTP) { s.User = "shop" },
		"user":               func(s *ringfence.SMTP) { s.Password = []byte("s3cret") },
		"from":               func(s *ringfence.SMTP) { s.From = "nobody" },
		"from_name":          func(s *ringfence.SMTP) { s.FromName = "a\nb" },
		"envelope_from":      func(s *ringfence.SMTP) { s.EnvelopeFrom = "nobody" },
		"reply_to":           func(s *ringfence.SMTP) { s.ReplyTo = "a\r\nb@example.com" },
		"helo":               func(s *ringfence.SMTP) { s.HELO = "a b" },
		"max_connections":    func(s *ringfence.SMTP) { s.MaxConnections = -1 },
		"connect_timeout_ms": func(s *ringfence.SMTP) { s.ConnectTimeout = -time.Second },
		"timeout_ms":         func(s *ringfence.SMTP) { s.Timeout = time.Hour },
	} {
		options := ringfence.SMTP{Host: "mail.example.com", From: "no-reply@example.com"}
		spoil(&options)
		_, err := world.Service.NewDispatcher(ringfence.DispatcherConfig{SMTP: &options, Events: world.Events})
		refuses(t, err, ringfence.ErrInvalidArgument)
		if !strings.Contains(err.Error(), "SMTP option "+name+": ") {
			t.Errorf("%s: %v", name, err)
		}
	}
	// Said by whoever knows that nobody listens on the way.
	plain := ringfence.SMTP{Host: "mail.example.com", From: "a@example.com", TLS: ringfence.NoTLS, PlainBeyondLoopback: true}
	dispatcher := must[*ringfence.Dispatcher](t)(world.Service.NewDispatcher(ringfence.DispatcherConfig{SMTP: &plain, Events: world.Events}))
	ok(t, dispatcher.Close())
}

func TestVariablesAndKeysAreNotPrinted(t *testing.T) {
	gateway := ringfence.HTTPGateway{File: "gateway.json", Variables: map[string]string{"token": "s3cret"}}
	hook := ringfence.Webhook{URL: "https://example.com/hook", Keys: []string{"s3cret"}}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		for _, printed := range []string{fmt.Sprintf(verb, gateway), fmt.Sprintf(verb, &gateway), fmt.Sprintf(verb, hook), fmt.Sprintf(verb, &hook)} {
			if strings.Contains(printed, "s3cret") {
				t.Errorf("%s prints %s", verb, printed)
			}
		}
	}
	for _, secret := range []interface{}{gateway, hook, ringfence.SMTP{Password: []byte("s3cret")}} {
		if written, err := json.Marshal(secret); err == nil {
			t.Errorf("it is written as %s", written)
		}
	}
}

func TestAPasswordIsNotPrinted(t *testing.T) {
	options := ringfence.SMTP{Host: "mail.example.com", Password: []byte("s3cret")}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		for _, printed := range []string{fmt.Sprintf(verb, options), fmt.Sprintf(verb, &options)} {
			if strings.Contains(printed, "s3cret") || strings.Contains(printed, "115") || !strings.Contains(printed, "mail.example.com") {
				t.Errorf("%s prints %s", verb, printed)
			}
		}
	}
}
