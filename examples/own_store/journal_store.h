#pragma once

#include <ringfence/store.h>

#include <memory>
#include <string>

/// A store of one's own, small enough to read: everything is in memory, and a journal of JSON lines
/// brings it back. For a host with few accounts and one process.
///
/// Every change is one line, on the disk before it is acknowledged. The journal only grows. When
/// the disk fails, that commit is `unknown` and the store refuses everything until it is opened
/// again. Deadlines it passes over: a call waits while others write.
ringfence::result<std::unique_ptr<ringfence::Store>> open_journal_store(const std::string& path);
