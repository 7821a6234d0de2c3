#include "sender/http/origin.h"

#include <curl/curl.h>

#include <memory>
#include <optional>

#include "sender/http/members.h"

namespace ringfence::http {
namespace {

struct Free {
  void operator()(CURLU* url) const noexcept { curl_url_cleanup(url); }
};

std::optional<std::string> part(CURLU* url, CURLUPart which) {
  char* text = nullptr;
  if (curl_url_get(url, which, &text, 0) != CURLUE_OK) return std::nullopt;
  std::string out(text);
  curl_free(text);
  return out;
}

bool is_loopback(const std::string& host) {
  return host == "localhost" || host == "[::1]" ||
         (host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string::npos);
}

}  // namespace

result<Origin> origin_of(const std::string& url, const std::string& member) {
  for (const char c : url) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= 0x20 || byte >= 0x7f)
      return wrong_description(
          member, "has a space or a character that a URL cannot have: write it as %XX");
  }
  const std::unique_ptr<CURLU, Free> parsed(curl_url());
  if (parsed == nullptr) return failure(ErrorCode::internal, "out of memory");
  if (curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK)
    return wrong_description(member, "is not a URL");
  const auto scheme = part(parsed.get(), CURLUPART_SCHEME);
  const auto host = part(parsed.get(), CURLUPART_HOST);
  if (!scheme || !host || (*scheme != "https" && *scheme != "http"))
    return wrong_description(member, "must begin with https://");
  if (part(parsed.get(), CURLUPART_USER) || part(parsed.get(), CURLUPART_PASSWORD))
    return wrong_description(member, "has a user or a password in it: only auth.basic has these");
  if (part(parsed.get(), CURLUPART_FRAGMENT))
    return wrong_description(member, "has a #, after which nothing is sent");
  Origin out{.host = *host, .tls = *scheme == "https", .loopback = is_loopback(*host)};
  const auto port = part(parsed.get(), CURLUPART_PORT);
  if (port && *port != (out.tls ? "443" : "80")) out.host += ":" + *port;
  return out;
}

}  // namespace ringfence::http
