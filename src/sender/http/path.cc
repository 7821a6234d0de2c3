#include "sender/http/path.h"

#include <algorithm>

namespace ringfence::http {
namespace {

bool is_dot_segment(std::string_view part) {
  int dots = 0;
  while (!part.empty()) {
    const bool written_out = part.starts_with("%2e") || part.starts_with("%2E");
    if (!written_out && part[0] != '.') return false;
    part.remove_prefix(written_out ? 3 : 1);
    ++dots;
  }
  return dots == 1 || dots == 2;
}

}  // namespace

std::string_view path_in(std::string_view url) {
  const std::size_t host = url.find("://");
  url = url.substr(0, url.find('?'));
  const std::size_t path = url.find('/', host == std::string_view::npos ? 0 : host + 3);
  return path == std::string_view::npos ? std::string_view() : url.substr(path);
}

bool has_dot_segment(std::string_view path) {
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('/'), path.size());
    if (is_dot_segment(path.substr(0, end))) return true;
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return false;
}

}  // namespace ringfence::http
