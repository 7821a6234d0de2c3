#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "ringfence/sender.h"
#include "sender/transfer/pool.h"
#include "sender/transfer/secret_writer.h"

namespace ringfence::transfer {

/// What a transfer gave. The other side may repeat the message in it, so it is wiped with it and is
/// not copied.
struct Reply {
  Reply() = default;
  Reply(const Reply&) = delete;
  Reply& operator=(const Reply&) = delete;
  ~Reply() {
    for (std::string& line : lines) wipe(line);
  }

  /// How far it came, for the question that counts: can the other side have acted on it?
  enum class Reached : std::uint8_t {
    maybe_sent = 0,  ///< It left, in part or whole, and no whole reply came.
    nothing_sent,    ///< No name, no connection, no TLS, or no time for them.
    answered,        ///< A whole reply came, or as much of one as is read (`cut`).
  };
  Reached reached = Reached::maybe_sent;
  long status = 0;    ///< HTTP's status, or the last reply code of SMTP; 0: none came.
  SecretWriter body;  ///< Of the reply, at most `Limits::longest_reply` bytes.
  bool cut = false;   ///< The body is longer than that and was not read to its end.
  /// The lines before the body, without their ends; with SMTP all that the server said.
  std::deque<std::string> lines;
  bool timed_out = false;  ///< Not answered because the time was up.
  std::string problem;     ///< If not answered: why, in a few words, without any address or secret.
};

/// Sees the lines of a protocol that is a dialogue, as SMTP is, while they pass.
class Watch {
 public:
  virtual ~Watch() = default;
  /// What is said to the other side; may hold secrets.
  virtual void said(std::string_view command) noexcept = 0;
  /// A line of the other side, without its end. False ends the transfer here.
  virtual bool heard(std::string_view line) noexcept = 0;
};

/// One exchange with the other side, on a handle of the pool. Options are set, then it is run,
/// once. What is given to it must live until then.
class Transfer {
 public:
  explicit Transfer(Pool& pool);
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;
  ~Transfer();

  /// An option of libcurl. One that is refused makes `run` send nothing.
  template <class Value>
  void set(CURLoption option, Value value) {
    if (handle_ == nullptr) return;
    if ((curl_easy_setopt)(handle_.get(), option, value) != CURLE_OK) refused_ = true;
  }
  /// An option that is a list of lines, e.g. `CURLOPT_HTTPHEADER`. The copies are wiped.
  void set_list(CURLoption option, const std::vector<std::string>& lines);
  /// Sends this as libcurl's upload, as SMTP wants it: only once the last of it was asked for can
  /// the other side have the message, since the line that ends it comes after that.
  void upload(std::string_view content);
  void watch(Watch& watch);

  /// What it gives lives as long as this.
  const Reply& run();

 private:
  static std::size_t on_body(char* data, std::size_t, std::size_t size, void* self) noexcept;
  static std::size_t on_line(char* data, std::size_t, std::size_t size, void* self) noexcept;
  static std::size_t on_upload(char* to, std::size_t, std::size_t room, void* self) noexcept;
  static int on_debug(CURL*, curl_infotype type, char* data, std::size_t size, void* self) noexcept;
  static int on_rewind(void* self, curl_off_t offset, int origin) noexcept;
  bool may_have_left() const;

  Pool& pool_;
  Pool::Handle handle_;
  bool refused_ = false;
  bool failed_ = false;
  std::vector<curl_slist*> lists_;
  std::string_view content_;
  std::size_t content_at_ = 0;
  bool uploads_ = false;
  Watch* watch_ = nullptr;
  std::size_t lines_bytes_ = 0;
  Reply reply_;
};

/// What a transfer without a whole reply means for its message: `temporary` if nothing was sent,
/// else `unknown`. Only for one that is not `answered`.
SendResult without_answer(const Reply& reply);

}  // namespace ringfence::transfer
