#include "sender/http/exchange.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "sender/http/lower.h"
#include "sender/http/path.h"
#include "sender/transfer/transfer.h"

namespace ringfence::http {
namespace {

using Outcome = SendResult::Outcome;

/// What is sent. Wiped with it: it may hold a code, a password and a number.
struct Request {
  Request() = default;
  Request(const Request&) = delete;
  Request& operator=(const Request&) = delete;
  ~Request() {
    for (std::string& line : lines) wipe(line);
  }

  SecretWriter url;
  SecretWriter query;
  SecretWriter body;
  std::vector<std::string> lines;  // of the header
  std::string problem;

  void add_line(std::string_view name, std::string_view value) {
    std::string line;
    line.reserve(name.size() + value.size() + 2);
    // This is how libcurl wants a header that is empty.
    line.append(name).append(value.empty() ? ";" : ": ").append(value);
    lines.push_back(std::move(line));
  }
  bool write(const Template& text, const Values& values, SecretWriter& to, std::string_view where) {
    const auto unfit = text.write(values, to);
    if (!unfit) return true;
    problem = "nothing was sent: the value of {" + *unfit + "} has a character that cannot be in " +
              std::string(where);
    return false;
  }
};

// Alibaba Cloud, "Request syntax and signature method V3".
void sign_acs3(const Description& description, const Values& values, Request& request) {
  const Acs3Signature& key = *description.acs3;
  const std::string body_hash = sha256_hex(request.body.view());
  request.add_line("x-acs-date", values.get(Value::time, ""));
  request.add_line("x-acs-signature-nonce", values.get(Value::nonce, ""));
  request.add_line("x-acs-content-sha256", body_hash);
  std::vector<std::pair<std::string, std::string>> headers = {{"host", description.host}};
  for (const std::string& line : request.lines) {
    const std::size_t colon = line.find(": ");
    if (colon == std::string::npos) continue;
    const std::string name = lower(std::string_view(line).substr(0, colon));
    if (name.starts_with("x-acs-") || name == "content-type")
      headers.emplace_back(name, line.substr(colon + 2));
  }
  std::sort(headers.begin(), headers.end());
  SecretWriter canonical;  // the query may hold the code
  canonical.add(description.method + "\n" + description.path + "\n");
  canonical.add(request.query.view());
  canonical.add("\n");
  std::string names;
  for (const auto& [name, value] : headers) {
    canonical.add(name + ":" + value + "\n");
    names += (names.empty() ? "" : ";") + name;
  }
  canonical.add("\n" + names + "\n" + body_hash);
  const std::string mac = hmac(Algorithm::sha256, key.secret.reveal(),
                               "ACS3-HMAC-SHA256\n" + sha256_hex(canonical.view()), Alphabet::hex);
  request.add_line("Authorization",
                   "ACS3-HMAC-SHA256 Credential=" + std::string(key.key_id.reveal()) +
                       ",SignedHeaders=" + names + ",Signature=" + mac);
}

bool sign_hmac(const HmacSignature& how, Values& values, Request& request) {
  values.body = request.body.view();
  SecretWriter text;
  if (!request.write(how.over, values, text, "what is signed")) return false;
  SecretWriter value;
  for (const SecretText& key : how.keys) {
    const std::string mac = hmac(how.algorithm, key.reveal(), text.view(), how.alphabet);
    values.signature = mac;
    if (!value.view().empty()) value.add(" ");
    if (!request.write(how.value, values, value, "the header " + how.header)) return false;
  }
  values.body = {};
  values.signature = {};
  request.add_line(how.header, value.view());
  return true;
}

// As the lanes of a dispatcher are called.
std::string way_of(const Message& message) {
  if (message.destination && message.destination->kind() == ChannelKind::email) return "email";
  return message.route == Route::voice ? "voice" : "sms";
}

bool compose(const Description& description, Values& values, Request& request) {
  if (values.outgoing != nullptr && description.carries.count(way_of(values.message)) == 0) {
    request.problem = "nothing was sent: this gateway does not carry " + way_of(values.message);
    return false;
  }
  if (description.used.count(Value::to_digits) != 0 &&
      (!values.message.destination || values.message.destination->phone() == nullptr)) {
    request.problem = "nothing was sent: this gateway takes telephone numbers only";
    return false;
  }
  if (description.used.count(Value::chosen_template) != 0) {
    const auto chosen = std::find_if(description.templates.begin(), description.templates.end(),
                                     [&](const TemplateChoice& one) { return one.fits(values); });
    if (chosen == description.templates.end()) {
      request.problem = "nothing was sent: the gateway has no template for this " +
                        std::string(values.get(Value::kind, "")) +
                        ": its purpose, role or locale fits none";
      return false;
    }
    values.chosen_template = chosen->id;
  }
  if (!request.write(description.url, values, request.url, "the URL") ||
      !request.write(description.query, values, request.query, "the URL"))
    return false;
  if (has_dot_segment(path_in(request.url.view()))) {
    request.problem = "nothing was sent: a value makes a part of the path . or ..";
    return false;
  }
  if (!request.query.view().empty()) {
    request.url.add("?");
    request.url.add(request.query.view());
  }
  if (description.body && !request.write(*description.body, values, request.body, "the body"))
    return false;
  for (const HeaderTemplate& header : description.headers) {
    SecretWriter value;
    if (!request.write(header.value, values, value, "the header " + header.name)) return false;
    request.add_line(header.name, value.view());
  }
  if (description.acs3) sign_acs3(description, values, request);
  return !description.hmac || sign_hmac(*description.hmac, values, request);
}

}  // namespace

SendResult exchange(const Description& description, Values& values, transfer::Pool& pool,
                    TimeMs now) {
  Request request;
  if (!compose(description, values, request))
    return {.outcome = Outcome::permanent, .reason = std::move(request.problem)};
  transfer::Transfer transfer(pool);
  transfer.set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  transfer.set(CURLOPT_URL, request.url.c_str());
  transfer.set(CURLOPT_PATH_AS_IS, 1L);
  if (description.method == "GET") {
    transfer.set(CURLOPT_HTTPGET, 1L);
  } else {
    transfer.set(CURLOPT_POST, 1L);
    transfer.set(CURLOPT_POSTFIELDS, request.body.c_str());
    transfer.set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.view().size()));
    if (description.method != "POST")
      transfer.set(CURLOPT_CUSTOMREQUEST, description.method.c_str());
    // No wait for a permission to send the body; no type of a body that has none.
    request.lines.emplace_back("Expect:");
    if (!description.body) request.lines.emplace_back("Content-Type:");
  }
  transfer.set_list(CURLOPT_HTTPHEADER, request.lines);
  const transfer::Reply& reply = transfer.run();
  if (reply.reached != transfer::Reply::Reached::answered) return transfer::without_answer(reply);
  return description.reply.judge(reply, values.message, values.get(Value::code, ""), now);
}

}  // namespace ringfence::http
