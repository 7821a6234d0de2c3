#pragma once

#include <string>
#include <string_view>

#include "ringfence/model/phone_number.h"
#include "ringfence/sender.h"

namespace ringfence::testing_support {

/// A message with all that a sender is given.
struct Outgoing {
  explicit Outgoing(std::string_view to = "+447700900123", std::string_view text_of = {},
                    std::string_view code_of = "123456", std::string locale_of = "en")
      : code(code_of),
        text(text_of.empty() ? std::string_view("123456 is your code") : text_of),
        locale(std::move(locale_of)) {
    for (std::size_t i = 0; i < message.id.bytes.size(); ++i)
      message.id.bytes[i] = static_cast<std::uint8_t>(0xa0 + i);
    message.purpose = "change_phone";
    message.account = {"shop", "ann"};
    message.destination = parse_phone(to, "", {}).value();
    message.created_at = 1'800'000'000'000;
  }
  SendResult through(Sender& sender) const {
    return sender.send({message, locale, code, text, 600'000});
  }

  Message message;
  SecretText code;
  SecretText text;
  std::string locale;
};

constexpr std::string_view id_of_outgoing = "a0a1a2a3a4a5a6a7a8a9aaabacadaeaf";

}  // namespace ringfence::testing_support
