#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "ringfence/clock.h"
#include "ringfence/result.h"
#include "ringfence/secret.h"
#include "ringfence/sender.h"

/// The target `ringfence::smtp`, on libcurl.
namespace ringfence {

/// How the connection to the mail server is encrypted. Certificates are always checked, against the
/// name in `SmtpOptions::host`; TLS 1.2 or newer.
enum class SmtpTls : std::uint8_t {
  starttls = 0,  ///< Before anything else is said; a server that does not offer it gets no mail.
  implicit,      ///< From the first byte.
  none,          ///< In the clear, password included; to a server on this machine.
};

/// Where mail goes and who it is from. All texts are UTF-8 without line breaks and NUL.
struct SmtpOptions {
  // The server, which relays to everybody: it is not looked up for each recipient.
  std::string host = {};  ///< A name, also an internationalised one, or an IP address. Needed.
  int port = 0;           ///< 0: 587 with `starttls`, 465 with `implicit`, 25 with `none`.
  SmtpTls tls = SmtpTls::starttls;
  /// Needed for `SmtpTls::none` to another host than `localhost`, 127.0.0.0/8 and ::1: codes and
  /// the password can then be read on the way.
  bool plain_beyond_loopback = false;
  /// A file of certificates (PEM) that are trusted instead of the system's.
  std::string ca_file = {};
  /// For SASL's PLAIN or LOGIN. Both, or neither: then nobody logs in. With them a server that
  /// offers neither mechanism gets no mail.
  std::string user = {};
  SecretText password = {};

  // The mail.
  std::string from = {};  ///< Whom it is from: an address. Needed; message ids have its domain.
  std::string from_name = {};  ///< What stands before it: up to 128 bytes, or none.
  /// Where mail that cannot be delivered is sent back to; empty: `from`.
  std::string envelope_from = {};
  std::string reply_to = {};  ///< Empty: answers go to `from`.

  // The conversation.
  std::string helo = {};  ///< What this machine is called in EHLO; empty: what the system calls it.
  /// Until the server is ready for a mail, and again for a free connection: 1 ms – 10 min.
  TimeMs connect_timeout_ms = 10'000;
  TimeMs timeout_ms = 20'000;  ///< For a whole mail, from the name on: 1 ms – 10 min.
  int max_connections = 4;     ///< At a time, 1–256. Who finds none free waits.
};

/// Sends codes and notices as mail. Messages to telephones are refused for good: make it
/// `Dispatcher::Parts::mail`, and give `Parts::sender` what takes those.
///
/// A mail has the text, and with `OutgoingMessage::html` that too (`multipart/alternative`), both
/// in UTF-8. Its `Message-ID` is the message's id, `<9f…@example.com>`, so a mail that is sent
/// again because its outcome was lost carries the same one, and `Auto-Submitted` tells mail systems
/// that no person wrote it. `clock` gives its date and must outlive the sender.
///
/// Connections are made when they are needed, stay open, and are used again. No proxy and no
/// password file is taken from the environment; the TLS library may look there for settings of its
/// own, e.g. `SSLKEYLOGFILE`, so keep it clean. The outcomes of `send`:
///
/// - `accepted`: the server took the mail. `gateway_id` is the name it gave it, if it told one in a
///   known way (`queued as 4Xq…`).
/// - `permanent`: the server refuses this recipient or this mail (5xx to RCPT, to DATA or after the
///   mail); an address with letters beyond ASCII before its `@` and a server without SMTPUTF8; no
///   email address; texts that are not UTF-8, a subject with a line break.
/// - `unreachable`: it was not sent and may go later, and that is about this recipient alone: 4xx
///   to RCPT, but not 421, 4.3.x (the server is in trouble) or 4.7.x (it has enough of us).
/// - `temporary`: it was not sent and may go later. Besides other 4xx, the network and TLS, also
///   what the operator has to put right, so that no message is lost meanwhile: a
///   greeting, login or sender's address that is refused, 530, 534, 535 and 538, and a recipient
///   that is refused for reasons of policy (5.7.x), as by a server that does not relay for this
///   user.
/// - `unknown`: the whole mail was handed over and no answer came; it may have been sent.
///
/// `reason` has the server's code (`550 5.1.1`) and none of its words, which may repeat the
/// address. Where the time is up, what it means is decided the same way. A call may last as long as
/// waiting for a free connection (`connect_timeout_ms`) and the mail (`timeout_ms`) together, and
/// `timeout_ms` once more if the server refuses and then does not answer the goodbye either. The
/// sum must be less than `Dispatcher::Options::lease_ms`, or a mail may go twice. Destroying the
/// sender does not wait.
///
/// The password and mails are wiped here, but libcurl and its TLS library keep copies for as long
/// as a connection lives, and do not wipe them.
///
/// Thread-safe. In a forked child it makes connections of its own; programs that the host starts
/// inherit none.
///
/// Refuses with `invalid_argument`, by the member's name, what is missing, out of bounds or not of
/// its form. The server is not asked yet: it may be down when a program starts.
result<std::unique_ptr<Sender>> make_smtp_sender(SmtpOptions options,
                                                 Clock& clock = system_clock());

}  // namespace ringfence
