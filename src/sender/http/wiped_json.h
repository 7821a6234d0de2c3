#pragma once

#include <nlohmann/json.hpp>

#include "ringfence/secret.h"

namespace ringfence::http {

/// JSON that may hold a password, or a message with its code: its texts are wiped with it. The
/// parser's own buffers are out of reach.
struct WipedJson {
  WipedJson() = default;
  WipedJson(const WipedJson&) = delete;
  WipedJson& operator=(const WipedJson&) = delete;
  ~WipedJson() { wipe_texts(value); }

  nlohmann::json value;

 private:
  static void wipe_texts(nlohmann::json& of) {
    if (of.is_string()) wipe(of.get_ref<std::string&>());
    if (of.is_structured()) {
      for (nlohmann::json& inner : of) wipe_texts(inner);
    }
  }
};

}  // namespace ringfence::http
