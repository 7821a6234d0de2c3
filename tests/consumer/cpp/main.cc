#include <ringfence/ringfence.h>
#include <ringfence/sender/smtp.h>

#include <iostream>

int main() {
  const auto nowhere = ringfence::make_smtp_sender({});
  if (nowhere || nowhere.error().code != ringfence::ErrorCode::invalid_argument) return 1;
  std::cout << RINGFENCE_VERSION_STRING << '\n';
}
