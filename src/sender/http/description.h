#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "ringfence/result.h"
#include "sender/http/mac.h"
#include "sender/http/reply_rules.h"
#include "sender/http/template.h"

namespace ringfence::http {

/// An HMAC in a header.
struct HmacSignature {
  Algorithm algorithm = Algorithm::sha256;
  Alphabet alphabet = Alphabet::hex;
  std::vector<SecretText> keys = {};  ///< One value each, with a space between.
  Template over = {};
  std::string header = {};
  Template value = {};
};

/// Aliyun's signature of the third version, ACS3-HMAC-SHA256.
struct Acs3Signature {
  SecretText key_id = {};
  SecretText secret = {};
};

/// Which of a gateway's own texts a message uses. An empty member fits everything.
struct TemplateChoice {
  std::string id = {};
  std::string kind = {};
  std::string purpose = {};
  std::string role = {};
  std::string locale = {};  ///< Also the beginning of a longer one: `zh` fits `zh-Hans`.

  bool fits(const Values& values) const;
};

struct HeaderTemplate {
  std::string name = {};
  Template value = {};
};

/// A gateway, as a JSON object describes it: docs/delivery.md. Read once, then only looked at.
struct Description {
  std::set<std::string> carries = {};  ///< Of `sms`, `voice` and `email`.
  std::string method = {};             ///< GET, POST or PUT.
  std::string host = {};               ///< As the Host header has it.
  std::string path = {};               ///< As it was given; may have placeholders.
  Template url = {};                   ///< Without `query`.
  Template query = {};                 ///< Sorted by name; empty if there is none.
  std::vector<HeaderTemplate> headers = {};
  std::optional<Template> body = {};
  std::optional<HmacSignature> hmac = {};
  std::optional<Acs3Signature> acs3 = {};
  std::vector<TemplateChoice> templates = {};
  ReplyRules reply = {};
  std::set<Value> used = {};

  struct Given {
    const std::map<std::string, std::string>& variables;
    bool allow_http = false;
    bool events = false;  ///< What events have, instead of what messages to people have.
  };
  /// Refuses with the member and what to do; never with a value of a variable.
  static result<Description> read(std::string_view json, const Given& given);
};

}  // namespace ringfence::http
