#pragma once

#include <string>
#include <string_view>

#include "ringfence/error.h"
#include "ringfence/model/ids.h"
#include "ringfence/secret.h"

namespace ringfence::smtp {

/// What a mail is made of. No address, name or subject has a line break in it.
struct Mail {
  std::string_view from;
  std::string_view from_name;  ///< May be empty.
  std::string_view reply_to;   ///< Empty: none.
  std::string_view to;
  std::string_view subject;  ///< Empty: none.
  Id128 id;                  ///< Gives the message id: the same for every repeat.
  TimeMs date = 0;
  std::string_view text;
  const SecretText* html = nullptr;  ///< The text once more; null: none.
};

/// The mail as it is sent (RFC 5322 and MIME), with lines of at most 78 characters, but
/// for long addresses, that end in CRLF; in ASCII but for addresses that are not.
SecretText write_mail(const Mail& mail);

}  // namespace ringfence::smtp
