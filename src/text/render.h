#pragma once

#include <string>

#include "ringfence/model/message.h"
#include "ringfence/result.h"
#include "ringfence/secret.h"
#include "ringfence/templates.h"
#include "text/phrasebook.h"

namespace ringfence::text {

/// Who sends; either may be empty.
struct Sender {
  std::string service = {};
  std::string host = {};
};

/// The words of a code or a notice, as `Templates::render` promises.
result<RenderedText> render(const Phrasebook& book, const Sender& sender, const Message& message,
                            const SecretText& code, TimeMs lifetime_ms);

}  // namespace ringfence::text
