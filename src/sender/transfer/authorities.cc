#include "sender/transfer/authorities.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

#include "ringfence/text.h"

namespace ringfence::transfer {

std::optional<std::string> problem_of_certificates(const std::string& path) {
  std::error_code ignored;
  std::ifstream file;
  if (valid_text(path, 1, 4096) && std::filesystem::is_regular_file(path, ignored))
    file.open(path, std::ios::binary);
  if (!file.is_open())
    return "cannot be read; name a file of certificates in PEM, or leave it empty";
  const std::string content((std::istreambuf_iterator<char>(file)), {});
  for (const char* const kind : {"", "TRUSTED ", "X509 "}) {
    if (content.find(std::string("-----BEGIN ") + kind + "CERTIFICATE-----") != std::string::npos)
      return std::nullopt;
  }
  return "has no certificate in PEM; name one that has, or leave it empty";
}

}  // namespace ringfence::transfer
