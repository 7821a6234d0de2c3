#pragma once

#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <string>

#include "store/files.h"

/// Real file systems that are small, full or read-only.
namespace ringfence::testing_support {

/// Mounts an empty file system of 2 MiB at a path, in a namespace of this process alone: for a
/// child. Without privileges a process may mount in a user namespace, if the system lets it have
/// one; false if not.
inline bool mount_small(const std::string& path) {
  const std::string user = "0 " + std::to_string(getuid()) + " 1";
  const std::string group = "0 " + std::to_string(getgid()) + " 1";
  if (unshare(CLONE_NEWNS) != 0) {
    if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return false;
    write_file("/proc/self/setgroups", "deny");
    write_file("/proc/self/uid_map", user);
    write_file("/proc/self/gid_map", group);
  }
  return mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
         mount("ringfence", path.c_str(), "tmpfs", 0, "size=2m") == 0;
}

}  // namespace ringfence::testing_support
