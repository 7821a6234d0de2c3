// The primary dies under load and its standby takes over, with no help but the URL's two servers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <exception>
#include <memory>
#include <numeric>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "postgres/phone_changes.h"
#include "postgres/postgres_client.h"
#include "postgres/private_postgres.h"
#include "ringfence/store/postgres.h"

namespace ringfence {
namespace {

using namespace testing_support;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// What one person was told.
struct Story {
  AccountKey account = {};
  std::string old_phone = {};
  std::string new_phone = {};
  std::vector<FlowView> told = {};  ///< Each is a promise.
  bool told_before_the_failover = false;
  std::string refused = {};  ///< Nothing may be: nobody else touches the account.

  bool changed() const { return !told.empty() && told.back().step == FlowStep::done; }
};

class Failover : public ::testing::Test {
 protected:
  static constexpr std::size_t clerks = 8;

  Failover() {
    database = primary.make_database();
    EXPECT_TRUE(migrate_postgres(primary.url(PrivatePostgres::user, database)));
    primary.execute("ALTER DATABASE " + database + " SET synchronous_commit = off");
    standby = primary.make_standby("standby");
    // As an operator would write it; which of them takes writes is for libpq to find out.
    const std::string url =
        "postgresql://" + std::string(PrivatePostgres::user) + "@/" + database +
        "?host=" + in_url(primary.socket_folder()) + "," + in_url(standby->socket_folder()) +
        "&port=" + std::to_string(primary.port()) + "," + std::to_string(standby->port());
    store = open_postgres_store(url, {.max_connections = clerks}).value();
  }

  /// One account a story. Two stories want each new number: so the later one gets no login.
  void people(std::size_t count) {
    std::vector<Registration> rows;
    for (std::size_t i = 0; i < count; ++i) {
      Story story{.account = numbered(i)};
      story.old_phone = "+8615" + std::to_string(200'000'000 + i);
      story.new_phone = "+8613" + std::to_string(100'000'000 + i / 2);
      rows.push_back({.account = story.account,
                      .phone = {story.old_phone},
                      .phone_proven_at = system_clock().now_ms()});
      numbers.insert({story.old_phone, story.new_phone});
      stories.push_back(std::move(story));
    }
    Clerk clerk({*store, phones, counts}, "registrar");
    ASSERT_TRUE(clerk.service().import_accounts(rows).value().refused.empty());
  }

  /// Everybody changes the phone; meanwhile `disaster` happens, which waits for so many changes as
  /// it likes.
  template <class Disaster>
  void run(const Disaster& disaster) {
    std::vector<std::thread> threads;
    std::vector<std::string> broken(clerks);
    for (std::size_t i = 0; i < clerks; ++i) {
      threads.emplace_back([&, i] {
        try {
          Clerk clerk({*store, phones, counts}, "clerk-" + std::to_string(i));
          for (std::size_t n = next++; n < stories.size(); n = next++) serve(clerk, stories[n]);
        } catch (const std::exception& error) {
          broken[i] = error.what();
        }
      });
    }
    try {
      disaster();
    } catch (const std::exception& error) {
      ADD_FAILURE() << error.what();
      next = stories.size();
    }
    for (std::thread& thread : threads) thread.join();
    for (const std::string& one : broken) EXPECT_EQ(one, "");
    Clerk clerk({*store, phones, counts}, "last");
    // What the dead had taken is due again when its lease has ended.
    EXPECT_TRUE(poll_until([&] {
      while (clerk.send_due()) {
      }
      return PostgresClient(primary_now().url(PrivatePostgres::user, database))
                 .value("SELECT count(*) = 0 FROM ringfence.message WHERE state = 'pending'") ==
             "t";
    })) << "a message never ends (I4)";
  }
  void serve(Clerk& clerk, Story& story) {
    const auto reply =
        clerk.change_phone(story.account, story.new_phone, [&](const FlowView& view) {
          story.told.push_back(view);
          story.told_before_the_failover = !failed_over;
          if (view.step == FlowStep::done) ++done;
        });
    if (!reply) story.refused = reply.error().text;
  }
  void wait_for_changes(std::size_t count) {
    if (!poll_until([&] { return done >= count; })) throw std::runtime_error("the flows stand");
  }
  /// The standby gets nothing any more.
  void cut_off_standby() {
    standby->execute("ALTER SYSTEM SET primary_conninfo = ''");
    standby->execute("SELECT pg_reload_conf()");
    standby->wait_for("SELECT count(*) = 0 FROM pg_stat_wal_receiver");
  }
  void fail_over() {
    primary.kill_9();
    failed_over = true;
    standby->promote();
  }

