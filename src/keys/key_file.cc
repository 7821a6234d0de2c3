#include "keys/key_file.h"

#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "crypto/sodium.h"
#include "os/file.h"
#include "ringfence/text.h"

namespace ringfence {
namespace {

using os::Descriptor;

constexpr std::size_t max_file_size = std::size_t{64} * 1024;

Failure unusable(const std::string& path, const std::string& why) {
  return failure(ErrorCode::key_unusable, "key file " + printable(path) + ": " + why);
}

Failure malformed(const std::string& why) { return failure(ErrorCode::key_unusable, why); }

result<KeySet::Entry> read_line(std::string_view line, std::size_t number) {
  const std::string where = "line " + std::to_string(number);
  const std::size_t space = line.find(' ');
  if (space == std::string_view::npos)
    return malformed(where + " is not an id, a space and 64 hexadecimal digits");
  const std::string_view hex = line.substr(space + 1);
  KeySet::Entry entry{.id = std::string(line.substr(0, space)), .key = {}};
  std::size_t size = 0;
  if (hex.size() != 64 ||
      sodium_hex2bin(entry.key.reveal().data(), entry.key.reveal().size(), hex.data(), hex.size(),
                     nullptr, &size, nullptr) != 0 ||
      size != entry.key.reveal().size()) {
    return malformed(where + " does not end in 64 hexadecimal digits");
  }
  return entry;
}

SecretText fresh_key_line() {
  crypto::Key key;
  std::array<std::uint8_t, 4> id{};
  randombytes_buf(key.reveal().data(), key.reveal().size());
  randombytes_buf(id.data(), id.size());
  std::array<char, 9> id_hex{};
  sodium_bin2hex(id_hex.data(), id_hex.size(), id.data(), id.size());
  std::array<char, 65> key_hex{};
  sodium_bin2hex(key_hex.data(), key_hex.size(), key.reveal().data(), key.reveal().size());
  std::string text;
  text.reserve(256);  // grown in place: no copy of the key stays behind
  text += "# ringfence keys: keep this file secret, and apart from the database\nk-";
  text.append(id_hex.data()).append(" ").append(key_hex.data()).append("\n");
  SecretText line(text);
  wipe(text);
  sodium_memzero(key_hex.data(), key_hex.size());
  return line;
}

}  // namespace

result<KeySet> read_key_file(const std::string& path) {
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.get() < 0) return unusable(path, std::strerror(errno));
  struct stat status {};
  if (fstat(file.get(), &status) != 0) return unusable(path, std::strerror(errno));
  if (!S_ISREG(status.st_mode)) return unusable(path, "it is not a regular file");
  if (status.st_uid != geteuid() && status.st_uid != 0)
    return unusable(path, "it belongs to another user");
  if ((status.st_mode & 077U) != 0)
    return unusable(path, "others than its owner may use it; chmod 600 it");
  if (status.st_size > static_cast<off_t>(max_file_size))
    return unusable(path, "it is larger than 64 KiB");

  const SecretText content = [&] {
    std::string text(static_cast<std::size_t>(status.st_size), '\0');
    std::size_t got = 0;
    while (got < text.size()) {
      const ssize_t now = ::read(file.get(), text.data() + got, text.size() - got);
      if (now < 0 && errno == EINTR) continue;
      if (now <= 0) break;
      got += static_cast<std::size_t>(now);
    }
    SecretText secret(std::string_view(text).substr(0, got));
    wipe(text);
    return secret;
  }();

  auto keys = read_keys(content.reveal());
  if (!keys) return unusable(path, keys.error().text);
  return keys;
}

result<KeySet> read_keys(std::string_view text) {
  std::vector<KeySet::Entry> entries;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty() || line.starts_with('#')) continue;
    RF_TRY(entry, read_line(line, number));
    entries.push_back(std::move(entry));
  }
  return KeySet::make(std::move(entries));
}

// Written under another name first: whoever opens the file, and whatever happens meanwhile, finds
// it whole or not at all.
result<void> create_key_file(const std::string& path) {
  if (!crypto::start_sodium())
    return failure(ErrorCode::internal, "the system has no source of randomness");
  const std::size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const Descriptor directory(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.get() < 0) return unusable(path, std::strerror(errno));

  std::string draft = path + ".XXXXXX";
  const Descriptor file(mkostemp(draft.data(), O_CLOEXEC));  // for its owner alone
  if (file.get() < 0) return unusable(path, std::strerror(errno));
  const bool made = os::write_all(file.get(), fresh_key_line().reveal()) &&
                    fsync(file.get()) == 0 && link(draft.c_str(), path.c_str()) == 0;
  const int error = errno;
  unlink(draft.c_str());
  if (!made) return unusable(path, std::strerror(error));
  if (fsync(directory.get()) != 0) return unusable(path, std::strerror(errno));
  return ok();
}

}  // namespace ringfence
