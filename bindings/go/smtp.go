package ringfence

// #include "shim.h"
import "C"

import (
	"fmt"
	"time"
)

// An SMTPEncryption says how the connection to a mail server is encrypted. Certificates are always checked.
type SMTPEncryption int32

// The kinds of encryption.
const (
	STARTTLS    SMTPEncryption = C.RINGFENCE_SMTP_STARTTLS // Before anything else is said; a server that does not offer it gets no mail.
	ImplicitTLS SMTPEncryption = C.RINGFENCE_SMTP_IMPLICIT // From the first byte.
	NoTLS       SMTPEncryption = C.RINGFENCE_SMTP_NONE     // In the clear, to a server on this machine.
)

// An SMTP is a sender of the library's own: it sends mail through a server that relays; messages to telephones are refused
// for good. A mail that is sent again because its outcome was lost has the same Message-ID. docs/delivery.md tells what
// becomes of a mail. It prints without the password.
//
// What is missing or not of its form is refused with ErrInvalidArgument, by its name, when the dispatcher is made; the
// server is not asked before the first mail.
type SMTP struct {
	Host     string // A name or an IP address. Required.
	Port     int    // 0: 587 with STARTTLS, 465 with ImplicitTLS, 25 with NoTLS.
	TLS      SMTPEncryption
	CAFile   string // Certificates (PEM) that are trusted instead of the system's.
	User     string // For SASL's PLAIN or LOGIN; both, or neither: then nobody logs in.
	Password []byte // Yours to wipe, once the dispatcher is made.

	From         string // An address. Required; message ids have its domain.
	FromName     string // What stands before it; up to 128 bytes.
	EnvelopeFrom string // Where mail that cannot be delivered is sent back to; empty: From.
	ReplyTo      string // Empty: answers go to From.

	HELO                string        // What this machine is called; empty: what the system calls it.
	PlainBeyondLoopback bool          // Whether NoTLS may go to another machine, where it can be read on the way.
	MaxConnections      int           // At a time, 1-256; 0: 4.
	ConnectTimeout      time.Duration // Until the server is ready for a mail, and again for a free connection, up to 10 minutes; 0: 10 s.
	// For a whole mail, from the name on, up to 10 minutes; 0: 20 s. As long once more if the server refuses and does not
	// answer the goodbye. Keep it and ConnectTimeout together below two thirds of the dispatcher's Lease, or a mail may go
	// twice.
	Timeout time.Duration
}

// Format hides the password, whatever the verb.
func (s SMTP) Format(to fmt.State, _ rune) { fmt.Fprintf(to, "SMTP{Host:%q From:%q}", s.Host, s.From) }

// MarshalJSON refuses: it would write the password.
func (s SMTP) MarshalJSON() ([]byte, error) { return nil, errSecrets }

// sender makes the sender; it dates mails by the clock, unless that is none.
func (s *SMTP) sender(clock C.ringfence_clock) (made C.ringfence_sender, err error) {
	in := C.ringfence_smtp_options{
		struct_size:           C.sizeof_ringfence_smtp_options,
		tls:                   C.int32_t(s.TLS),
		port:                  number(s.Port),
		max_connections:       number(s.MaxConnections),
		plain_beyond_loopback: flag(s.PlainBeyondLoopback),
		clock:                 clock,
		host:                  str(s.Host),
		ca_file:               str(s.CAFile),
		user:                  str(s.User),
		password:              raw(s.Password),
		from:                  str(s.From),
		from_name:             str(s.FromName),
		envelope_from:         str(s.EnvelopeFrom),
		reply_to:              str(s.ReplyTo),
		helo:                  str(s.HELO),
		connect_timeout_ms:    C.int64_t(s.ConnectTimeout.Milliseconds()),
		timeout_ms:            C.int64_t(s.Timeout.Milliseconds()),
	}
	err = try(func(e *C.ringfence_error) C.int32_t { return C.go_smtp_sender_new(in, &made, e) })
	return made, err
}
