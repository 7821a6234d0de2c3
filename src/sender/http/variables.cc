#include "sender/http/variables.h"

#include <cstdlib>
#include <fstream>
#include <limits>

#include "ringfence/text.h"
#include "sender/http/members.h"
#include "sender/http/values.h"

namespace ringfence::http {
namespace {

using nlohmann::json;

constexpr std::size_t longest = std::size_t{64} * 1024;

bool valid_name(const std::string& name) {
  return !name.empty() && name.size() <= 64 && name[0] >= 'a' && name[0] <= 'z' &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string::npos;
}

result<SecretText> from_environment(const std::string& name, const std::string& path) {
  const char* const value = std::getenv(name.c_str());
  if (value == nullptr || *value == '\0')
    return wrong_description(
        path, "is to come from the environment, which has no such variable: " + printable(name));
  return SecretText(value);
}

// The line end that editors put at the end of a file is not part of a secret.
result<SecretText> from_file(const std::string& name, const std::string& path) {
  std::ifstream in;
  in.rdbuf()->pubsetbuf(nullptr, 0);  // no copy of the secret is left in a buffer
  in.open(name, std::ios::binary);
  std::string content(longest + 1, '\0');
  in.read(content.data(), static_cast<std::streamsize>(content.size()));
  const auto size = static_cast<std::size_t>(in.gcount());
  const bool good = (in.eof() || in.good()) && size > 0 && size <= longest;
  std::string_view text(content.data(), size);
  while (text.ends_with('\n') || text.ends_with('\r')) text.remove_suffix(1);
  SecretText secret(good ? text : std::string_view());
  wipe(content);
  if (!good)
    return wrong_description(
        path, "is to come from a file that cannot be read, is empty, or has more than 64 KiB: " +
                  printable(name));
  return secret;
}

result<SecretText> read_one(const json& value, const std::string& path) {
  if (value.is_string()) return SecretText(value.get_ref<const std::string&>());
  if (value.is_null())
    return wrong_description(path, "is missing: the host must give this variable");
  constexpr auto forms =
      "must be a text, {\"env\": NAME}, {\"file\": PATH}, or null, which says that the host gives "
      "it";
  if (!value.is_object()) return wrong_description(path, forms);
  RF_TRY(members, Members::of(value, path));
  RF_TRY(env, members.text("env"));
  RF_TRY(file, members.text("file"));
  RF_TRY_VOID(members.finish());
  if (env.empty() == file.empty()) return wrong_description(path, forms);
  return env.empty() ? from_file(file, path) : from_environment(env, path);
}

}  // namespace

result<std::map<std::string, SecretText>> read_variables(
    const json* declared, const std::map<std::string, std::string>& given) {
  std::map<std::string, SecretText> out;
  if (declared != nullptr) {
    RF_TRY_VOID(Members::of(*declared, "variables"));
    for (const auto& [name, value] : declared->items()) {
      const std::string path = "variables." + name;
      if (!valid_name(name))
        return wrong_description(path, "has a name that is not of a-z, 0-9 and _, a letter first");
      if (value_of(name))
        return wrong_description(path, "has the name of a placeholder: take another");
      if (const auto own = given.find(name); own != given.end()) {
        out.emplace(name, SecretText(own->second));
      } else {
        RF_TRY(text, read_one(value, path));
        out.emplace(name, std::move(text));
      }
      if (!valid_text(out.at(name).reveal(), 0, std::numeric_limits<std::size_t>::max()))
        return wrong_description(path, "is not UTF-8, or has a NUL in it");
    }
  }
  for (const auto& [name, ignored] : given) {
    if (out.count(name) == 0)
      return wrong_description("variables." + name,
                               "was given, but the description has no such variable");
  }
  return out;
}

}  // namespace ringfence::http
