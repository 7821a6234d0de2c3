#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ringfence/store.h"
#include "store/sqlite/statement.h"

/// Records in their tables: loading them, and applying a change set to them and to the outbox. The
/// JSON is read and written apart, so that nobody waits for it with the connection in hand.
namespace ringfence::sqlite {

/// A record as its row has it.
struct StoredRecord {
  Key key;
  Version version = 0;
  std::string json = {};
};

std::vector<StoredRecord> fetch(Statements& statements, std::span<const Key> keys);

/// Refuses with `store_corrupt` what cannot be read, or stands under another record's key.
result<std::vector<Loaded>> decode(std::vector<StoredRecord> stored);

/// A change set and its JSON. The change set must outlive it.
struct EncodedChange {
  explicit EncodedChange(const ChangeSet& change_set);

  const ChangeSet& change;
  std::vector<std::string> records;   // of `change.puts`
  std::vector<std::string> messages;  // of `change.messages`
};

/// Checks every expectation, then writes. `committed` means applied: the caller's transaction makes
/// it so, or undoes it. A `conflict` has written nothing; what is thrown may have been thrown
/// half-way.
CommitOutcome apply(Statements& statements, const EncodedChange& encoded);

}  // namespace ringfence::sqlite
