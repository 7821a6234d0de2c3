#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <ostream>
#include <string>

#include "ringfence/sender/console.h"

namespace demo {

/// Stands for everybody's telephones and mailboxes: prints every text, and keeps the newest one
/// with a code for each address, so that the person of this demo can read it there.
class PhoneBox final : public ringfence::Sender {
 public:
  explicit PhoneBox(std::ostream& out) : console_(ringfence::make_console_sender(out)) {}

  ringfence::SendResult send(const ringfence::OutgoingMessage& message) override {
    const auto& destination = message.message.destination;
    const std::string text(message.text.reveal());
    if (destination && code_in(text)) texts_[destination->text()] = text;
    return console_->send(message);
  }

  /// What a person does who got a text at this address: reads the code in it, once. Nothing if no
  /// text came.
  std::optional<std::string> read_code(const std::string& address) {
    const auto text = texts_.extract(address);
    return text.empty() ? std::nullopt : code_in(text.mapped());
  }

 private:
  /// The first six digits or more in a row; masked numbers have fewer.
  static std::optional<std::string> code_in(const std::string& text) {
    constexpr const char* digits = "0123456789";
    for (std::size_t at = text.find_first_of(digits); at != std::string::npos;) {
      const std::size_t end = std::min(text.find_first_not_of(digits, at), text.size());
      if (end - at >= 6) return text.substr(at, end - at);
      at = text.find_first_of(digits, end);
    }
    return std::nullopt;
  }

  std::unique_ptr<ringfence::Sender> console_;
  std::map<std::string, std::string> texts_;
};

}  // namespace demo
