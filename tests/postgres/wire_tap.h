#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "postgres/server_folder.h"

namespace ringfence::testing_support {

/// Stands between libpq and a server on the loopback address, counts round trips, and loses or
/// delays what it is told to.
class WireTap {
 public:
  enum class Fault : std::uint8_t {
    none,
    lose_request,   ///< The connection ends before the server gets it.
    lose_answer,    ///< The server has done it; the connection ends before the client hears of it.
    delay_request,  ///< The connection ends; the server gets it when `release` is called.
    hang,           ///< Nothing more is passed on, in either direction.
  };

  explicit WireTap(int server_port);
  WireTap(const WireTap&) = delete;
  WireTap& operator=(const WireTap&) = delete;
  ~WireTap();

  int port() const { return port_; }
  /// How often clients have sent something and then waited for the server, but for logging in.
  int round_trips() const { return round_trips_; }
  int connections() const { return connections_; }

  /// What becomes of the next transaction's last message: the one with its COMMIT.
  void at_next_commit(Fault fault) { fault_ = fault; }
  bool waiting_for_release() const { return delayed_; }
  /// Gives the server what was delayed, and waits until it has answered.
  void release();

 private:
  void serve(int client);

  const int server_port_;
  int port_ = 0;
  Descriptor listening_;
  std::atomic<int> round_trips_ = 0;
  std::atomic<int> connections_ = 0;
  std::atomic<Fault> fault_ = Fault::none;
  std::atomic<bool> stop_ = false;
  std::atomic<bool> delayed_ = false;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool released_ = false;
  std::list<std::thread> threads_;  // of the connections; touched by the accepting thread alone
  std::thread accepting_;
};

}  // namespace ringfence::testing_support
