// A forked child uses no connection of its parent.
#include <gtest/gtest.h>
#include <unistd.h>

#include "smtp/sending.h"
#include "store/files.h"

namespace ringfence {
namespace {

using namespace testing_support;

TEST(SmtpForked, AChildSendsOnAConnectionOfItsOwnAndTheParentsStays) {
  const MailServer server;
  const auto sender = make_smtp_sender(options_for(server)).value();
  EXPECT_EQ(send(*sender).outcome, Outcome::accepted);
  EXPECT_EQ(in_child([&] {
              alarm(60);  // ends it if it hangs
              return send(*sender).outcome == Outcome::accepted ? 0 : 1;
            }),
            0);
  EXPECT_EQ(send(*sender).outcome, Outcome::accepted);
  EXPECT_EQ(server.report()["connections"], 2);
}

}  // namespace
}  // namespace ringfence
