#pragma once

#include <array>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ringfence/crypto.h"
#include "ringfence/model/account.h"
#include "ringfence/step.h"

/// The chain of an account's audit entries: making the next one, and checking one.
namespace ringfence::workflow {

/// What an entry shall tell.
struct AuditNote {
  std::string event;
  std::map<std::string, std::string> facts = {};
  std::map<std::string, std::string> personal = {};
  Id128 flow = {};
};

/// The commitment to a personal fact.
inline Id128 commitment_of(const crypto::Key& key, const PersonalFact& fact) {
  const std::string salt = fact.salt.hex();
  const std::array<std::string_view, 4> fields = {"ringfence.audit.personal.1", salt, fact.name,
                                                  fact.value};
  return crypto::mac128(key, fields);
}

/// The MAC of an entry that follows one with `previous`. Values of personal facts are in it only by
/// their commitments.
inline Id128 mac_of(const crypto::Key& key, const AuditEntry& entry, const Id128& previous) {
  std::vector<std::string> made = {std::to_string(entry.key.number),
                                   std::to_string(entry.at),
                                   entry.flow.hex(),
                                   std::to_string(entry.facts.size()),
                                   std::to_string(entry.personal.size()),
                                   previous.hex()};
  for (const PersonalFact& fact : entry.personal) made.push_back(fact.commitment.hex());
  std::vector<std::string_view> fields = {"ringfence.audit.1",  entry.key.account.realm,
                                          entry.key.account.id, entry.event,
                                          entry.key_id,         entry.trace_id};
  for (const auto& [name, value] : entry.facts) {
    fields.push_back(name);
    fields.push_back(value);
  }
  for (const PersonalFact& fact : entry.personal) fields.push_back(fact.name);
  for (const std::string& one : made) fields.push_back(one);
  return crypto::mac128(key, fields);
}

/// The mark of an entry: what the next one and the head of the chain are tied to. It is not to be
/// had from the entry without the key: else whoever writes to the store could cut the newest
/// entries off and make an older one the head.
inline AuditMark mark_of(const crypto::Key& key, const AuditEntry& entry) {
  const std::string number = std::to_string(entry.key.number);
  const std::string mac = entry.mac.hex();
  const std::array<std::string_view, 5> fields = {"ringfence.audit.mark.1", entry.key.account.realm,
                                                  entry.key.account.id, number, mac};
  return {entry.key.number, crypto::mac128(key, fields)};
}

/// Makes the account's next entry and moves the head of its chain there.
inline AuditEntry chain(Account& account, AuditNote note, const Context& context, Draw& draw) {
  const KeySet& keys = context.keys;
  const crypto::Key& key = *keys.find(keys.current_id()).value();
  AuditEntry entry{.key = {account.key, account.audit.head.number + 1},
                   .at = context.now,
                   .event = std::move(note.event),
                   .flow = note.flow,
                   .facts = std::move(note.facts),
                   .trace_id = context.trace_id,
                   .key_id = keys.current_id()};
  for (auto& [name, value] : note.personal) {
    PersonalFact fact{.name = name, .value = std::move(value), .salt = draw.id()};
    fact.commitment = commitment_of(key, fact);
    entry.personal.push_back(std::move(fact));
  }
  entry.mac = mac_of(key, entry, account.audit.head.mac);
  account.audit.head = mark_of(key, entry);
  return entry;
}

}  // namespace ringfence::workflow
