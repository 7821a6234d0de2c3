#pragma once

#include <boost/regex.hpp>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ringfence/result.h"
#include "ringfence/secret.h"
#include "ringfence/sender.h"
#include "sender/http/members.h"
#include "sender/http/wiped_json.h"
#include "sender/transfer/transfer.h"

namespace ringfence::http {

/// A reply as the rules look at it. The reply must outlive it.
struct Answer {
  explicit Answer(const transfer::Reply& reply);

  /// Of the last one with this name (lower case); none if there is none.
  std::optional<std::string_view> header(std::string_view name) const;

  /// What stands at a place of a body that is JSON; null if nothing does.
  const nlohmann::json* at(const nlohmann::json::json_pointer& place) const;

  const transfer::Reply& reply;

 private:
  mutable bool read_ = false;  // the JSON, once a rule asks for it
  mutable WipedJson json_;
  std::vector<std::pair<std::string, std::string_view>> headers_;
};

/// What a reply must be for something to be so; all of it must hold.
struct Condition {
  struct Statuses {
    long first = 0;
    long last = 0;
  };
  /// What stands at a place of a JSON body.
  struct Member {
    nlohmann::json::json_pointer place;
    std::vector<nlohmann::json> values = {};   ///< Any of them …
    std::optional<boost::regex> pattern = {};  ///< … or a text or a number that matches.
  };
  struct Header {
    std::string name = {};  ///< Lower case.
    boost::regex pattern;
  };
  std::vector<Statuses> statuses = {};  ///< Any of them; empty: every status.
  std::vector<Member> json = {};
  std::vector<Header> headers = {};
  std::optional<boost::regex> body = {};

  bool holds(const Answer& answer) const;
};

/// Where a value stands in a reply.
struct Place {
  std::optional<nlohmann::json::json_pointer> json = {};
  std::string header = {};                ///< Lower case; empty: not in a header.
  std::optional<boost::regex> body = {};  ///< Its first group.
  bool own = false;                       ///< The message's own id.

  /// Empty if it is not there.
  std::string read(const Answer& answer) const;
};

/// How a description reads what the other side answers.
struct ReplyRules {
  std::vector<Condition> permanent = {};
  std::vector<Condition> unreachable = {};
  std::vector<Condition> temporary = {};
  std::vector<Condition> accepted = {};
  std::optional<Place> message_id = {};
  std::optional<Place> reason = {};
  std::optional<Place> retry_after = {};  ///< In seconds.
  std::vector<SecretText> secrets = {};   ///< What no reason may repeat.

  static result<ReplyRules> read(const nlohmann::json& value, const std::string& path);
  /// What became of the message, at `now`. Whatever the reply is, `accepted` only if a rule says so
  /// (R28).
  SendResult judge(const transfer::Reply& reply, const Message& message, std::string_view code,
                   TimeMs now) const;
};

}  // namespace ringfence::http
