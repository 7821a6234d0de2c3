#include <fstream>
#include <new>
#include <utility>

#include "ringfence/sender/http.h"
#include "ringfence/text.h"
#include "sender/http/description.h"
#include "sender/http/exchange.h"
#include "sender/http/members.h"

namespace ringfence {
namespace {

class HttpSender final : public Sender {
 public:
  HttpSender(http::Description description, std::unique_ptr<transfer::Pool> pool, Clock& clock,
             Entropy& entropy)
      : description_(std::move(description)),
        pool_(std::move(pool)),
        clock_(clock),
        entropy_(entropy) {}

  SendResult send(const OutgoingMessage& message) override {
    std::string nonce;
    if (description_.used.count(http::Value::nonce) != 0) {
      Seed seed;
      if (!entropy_.fill(seed))
        return {.outcome = SendResult::Outcome::temporary, .reason = "no randomness"};
      nonce = Draw(seed).id().hex();
    }
    const TimeMs now = clock_.now_ms();
    http::Values values(message, now, std::move(nonce));
    return http::exchange(description_, values, *pool_, now);
  }

 private:
  const http::Description description_;
  const std::unique_ptr<transfer::Pool> pool_;
  Clock& clock_;
  Entropy& entropy_;
};

}  // namespace

result<std::unique_ptr<Sender>> make_http_sender(std::string_view description,
                                                 HttpOptions options) try {
  const http::Description::Given given{options.variables, options.allow_http};
  auto made = http::Description::read(description, given);
  for (auto& [name, value] : options.variables) wipe(value);
  RF_TRY(read, std::move(made));
  RF_TRY(pool, transfer::Pool::make({.connections = options.connections,
                                     .connect_timeout_ms = options.connect_timeout_ms,
                                     .timeout_ms = options.timeout_ms,
                                     .ca_file = options.ca_file},
                                    "http,https"));
  return std::unique_ptr<Sender>(std::make_unique<HttpSender>(std::move(read), std::move(pool),
                                                              options.clock, options.entropy));
} catch (const std::bad_alloc&) {
  return failure(ErrorCode::internal, "out of memory");
}

result<std::unique_ptr<Sender>> open_http_sender(const std::string& file, HttpOptions options) {
  constexpr std::size_t longest = std::size_t{256} * 1024;
  std::ifstream in;
  in.rdbuf()->pubsetbuf(nullptr, 0);  // no copy of a password is left in a buffer
  in.open(file, std::ios::binary);
  std::string text(longest + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (!in.eof() || text.empty()) {
    return http::wrong_description("",
                                   "is to be in a file that cannot be read, is empty, or has more "
                                   "than 256 KiB: " +
                                       printable(file));
  }
  auto made = make_http_sender(text, std::move(options));
  wipe(text);
  return made;
}

}  // namespace ringfence
