#include "sender/http/description.h"

#include <algorithm>
#include <utility>

#include "codec/parse_json.h"
#include "ringfence/text.h"
#include "sender/http/if_given.h"
#include "sender/http/lower.h"
#include "sender/http/members.h"
#include "sender/http/origin.h"
#include "sender/http/path.h"
#include "sender/http/variables.h"
#include "sender/http/wiped_json.h"

namespace ringfence::http {
namespace {

using nlohmann::json;

// ---- names and places
// -----------------------------------------------------------------------------

bool only_in_signature(Value value) { return value == Value::body || value == Value::signature; }

bool for_people(Value value) {
  return value == Value::to || value == Value::to_digits || value == Value::text ||
         value == Value::code || value == Value::coding || value == Value::subject ||
         value == Value::html || value == Value::role || value == Value::route ||
         value == Value::locale || value == Value::channel || value == Value::lifetime_minutes ||
         value == Value::lifetime_seconds || value == Value::masked ||
         value == Value::chosen_template;
}

bool is_token(const std::string& name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

// What frames a request is libcurl's.
bool is_framing(const std::string& name) {
  constexpr std::array<std::string_view, 8> names = {
      "host", "content-length", "transfer-encoding", "connection", "upgrade", "expect",
      "te",   "trailer"};
  return std::find(names.begin(), names.end(), lower(name)) != names.end();
}

Failure at(const std::string& member, const Failure& why) {
  return wrong_description(member, why.text);
}

// ---- the reading
// ----------------------------------------------------------------------------------

class Reader {
 public:
  Reader(Members& members, const Description::Given& given,
         const std::map<std::string, SecretText>& variables)
      : members_(members), given_(given), variables_(variables) {}

  result<Description> read() {
    RF_TRY(about, members_.text("about"));
    static_cast<void>(about);
    RF_TRY(name, members_.text("name"));
    static_cast<void>(name);
    RF_TRY(allow_http, members_.flag("allow_http"));
    allow_http_ = allow_http || given_.allow_http;
    const std::vector<std::string> methods = {"POST", "GET", "PUT"};
    RF_TRY(method, members_.choice("method", methods));
    out_.method = methods[method];
    RF_TRY_VOID(read_carries());
    RF_TRY_VOID(read_url());
    RF_TRY_VOID(read_query());
    RF_TRY_VOID(read_headers());
    RF_TRY_VOID(read_auth());
    RF_TRY_VOID(read_body());
    RF_TRY_VOID(read_signature());
    RF_TRY_VOID(read_templates());
    RF_TRY(reply, members_.must("reply"));
    RF_TRY(rules, ReplyRules::read(*reply, "reply"));
    out_.reply = std::move(rules);
    RF_TRY_VOID(members_.finish());
    if (out_.used.count(Value::id) == 0) {
      return wrong_description("",
                               "has the placeholder {id} nowhere: put it in a header or a member, "
                               "so that the other side "
                               "can tell a repeat");
    }
    return std::move(out_);
  }

 private:
  Names names(std::function<bool(Value)> allowed) {
    return {variables_, std::move(allowed), out_.used};
  }
  // What a message's values are for: everywhere but in what is made from the rest.
  Names message_values() {
    return names([this](Value value) {
      return !only_in_signature(value) && value != Value::fields &&
             (!given_.events || !for_people(value));
    });
  }
  Names body_values() {
    return names([this](Value value) {
      return !only_in_signature(value) && (!given_.events || !for_people(value));
    });
  }
  Names only_variables() {
    return names([](Value) { return false; });
  }
  result<SecretText> secret(Members& of, const std::string& name) {
    RF_TRY(text, of.must_be_text(name));
    auto read = Template::parse(text, {Encoding::line}, 0, only_variables());
    wipe(text);
    if (!read) return at(of.path(name), read.error());
    SecretWriter written;
    read.value().write_fixed(written);
    if (written.view().empty()) return wrong_description(of.path(name), "is empty");
    return SecretText(written.view());
  }

  // It has to be said: a gateway for text messages would send a code that is to be spoken as a
  // text.
  result<void> read_carries() {
    if (given_.events) return ok();
    RF_TRY(list, members_.must("carries"));
    for (const json& one : list->is_array() ? *list : json::array()) {
      if (one == "sms" || one == "voice" || one == "email") {
        out_.carries.insert(one.get<std::string>());
      } else {
        out_.carries.clear();
        break;
      }
    }
    if (out_.carries.empty())
      return wrong_description("carries", "must be a list of one or more of sms, voice, email");
    return ok();
  }

  // The part up to the path comes from the description and its variables alone, as it is; behind
  // it every value is encoded.
  result<void> read_url() {
    RF_TRY(text, members_.must_be_text("url"));
    std::size_t end = 0;
    if (text[0] == '{') {
      end = std::min(text.find('}'), text.size() - 1) + 1;
      if (end < text.size() && text[end] != '/' && text[end] != '?')
        return wrong_description("url", "must have a / or a ? behind the variable that begins it");
    } else {
      const std::size_t scheme = text.find("://");
      if (scheme == std::string::npos)
        return wrong_description("url", "must begin with https:// or with a variable");
      end = std::min(text.find_first_of("/?#", scheme + 3), text.size());
    }
    auto fixed = Template::parse(text.substr(0, end), {Encoding::line}, 0, only_variables());
    if (!fixed) return at("url", fixed.error());
    SecretWriter beginning;
    fixed.value().write_fixed(beginning);
    RF_TRY(origin, origin_of(std::string(beginning.view()), "url"));
    if (!origin.tls && !origin.loopback && !allow_http_) {
      return wrong_description("url",
                               "must begin with https://: what it carries would go in clear; "
                               "allow_http allows it, for a network of your own");
    }
    out_.host = origin.host;
    const std::string rest = text.substr(end);
    for (const char c : rest) {
      if (static_cast<unsigned char>(c) <= 0x20 || static_cast<unsigned char>(c) >= 0x7f ||
          c == '#')
        return wrong_description(
            "url", "has a space, a # or a character that a URL cannot have: write it as %XX");
    }
    auto encoded = Template::parse(rest, {Encoding::percent}, 1, message_values());
    if (!encoded) return at("url", encoded.error());
    out_.url = std::move(fixed).value();
    out_.url += std::move(encoded).value();
    // What a signature takes as the path.
    std::string_view all = beginning.view();
    all.remove_prefix(all.find("://") + 3);
    const std::size_t slash = all.find('/');
    const std::string given_path =
        (slash == std::string_view::npos ? std::string() : std::string(all.substr(slash))) + rest;
    out_.path = given_path.substr(0, given_path.find('?'));
    if (out_.path.empty()) out_.path = "/";
    if (has_dot_segment(out_.path))
      return wrong_description("url", "has . or .. as a part of its path: write the path without");
    url_has_query_ = all.find('?') != std::string_view::npos || rest.find('?') != std::string::npos;
    return ok();
  }

  // NAME=VALUE&…, percent-encoded, sorted by name: nlohmann keeps members so.
  result<Template> pairs(const json& value, const std::string& path) {
    RF_TRY_VOID(Members::of(value, path));
    Template out;
    bool first = true;
    for (const auto& [name, inner] : value.items()) {
      const std::string member = path + "." + name;
      constexpr std::array percent = {Encoding::percent};
      if (!first) out.add_literal("&");
      first = false;
      out.add_literal(name, percent);
      out.add_literal("=");
      auto written = inner.is_string()
                         ? Template::parse(inner.get_ref<const std::string&>(), {Encoding::percent},
                                           0, message_values())
                         : Template::parse_json(inner, {Encoding::percent}, body_values());
      if (!written) return at(member, written.error());
      out += std::move(written).value();
    }
    return out;
  }

  result<void> read_query() {
    const json* const query = members_.find("query");
    if (query == nullptr) return ok();
    if (url_has_query_)
      return wrong_description("query", "is there, and url has a ? too: put all into query");
    RF_TRY(written, pairs(*query, "query"));
    out_.query = std::move(written);
    return ok();
  }

  result<void> add_header(const std::string& name, Template value, const std::string& member) {
    if (!is_token(name)) return wrong_description(member, "is not the name of a header");
    if (is_framing(name)) return wrong_description(member, "is a header that is set by itself");
    for (const HeaderTemplate& one : out_.headers) {
      if (lower(one.name) == lower(name))
        return wrong_description(member, "is there twice, or is made by auth or the body as well");
    }
    out_.headers.push_back({name, std::move(value)});
    return ok();
  }

  result<void> read_headers() {
    const json* const headers = members_.find("headers");
    if (headers == nullptr) return ok();
    RF_TRY(each, Members::of(*headers, "headers"));
    for (const auto& [name, ignored] : headers->items()) {
      RF_TRY(text, each.must_be_text(name));
      auto value = Template::parse(text, {Encoding::line}, 0, message_values());
      wipe(text);  // may be a password
      if (!value) return at(each.path(name), value.error());
      RF_TRY_VOID(add_header(name, std::move(value).value(), each.path(name)));
    }
    return ok();
  }

  result<void> read_auth() {
    const json* const auth = members_.find("auth");
    if (auth == nullptr) return ok();
    RF_TRY(kinds, Members::of(*auth, "auth"));
    Template value;
    if (const json* const basic = kinds.find("basic")) {
      RF_TRY(members, Members::of(*basic, "auth.basic"));
      RF_TRY(user, secret(members, "user"));
      RF_TRY(password, secret(members, "password"));
      RF_TRY_VOID(members.finish());
      if (user.reveal().find(':') != std::string_view::npos)
        return wrong_description("auth.basic.user", "must not have a colon");
      SecretWriter both;
      both.add(user.reveal());
      both.add(":");
      both.add(password.reveal());
      value.add_literal("Basic ");
      value.add_literal(base64(both.view()).reveal());
    }
    if (kinds.find("bearer") != nullptr) {
      RF_TRY(token, secret(kinds, "bearer"));
      if (!value.empty()) return wrong_description("auth", "must have one of basic, bearer");
      value.add_literal("Bearer ");
      value.add_literal(token.reveal());
    }
    RF_TRY_VOID(kinds.finish());
    if (value.empty()) return wrong_description("auth", "must have one of basic, bearer");
    return add_header("Authorization", std::move(value), "auth");
  }

  result<void> read_body() {
    const json* const form = members_.find("form");
    const json* const body_json = members_.find("json");
    const json* const text = members_.find("text");
    const int bodies =
        (form != nullptr ? 1 : 0) + (body_json != nullptr ? 1 : 0) + (text != nullptr ? 1 : 0);
    if (bodies > 1) return wrong_description("", "must have at most one of form, json, text");
    if (bodies == 0) return ok();
    if (out_.method == "GET")
      return wrong_description("method", "is GET, which has no body: use query, or POST");
    std::string type;
    if (form != nullptr) {
      RF_TRY(written, pairs(*form, "form"));
      out_.body = std::move(written);
      type = "application/x-www-form-urlencoded";
    } else if (body_json != nullptr) {
      auto written = Template::parse_json(*body_json, {}, body_values());
      if (!written) return at("json", written.error());
      out_.body = std::move(written).value();
      type = "application/json";
    } else {
      RF_TRY(members, Members::of(*text, "text"));
      RF_TRY(content, members.must_be_text("content"));
      RF_TRY(given_type, members.must_be_text("type"));
      RF_TRY(escape, members.choice("escape", {"none", "xml"}));
      RF_TRY_VOID(members.finish());
      // Where a value is all there is, nothing can break.
      const bool alone = content.front() == '{' && content.find('}') == content.size() - 1;
      const Encoding encoding =
          escape == 1 ? Encoding::xml : (alone ? Encoding::plain : Encoding::line);
      auto written = Template::parse(content, {encoding}, 1, message_values());
      wipe(content);  // may have a password in it
      if (!written) return at("text.content", written.error());
      out_.body = std::move(written).value();
      type = given_type;
    }
    auto value = Template::parse(type, {Encoding::line}, 0, only_variables());
    if (!value) return at("text.type", value.error());
    return add_header("Content-Type", std::move(value).value(), "headers.Content-Type");
  }

  result<void> read_signature() {
    const json* const signature = members_.find("signature");
    if (signature == nullptr) return ok();
    RF_TRY(kinds, Members::of(*signature, "signature"));
    const json* const hmac = kinds.find("hmac");
    const json* const acs3 = kinds.find("acs3");
    RF_TRY_VOID(kinds.finish());
    if ((hmac == nullptr) == (acs3 == nullptr))
      return wrong_description("signature", "must have one of hmac, acs3");
    return hmac != nullptr ? read_hmac(*hmac) : read_acs3(*acs3);
  }

  result<void> read_hmac(const json& value) {
    RF_TRY(members, Members::of(value, "signature.hmac"));
    HmacSignature out;
    RF_TRY(algorithm, members.choice("algorithm", {"sha256", "sha1"}));
    out.algorithm = static_cast<Algorithm>(algorithm);
    RF_TRY(alphabet, members.choice("encoding", {"hex", "base64"}));
    out.alphabet = static_cast<Alphabet>(alphabet);
    RF_TRY(key_encoding, members.choice("key_encoding", {"text", "base64"}));
    const json* const keys = members.find("keys");
    if (keys == nullptr || !keys->is_array() || keys->empty())
      return wrong_description("signature.hmac.keys", "must be a list of keys, the newest first");
    for (const json& one : *keys) {
      WipedJson wrapped;
      wrapped.value["keys"] = one;
      RF_TRY(inner, Members::of(wrapped.value, "signature.hmac"));
      RF_TRY(text, secret(inner, "keys"));
      if (key_encoding == 0) {
        out.keys.push_back(std::move(text));
        continue;
      }
      // As Standard Webhooks writes its keys.
      std::string_view encoded = text.reveal();
      if (encoded.starts_with("whsec_")) encoded.remove_prefix(6);
      auto bytes = from_base64(encoded);
      if (!bytes || bytes->reveal().empty())
        return wrong_description("signature.hmac.keys", "has a key that is not base64");
      out.keys.push_back(std::move(*bytes));
    }
    RF_TRY(header, members.must_be_text("header"));
    out.header = header;
    RF_TRY(over, members.must_be_text("over"));
    std::set<Value> in_over;
    auto signed_text = Template::parse(
        over, {Encoding::plain}, 0,
        {variables_, [](Value one) { return one != Value::signature && one != Value::fields; },
         in_over});
    if (!signed_text) return at("signature.hmac.over", signed_text.error());
    out.over = std::move(signed_text).value();
    if (in_over.count(Value::body) == 0 && out_.body)
      return wrong_description("signature.hmac.over", "lacks {body}: what is sent must be signed");
    out_.used.insert(in_over.begin(), in_over.end());
    RF_TRY(shape, members.text("value"));
    std::set<Value> in_value;
    auto carried = Template::parse(shape.empty() ? "{signature}" : shape, {Encoding::line}, 0,
                                   {variables_,
                                    [](Value one) {
                                      return one == Value::signature || one == Value::timestamp ||
                                             one == Value::nonce;
                                    },
                                    in_value});
    if (!carried) return at("signature.hmac.value", carried.error());
    if (in_value.count(Value::signature) == 0)
      return wrong_description("signature.hmac.value", "lacks {signature}");
    out_.used.insert(in_value.begin(), in_value.end());
    out.value = std::move(carried).value();
    RF_TRY_VOID(members.finish());
    // Reserves the name.
    RF_TRY_VOID(add_header(out.header, {}, "signature.hmac.header"));
    out_.headers.pop_back();
    out_.hmac = std::move(out);
    return ok();
  }

  result<void> read_acs3(const json& value) {
    RF_TRY(members, Members::of(value, "signature.acs3"));
    RF_TRY(key_id, secret(members, "access_key_id"));
    RF_TRY(key, secret(members, "access_key_secret"));
    RF_TRY_VOID(members.finish());
    if (url_has_query_)
      return wrong_description("url", "has a ?, which is not signed: put all into query");
    if (out_.path.find_first_of("{}") != std::string::npos)
      return wrong_description("url", "must have no placeholder in a path that is signed");
    for (const char* name : {"x-acs-date", "x-acs-signature-nonce", "x-acs-content-sha256"}) {
      for (const HeaderTemplate& one : out_.headers) {
        if (lower(one.name) == name)
          return wrong_description("headers." + one.name, "is made by signature.acs3");
      }
    }
    RF_TRY_VOID(add_header("Authorization", {}, "signature.acs3"));
    out_.headers.pop_back();
    out_.acs3.emplace(Acs3Signature{std::move(key_id), std::move(key)});
    out_.used.insert({Value::nonce, Value::time});
    return ok();
  }

  result<void> read_templates() {
    const json* const templates = members_.find("templates");
    const bool used = out_.used.count(Value::chosen_template) != 0;
    if (templates == nullptr) {
      if (used)
        return wrong_description("templates", "is missing, and {template} is used: list them");
      return ok();
    }
    if (!used) return wrong_description("templates", "is there, and {template} is used nowhere");
    if (!templates->is_array() || templates->empty())
      return wrong_description("templates", "must be a list");
    for (std::size_t i = 0; i < templates->size(); ++i) {
      const std::string path = "templates[" + std::to_string(i) + "]";
      RF_TRY(members, Members::of((*templates)[i], path));
      TemplateChoice one;
      RF_TRY(id, members.must_be_text("template"));
      auto with_variables = Template::parse(id, {Encoding::line}, 0, only_variables());
      if (!with_variables) return at(members.path("template"), with_variables.error());
      SecretWriter written;
      with_variables.value().write_fixed(written);
      one.id = written.view();
      if (one.id.empty()) return wrong_description(members.path("template"), "is empty");
      RF_TRY(kind, members.choice("kind", {"", "code", "notice"}));
      one.kind = kind == 0 ? "" : kind == 1 ? "code" : "notice";
      RF_TRY(purpose, members.text("purpose"));
      one.purpose = purpose;
      RF_TRY(role, members.choice("role", {"", "identity", "target"}));
      one.role = role == 0 ? "" : role == 1 ? "identity" : "target";
      RF_TRY(locale, members.text("locale"));
      one.locale = lower(locale);
      RF_TRY_VOID(members.finish());
      out_.templates.push_back(std::move(one));
    }
    return ok();
  }

  Members& members_;
  const Description::Given& given_;
  const std::map<std::string, SecretText>& variables_;
  Description out_;
  bool allow_http_ = false;
  bool url_has_query_ = false;
};

}  // namespace

bool TemplateChoice::fits(const Values& values) const {
  const std::string wanted = lower(std::string(values.get(Value::locale, "")));
  return (kind.empty() || kind == values.get(Value::kind, "")) &&
         (purpose.empty() || purpose == values.get(Value::purpose, "")) &&
         (role.empty() || role == values.get(Value::role, "")) &&
         (locale.empty() || wanted == locale || wanted.starts_with(locale + "-"));
}

result<Description> Description::read(std::string_view text, const Given& given) {
  WipedJson whole;  // may have passwords in it
  try {
    whole.value = codec::parse_json(text);
  } catch (const json::parse_error& error) {
    return wrong_description("", "breaks off as JSON at byte " + std::to_string(error.byte));
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::exception& error) {
    return wrong_description("", "is not taken: " + std::string(error.what()));
  }
  RF_TRY(members, Members::of(whole.value, ""));
  RF_TRY(variables, read_variables(members.find("variables"), given.variables));
  static_cast<void>(members.find("if_given"));  // it is known
  RF_TRY_VOID(put_in_what_is_given(whole.value, variables));
  RF_TRY(read, Reader(members, given, variables).read());
  // A gateway may repeat the key that it refuses. What is shorter is a word that is said by chance.
  constexpr std::size_t least_secret = 8;
  for (const auto& [name, value] : variables) {
    if (value.reveal().size() >= least_secret)
      read.reply.secrets.push_back(SecretText(value.reveal()));
  }
  return std::move(read);
}

}  // namespace ringfence::http
