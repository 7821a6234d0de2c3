#pragma once

#include <string>
#include <string_view>

#include "sender/transfer/transfer.h"

namespace ringfence::smtp {

/// How far a conversation with a mail server came: what the last command was about.
enum class Stage : std::uint8_t {
  connection,  ///< Nothing was said; the server's greeting belongs to this.
  hello,       ///< EHLO or HELO.
  starttls,
  login,
  sender,     ///< MAIL
  recipient,  ///< RCPT
  data,       ///< DATA: may the mail come?
  content,    ///< The mail itself.
};

/// What the server has to offer, or the conversation is ended before the mail.
struct Needs {
  bool starttls = false;
  bool login = false;     ///< PLAIN or LOGIN.
  bool smtputf8 = false;  ///< For addresses beyond ASCII.
};

/// Follows a conversation, on a connection that is new or was used before.
class Dialogue final : public transfer::Watch {
 public:
  explicit Dialogue(Needs needs) : needs_(needs) {}

  void said(std::string_view command) noexcept override;
  bool heard(std::string_view line) noexcept override;

  Stage stage() const { return stage_; }
  /// Of the whole reply to this stage; 0: there is none, or one that is no reply of SMTP.
  int code() const { return code_; }
  /// The last line of that reply, after the code.
  const std::string& text() const { return text_; }
  /// Whether a connection that was used before had ended before this mail began on it.
  bool came_too_late() const {
    return !greeted_ && stage_ == Stage::sender && (code_ == 0 || code_ == 421);
  }
  /// What was needed and is not offered.
  const Needs& missing() const { return missing_; }
  bool anything_missing() const { return missing_.starttls || missing_.login || missing_.smtputf8; }

 private:
  bool offers_enough();

  Needs needs_;
  Needs offered_ = {};
  Needs missing_ = {};
  bool encrypted_ = false;  // by STARTTLS
  bool over_ = false;       // QUIT was said: what is answered says nothing about the mail
  bool greeted_ = false;    // the connection is new
  Stage stage_ = Stage::connection;
  int code_ = 0;
  std::string text_;
};

}  // namespace ringfence::smtp
