#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ringfence/store.h"

/// Records and messages as the rows of a table have them. The JSON is read and written apart from
/// the database, so that nobody waits for it with a connection in hand.
namespace ringfence::store {

/// A record as its row has it.
struct StoredRecord {
  Key key;
  Version version = 0;
  std::string json = {};
};

/// Refuses with `store_corrupt` what cannot be read, or stands under another record's key.
result<std::vector<Loaded>> decode(std::vector<StoredRecord> stored);

/// A message as its row has it. What changes in its life (state, due time, attempts, outcome) is in
/// columns only; the JSON keeps the rest and never changes.
struct StoredMessage {
  std::string id = {};
  std::int64_t attempts = 0;
  std::string outcome = {};
  std::string record = {};
  TimeMs due_at = 0;
  std::string state = {};
};

/// Nothing if it cannot be read; throws `std::bad_alloc`.
std::optional<Message> decode(StoredMessage stored);
/// Refuses with `store_corrupt` if one cannot be read.
result<std::vector<Message>> decode(std::vector<StoredMessage> stored);

/// Where a row stands among those that were given up.
struct RowPlace {
  TimeMs created_at = 0;
  std::string id = {};
};
/// A row that was given up.
struct GivenUpRow {
  RowPlace place;
  StoredMessage message;
};
/// As `Store::given_up`. `page(place, max)` reads up to `max` rows after a place, in their order:
/// again, as long as there are rows that cannot be read among them.
template <class Page>
result<std::vector<Message>> given_up(const MessagePlace& after, int max, const Page& page) {
  RowPlace place{after.created_at, after.id.hex()};
  std::vector<Message> out;
  for (;;) {
    const int wanted = max - static_cast<int>(out.size());
    if (wanted <= 0) return out;
    RF_TRY(rows, page(place, wanted));
    for (GivenUpRow& row : rows) {
      place = std::move(row.place);
      if (auto message = decode(std::move(row.message))) out.push_back(*std::move(message));
    }
    if (rows.size() < static_cast<std::size_t>(wanted)) return out;
  }
}

/// A change set and its JSON. The change set must outlive it. Throws what the codec throws.
struct EncodedChange {
  explicit EncodedChange(const ChangeSet& change_set);

  const ChangeSet& change;
  std::vector<std::string> records;   // of `change.puts`
  std::vector<std::string> messages;  // of `change.messages`
};

/// What the columns of a channel say.
std::optional<std::string> address_column(const Channel& channel);
std::string_view state_column(const Channel& channel);

}  // namespace ringfence::store
