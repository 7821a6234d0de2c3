#include "sender/http/if_given.h"

#include <nlohmann/json.hpp>

#include "sender/http/members.h"
#include "sender/http/wiped_json.h"

namespace ringfence::http {

namespace {
using nlohmann::json;
}  // namespace

result<void> put_in_what_is_given(json& description,
                                  const std::map<std::string, SecretText>& variables) {
  const auto all = description.find("if_given");
  if (all == description.end()) return ok();
  RF_TRY_VOID(Members::of(*all, "if_given"));
  WipedJson kept;  // until all is looked at: nothing changes meanwhile
  json& whole = kept.value;
  whole = json::object();
  for (const auto& [name, parts] : all->items()) {
    RF_TRY(members, Members::of(parts, "if_given." + name));
    const auto variable = variables.find(name);
    if (variable == variables.end())
      return wrong_description(members.path(), "is not the name of one of the variables");
    for (const char* place : {"headers", "query", "form"}) {
      const json* const added = members.find(place);
      if (added == nullptr) continue;
      RF_TRY_VOID(Members::of(*added, members.path(place)));
      if (variable->second.reveal().empty()) continue;
      for (const auto& [what, value] : added->items()) {
        const bool there = description.contains(place) && description[place].is_object() &&
                           description[place].contains(what);
        if (there || whole[place].contains(what))
          return wrong_description(members.path(place) + "." + what,
                                   "is there without " + name + ", too");
        whole[place][what] = value;
      }
    }
    RF_TRY_VOID(members.finish());
  }
  for (const auto& [place, added] : whole.items()) {
    json& to = description[place];
    if (to.is_null()) to = json::object();
    RF_TRY_VOID(Members::of(to, place));
    to.update(added);
  }
  return ok();
}

}  // namespace ringfence::http
