// Memory may run out at any moment of a call: it tells the truth, and the next one does not go on
// where it stopped.
#include <gtest/gtest.h>

#include <cstdlib>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include "postgres/own_database.h"
#include "ringfence/record_json.h"
#include "store/postgres/connection.h"
#include "store/postgres/pool.h"
#include "store/postgres/records.h"
#include "store/rows.h"
#include "testing/samples.h"

namespace {

// The how manieth allocation of this thread fails from now on; negative: none does.
thread_local int until_failure = -1;
thread_local bool failed_once = false;

void* allocated(std::size_t size) {
  if (until_failure == 0) {
    failed_once = true;
    throw std::bad_alloc();
  }
  if (until_failure > 0) --until_failure;
  void* const memory = std::malloc(size == 0 ? 1 : size);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

// Inlined, it would look to compilers as if what `new` gave were freed with the wrong function.
[[gnu::noinline]] void released(void* memory) noexcept { std::free(memory); }

}  // namespace

void* operator new(std::size_t size) { return allocated(size); }
void* operator new[](std::size_t size) { return allocated(size); }
void operator delete(void* memory) noexcept { released(memory); }
void operator delete[](void* memory) noexcept { released(memory); }
void operator delete(void* memory, std::size_t) noexcept { released(memory); }
void operator delete[](void* memory, std::size_t) noexcept { released(memory); }

namespace ringfence {
namespace {

using namespace testing_support;

const AccountKey ann{"shop", "ann"};
const AddressKey number{"shop", phone_address()};

// Runs `work` without memory after its first n allocations; whether it asked for more.
template <class Work>
bool failing_at(int n, const Work& work) {
  failed_once = false;
  until_failure = n;
  work();
  until_failure = -1;
  return failed_once;
}

// I3. From when a connection is asked for until it is given back.
TEST(OutOfMemory, ATransactionOfPostgresqlHappensWhollyOrNotAtAllAndNeverWithTheNextOne) {
  const OwnDatabase database;
  database.migrate();
  // More connections would hide one that was left in the middle of something.
  postgres::Pool pool(database.url(), 1, 10'000);
  const auto transact = [&](std::vector<postgres::Statement> statements) {
    auto lease = pool.take(postgres::Deadline::in(60'000));
    if (!lease) throw std::bad_alloc();
    return postgres::transact(lease.value().get(), std::move(statements),
                              postgres::Deadline::in(60'000));
  };
  const auto end_of = [&](const Change& change) {
    const store::EncodedChange encoded(change.set);
    return transact(postgres::statements(encoded)).end;
  };
  const auto reader = opened(database.url());
  Version account = 0;
  Version entry = 0;
  int n = 0;
  for (const bool refused : {false, true}) {
    bool failed = true;
    for (n = 0; failed; ++n) {
      SCOPED_TRACE(n);
      Change change = Change().put(sample_account("ann"), account);
      change.put(sample_entry(phone_address()), entry).send(sample_message(n));
      if (refused) change.expect(SourceKey{"shop", "192.0.2.0/24"}, 1);
      const store::EncodedChange encoded(change.set);
      std::vector<postgres::Statement> statements = postgres::statements(encoded);
      bool thrown = false;
      auto end = postgres::Answer::End::lost;
      failed = failing_at(n, [&] {
        try {
          end = transact(std::move(statements)).end;
        } catch (const std::bad_alloc&) {
          thrown = true;
        }
      });
      EXPECT_EQ(thrown, failed);
      // Whatever was left in the connection would be committed now.
      const std::string other = (refused ? "r" : "d") + std::to_string(n);
      ASSERT_EQ(end_of(Change().put(sample_account(other))), postgres::Answer::End::done);
      const auto loaded = reader->load(std::vector<Key>{ann, number}, 0);
      ASSERT_TRUE(loaded) << loaded.error().text;
      account = loaded.value()[0].version;
      entry = loaded.value()[1].version;
      const bool happened = account == change.set.puts[0].version;
      EXPECT_EQ(happened, entry == change.set.puts[1].version) << "half of it has happened";
      EXPECT_EQ(happened, end == postgres::Answer::End::done);
    }
    EXPECT_GT(n, 3) << "nothing failed";
  }
}

// I4: it can be read, when there is memory again; what cannot be read is given up for ever.
TEST(OutOfMemory, AMessageIsNotTakenForOneThatCannotBeRead) {
  const Message message = sample_message(1);
  store::StoredMessage stored{
      .id = message.id.hex(), .record = to_json(message), .state = "pending"};
  ASSERT_TRUE(store::decode(stored));
  bool thrown = false;
  EXPECT_TRUE(failing_at(0, [&] {
    try {
      (void)store::decode(std::move(stored));
    } catch (const std::bad_alloc&) {
      thrown = true;
    }
  }));
  EXPECT_TRUE(thrown);
}

}  // namespace
}  // namespace ringfence
