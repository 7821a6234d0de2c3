#include "ringfence/clock.h"

#include <algorithm>
#include <chrono>
#include <thread>

namespace ringfence {
namespace {

class SystemClock final : public Clock {
 public:
  TimeMs now_ms() noexcept override {
    const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::milliseconds>(since_epoch).count();
  }
  void pause(TimeMs duration_ms) noexcept override {
    std::this_thread::sleep_for(
        std::chrono::milliseconds(std::clamp<TimeMs>(duration_ms, 0, 1000)));
  }
};

}  // namespace

Clock& system_clock() noexcept {
  static SystemClock clock;
  return clock;
}

}  // namespace ringfence
