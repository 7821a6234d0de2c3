#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "support/process.h"

namespace ringfence::testing_support {

/// Who runs the servers: the user of the test, but never root, whom they refuse. For root it is
/// `postgres`, or else `nobody`.
struct ServerUser {
  bool change = false;  ///< Only root has to change, and can.
  uid_t user = 0;
  gid_t group = 0;
  std::vector<gid_t> groups = {};
};
const ServerUser& server_user();

/// A folder for the files and the socket of a server: the server's user owns it, nobody else may
/// enter it, and its path is short enough for a socket. Removed with all that is in it; if the test
/// is killed before, the next test that makes such a folder removes it.
class ServerFolder {
 public:
  /// In memory where there is much of it, for most of the time to start a server is that of writing
  /// its files; on disk if that is asked.
  explicit ServerFolder(bool on_disk = false);
  ServerFolder(const ServerFolder&) = delete;
  ServerFolder& operator=(const ServerFolder&) = delete;
  ~ServerFolder();

  const std::string& path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
  Descriptor lock_;  ///< Held as long as the folder is in use.
  pid_t owner_;      ///< A process forked from the test must not remove it.
};

/// Copies a folder with all that is in it, as `to`, which must not exist.
void copy_folder(const std::string& from, const std::string& to);
/// Gives a file, or a folder with all that is in it, to the server's user.
void give_to_server_user(const std::string& path);
void write_file(const std::string& path, const std::string& text);
std::string read_file(const std::string& path);

}  // namespace ringfence::testing_support
