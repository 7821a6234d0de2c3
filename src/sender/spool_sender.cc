#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <initializer_list>
#include <string_view>
#include <system_error>
#include <utility>

#include "codec/json_text.h"
#include "os/file.h"
#include "ringfence/sender/spool.h"
#include "ringfence/text.h"

namespace ringfence {
namespace {

using Outcome = SendResult::Outcome;

std::string why(int error) {
  switch (error) {
    case ENOSPC:
    case EDQUOT:
      return "the disk is full; make room";
    case EROFS:
      return "the file system is read-only; mount it writable, or choose another folder";
    case EACCES:
    case EPERM:
      return "permission denied; let this process write to the folder";
    case ENOENT:
    case ENOTDIR:
      return "it is not there, or no folder; make it, or name another";
    default:
      return std::generic_category().message(error);
  }
}

// The largest text has room six times over, so that nothing is copied while it is written.
bool all_texts(std::initializer_list<std::string_view> texts, std::size_t& room) {
  for (const std::string_view text : texts) {
    if (!valid_text(text, 0, text.size())) return false;
    room += codec::json_text_room(text.size());
  }
  return true;
}

class Writer {
 public:
  explicit Writer(std::size_t room) { out_.reserve(room); }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
  ~Writer() { wipe(out_); }

  void open(std::string_view name = {}) {
    if (!name.empty()) begin(name);
    out_ += '{';
    first_ = true;
  }
  void close() {
    out_ += '}';
    first_ = false;
  }
  void text(std::string_view name, std::string_view value) {
    begin(name);
    codec::append_json_text(out_, value);
  }
  void number(std::string_view name, TimeMs value) {
    begin(name);
    out_ += std::to_string(value);
  }
  std::string_view written() const { return out_; }

 private:
  void begin(std::string_view name) {
    if (!first_) out_ += ',';
    first_ = false;
    codec::append_json_text(out_, name);
    out_ += ':';
  }

  std::string out_;
  bool first_ = true;
};

void write_message(Writer& writer, const OutgoingMessage& outgoing) {
  const Message& message = outgoing.message;
  writer.open();
  writer.text("id", message.id.hex());
  writer.text("kind", name(message.kind));
  writer.text("purpose", message.purpose);
  writer.open("account");
  writer.text("realm", message.account.realm);
  writer.text("id", message.account.id);
  writer.close();
  writer.text("channel", name(message.destination->kind()));
  writer.text("route", name(message.route));
  writer.text("to", message.destination->text());
  writer.text("locale", outgoing.locale);
  if (message.kind == MessageKind::code) {
    writer.text("code", outgoing.code.reveal());
    writer.number("lifetime_ms", outgoing.lifetime_ms);
  }
  writer.text("text", outgoing.text.reveal());
  if (!outgoing.subject.empty()) writer.text("subject", outgoing.subject);
  if (outgoing.html != nullptr) writer.text("html", outgoing.html->reveal());
  writer.number("created_at", message.created_at);
  writer.number("expires_at", message.expires_at);
  writer.open("fields");
  for (const auto& [field, value] : message.fields) writer.text(field, value);
  writer.close();
  writer.text("trace_id", message.trace_id);
  writer.close();
}

class SpoolSender final : public Sender {
 public:
  explicit SpoolSender(std::string folder) : folder_(std::move(folder)) {}

  SendResult send(const OutgoingMessage& outgoing) override {
    const Message& message = outgoing.message;
    if (!message.destination) return {Outcome::permanent, 0, "the message has no destination"};
    std::size_t room = 1024;
    bool fit = all_texts(
        {message.purpose, message.account.realm, message.account.id, message.destination->text(),
         outgoing.locale, outgoing.code.reveal(), outgoing.text.reveal(), outgoing.subject,
         outgoing.html != nullptr ? outgoing.html->reveal() : std::string_view(), message.trace_id},
        room);
    for (const auto& [field, value] : message.fields) fit = fit && all_texts({field, value}, room);
    if (!fit) return {Outcome::permanent, 0, "a text of the message is not UTF-8"};
    Writer writer(room);
    write_message(writer, outgoing);
    return put(message.id.hex() + ".json", writer.written());
  }

 private:
  // Under another name first: nobody finds a file that is not whole, whatever happens meanwhile.
  SendResult put(const std::string& name, std::string_view content) const {
    const os::Descriptor directory(open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (directory.get() < 0) return refused(errno);
    std::string draft = folder_ + "/." + name + ".XXXXXX";
    const os::Descriptor file(mkostemp(draft.data(), O_CLOEXEC));  // for its owner alone
    if (file.get() < 0) return refused(errno);
    if (!os::write_all(file.get(), content) || fsync(file.get()) != 0 ||
        rename(draft.c_str(), (folder_ + "/" + name).c_str()) != 0) {
      const int error = errno;
      unlink(draft.c_str());
      return refused(error);
    }
    // Without this the file may be gone after a power failure; it may also be there.
    if (fsync(directory.get()) != 0) return {Outcome::unknown, 0, "spool folder: " + why(errno)};
    return {Outcome::accepted, 0, ""};
  }
  static SendResult refused(int error) {
    return {Outcome::temporary, 0, "spool folder: " + why(error)};
  }

  const std::string folder_;
};

}  // namespace

result<std::unique_ptr<Sender>> make_spool_sender(std::string folder) {
  const auto refuse = [&](const std::string& reason) {
    return failure(ErrorCode::invalid_argument,
                   "spool folder " + printable(folder) + ": " + reason);
  };
  if (folder.empty() || folder.find('\0') != std::string::npos)
    return refuse("that is no name of a folder");
  struct stat status {};
  if (stat(folder.c_str(), &status) != 0) return refuse(why(errno));
  if (!S_ISDIR(status.st_mode)) return refuse(why(ENOTDIR));
  if (access(folder.c_str(), W_OK | X_OK) != 0) return refuse(why(errno));
  // Whoever owns it, or may write to it, can take codes away and put messages of his own there.
  if (status.st_uid != geteuid() && status.st_uid != 0)
    return refuse("it belongs to another user; give it to the user of this process with chown");
  if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0)
    return refuse("others may write to it; make it this user's alone with chmod 700");
  std::error_code error;
  // The host may change its folder later.
  folder = std::filesystem::absolute(folder, error).string();
  if (error) return refuse(error.message());
  return std::unique_ptr<Sender>(std::make_unique<SpoolSender>(std::move(folder)));
}

}  // namespace ringfence
