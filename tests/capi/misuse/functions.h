#pragma once

#include <map>

#include "slots.h"

/// Every function of the header that takes something and may refuse it, with arguments that are
/// good: the tests replace one at a time.
namespace ringfence::misuse {

/// A function with arguments.
class Prepared {
 public:
  virtual ~Prepared() = default;
  /// Calls it with each wrong argument, and says what was not refused as it should be.
  virtual std::vector<std::string> misuses() = 0;
  /// The same of an error struct whose size is not set.
  virtual std::vector<std::string> misuses_of_the_error() = 0;
  /// Calls it with good arguments.
  virtual int32_t call() = 0;
  /// Whether an object of this process is among its arguments.
  virtual bool has_handles() const = 0;
};

/// Objects and texts that arguments point to.
struct Scene {
  Host host;
  Zoo zoo{host};
  std::deque<std::string> texts;
  std::vector<std::function<void()>> clean_up;

  Scene() = default;
  Scene(const Scene&) = delete;
  Scene& operator=(const Scene&) = delete;
  ~Scene() {
    for (const auto& one : clean_up) one();
  }
  std::string keep(std::string of) { return texts.emplace_back(std::move(of)); }
};

struct Function {
  const char* name;
  std::function<std::unique_ptr<Prepared>(Scene&)> prepare;

  friend void PrintTo(const Function& of, std::ostream* to) { *to << of.name; }
};

/// Those that return a status.
const std::vector<Function>& functions();
/// Those that only free a handle: how to make one, and how to see whether it is there.
struct Freeing {
  const char* name;
  std::function<std::uint64_t(Scene&)> make;
  std::function<void(std::uint64_t)> free;

  friend void PrintTo(const Freeing& of, std::ostream* to) { *to << of.name; }
};
const std::vector<Freeing>& freeing_functions();
/// Those that take numbers and give texts.
const std::vector<std::pair<const char*, const char* (*)(int32_t)>>& naming_functions();

}  // namespace ringfence::misuse
