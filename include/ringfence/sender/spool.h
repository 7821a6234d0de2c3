#pragma once

#include <memory>
#include <string>

#include "ringfence/result.h"
#include "ringfence/sender.h"

namespace ringfence {

/// Hands each message over as a file in a folder, for a program of your own that sends it on.
///
/// The file is `<id>.json`, after the message's id: a message that is handed over again, because
/// its outcome was lost, replaces its own file, or makes it anew if you have taken it away; so keep
/// the ids of what you have sent for as long as a message lives. A file has its name only when it
/// is whole and on the disk (written under a name that begins with a dot, synced, renamed). Take
/// only names that end in `.json`, and remove or move a file when you are done with it.
///
/// It is one JSON object in UTF-8:
///
///     {"id":"9f…","kind":"code","purpose":"change_email","account":{"realm":"","id":"7"},
///      "channel":"email","route":"text","to":"ann@example.com","locale":"en","code":"123456",
///      "text":"…","subject":"…","html":"…","lifetime_ms":300000,"created_at":…,"expires_at":…,
///      "fields":{"masked":"…"},"trace_id":"…"}
///
/// `kind` is `code` or `notice`; `channel` is `phone` or `email`; `route` is `text` or `voice`.
/// `code` and `lifetime_ms` are there for a code, `subject` and `html` if there are any. Times are
/// milliseconds since 1970; send nothing after `expires_at`.
///
/// **The folder holds codes** in the clear: whoever reads it can prove the addresses of others.
/// Files are for their owner alone (mode 0600), and what sends them on runs as the same user. Keep
/// the folder off backups and empty it quickly. A program that was killed while it wrote may leave
/// a file whose name begins with a dot: remove those that are older than an hour.
///
/// `send` says `accepted` once the file is on the disk, `permanent` for a text that is not UTF-8,
/// and `temporary` with a reason, and leaves no file, if the disk is full, or the folder is gone or
/// cannot be written. Thread-safe; any number of processes may use one folder.
///
/// Refused here, with `invalid_argument`: a folder that is missing, is no folder, which this
/// process may not write to, which belongs to another user than this process's or root, or to which
/// group or others may write: they could take messages away and put their own there (`chmod 700`).
/// It is not made: where codes lie is for the operator to decide. A relative path is one from where
/// the process is now.
result<std::unique_ptr<Sender>> make_spool_sender(std::string folder);

}  // namespace ringfence
