// The contract of stores, put to a store behind the C interface.
#include <gtest/gtest-spi.h>
#include <gtest/gtest.h>

#include <limits>
#include <memory>
#include <mutex>
#include <string>

#include "../src/commit_outcome.h"
#include "codec/store_json.h"
#include "ringfence/testing/store_conformance.h"
#include "ringfence_testing.h"

namespace ringfence::capi {
namespace {

// A text of the library's, freed when it was read.
class Given {
 public:
  explicit Given(ringfence_text text) : text_(text) {}
  Given(const Given&) = delete;
  Given& operator=(const Given&) = delete;
  ~Given() { ringfence_text_free(text_); }
  std::string_view get() const {
    const ringfence_string got = ringfence_text_get(text_);
    return {got.data, got.size};
  }

 private:
  ringfence_text text_;
};

ringfence_string string(std::string_view text) { return {text.data(), text.size()}; }

/// A store by its handle.
class HandleStore final : public Store {
 public:
  explicit HandleStore(ringfence_store handle) : handle_(handle) {}
  HandleStore(const HandleStore&) = delete;
  HandleStore& operator=(const HandleStore&) = delete;
  ~HandleStore() override { ringfence_store_free(handle_); }

  result<std::vector<Loaded>> load(std::span<const Key> keys, TimeMs deadline_ms) override {
    return asked<std::vector<Loaded>>(
        [&](ringfence_text* out, ringfence_error* error) {
          return ringfence_store_load(handle_, string(codec::to_json(keys)), deadline_ms, out,
                                      error);
        },
        [&](std::string_view text) { return codec::loaded_from_json(text, keys); });
  }
  CommitOutcome commit(const ChangeSet& change, TimeMs deadline_ms) override {
    int32_t outcome = RINGFENCE_COMMIT_UNKNOWN;
    const std::string text = codec::to_json(change);
    if (ringfence_store_commit(handle_, string(text), deadline_ms, &outcome, nullptr) !=
        RINGFENCE_OK)
      return CommitOutcome::unavailable;
    return commit_outcome(outcome);
  }
  result<std::vector<Message>> take(TimeMs now, TimeMs lease_ms, int max,
                                    OutboxShare share) override {
    return asked<std::vector<Message>>(
        [&](ringfence_text* out, ringfence_error* error) {
          return ringfence_store_take(handle_, now, lease_ms, max, share.index, share.of, out,
                                      error);
        },
        codec::messages_from_json);
  }
  result<void> settle(std::span<const Settlement> settlements) override {
    const std::string text = codec::to_json(settlements);
    ringfence_error error{};
    error.struct_size = sizeof error;
    if (ringfence_store_settle(handle_, string(text), &error) == RINGFENCE_OK) return ok();
    return refusal(error);
  }
  result<std::vector<Message>> messages(const AccountKey& account, int max,
                                        TimeMs deadline_ms) override {
    const ringfence_account of{string(account.realm), string(account.id)};
    return asked<std::vector<Message>>(
        [&](ringfence_text* out, ringfence_error* error) {
          return ringfence_store_messages(handle_, &of, max, deadline_ms, out, error);
        },
        codec::messages_from_json);
  }
  result<std::vector<Message>> given_up(const MessagePlace& after, int max,
                                        TimeMs deadline_ms) override {
    const std::string id = after.id.hex();
    return asked<std::vector<Message>>(
        [&](ringfence_text* out, ringfence_error* error) {
          return ringfence_store_given_up(handle_, after.created_at, string(id), max, deadline_ms,
                                          out, error);
        },
        codec::messages_from_json);
  }
  result<OutboxState> outbox(TimeMs now, TimeMs deadline_ms) override {
    return asked<OutboxState>(
        [&](ringfence_text* out, ringfence_error* error) {
          return ringfence_store_outbox(handle_, now, deadline_ms, out, error);
        },
        codec::outbox_from_json);
  }
  result<int> sweep(TimeMs now, TimeMs settled_before, int max) override {
    int32_t removed = 0;
    ringfence_error error{};
    error.struct_size = sizeof error;
    if (ringfence_store_sweep(handle_, now, settled_before, max, &removed, &error) == RINGFENCE_OK)
      return removed;
    return refusal(error);
  }

 private:
  static Failure refusal(const ringfence_error& error) {
    return failure(static_cast<ErrorCode>(error.status), error.text);
  }
  template <class T, class Ask, class Read>
  static result<T> asked(const Ask& ask, const Read& read) {
    ringfence_text out{};
    ringfence_error error{};
    error.struct_size = sizeof error;
    if (ask(&out, &error) != RINGFENCE_OK) return refusal(error);
    const Given text(out);
    return read(text.get());
  }

  const ringfence_store handle_;
};

class Tested final : public ringfence::testing::StoreUnderTest {
 public:
  explicit Tested(const ringfence_store_under_test& how) : how_(how) { open(how_.open); }

  Store& store() override { return *store_; }
  std::unique_ptr<Store> another() override {
    if (how_.another == nullptr) return nullptr;
    ringfence_store handle{};
    if (how_.another(how_.context, &handle) != RINGFENCE_OK)
      throw std::runtime_error("no second handle could be opened");
    return std::make_unique<HandleStore>(handle);
  }
  bool reopen() override {
    if (how_.reopen == nullptr) return false;
    store_.reset();
    open(how_.reopen);
    return true;
  }

 private:
  void open(int32_t (*how)(void*, ringfence_store*)) {
    ringfence_store handle{};
    if (how(how_.context, &handle) != RINGFENCE_OK)
      throw std::runtime_error("the store could not be opened");
    store_ = std::make_unique<HandleStore>(handle);
  }

  const ringfence_store_under_test& how_;
  std::unique_ptr<Store> store_;
};

}  // namespace
}  // namespace ringfence::capi

using namespace ringfence;
using namespace ringfence::capi;

size_t ringfence_testing_store_contract_lines(void) {
  return ringfence::testing::store_contract().size();
}

const char* ringfence_testing_store_contract_line(size_t line) {
  // Literals: they end with a NUL.
  return line < ringfence::testing::store_contract().size()
             ? ringfence::testing::store_contract()[line].name.data()
             : nullptr;
}

int32_t ringfence_testing_store_contract_check(size_t line,
                                               const ringfence_store_under_test* tested) {
  if (tested == nullptr || tested->struct_size != sizeof *tested || tested->open == nullptr ||
      tested->failed == nullptr || line >= ringfence::testing::store_contract().size())
    return -1;
  static std::mutex one_at_a_time;
  const std::lock_guard lock(one_at_a_time);
  bool holds = true;
  const auto failed = [&](std::string_view what) {
    holds = false;
    tested->failed(tested->context, string(what));
  };
  ::testing::TestPartResultArray results;
  try {
    // The store is closed before its failures are told.
    const ::testing::ScopedFakeTestPartResultReporter reporter(
        ::testing::ScopedFakeTestPartResultReporter::INTERCEPT_ALL_THREADS, &results);
    Tested under_test(*tested);
    ringfence::testing::store_contract()[line].check(under_test);
  } catch (const std::exception& exception) {
    failed(exception.what());
  } catch (...) {
    failed("the store threw what is no exception of the standard");
  }
  for (int i = 0; i < results.size(); ++i) {
    if (results.GetTestPartResult(i).failed()) failed(results.GetTestPartResult(i).message());
  }
  return holds ? 1 : 0;
}