  /// Everything that was promised and is not so, and everything that happened twice.
  std::vector<std::string> violations() {
    std::vector<std::string> out = disagreements(*store, stories.size(), numbers);
    const std::shared_ptr<KeyRing> keys = one_key_ring();
    const auto service = Service::make({.store = *store, .keys = *keys}, wide_limits()).value();
    for (const Story& story : stories) {
      const auto say = [&](const std::string& what) {
        out.push_back(story.account.id + ": " + what);
      };
      if (!story.refused.empty()) say("lost: a step that was done is unknown: " + story.refused);
      const Account account = loaded<Account>(*store, story.account).value();
      const auto flow =
          std::find_if(account.flows.begin(), account.flows.end(), [&](const Flow& one) {
            return !story.told.empty() && one.id == story.told.front().handle.flow;
          });
      if (flow == account.flows.end()) say("lost: its flow");
      const Channel& phone = account.channel(ChannelKind::phone);
      if (story.changed()) {
        const ChangeResult& promised = story.told.back().changed();
        if (flow != account.flows.end() &&
            (flow->step != FlowStep::done || flow->change != promised))
          say("lost: the end of its flow");
        if (phone.address->text() != story.new_phone || !phone.verified())
          say("lost: its new phone");
        if (phone.login_claim != promised.usable_for_login) say("another may log in than was told");
      }
      std::map<std::string, int> events;
      const AuditPage trail = service->audit(story.account, {.max = 1000}).value();
      for (const AuditEntry& entry : trail.entries) ++events[entry.event];
      const AuditReport report = service->verify_audit(story.account).value();
      if (!report.intact()) say("its audit trail: " + std::string(name(report.fault)));
      const int changes = story.changed() ? 1 : 0;
      if (events["phone_changed"] < changes) say("lost: the audit entry of its change");
      if (events["phone_changed"] > 1 || account.epoch > 1) say("changed twice");
      if (events["identity_proven"] > 1) say("identity proven twice");
      std::map<std::string, int> messages;
      const std::vector<Message> sent = store->messages(story.account, 1000, 0).value();
      for (const Message& one : sent) {
        ++messages[one.purpose + "/" + std::string(name(one.kind))];
        if (one.state == MessageState::given_up) say("a message was given up");
      }
      if (messages["phone_changed/event"] != events["phone_changed"])
        say("events: " + std::to_string(messages["phone_changed/event"]));
      if (messages["change_phone/code"] > 2) say("more than one code for a proof");
    }
    return out;
  }
  void print(const char* what, std::size_t found) {
    const auto before = std::count_if(stories.begin(), stories.end(), [](const Story& one) {
      return one.changed() && one.told_before_the_failover;
    });
    const auto told =
        std::accumulate(stories.begin(), stories.end(), std::size_t{0},
                        [](std::size_t sum, const Story& one) { return sum + one.told.size(); });
    std::printf(
        "%s: %zu flows, %td of them done before the failover, %zu replies acknowledged; %llu calls "
        "repeated, %llu outcomes unknown, %llu times unavailable, %llu busy; violations: %zu\n",
        what, stories.size(), before, told, static_cast<unsigned long long>(counts.repeated),
        static_cast<unsigned long long>(counts.count(ErrorCode::outcome_unknown)),
        static_cast<unsigned long long>(counts.count(ErrorCode::store_unavailable)),
        static_cast<unsigned long long>(counts.count(ErrorCode::busy)), found);
  }
  PrivatePostgres& primary_now() { return failed_over ? *standby : primary; }

  PrivatePostgres primary;
  std::unique_ptr<PrivatePostgres> standby;
  std::string database;
  std::unique_ptr<Store> store;
  Phones phones;
  CallCounts counts;
  std::vector<Story> stories;
  std::set<std::string> numbers;
  std::atomic<std::size_t> next = 0;
  std::atomic<std::size_t> done = 0;
  std::atomic<bool> failed_over = false;
};

// Proves I1, I2, I3, I4, I7, I8, I9.
TEST_F(Failover, WithASynchronousStandbyNothingAcknowledgedIsLostAndNothingHappensTwice) {
  people(500);
  primary.make_synchronous("standby");
  run([&] {
    wait_for_changes(200);
    fail_over();
  });
  const std::vector<std::string> found = violations();
  print("synchronous", found.size());
  EXPECT_THAT(found, IsEmpty());
  EXPECT_EQ(done, 500U) << "every flow ends";
  EXPECT_GT(counts.repeated, 0U) << "somebody was in the middle of a step";
}

// The primary has commits that only it knows of when it dies: nobody was told of them.
// Proves I1, I7.
TEST_F(Failover, WhatASynchronousStandbyHasNotGotIsToldToNobody) {
  people(100);
  primary.make_synchronous("standby");
  run([&] {
    wait_for_changes(40);
    cut_off_standby();
    const std::size_t had = done;
    // What was on its way still arrives.
    EXPECT_FALSE(poll_until([&] { return done > had + clerks; }, std::chrono::milliseconds(500)));
    primary.wait_for("SELECT count(*) > 0 FROM pg_stat_activity WHERE wait_event = 'SyncRep'");
    fail_over();
  });
  const std::vector<std::string> found = violations();
  print("cut off", found.size());
  EXPECT_THAT(found, IsEmpty());
  EXPECT_EQ(done, 100U) << "every flow ends";
  EXPECT_GT(counts.count(ErrorCode::outcome_unknown), 0U);
}

// The control: who does not wait for the standby loses what it had not got, and the check sees it.
TEST_F(Failover, WithoutASynchronousStandbyWhatItHadNotGotIsLost) {
  people(120);
  run([&] {
    wait_for_changes(20);
    cut_off_standby();
    wait_for_changes(done + 40);
    fail_over();
  });
  const std::vector<std::string> found = violations();
  print("asynchronous", found.size());
  const auto lost = std::count_if(found.begin(), found.end(), [](const std::string& one) {
    return one.find("lost: its new phone") != std::string::npos;
  });
  EXPECT_GE(lost, 40 - static_cast<int>(clerks)) << "changes";
}

// And it sees what happens twice.
TEST_F(Failover, AChangeTooManyIsSeen) {
  people(2);
  run([] {});
  EXPECT_THAT(violations(), IsEmpty());
  Clerk clerk({*store, phones, counts}, "stranger");
  ASSERT_TRUE(clerk.change_phone(numbered(0), stories[0].old_phone, [](const FlowView&) {}));
  ASSERT_TRUE(clerk.change_phone(numbered(0), stories[0].new_phone, [](const FlowView&) {}));
  EXPECT_THAT(violations(), ::testing::Contains(HasSubstr("changed twice")));
}

}  // namespace
}  // namespace ringfence
