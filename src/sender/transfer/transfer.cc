#include "sender/transfer/transfer.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <utility>

#include "ringfence/secret.h"
#include "ringfence/text.h"
#include "sender/transfer/no_sigpipe.h"

namespace ringfence::transfer {
namespace {

bool about_certificates(CURLcode code) {
  return code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CONNECT_ERROR ||
         code == CURLE_SSL_CACERT_BADFILE || code == CURLE_SSL_ISSUER_ERROR;
}

void wipe_and_free(curl_slist* list) noexcept {
  for (curl_slist* one = list; one != nullptr; one = one->next)
    wipe(std::as_writable_bytes(std::span(one->data, std::strlen(one->data))));
  curl_slist_free_all(list);
}

}  // namespace

Transfer::Transfer(Pool& pool) : pool_(pool), handle_(pool.take()) {}

Transfer::~Transfer() {
  if (handle_ != nullptr) {
    // A connection on which something went wrong may hold the rest of a reply, which must not be
    // taken for the reply to the next message.
    if (failed_) {
      pool_.discard(std::move(handle_));
    } else {
      pool_.give_back(std::move(handle_));
    }
  }
  for (curl_slist* list : lists_) wipe_and_free(list);
}

void Transfer::set_list(CURLoption option, const std::vector<std::string>& lines) {
  lists_.push_back(nullptr);
  curl_slist*& list = lists_.back();
  for (const std::string& line : lines) {
    curl_slist* const longer = curl_slist_append(list, line.c_str());
    if (longer == nullptr) {
      refused_ = true;
      return;
    }
    list = longer;
  }
  set(option, list);
}

void Transfer::upload(std::string_view content) {
  content_ = content;
  uploads_ = true;
  set(CURLOPT_UPLOAD, 1L);
  set(CURLOPT_READFUNCTION, &on_upload);
  set(CURLOPT_READDATA, this);
  set(CURLOPT_SEEKFUNCTION, &on_rewind);
  set(CURLOPT_SEEKDATA, this);
}

void Transfer::watch(Watch& watch) {
  watch_ = &watch;
  set(CURLOPT_VERBOSE, 1L);  // to the function below, and nowhere else
  set(CURLOPT_DEBUGFUNCTION, &on_debug);
  set(CURLOPT_DEBUGDATA, this);
}

const Reply& Transfer::run() {
  if (handle_ == nullptr || refused_) {
    reply_.reached = Reply::Reached::nothing_sent;
    reply_.problem = refused_ ? "libcurl refuses an option" : "no connection became free in time";
    return reply_;
  }
  std::array<char, CURL_ERROR_SIZE> detail{};
  set(CURLOPT_ERRORBUFFER, detail.data());
  set(CURLOPT_WRITEFUNCTION, &on_body);
  set(CURLOPT_WRITEDATA, this);
  set(CURLOPT_HEADERFUNCTION, &on_line);
  set(CURLOPT_HEADERDATA, this);
  const CURLcode code = [&] {
    const NoSigpipe guard;
    return curl_easy_perform(handle_.get());
  }();
  failed_ = code != CURLE_OK;
  set(CURLOPT_ERRORBUFFER, static_cast<char*>(nullptr));
  curl_easy_getinfo(handle_.get(), CURLINFO_RESPONSE_CODE, &reply_.status);
  if (code == CURLE_OK || reply_.cut) {
    reply_.reached = Reply::Reached::answered;
    return reply_;
  }
  reply_.reached = may_have_left() ? Reply::Reached::maybe_sent : Reply::Reached::nothing_sent;
  reply_.timed_out = code == CURLE_OPERATION_TIMEDOUT;
  reply_.problem = curl_easy_strerror(code);
  // The detail of other errors may quote what was sent; here it names host and certificate.
  if (about_certificates(code) && detail[0] != '\0')
    reply_.problem.append(": ").append(printable(detail.data()));
  return reply_;
}

bool Transfer::may_have_left() const {
  if (uploads_) return content_at_ == content_.size();
  long bytes = 0;
  return curl_easy_getinfo(handle_.get(), CURLINFO_REQUEST_SIZE, &bytes) != CURLE_OK || bytes != 0;
}

std::size_t Transfer::on_body(char* data, std::size_t, std::size_t size, void* self) noexcept try {
  auto* const transfer = static_cast<Transfer*>(self);
  SecretWriter& body = transfer->reply_.body;
  const std::size_t room = transfer->pool_.limits().longest_reply - body.view().size();
  body.add({data, std::min(size, room)});
  if (size <= room) return size;
  transfer->reply_.cut = true;
  return 0;
} catch (...) {
  return 0;  // ends the transfer
}

std::size_t Transfer::on_line(char* data, std::size_t, std::size_t size, void* self) noexcept try {
  auto* const transfer = static_cast<Transfer*>(self);
  transfer->lines_bytes_ += size;
  if (transfer->lines_bytes_ > transfer->pool_.limits().longest_reply) return 0;
  std::string_view line(data, size);
  while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
  transfer->reply_.lines.emplace_back(line);
  return transfer->watch_ == nullptr || transfer->watch_->heard(line) ? size : 0;
} catch (...) {
  return 0;
}

std::size_t Transfer::on_upload(char* to, std::size_t, std::size_t room, void* self) noexcept {
  auto* const transfer = static_cast<Transfer*>(self);
  const std::string_view rest = transfer->content_.substr(transfer->content_at_);
  const std::size_t size = std::min(room, rest.size());
  std::copy_n(rest.begin(), size, to);
  transfer->content_at_ += size;
  return size;
}

int Transfer::on_debug(CURL*, curl_infotype type, char* data, std::size_t size,
                       void* self) noexcept {
  if (type == CURLINFO_HEADER_OUT) static_cast<Transfer*>(self)->watch_->said({data, size});
  return 0;
}

int Transfer::on_rewind(void* self, curl_off_t offset, int origin) noexcept {
  auto* const transfer = static_cast<Transfer*>(self);
  if (origin != SEEK_SET || offset < 0 ||
      static_cast<std::uint64_t>(offset) > transfer->content_.size()) {
    return CURL_SEEKFUNC_FAIL;
  }
  transfer->content_at_ = static_cast<std::size_t>(offset);
  return CURL_SEEKFUNC_OK;
}

SendResult without_answer(const Reply& reply) {
  using Outcome = SendResult::Outcome;
  const bool sent = reply.reached != Reply::Reached::nothing_sent;
  return {.outcome = sent ? Outcome::unknown : Outcome::temporary,
          .reason = (sent ? "no whole answer: " : "not sent: ") + reply.problem};
}

}  // namespace ringfence::transfer
