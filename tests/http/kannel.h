#pragma once

#include <string>
#include <vector>

#include "postgres/server_folder.h"
#include "postgres/server_process.h"

namespace ringfence::testing_support {

/// A Kannel of the test's own: bearerbox, smsbox and a fake SMS centre, which shows what would be
/// on its way to telephones.
class PrivateKannel {
 public:
  static constexpr const char* user = "ringfence";
  static constexpr const char* password = "kannel secret";

  /// Another SMS centre, over HTTP, for numbers that begin like this: it refuses a message with
  /// `refused` as its answer.
  struct Other {
    std::string prefix = {};
    std::string url = {};
  };

  PrivateKannel() : PrivateKannel(Other()) {}
  explicit PrivateKannel(const Other& other);
  ~PrivateKannel();

  /// Of smsbox.
  std::string url() const { return "http://127.0.0.1:" + std::to_string(sendsms_.number()); }

  struct Sms {
    std::string from;
    std::string to;
    std::string type;  ///< `text`, or `ucs-2`.
    std::string text;  ///< UTF-8
  };
  /// What has reached the SMS centre, in order.
  std::vector<Sms> at_the_centre() const;
  void stop_the_bearerbox();

 private:
  ServerFolder folder_;
  LoopbackPort admin_;
  LoopbackPort boxes_;
  LoopbackPort centre_;
  LoopbackPort sendsms_;
  LoopbackPort other_;
  ServerProcess bearerbox_;
  ServerProcess smsbox_;
  ServerProcess fakesmsc_;
};

}  // namespace ringfence::testing_support
