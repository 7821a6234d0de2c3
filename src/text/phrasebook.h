#pragma once

#include <array>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "text/pattern.h"

/// All that is said in one locale, checked.
namespace ringfence::text {

/// One text, for each way to a person.
struct Text {
  Pattern sms = {};
  Pattern voice = {};  ///< Of a code only.
  Pattern subject = {};
  Pattern mail = {};
  Pattern html = {};
};

/// What a code is for, and what the words for it must name: the address, the operation, or nothing.
struct ActionRow {
  std::string_view name;
  std::optional<Slot> names = {};
};
constexpr std::array<ActionRow, 9> action_table = {{
    {"change_phone.identity"},
    {"change_phone.target", Slot::address},
    {"change_email.identity"},
    {"change_email.target", Slot::address},
    {"verify_channel.identity"},
    {"verify_channel.target", Slot::address},
    {"confirm_operation.identity", Slot::operation},
    {"claim_login.target", Slot::address},
    {"replace_phone.target", Slot::address},
}};

/// A notice, and what it must tell.
struct NoticeRow {
  std::string_view name;
  Slots tells = {};
};
constexpr std::array<NoticeRow, 14> notice_table = {{
    {"phone_changed", {Slot::address, Slot::not_you}},
    {"email_changed", {Slot::address, Slot::not_you}},
    {"channel_verified", {Slot::address}},
    {"login_claimed", {Slot::address}},
    {"account_locked"},
    {"account_locked.too_many_failures"},
    {"account_unlocked"},
    {"account_closed"},
    {"appeal_submitted"},
    {"appeal_approved"},
    {"appeal_rejected"},
    {"notice_channels_chosen", {Slot::category}},
    {"host_notice", {Slot::text}},         // of the host's own
    {"unknown_notice", {Slot::category}},  // from another version of ringfence
}};

struct Phrasebook {
  std::string locale = {};
  bool right_to_left = false;
  Pattern signature = {};
  Pattern spoken_address = {};
  Pattern not_you = {};
  Pattern not_you_with_reference = {};
  std::map<int, Pattern> lifetimes = {};  ///< By minutes; others are said with the next one.
  Pattern lifetime = {};
  std::map<std::string, std::string, std::less<>> categories = {};
  std::map<std::string, std::string, std::less<>> operations = {};
  std::map<std::string, Pattern, std::less<>> actions = {};
  std::map<std::string, Text, std::less<>> codes = {};    ///< By action.
  std::map<std::string, Text, std::less<>> notices = {};  ///< By name.
};

/// Reads what is said in a locale. What is wrong with it is added to the problems, each with its
/// place; then the phrasebook is not to be used.
Phrasebook read_phrasebook(const std::string& locale, const nlohmann::json& in,
                           std::vector<std::string>& problems);

/// One locale's words put over another's: what is not said anew stays, but for the HTML of a mail
/// whose text is.
void put_over(nlohmann::json& base, const nlohmann::json& over);

/// Whether a text may be shown: UTF-8 of `least` to `most` bytes, in one line, and nothing in it
/// that steers a display but the marks by which scripts are joined and directions kept apart.
bool fit_for_line(std::string_view text, std::size_t least, std::size_t most);

}  // namespace ringfence::text
