package ringfence

// #include "shim.h"
import "C"

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

var errSecrets = errors.New("ringfence: it holds secrets, which are not written as JSON")

// HTTPOptions say what a gateway or a webhook does besides. The zero value is what is usual.
type HTTPOptions struct {
	AllowHTTP      bool          // It may speak without TLS to another machine, on a network of your own; codes go in clear.
	CAFile         string        // Certificates (PEM) that are trusted instead of the system's. They are always checked.
	Connections    int           // Messages handed over at a time, 1-256; 0: 8.
	ConnectTimeout time.Duration // For name, connection and TLS, and again for a free connection; 0: 10 s.
	// For a whole exchange, up to 10 minutes; 0: 20 s. Keep it and ConnectTimeout together below two thirds of the
	// dispatcher's Lease, or a message may go twice.
	Timeout time.Duration
}

// An HTTPGateway is a gateway as a JSON object describes it: docs/delivery.md has the format. What is missing, wrong or
// not known is refused with ErrInvalidArgument when a dispatcher is made of it, by a text that names it. Ready descriptions
// are installed with the library, in the folder that `pkg-config --variable=sendersdir ringfence` tells: name one as File, or
// keep a copy beside your program and embed it.
type HTTPGateway struct {
	Description string            // The object as JSON, or ...
	File        string            // ... the path of a file that has it.
	Variables   map[string]string // The values of the description's variables.
	Options     HTTPOptions
}

// A Webhook posts each event as JSON, signed as Standard Webhooks says, by each of its keys. docs/delivery.md says what the
// other side does.
type Webhook struct {
	URL     string
	Keys    []string // "whsec_" and base64, at least 24 bytes each.
	Options HTTPOptions
}

// Format hides the variables, whatever the verb.
func (g HTTPGateway) Format(to fmt.State, _ rune) {
	fmt.Fprintf(to, "HTTPGateway{Description:%d bytes File:%q}", len(g.Description), g.File)
}

// MarshalJSON refuses: it would write the variables.
func (g HTTPGateway) MarshalJSON() ([]byte, error) { return nil, errSecrets }

// Format hides the keys, whatever the verb.
func (w Webhook) Format(to fmt.State, _ rune) { fmt.Fprintf(to, "Webhook{URL:%q}", w.URL) }

// MarshalJSON refuses: it would write the keys.
func (w Webhook) MarshalJSON() ([]byte, error) { return nil, errSecrets }

func (o HTTPOptions) c() C.ringfence_http_options {
	options := C.ringfence_http_options{
		struct_size:        C.sizeof_ringfence_http_options,
		ca_file:            str(o.CAFile),
		connections:        number(o.Connections),
		connect_timeout_ms: C.int64_t(o.ConnectTimeout.Milliseconds()),
		timeout_ms:         C.int64_t(o.Timeout.Milliseconds()),
	}
	if o.AllowHTTP {
		options.allow_http = 1
	}
	return options
}

func (g *HTTPGateway) open() (made C.ringfence_sender, err error) {
	if (g.Description != "") == (g.File != "") {
		return made, &Error{Status: ErrInvalidArgument, Next: FixSetup, Text: "there must be one description, or one file that has it"}
	}
	if g.File == "" && !strings.HasPrefix(strings.TrimLeft(g.Description, " \t\r\n"), "{") {
		return made, &Error{Status: ErrInvalidArgument, Next: FixSetup, Text: "Description is no JSON object; the path of a file is File"}
	}
	var variables []byte
	for name, value := range g.Variables { // JSON would have other characters for what is none
		if !utf8.ValidString(name) || !utf8.ValidString(value) {
			return made, &Error{Status: ErrInvalidArgument, Next: FixSetup, Text: fmt.Sprintf("Variables[%q] is not UTF-8", name)}
		}
	}
	if len(g.Variables) > 0 {
		if variables, err = json.Marshal(g.Variables); err != nil {
			return made, err
		}
		defer wipe(variables)
	}
	return made, try(func(e *C.ringfence_error) C.int32_t {
		if g.File != "" {
			return C.go_http_sender_open(str(g.File), raw(variables), g.Options.c(), &made, e)
		}
		return C.go_http_sender_new(str(g.Description), raw(variables), g.Options.c(), &made, e)
	})
}

func (w *Webhook) open() (made C.ringfence_event_sink, err error) {
	for at, key := range w.Keys { // the library takes them as one text, with a space between
		if key == "" || strings.Contains(key, " ") {
			return made, &Error{Status: ErrInvalidArgument, Next: FixSetup,
				Text: fmt.Sprintf("Keys[%d] is empty or has a space: each key is a text of its own", at)}
		}
	}
	keys := strings.Join(w.Keys, " ")
	return made, try(func(e *C.ringfence_error) C.int32_t {
		return C.go_webhook_event_sink_new(str(w.URL), str(keys), w.Options.c(), &made, e)
	})
}
