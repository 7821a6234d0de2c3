/*
 * ringfence: which phone and email an account may verify and log in with, and safe changes of them.
 *
 * This is the C interface, in C99. It is the one promise about binary compatibility that ringfence makes: see ABI.md.
 *
 * Conventions
 *
 * - Every function that can be refused returns a status: RINGFENCE_OK, or why not. Its last argument gets what else is
 *   known of the refusal; it may be NULL. Nothing is kept per thread. A wrong code is no refusal: it is a verdict.
 * - What is named by a handle belongs to the library until `ringfence_<type>_free`. A handle is a value; all zeros are
 *   none, and freeing none does nothing. A handle that was freed, or never given, is refused with
 *   RINGFENCE_INVALID_ARGUMENT, one that another process made with RINGFENCE_WRONG_PROCESS. What an object works with
 *   lives as long as the object, whether its handle is freed or not.
 * - A text is a pointer and a number of bytes of UTF-8 without NUL, read during the call only. NULL with 0 is empty.
 * - Every struct with a member `struct_size` begins with it: set it to `sizeof` the struct, all else to zero, then fill
 *   in what you want. Newer versions append members; what your struct_size does not cover is not touched.
 * - Outputs come last, before the error. They are required. When a function refuses, the handles that it would have
 *   given are none.
 * - Times are milliseconds since 1970-01-01T00:00:00Z, durations milliseconds; 0 is none where nothing else is said.
 *   Flags are 0 or 1.
 * - Functions may be called from any thread, at once, with the same handles.
 * - What you implement comes as a struct of functions with a `context`, which they get. They may be called from any
 *   thread that calls ringfence, several at once, and may call ringfence. What they are given is valid until they return.
 *   `destroy`, unless NULL, is called once, when nobody needs the context any more; if a function of the library refuses
 *   to take the struct, it is not called.
 * - JSON is used for what has no bound: ABI.md has its members.
 */
#ifndef RINGFENCE_H
#define RINGFENCE_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define RINGFENCE_API __attribute__((visibility("default")))

#ifdef __cplusplus
extern "C" {
#endif

/* The version of this header. */
#define RINGFENCE_VERSION_MAJOR 0
#define RINGFENCE_VERSION_MINOR 1
#define RINGFENCE_VERSION_PATCH 0

/* The version of the library, e.g. "0.1.0". Static storage. */
RINGFENCE_API const char* ringfence_version(void);

/* ---- Texts and what names something ------------------------------------------------------------------------------ */

typedef struct ringfence_string {
  const char* data;
  size_t size;
} ringfence_string;

/* Which account: the host's id of 1-128 bytes, in a realm (tenant) of 0-128 bytes. */
typedef struct ringfence_account {
  ringfence_string realm;
  ringfence_string id;
} ringfence_account;

/* An address as a person wrote it. `region` is the country in which a number was typed, e.g. "CN"; may be empty. */
typedef struct ringfence_address_input {
  ringfence_string text;
  ringfence_string region;
} ringfence_address_input;

/* Handles. */
/* clang-format off */
typedef struct ringfence_text { uint64_t id; } ringfence_text;
typedef struct ringfence_out { uint64_t id; } ringfence_out;
typedef struct ringfence_policy { uint64_t id; } ringfence_policy;
typedef struct ringfence_key_ring { uint64_t id; } ringfence_key_ring;
typedef struct ringfence_store { uint64_t id; } ringfence_store;
typedef struct ringfence_sender { uint64_t id; } ringfence_sender;
typedef struct ringfence_event_sink { uint64_t id; } ringfence_event_sink;
typedef struct ringfence_clock { uint64_t id; } ringfence_clock;
typedef struct ringfence_entropy { uint64_t id; } ringfence_entropy;
typedef struct ringfence_risk_advisor { uint64_t id; } ringfence_risk_advisor;
typedef struct ringfence_observer { uint64_t id; } ringfence_observer;
typedef struct ringfence_service { uint64_t id; } ringfence_service;
typedef struct ringfence_dispatcher { uint64_t id; } ringfence_dispatcher;
typedef struct ringfence_step { uint64_t id; } ringfence_step;
/* clang-format on */

/* A text that the library gives. It ends with a NUL that `size` does not count, and is valid until it is freed; of a
 * handle that is none, it is empty. */
RINGFENCE_API ringfence_string ringfence_text_get(ringfence_text text);
RINGFENCE_API void ringfence_text_free(ringfence_text text);

/* ---- Statuses ---------------------------------------------------------------------------------------------------- */

/* Why a call was refused. New ones may be added: treat one that you do not know by `ringfence_error.next`. */
enum {
  RINGFENCE_OK = 0,
  RINGFENCE_METHOD_UNAVAILABLE = 1,      /* The chosen method cannot prove identity now; another one can. */
  RINGFENCE_NO_METHOD_AVAILABLE = 2,     /* No method can: the way on is an appeal. */
  RINGFENCE_SAME_ADDRESS = 3,            /* The new address is the present one. */
  RINGFENCE_INVALID_NUMBER = 4,          /* Not a telephone number that exists worldwide in one form. */
  RINGFENCE_INVALID_EMAIL = 5,           /* Not an email address. */
  RINGFENCE_NUMBER_TYPE_NOT_ALLOWED = 6, /* The policy refuses numbers of this type, e.g. premium rate. */
  RINGFENCE_REGION_NOT_ALLOWED = 7,      /* The policy refuses numbers of this region or prefix. */
  RINGFENCE_MANAGED_ELSEWHERE = 8,       /* A federated account: change it where `link` points. */
  RINGFENCE_ACCOUNT_LOCKED = 9,
  RINGFENCE_ACCOUNT_CLOSED = 10,
  RINGFENCE_ACCOUNT_NOT_FOUND = 11,
  RINGFENCE_ACCOUNT_EXISTS = 12,
  RINGFENCE_FLOW_EXPIRED = 13,
  RINGFENCE_FLOW_NOT_FOUND = 14, /* Never begun, replaced by a newer flow, cancelled, or voided by a change. */
  RINGFENCE_WRONG_STEP = 15,
  RINGFENCE_SESSION_MISMATCH = 16,    /* The flow belongs to another session of the host. */
  RINGFENCE_LIMITED = 17,             /* Too many or too soon; `retry_at` says when it is allowed. */
  RINGFENCE_ADDRESS_AT_CAPACITY = 18, /* Already verified for as many accounts as the policy allows. */
  RINGFENCE_NOTHING_TO_PROVE = 19,    /* The channel has no address, or what was to be proven or claimed is so. */
  RINGFENCE_APPEAL_PENDING = 20,
  RINGFENCE_APPEAL_NOT_FOUND = 21,
  RINGFENCE_DISPUTE_NOT_FOUND = 22,
  RINGFENCE_FACTOR_REQUIRED = 23,   /* The policy asks for a factor that the host attests. */
  RINGFENCE_RISK_REFUSED = 24,      /* What the risk advisor answered forbids it. */
  RINGFENCE_GRANT_INVALID = 25,     /* No such grant: for another operation or session, used, or too old. */
  RINGFENCE_BUSY = 26,              /* Other calls kept changing the same records, or the deadline has passed. */
  RINGFENCE_STORE_UNAVAILABLE = 27, /* Nothing was changed. */
  RINGFENCE_OUTCOME_UNKNOWN = 28,   /* It may or may not have happened; repeat with the same request id. */
  RINGFENCE_KEY_MISSING = 29,       /* The key that made a code is not in the key ring. */
  RINGFENCE_INVALID_ARGUMENT = 30,
  RINGFENCE_INVALID_POLICY = 31,
  RINGFENCE_KEY_UNUSABLE = 32,  /* The key file is missing, malformed, readable by others, or there already. */
  RINGFENCE_STORE_IN_USE = 33,  /* Another process, or another store in this one, has the database open. */
  RINGFENCE_STORE_OLDER = 34,   /* The database lacks ringfence's tables, or they are older than it needs. */
  RINGFENCE_STORE_NEWER = 35,   /* The database was written by a newer ringfence. */
  RINGFENCE_STORE_FOREIGN = 36, /* The file is not a ringfence database. */
  RINGFENCE_STORE_CORRUPT = 37, /* The database holds a record that cannot be read. */
  RINGFENCE_WRONG_PROCESS = 38, /* A handle was used in a forked child. */
  RINGFENCE_INTERNAL = 39       /* A defect of ringfence or of what was plugged in; nothing was changed. */
};

/* What the caller does next. */
enum {
  RINGFENCE_NEXT_FIX_INPUT = 0,       /* Ask the person for something else. */
  RINGFENCE_NEXT_WAIT = 1,            /* Do the same again at `retry_at`. */
  RINGFENCE_NEXT_RESTART_FLOW = 2,    /* Begin again. */
  RINGFENCE_NEXT_RETRY = 3,           /* Do the same again, at once, with the same request id. */
  RINGFENCE_NEXT_CONTACT_SUPPORT = 4, /* The person cannot go on alone. */
  RINGFENCE_NEXT_FIX_SETUP = 5        /* The operator must change something. */
};

/* A refusal. Nothing in it is an address, a code, a key or an account id, so it may be logged as it is. */
typedef struct ringfence_error {
  uint32_t struct_size;
  int32_t status; /* As returned. */
  int32_t next;   /* RINGFENCE_NEXT_...; only of a refusal. */
  int32_t reserved;
  int64_t retry_at; /* If limited: when the same call may succeed. */
  char text[1024];  /* For a person who develops or operates; English; not for the account's owner. */
  char link[2056];  /* If managed elsewhere: where, if the policy has a link. */
} ringfence_error;

/* The stable names of the values of this header, e.g. "same_address"; "?" for what is none. Static storage. */
RINGFENCE_API const char* ringfence_status_name(int32_t status);
RINGFENCE_API const char* ringfence_next_name(int32_t next);
RINGFENCE_API const char* ringfence_channel_kind_name(int32_t channel);
RINGFENCE_API const char* ringfence_channel_state_name(int32_t state);
RINGFENCE_API const char* ringfence_reason_name(int32_t reason);
RINGFENCE_API const char* ringfence_assurance_name(int32_t assurance);
RINGFENCE_API const char* ringfence_account_kind_name(int32_t kind);
RINGFENCE_API const char* ringfence_account_status_name(int32_t status);
RINGFENCE_API const char* ringfence_flow_kind_name(int32_t kind);
RINGFENCE_API const char* ringfence_flow_step_name(int32_t step);
RINGFENCE_API const char* ringfence_verdict_name(int32_t verdict);
RINGFENCE_API const char* ringfence_change_reason_name(int32_t reason);
RINGFENCE_API const char* ringfence_delivery_report_name(int32_t report);
RINGFENCE_API const char* ringfence_route_name(int32_t route);
RINGFENCE_API const char* ringfence_appeal_state_name(int32_t state);
RINGFENCE_API const char* ringfence_audit_fault_name(int32_t fault);
RINGFENCE_API const char* ringfence_message_kind_name(int32_t kind);
RINGFENCE_API const char* ringfence_role_name(int32_t role);
RINGFENCE_API const char* ringfence_risk_answer_name(int32_t answer);
RINGFENCE_API const char* ringfence_risk_moment_name(int32_t moment);
RINGFENCE_API const char* ringfence_observation_kind_name(int32_t kind);
RINGFENCE_API const char* ringfence_sms_alphabet_name(int32_t alphabet);

/* ---- Policy ------------------------------------------------------------------------------------------------------ */

/* Makes a policy from JSON, an object with a member for each setting; what is left out, and the empty text, has its
 * default. Refuses with RINGFENCE_INVALID_POLICY; the text names every problem. */
RINGFENCE_API int32_t ringfence_policy_new(ringfence_string json, ringfence_policy* policy, ringfence_error* error);
/* The whole policy as JSON. */
RINGFENCE_API int32_t ringfence_policy_json(ringfence_policy policy, ringfence_text* json, ringfence_error* error);
RINGFENCE_API void ringfence_policy_free(ringfence_policy policy);

/* ---- Addresses --------------------------------------------------------------------------------------------------- */

enum { RINGFENCE_PHONE = 0, RINGFENCE_EMAIL = 1 }; /* The kinds of channel, and the methods of proof. */

/* An address in its one stored form. */
typedef struct ringfence_address {
  uint32_t struct_size;
  int32_t kind;
  int32_t country_code; /* Of a number, e.g. 86. */
  int32_t reserved;
  char text[264];   /* "+8613912343672", "lin@example.com" */
  char masked[264]; /* "139****3672", "l*****n@example.com" */
} ringfence_address;

/* Reads a number as a person writes it, as the policy (none: the default one) allows. Refuses with
 * RINGFENCE_INVALID_NUMBER, RINGFENCE_NUMBER_TYPE_NOT_ALLOWED, RINGFENCE_REGION_NOT_ALLOWED. */
RINGFENCE_API int32_t ringfence_phone_parse(ringfence_policy policy, const ringfence_address_input* input,
                                            ringfence_address* address, ringfence_error* error);
/* Reads an email as a person writes it. Refuses with RINGFENCE_INVALID_EMAIL. */
RINGFENCE_API int32_t ringfence_email_parse(ringfence_string text, ringfence_address* address, ringfence_error* error);

/* ---- Keys -------------------------------------------------------------------------------------------------------- */

/* Where a host keeps its keys, e.g. a secret manager. */
typedef struct ringfence_key_source {
  uint32_t struct_size;
  void* context;
  void (*destroy)(void* context);
  /* Writes the keys as a key file has them, one a line: the id, a space, 64 hexadecimal digits; the first one makes new
   * codes. Returns RINGFENCE_OK. Never called twice at once; must not reload the ring. */
  int32_t (*read)(void* context, ringfence_out keys);
} ringfence_key_source;

/* Makes a key file with one fresh random key, mode 0600: whole, or not at all. Never overwrites. */
RINGFENCE_API int32_t ringfence_key_file_create(ringfence_string path, ringfence_error* error);
/* Reads a key file. Refuses with RINGFENCE_KEY_UNUSABLE one that is missing or malformed, that others than its owner may
 * read or write, or that is no regular file of this user. */
RINGFENCE_API int32_t ringfence_key_ring_from_file(ringfence_string path, ringfence_key_ring* ring,
                                                   ringfence_error* error);
RINGFENCE_API int32_t ringfence_key_ring_from_callbacks(const ringfence_key_source* source, ringfence_key_ring* ring,
                                                        ringfence_error* error);
/* Asks the file or the source again. If that fails the keys stay as they were. */
RINGFENCE_API int32_t ringfence_key_ring_reload(ringfence_key_ring ring, ringfence_error* error);
RINGFENCE_API void ringfence_key_ring_free(ringfence_key_ring ring);

/* ---- Stores ------------------------------------------------------------------------------------------------------ */

/* How a commit ended. */
enum {
  RINGFENCE_COMMIT_UNKNOWN = 0,    /* It may have happened, or may yet happen. */
  RINGFENCE_COMMIT_COMMITTED = 1,  /* Durable. */
  RINGFENCE_COMMIT_CONFLICT = 2,   /* An expected version was not there; nothing has changed. */
  RINGFENCE_COMMIT_UNAVAILABLE = 3 /* Nothing has changed and nothing will. */
};

/* A store of your own. What each function promises is said in ABI.md; the lines of that promise can be put to any
 * store: see ringfence_testing.h. Where a function has an `out` it writes its answer there as JSON and returns
 * RINGFENCE_OK; or returns RINGFENCE_STORE_UNAVAILABLE, RINGFENCE_STORE_CORRUPT, RINGFENCE_WRONG_PROCESS or, but for
 * `load`, RINGFENCE_OUTCOME_UNKNOWN, and may have written why. `deadline_ms` is how long it may take; 0: as long as it
 * takes. All are required but `given_up`, which came later. */
typedef struct ringfence_store_callbacks {
  uint32_t struct_size;
  void* context;
  void (*destroy)(void* context);
  /* An array of keys in; an array with one entry a key out, {"record":{...},"version":"..."}, or null. */
  int32_t (*load)(void* context, ringfence_string keys, int64_t deadline_ms, ringfence_out out);
  /* A change set in. Returns RINGFENCE_COMMIT_...; anything else counts as unknown. */
  int32_t (*commit)(void* context, ringfence_string change, int64_t deadline_ms);
  /* An array of messages out. */
  int32_t (*take)(void* context, int64_t now, int64_t lease_ms, int32_t max, int32_t share_index, int32_t share_of,
                  ringfence_out out);
  /* An array of settlements in. Writes nothing but why not. */
  int32_t (*settle)(void* context, ringfence_string settlements, ringfence_out out);
  /* An array of messages out. */
  int32_t (*messages)(void* context, const ringfence_account* account, int32_t max, int64_t deadline_ms,
                      ringfence_out out);
  /* {"due":0,"oldest_due_at":0} out. */
  int32_t (*outbox)(void* context, int64_t now, int64_t deadline_ms, ringfence_out out);
  /* A number out. */
  int32_t (*sweep)(void* context, int64_t now, int64_t settled_before, int32_t max, ringfence_out out);
  /* An array of messages out: those that were given up, the first created first, then by `id`, after a place in that
   * order. NULL: what was given up cannot be listed. */
  int32_t (*given_up)(void* context, int64_t after_created_at, ringfence_string after_id, int32_t max,
                      int64_t deadline_ms, ringfence_out out);
} ringfence_store_callbacks;

/* How a backup is made. */
typedef struct ringfence_backup {
  uint32_t struct_size;
  int32_t pages_per_step; /* Of 4 KiB, copied at once; 0: as many as is usual. */
  void* context;
  /* Called between the steps, unless NULL, with how many pages are left of how many; 0 gives the backup up. */
  int32_t (*go_on)(void* context, int32_t left, int32_t of);
} ringfence_backup;

/* Opens a store:
 *   "memory:"           in memory; it forgets everything when it is freed
 *   "sqlite:PATH"       a database of SQLite, made if it is not there; for one process
 *   "postgresql://..."  PostgreSQL; ringfence_store_migrate has made the tables
 * Refuses with RINGFENCE_INVALID_ARGUMENT what is none of these, with RINGFENCE_STORE_IN_USE, ..._FOREIGN, ..._NEWER,
 * ..._OLDER, ..._CORRUPT, ..._UNAVAILABLE what cannot be opened. */
RINGFENCE_API int32_t ringfence_store_open(ringfence_string url, ringfence_store* store, ringfence_error* error);
/* Makes the tables of ringfence in PostgreSQL, or brings them up to date, with a role that may do that. Of any other
 * store it does nothing: it is up to date when it is open. */
RINGFENCE_API int32_t ringfence_store_migrate(ringfence_string url, ringfence_error* error);
RINGFENCE_API int32_t ringfence_store_from_callbacks(const ringfence_store_callbacks* callbacks, ringfence_store* store,
                                                     ringfence_error* error);
RINGFENCE_API void ringfence_store_free(ringfence_store store);

/* What a store is asked by the library, for hosts that drive steps themselves or put a store of their own in front of
 * another. As in ringfence_store_callbacks. */
RINGFENCE_API int32_t ringfence_store_load(ringfence_store store, ringfence_string keys, int64_t deadline_ms,
                                           ringfence_text* records, ringfence_error* error);
/* `outcome` is RINGFENCE_COMMIT_...; refuses only what is no change set. */
RINGFENCE_API int32_t ringfence_store_commit(ringfence_store store, ringfence_string change, int64_t deadline_ms,
                                             int32_t* outcome, ringfence_error* error);
RINGFENCE_API int32_t ringfence_store_take(ringfence_store store, int64_t now, int64_t lease_ms, int32_t max,
                                           int32_t share_index, int32_t share_of, ringfence_text* messages,
                                           ringfence_error* error);
RINGFENCE_API int32_t ringfence_store_settle(ringfence_store store, ringfence_string settlements,
                                             ringfence_error* error);
RINGFENCE_API int32_t ringfence_store_messages(ringfence_store store, const ringfence_account* account, int32_t max,
                                               int64_t deadline_ms, ringfence_text* messages, ringfence_error* error);
/* Up to `max` messages that were given up, of all accounts, the first created first, then by `id`, after a place in that
 * order. `after_id` is 32 hexadecimal digits, or empty: before all others. Refused with RINGFENCE_INVALID_ARGUMENT of a
 * store of your own without `given_up`. */
RINGFENCE_API int32_t ringfence_store_given_up(ringfence_store store, int64_t after_created_at,
                                               ringfence_string after_id, int32_t max, int64_t deadline_ms,
                                               ringfence_text* messages, ringfence_error* error);
RINGFENCE_API int32_t ringfence_store_outbox(ringfence_store store, int64_t now, int64_t deadline_ms,
                                             ringfence_text* state, ringfence_error* error);
/* Removes up to `max` things that say nothing any more: messages that ended and were created before `settled_before`,
 * address entries and sources whose time has come. Call it again until `removed` is less than `max`; now and then. */
RINGFENCE_API int32_t ringfence_store_sweep(ringfence_store store, int64_t now, int64_t settled_before, int32_t max,
                                            int32_t* removed, ringfence_error* error);

/* Of SQLite only; refused with RINGFENCE_INVALID_ARGUMENT of other stores. RINGFENCE_OK, or why the last write failed. */
RINGFENCE_API int32_t ringfence_store_health(ringfence_store store, ringfence_error* error);
/* Reads everything. Refuses with RINGFENCE_STORE_CORRUPT, and says what to do. */
RINGFENCE_API int32_t ringfence_store_integrity_check(ringfence_store store, ringfence_error* error);
/* Copies the database to a new file while it is in use. `how` may be NULL. */
RINGFENCE_API int32_t ringfence_store_back_up(ringfence_store store, ringfence_string path, const ringfence_backup* how,
                                              ringfence_error* error);

/* ---- Senders and events ------------------------------------------------------------------------------------------ */

enum { RINGFENCE_MESSAGE_CODE = 0, RINGFENCE_MESSAGE_NOTICE = 1, RINGFENCE_MESSAGE_EVENT = 2 };
enum { RINGFENCE_ROUTE_TEXT = 0, RINGFENCE_ROUTE_VOICE = 1 };
enum { RINGFENCE_ROLE_IDENTITY = 0, RINGFENCE_ROLE_TARGET = 1 };

/* A message about to be handed over, or an event. */
typedef struct ringfence_message {
  uint32_t struct_size;
  int32_t kind;             /* RINGFENCE_MESSAGE_... */
  int32_t channel;          /* RINGFENCE_PHONE or RINGFENCE_EMAIL; of an event -1. */
  int32_t route;            /* RINGFENCE_ROUTE_... */
  int32_t role;             /* Of a code: RINGFENCE_ROLE_... */
  int32_t attempts;         /* 1, 2, ... */
  ringfence_string id;      /* The idempotency key: every repeat carries it. */
  ringfence_string purpose; /* Of a code the kind of the flow; else the name, e.g. "phone_changed". */
  ringfence_account account;
  ringfence_string destination; /* The number in E.164, or the email; of an event empty. */
  ringfence_string locale;      /* Of the text, BCP 47, e.g. "en"; of an event empty. */
  ringfence_string code;        /* Empty for a notice and an event. A secret. */
  ringfence_string text;        /* What the person reads; holds the code. */
  ringfence_string fields;      /* What it tells, by name: a JSON object of texts. */
  ringfence_string trace_id;    /* Of the call that made it. */
  int64_t lifetime_ms;          /* How long the code will be valid from now. */
  int64_t created_at;
  ringfence_string subject; /* Of a mail. */
  ringfence_string html;    /* Of a mail: the text once more, as an HTML document; holds the code. */
} ringfence_message;

/* How a hand-over ended. */
enum {
  RINGFENCE_SEND_UNKNOWN = 0, /* No answer: it may have been sent. Tried again with the same id. */
  RINGFENCE_SEND_ACCEPTED = 1,
  RINGFENCE_SEND_TEMPORARY = 2, /* Not sent; may go later. */
  RINGFENCE_SEND_PERMANENT = 3, /* Not sent and never will be, e.g. a number that does not exist. */
  /* Not sent; may go later. It is about this recipient alone, e.g. a mailbox that is full: what goes to others is not
   * held up. */
  RINGFENCE_SEND_UNREACHABLE = 4
};

/* What hands messages to people. `send` returns RINGFENCE_SEND_...; anything else counts as unknown. If it may go later it may
 * set the least time to wait. What it writes to `reason` is stored with the message, as its `outcome`: why it was not sent or,
 * when accepted, what the gateway calls the message in its delivery reports; no address, no code. It should answer within
 * two thirds of the dispatcher's `lease_ms`, or another dispatcher may hand the message over once more. */
typedef struct ringfence_sender_callbacks {
  uint32_t struct_size;
  void* context;
  void (*destroy)(void* context);
  int32_t (*send)(void* context, const ringfence_message* message, int64_t* retry_after_ms, ringfence_out reason);
} ringfence_sender_callbacks;

/* What tells the host of what happened: `purpose` is the event's name, `fields` what it tells. As `send`; possibly more
 * than once with one id. */
typedef struct ringfence_event_sink_callbacks {
  uint32_t struct_size;
  void* context;
  void (*destroy)(void* context);
  int32_t (*deliver)(void* context, const ringfence_message* event, int64_t* retry_after_ms, ringfence_out reason);
} ringfence_event_sink_callbacks;

enum { RINGFENCE_SMS_GSM7 = 0, RINGFENCE_SMS_UCS2 = 1 };

/* How large a text message is on the way to a telephone, which is how it is paid for. */
typedef struct ringfence_sms_size {
  uint32_t struct_size;
  int32_t alphabet; /* RINGFENCE_SMS_GSM7, if all of the text is in the 7-bit alphabet of GSM 03.38; else ..._UCS2. */
  int32_t units;    /* Septets, of which ^{}\[~]| and the euro sign take two; or units of UTF-16. */
  int32_t segments; /* Parts in which it travels: 160 septets or 70 units, or 153 or 67 in each of several. */
} ringfence_sms_size;

RINGFENCE_API int32_t ringfence_sms_measure(ringfence_string text, ringfence_sms_size* size, ringfence_error* error);

/* A sender, or an event sink, by its name:
 *   "console:"      prints to standard output, codes included: for development
 *   "spool:FOLDER"  a sender: one JSON file a message in a folder that is there, for a program of yours that sends it on.
 *                   Holds codes: docs/delivery.md. */
RINGFENCE_API int32_t ringfence_sender_open(ringfence_string url, ringfence_sender* sender, ringfence_error* error);
RINGFENCE_API int32_t ringfence_sender_from_callbacks(const ringfence_sender_callbacks* callbacks,
                                                      ringfence_sender* sender, ringfence_error* error);
RINGFENCE_API void ringfence_sender_free(ringfence_sender sender);

RINGFENCE_API int32_t ringfence_event_sink_open(ringfence_string url, ringfence_event_sink* sink,
                                                ringfence_error* error);
RINGFENCE_API int32_t ringfence_event_sink_from_callbacks(const ringfence_event_sink_callbacks* callbacks,
                                                          ringfence_event_sink* sink, ringfence_error* error);
RINGFENCE_API void ringfence_event_sink_free(ringfence_event_sink sink);

/* How the connection to a mail server is encrypted. Certificates are always checked. */
enum {
  RINGFENCE_SMTP_STARTTLS = 0, /* Before anything else is said; a server that does not offer it gets no mail. */
  RINGFENCE_SMTP_IMPLICIT = 1, /* From the first byte. */
  RINGFENCE_SMTP_NONE = 2      /* In the clear; to a server on this machine. */
};

/* Where mail goes and who it is from: one-line texts. */
typedef struct ringfence_smtp_options {
  uint32_t struct_size;
  int32_t tls;                   /* RINGFENCE_SMTP_... */
  int32_t port;                  /* 0: 587 with STARTTLS, 465 with implicit TLS, 25 with none. */
  int32_t plain_beyond_loopback; /* 1: RINGFENCE_SMTP_NONE may go to another machine. Codes can be read on the way. */
  int32_t max_connections;       /* At a time, 1-256; 0: 4. */
  int32_t reserved;              /* 0 */
  ringfence_clock clock;         /* Of the date of a mail. None: the system's. */
  ringfence_string host;         /* A name or an IP address. Required. */
  ringfence_string ca_file;      /* Certificates (PEM) that are trusted instead of the system's; empty: those. */
  ringfence_string user;         /* For SASL's PLAIN or LOGIN; both, or neither. */
  ringfence_string password;
  ringfence_string from;          /* An address. Required; message ids have its domain. */
  ringfence_string from_name;     /* What stands before it; up to 128 bytes, or empty. */
  ringfence_string envelope_from; /* Where mail that cannot be delivered is sent back to; empty: `from`. */
  ringfence_string reply_to;      /* Empty: answers go to `from`. */
  ringfence_string helo;          /* What this machine is called; empty: what the system calls it. */
  /* Until the server is ready for a mail, and again for a free connection, up to 10 minutes; 0: 10 s. */
  int64_t connect_timeout_ms;
  /* For a whole mail, from the name on, up to 10 minutes; 0: 20 s. As long once more if the server refuses and does not
   * answer the goodbye. The two together must stay below two thirds of the dispatcher's `lease_ms`, or a mail may go
   * twice. */
  int64_t timeout_ms;
} ringfence_smtp_options;

/* A sender of mail; messages to telephones are refused for good. A mail that is sent again has the same Message-ID.
 * What the server says decides the outcome: docs/delivery.md. Refuses with RINGFENCE_INVALID_ARGUMENT, by its name, what
 * is missing or not of its form; the server is not asked yet. */
RINGFENCE_API int32_t ringfence_smtp_sender_new(const ringfence_smtp_options* options, ringfence_sender* sender,
                                                ringfence_error* error);

/* Gateways over HTTP, and what a sender to one or a webhook is told besides. */
typedef struct ringfence_http_options {
  uint32_t struct_size;
  /* 1: it may speak without TLS to another machine, on a network of your own; codes go in clear then. To this machine it
   * may anyway. */
  int32_t allow_http;
  /* A file of certificates (PEM) that are trusted instead of the system's. They are always checked. */
  ringfence_string ca_file;
  int32_t connections;        /* Messages handed over at a time, 1-256; 0: 8. */
  int32_t reserved;           /* 0 */
  int64_t connect_timeout_ms; /* For name, connection and TLS, and again for a free connection; 0: 10 s. */
  /* For a whole exchange, up to 10 minutes; 0: 20 s. The two together must stay below two thirds of the dispatcher's
   * `lease_ms`, or a message may go twice. */
  int64_t timeout_ms;
} ringfence_http_options;

/* A sender to the gateway that a JSON object describes: docs/delivery.md; ready ones are installed in the folder that
 * `pkg-config --variable=sendersdir ringfence` tells. `variables` is a JSON object of texts, the values of the description's
 * variables; it may be empty, and `options` may be NULL. All is checked here, and nothing is sent: what is missing, wrong or
 * not known is refused with RINGFENCE_INVALID_ARGUMENT and a text that names it, but no value of a variable. */
RINGFENCE_API int32_t ringfence_http_sender_new(ringfence_string description, ringfence_string variables,
                                                const ringfence_http_options* options, ringfence_sender* sender,
                                                ringfence_error* error);
/* The same, of a description in a file. */
RINGFENCE_API int32_t ringfence_http_sender_open(ringfence_string path, ringfence_string variables,
                                                 const ringfence_http_options* options, ringfence_sender* sender,
                                                 ringfence_error* error);
/* Posts each event to `url` as JSON, signed as Standard Webhooks says. `keys` are one or more, `whsec_` and base64, at least
 * 24 bytes each, with a space between; there is a signature by each. `options` may be NULL. docs/delivery.md says what the
 * other side does. */
RINGFENCE_API int32_t ringfence_webhook_event_sink_new(ringfence_string url, ringfence_string keys,
                                                       const ringfence_http_options* options,
                                                       ringfence_event_sink* sink, ringfence_error* error);

/* Appends to what a callback of yours answers. Only until the callback returns. */
RINGFENCE_API int32_t ringfence_out_write(ringfence_out out, ringfence_string text);

/* ---- Clock, entropy, risk, observer ------------------------------------------------------------------------------ */

typedef struct ringfence_clock_callbacks {
  uint32_t struct_size;
  void* context;
  void (*destroy)(void* context);
  int64_t (*now_ms)(void* context);                  /* The time of day. It may jump. */
  void (*pause)(void* context, int64_t duration_ms); /* Waits about this long, at most a second. */
} ringfence_clock_callbacks;

typedef struct ringfence_entropy_callbacks {
  uint32_t struct_size;
  void* context;
  void (*destroy)(void* context);
  int32_t (*fill)(void* context, uint8_t* bytes, size_t size); /* With unpredictable bytes, all of them. */
} ringfence_entropy_callbacks;

enum { RINGFENCE_RISK_UNKNOWN = 0, RINGFENCE_RISK_CLEAR = 1, RINGFENCE_RISK_SUSPICIOUS = 2 };
enum { RINGFENCE_RISK_BEFORE_SEND = 0, RINGFENCE_RISK_BEFORE_EFFECT = 1 };

typedef struct ringfence_risk_question {
  uint32_t struct_size;
  int32_t moment; /* RINGFENCE_RISK_BEFORE_... */
  int32_t flow;   /* RINGFENCE_FLOW_... */
  int32_t reserved;
  ringfence_account account;
  ringfence_string number; /* In E.164: where a code goes, or the phone that proved identity; may be empty. */
  ringfence_string session;
  ringfence_string source;
  ringfence_string trace_id;
} ringfence_risk_question;

/* Whether something speaks against a person. `ask` returns RINGFENCE_RISK_...; anything else counts as unknown. */
typedef struct ringfence_risk_advisor_callbacks {
  uint32_t struct_size;
  void* context;
  void (*destroy)(void* context);
  int32_t (*ask)(void* context, const ringfence_risk_question* question);
} ringfence_risk_advisor_callbacks;

enum { RINGFENCE_OBSERVATION_COUNTER = 0, RINGFENCE_OBSERVATION_TIMING = 1, RINGFENCE_OBSERVATION_EVENT = 2 };

/* What the library does, for metrics and logs; no address, code, key or account id is in it. */
typedef struct ringfence_observation {
  uint32_t struct_size;
  int32_t kind;          /* RINGFENCE_OBSERVATION_... */
  int64_t value;         /* How many more, or milliseconds. */
  ringfence_string name; /* e.g. "ringfence.calls" */
  ringfence_string subject;
  ringfence_string outcome;
  ringfence_string trace_id;
} ringfence_observation;

typedef struct ringfence_observer_callbacks {
  uint32_t struct_size;
  void* context;
  void (*destroy)(void* context);
  void (*observe)(void* context, const ringfence_observation* observation);
} ringfence_observer_callbacks;

RINGFENCE_API int32_t ringfence_clock_from_callbacks(const ringfence_clock_callbacks* callbacks, ringfence_clock* clock,
                                                     ringfence_error* error);
RINGFENCE_API void ringfence_clock_free(ringfence_clock clock);
RINGFENCE_API int32_t ringfence_entropy_from_callbacks(const ringfence_entropy_callbacks* callbacks,
                                                       ringfence_entropy* entropy, ringfence_error* error);
RINGFENCE_API void ringfence_entropy_free(ringfence_entropy entropy);
RINGFENCE_API int32_t ringfence_risk_advisor_from_callbacks(const ringfence_risk_advisor_callbacks* callbacks,
                                                            ringfence_risk_advisor* advisor, ringfence_error* error);
RINGFENCE_API void ringfence_risk_advisor_free(ringfence_risk_advisor advisor);
RINGFENCE_API int32_t ringfence_observer_from_callbacks(const ringfence_observer_callbacks* callbacks,
                                                        ringfence_observer* observer, ringfence_error* error);
RINGFENCE_API void ringfence_observer_free(ringfence_observer observer);

/* ---- What the service is told and tells -------------------------------------------------------------------------- */

enum { RINGFENCE_ACCOUNT_STANDALONE = 0, RINGFENCE_ACCOUNT_FEDERATED = 1 };
enum { RINGFENCE_STATUS_ACTIVE = 0, RINGFENCE_STATUS_LOCKED = 1, RINGFENCE_STATUS_CLOSED = 2 };
enum { RINGFENCE_CHANNEL_ABSENT = 0, RINGFENCE_CHANNEL_UNVERIFIED = 1, RINGFENCE_CHANNEL_VERIFIED = 2 };
enum { RINGFENCE_ASSURANCE_RESTRICTED = 0, RINGFENCE_ASSURANCE_RECOVERY_ONLY = 1 };

/* Why a badge is missing. */
enum {
  RINGFENCE_REASON_NONE = 0,
  RINGFENCE_REASON_ABSENT = 1,
  RINGFENCE_REASON_UNVERIFIED = 2,
  RINGFENCE_REASON_SHARED_WITH_OTHER_ACCOUNTS = 3,
  RINGFENCE_REASON_ACCOUNT_LOCKED = 4,
  RINGFENCE_REASON_ACCOUNT_CLOSED = 5,
  RINGFENCE_REASON_DISABLED_BY_POLICY = 6
};

enum {
  RINGFENCE_FLOW_CHANGE_PHONE = 0,
  RINGFENCE_FLOW_CHANGE_EMAIL = 1,
  RINGFENCE_FLOW_VERIFY_CHANNEL = 2,
  RINGFENCE_FLOW_CONFIRM_OPERATION = 3,
  RINGFENCE_FLOW_CLAIM_LOGIN = 4,
  RINGFENCE_FLOW_REPLACE_PHONE = 5
};

/* What a flow waits for. */
enum {
  RINGFENCE_STEP_PROVE_IDENTITY = 0, /* The code sent to the chosen own channel. */
  RINGFENCE_STEP_SET_TARGET = 1,     /* The new address. */
  RINGFENCE_STEP_PROVE_TARGET = 2,   /* The code sent to the new address. */
  RINGFENCE_STEP_CONFIRM_TARGET = 3, /* The new address would serve for verification only: go on, or set another? */
  RINGFENCE_STEP_DONE = 4,
  RINGFENCE_STEP_FAILED = 5,
  RINGFENCE_STEP_CANCELLED = 6
};

/* What became of a code that was presented. */
enum {
  RINGFENCE_VERDICT_REJECTED = 0, /* Wrong. It was charged. */
  RINGFENCE_VERDICT_ACCEPTED = 1,
  RINGFENCE_VERDICT_NO_LIVE_CODE = 2, /* None can be right: resend. Not charged. */
  RINGFENCE_VERDICT_NOT_ASKED = 3     /* The call presented no code. */
};

enum { RINGFENCE_NUMBER_CHANGED = 0, RINGFENCE_PERSON_CHANGED = 1 };

/* Who calls. NULL where a call is wanted: nothing is known of it. All texts are opaque to ringfence. */
typedef struct ringfence_call {
  uint32_t struct_size;
  ringfence_string session;         /* The host's session, 1-256 bytes: flows belong to it. */
  ringfence_string source;          /* Where the call comes from, e.g. an IP prefix: sends are limited by it. */
  ringfence_string request_id;      /* The same step asked again with the same id gets the reply it got. */
  ringfence_string trace_id;        /* Passed on to what is plugged in, for its logs. */
  ringfence_string attested_factor; /* A factor that the host has just checked in this session, e.g. "passkey". */
  int64_t deadline_ms;              /* How long the call may wait in all; 0: as long as it takes. */
} ringfence_call;

/* An account as the host registers or imports it. `phone` is required, the rest of the addresses is not. */
typedef struct ringfence_registration {
  uint32_t struct_size;
  int32_t kind; /* RINGFENCE_ACCOUNT_... */
  ringfence_account account;
  ringfence_string provider; /* The identity provider of a federated account. */
  ringfence_address_input phone;
  ringfence_string email;
  int64_t phone_proven_at; /* When the host saw it proven; 0: it is unverified. */
  int64_t email_proven_at;
  ringfence_string locale; /* What its owner reads, a tag of BCP 47 such as "zh-Hans-CN"; empty: not known. */
} ringfence_registration;

typedef struct ringfence_import_report {
  uint32_t struct_size;
  uint32_t reserved;
  uint64_t imported;
  uint64_t present;      /* The account was there already, and stays as it is. */
  uint64_t claims_moved; /* How often an account lost a login claim to one with an earlier proof. */
  uint64_t refused;
} ringfence_import_report;

typedef struct ringfence_channel {
  int32_t kind;
  int32_t state;               /* RINGFENCE_CHANNEL_... */
  int32_t verification;        /* 1: usable for verification ... */
  int32_t verification_reason; /* ... RINGFENCE_REASON_...: why not. */
  int32_t login;
  int32_t login_reason;
  int32_t notices;
  int32_t notices_reason;
  int32_t assurance;     /* RINGFENCE_ASSURANCE_... */
  int32_t tries_left;    /* Wrong codes until the account is locked. */
  int64_t limited_until; /* If set, no code is sent to it before then. */
  char masked[264];      /* Empty if absent. */
  int64_t reserved[4];
} ringfence_channel;

/* One category of notices. Channels are sets of bits: 1 is the phone, 2 the email. */
typedef struct ringfence_notice_settings {
  char category[72];
  uint32_t chosen;   /* By the owner, or by default. */
  uint32_t channels; /* Where a notice would go now. */
  int32_t mandatory; /* It cannot be switched off. */
  int32_t choosable;
} ringfence_notice_settings;

/* What the owner sees. */
typedef struct ringfence_settings {
  uint32_t struct_size;
  int32_t kind;   /* RINGFENCE_ACCOUNT_... */
  int32_t status; /* RINGFENCE_STATUS_... */
  int32_t notice_count;
  char realm[136];
  char id[136];
  char managed_at[2056]; /* Of a federated account: the link the policy has for its provider. */
  ringfence_channel phone;
  ringfence_channel email;
  ringfence_notice_settings notices[40];
  char locale[40]; /* What the owner reads, e.g. "zh-Hans-CN"; empty: not known. */
} ringfence_settings;

/* A flow as its owner may see it, and the verdict of the call that returned it. */
typedef struct ringfence_flow_view {
  uint32_t struct_size;
  int32_t kind;              /* RINGFENCE_FLOW_... */
  int32_t channel;           /* Whose address is set or proven. */
  int32_t step;              /* RINGFENCE_STEP_... */
  int32_t verdict;           /* RINGFENCE_VERDICT_... */
  int32_t tries_left;        /* With the live code. */
  int32_t repeated;          /* This reply was given before; nothing happened now. */
  int32_t verification_only; /* In confirm_target: the proven address would not serve for login. */
  int64_t code_expires_at;
  int64_t limited_until; /* If set: after too many wrong codes none is taken before then. */
  int64_t resend_at;     /* From when on a code may be sent again. */
  int64_t expires_at;    /* When the flow ends by itself. */
  int32_t changed;       /* 1: done, and the next four tell what the change led to. */
  int32_t usable_for_verification;
  int32_t usable_for_login; /* 0 if another account is associated with the address. */
  int32_t check_email;      /* The person changed: the email may still be the predecessor's. */
  int32_t granted;          /* 1: done, and ringfence_service_use_grant takes the grant. */
  int32_t not_delivered;    /* The gateway has reported that the code did not arrive: a resend need not wait. */
  int64_t grant_expires_at;
  char flow[560];       /* Names the flow in later calls; not a secret. [0-9a-f.] */
  char sent_to[264];    /* Masked: where this step's code went; empty if none was sent. */
  char changed_to[264]; /* Masked: the new address. */
  char operation[136];  /* Of the grant. */
} ringfence_flow_view;

typedef struct ringfence_grant {
  uint32_t struct_size;
  uint32_t reserved;
  int64_t expires_at;
  char operation[136];
} ringfence_grant;

enum {
  RINGFENCE_APPEAL_SUBMITTED = 0,
  RINGFENCE_APPEAL_APPROVED = 1, /* replace_phone may be begun until `open_until`. */
  RINGFENCE_APPEAL_REJECTED = 2,
  RINGFENCE_APPEAL_USED = 3
};

typedef struct ringfence_appeal {
  uint32_t struct_size;
  int32_t state; /* RINGFENCE_APPEAL_... */
  int64_t submitted_at;
  int64_t held_until; /* Not approved before. */
  int64_t decided_at;
  int64_t open_until;
  char id[40]; /* Empty: there is none. */
  char submitted_by[136];
  char reviewer[136];
  char evidence[136];
} ringfence_appeal;

typedef struct ringfence_notice_receipt {
  uint32_t struct_size;
  int32_t repeated; /* It was given before; nothing happened now. */
  uint32_t sent_to; /* Channels, as bits; 0: the owner has switched the category off. */
  uint32_t reserved;
  char phone[264]; /* Masked. */
  char email[264];
} ringfence_notice_receipt;

/* Who may log in with an address. */
typedef struct ringfence_login {
  uint32_t struct_size;
  int32_t found;
  char account[136]; /* The id. */
} ringfence_login;

typedef struct ringfence_audit_query {
  uint32_t struct_size;
  int32_t max;    /* 1-1000; 0: 100. */
  uint64_t after; /* Entries with a greater number. */
  int64_t from;   /* Not before this time ... */
  int64_t until;  /* ... and before this one; 0: to the end. */
} ringfence_audit_query;

enum {
  RINGFENCE_AUDIT_INTACT = 0,
  RINGFENCE_AUDIT_REMOVED = 1, /* An entry is not there. */
  RINGFENCE_AUDIT_CHANGED = 2, /* An entry is not what it was, or stands in another's place. */
  RINGFENCE_AUDIT_ADDED = 3    /* There is an entry after the newest. */
};

typedef struct ringfence_audit_report {
  uint32_t struct_size;
  int32_t fault;     /* RINGFENCE_AUDIT_... */
  uint64_t at;       /* The number of the first entry that does not hold. */
  uint64_t checked;  /* Entries that hold. */
  uint64_t head;     /* The number of the newest entry ... */
  uint64_t anchor;   /* ... and of the last one that was pruned. */
  char head_mac[40]; /* Keep head and MAC elsewhere to notice a trail that was put back. */
  char anchor_mac[40];
} ringfence_audit_report;

typedef struct ringfence_health {
  uint32_t struct_size;
  int32_t store;    /* RINGFENCE_OK if the store answered; else why it did not. */
  int64_t store_ms; /* How long its answer took. */
  int32_t due;      /* Messages whose time has come; counted up to 1000. */
  int32_t keys;     /* Keys in the ring. */
  int64_t oldest_due_at;
  int64_t outbox_age_ms; /* How long the longest waiting message has been due. */
  char current_key[40];  /* The id of the key that makes new codes. */
} ringfence_health;

/* ---- Service ----------------------------------------------------------------------------------------------------- */

/* What a service works with. The store and the keys are required. None: the default policy, the system's clock and
 * entropy, nobody is asked, nobody observes. */
typedef struct ringfence_service_parts {
  uint32_t struct_size;
  uint32_t reserved;
  ringfence_store store;
  ringfence_key_ring keys;
  ringfence_policy policy;
  ringfence_clock clock;
  ringfence_entropy entropy;
  ringfence_risk_advisor risk;
  ringfence_observer observer;
} ringfence_service_parts;

/* Every function below loads, decides and commits, and replies only when the commit is durable. Besides those named,
 * each may refuse with RINGFENCE_BUSY, ..._STORE_UNAVAILABLE, ..._STORE_CORRUPT, ..._OUTCOME_UNKNOWN,
 * ..._WRONG_PROCESS, ..._INVALID_ARGUMENT and ..._INTERNAL; those about an account with ..._ACCOUNT_NOT_FOUND. `call` may
 * be NULL, but a flow needs a session. */
RINGFENCE_API int32_t ringfence_service_new(const ringfence_service_parts* parts, ringfence_service* service,
                                            ringfence_error* error);
RINGFENCE_API void ringfence_service_free(ringfence_service service);
/* Puts another policy in force, all of it at once. */
RINGFENCE_API int32_t ringfence_service_set_policy(ringfence_service service, ringfence_policy policy,
                                                   ringfence_error* error);
/* The policy in force. */
RINGFENCE_API int32_t ringfence_service_policy(ringfence_service service, ringfence_policy* policy,
                                               ringfence_error* error);
/* How the store, the outbox and the keys do. */
RINGFENCE_API int32_t ringfence_service_health(ringfence_service service, ringfence_health* health,
                                               ringfence_error* error);

/* -- Accounts. */

/* Refuses with RINGFENCE_ACCOUNT_EXISTS, ..._INVALID_NUMBER, ..._INVALID_EMAIL, ..._NUMBER_TYPE_NOT_ALLOWED,
 * ..._REGION_NOT_ALLOWED, ..._ADDRESS_AT_CAPACITY; then nothing is stored. Sends nothing. */
RINGFENCE_API int32_t ringfence_service_register_account(ringfence_service service,
                                                         const ringfence_registration* registration,
                                                         const ringfence_call* call, ringfence_settings* settings,
                                                         ringfence_error* error);
/* Brings in existing users: `rows` points to `count` registrations, one after the other, all with the struct_size of the
 * first. A row whose account is there changes nothing; rows that are refused are told in `refused`, an array of
 * {"index":0,"status":"...","next":"...","text":"..."}, and the others go in. If it fails as a whole, call it again with
 * the same rows: it goes on where it stopped. */
RINGFENCE_API int32_t ringfence_service_import_accounts(ringfence_service service, const ringfence_registration* rows,
                                                        size_t count, const ringfence_call* call,
                                                        ringfence_import_report* report, ringfence_text* refused,
                                                        ringfence_error* error);
/* The language in which the owner is written to from now on, a tag of BCP 47 of at most 35 bytes; empty: none. There need
 * not be texts in it: the nearest are taken. Refuses with RINGFENCE_ACCOUNT_CLOSED, and with RINGFENCE_INVALID_ARGUMENT
 * what is no tag. */
RINGFENCE_API int32_t ringfence_service_set_locale(ringfence_service service, const ringfence_account* account,
                                                   ringfence_string locale, const ringfence_call* call,
                                                   ringfence_settings* settings, ringfence_error* error);
/* Makes a federated account standalone. */
RINGFENCE_API int32_t ringfence_service_upgrade(ringfence_service service, const ringfence_account* account,
                                                const ringfence_call* call, ringfence_settings* settings,
                                                ringfence_error* error);
/* Badges and reasons: what the owner sees. */
RINGFENCE_API int32_t ringfence_service_settings(ringfence_service service, const ringfence_account* account,
                                                 const ringfence_call* call, ringfence_settings* settings,
                                                 ringfence_error* error);
/* The account that may log in with an address, or nobody. A locked account is named, too. */
RINGFENCE_API int32_t ringfence_service_resolve_login_phone(ringfence_service service, ringfence_string realm,
                                                            const ringfence_address_input* phone,
                                                            const ringfence_call* call, ringfence_login* login,
                                                            ringfence_error* error);
RINGFENCE_API int32_t ringfence_service_resolve_login_email(ringfence_service service, ringfence_string realm,
                                                            ringfence_string email, const ringfence_call* call,
                                                            ringfence_login* login, ringfence_error* error);
/* Locks an account; `reason` is the host's own word, 1-64 bytes. Flows begun before are void, everyone is told. */
RINGFENCE_API int32_t ringfence_service_lock(ringfence_service service, const ringfence_account* account,
                                             ringfence_string reason, const ringfence_call* call,
                                             ringfence_settings* settings, ringfence_error* error);
RINGFENCE_API int32_t ringfence_service_unlock(ringfence_service service, const ringfence_account* account,
                                               const ringfence_call* call, ringfence_settings* settings,
                                               ringfence_error* error);
/* The host has changed a password or another credential: flows and grants from before are void. */
RINGFENCE_API int32_t ringfence_service_credentials_changed(ringfence_service service, const ringfence_account* account,
                                                            const ringfence_call* call, ringfence_settings* settings,
                                                            ringfence_error* error);
/* Closes an account for good and releases its addresses. */
RINGFENCE_API int32_t ringfence_service_close(ringfence_service service, const ringfence_account* account,
                                              const ringfence_call* call, ringfence_settings* settings,
                                              ringfence_error* error);
/* Erases everything personal that is kept of an account. If it fails half-way, call it again. */
RINGFENCE_API int32_t ringfence_service_erase(ringfence_service service, const ringfence_account* account,
                                              const ringfence_call* call, ringfence_settings* settings,
                                              ringfence_error* error);
/* Everything that is held about an account, as JSON with `account`, `audit` and `messages`. It has full addresses. */
RINGFENCE_API int32_t ringfence_service_export_account(ringfence_service service, const ringfence_account* account,
                                                       const ringfence_call* call, ringfence_text* json,
                                                       ringfence_error* error);

/* -- Audit trail. */

/* Entries as an array of JSON, the oldest first. `next`, if not 0: go on after this number. `query` may be NULL. */
RINGFENCE_API int32_t ringfence_service_audit(ringfence_service service, const ringfence_account* account,
                                              const ringfence_audit_query* query, const ringfence_call* call,
                                              ringfence_text* entries, uint64_t* next, ringfence_error* error);
/* Checks the whole trail. Refuses with RINGFENCE_KEY_MISSING if the key of an entry is no longer in the ring. */
RINGFENCE_API int32_t ringfence_service_verify_audit(ringfence_service service, const ringfence_account* account,
                                                     const ringfence_call* call, ringfence_audit_report* report,
                                                     ringfence_error* error);
/* Removes the entries from before a time; what tells of it stays. */
RINGFENCE_API int32_t ringfence_service_prune_audit(ringfence_service service, const ringfence_account* account,
                                                    int64_t before, const ringfence_call* call, int32_t* removed,
                                                    ringfence_error* error);

/* -- Notices. */

/* The owner's choice of channels for a category, as bits (1 phone, 2 email); 0 switches it off. Refuses with
 * RINGFENCE_INVALID_ARGUMENT what cannot be chosen. */
RINGFENCE_API int32_t ringfence_service_set_notice_channels(ringfence_service service, const ringfence_account* account,
                                                            ringfence_string category, uint32_t channels,
                                                            const ringfence_call* call, ringfence_settings* settings,
                                                            ringfence_error* error);
/* Tells the owner something of the host's own: `text`, 1-1000 bytes in one line. Given again with the same
 * `idempotency_key`, 1-128 bytes, it sends nothing more. Refuses with RINGFENCE_NO_METHOD_AVAILABLE where no channel is
 * verified. */
RINGFENCE_API int32_t ringfence_service_notify(ringfence_service service, const ringfence_account* account,
                                               ringfence_string category, ringfence_string text,
                                               ringfence_string idempotency_key, const ringfence_call* call,
                                               ringfence_notice_receipt* receipt, ringfence_error* error);

/* -- Appeals: for a person whom no method lets prove identity. */

/* Opens an appeal, taken by `submitted_by`, 1-128 bytes. Refuses with RINGFENCE_APPEAL_PENDING. */
RINGFENCE_API int32_t ringfence_service_submit_appeal(ringfence_service service, const ringfence_account* account,
                                                      ringfence_string submitted_by, const ringfence_call* call,
                                                      ringfence_appeal* appeal, ringfence_error* error);
/* The appeal an account has, or its last one; if it never had one, the id is empty. */
RINGFENCE_API int32_t ringfence_service_appeal(ringfence_service service, const ringfence_account* account,
                                               const ringfence_call* call, ringfence_appeal* appeal,
                                               ringfence_error* error);
/* A reviewer's decision about the appeal with this id; reviewer and evidence have 1-128 bytes. Approving is limited until
 * the appeal was held long enough. Refuses with RINGFENCE_APPEAL_NOT_FOUND, RINGFENCE_WRONG_STEP. */
RINGFENCE_API int32_t ringfence_service_decide_appeal(ringfence_service service, const ringfence_account* account,
                                                      ringfence_string appeal_id, int32_t approve,
                                                      ringfence_string reviewer, ringfence_string evidence,
                                                      const ringfence_call* call, ringfence_appeal* appeal,
                                                      ringfence_error* error);
/* Somebody who was told of a change says that it was not theirs: the account is locked and an appeal opened. Refuses with
 * RINGFENCE_DISPUTE_NOT_FOUND. */
RINGFENCE_API int32_t ringfence_service_dispute(ringfence_service service, ringfence_string reference,
                                                const ringfence_call* call, ringfence_settings* settings,
                                                ringfence_error* error);

enum { RINGFENCE_DELIVERY_DELIVERED = 0, RINGFENCE_DELIVERY_FAILED = 1 };

/* What a gateway reports later of a code that it had accepted, by ringfence_message.id. If it did not arrive, the flow that
 * waits for it has `not_delivered`, and ringfence_service_resend need not wait; the other limits hold. A report of anything
 * else changes nothing; the last one counts. */
RINGFENCE_API int32_t ringfence_service_report_delivery(ringfence_service service, const ringfence_account* account,
                                                        ringfence_string message, int32_t report,
                                                        const ringfence_call* call, ringfence_settings* settings,
                                                        ringfence_error* error);

/* -- Flows. Each `begin` refuses with RINGFENCE_ACCOUNT_CLOSED, ..._MANAGED_ELSEWHERE, ..._ACCOUNT_LOCKED; those that
 * send a code also with ..._LIMITED, ..._RISK_REFUSED; those that prove identity, by `method`, RINGFENCE_PHONE or
 * RINGFENCE_EMAIL, also with ..._METHOD_UNAVAILABLE, ..._NO_METHOD_AVAILABLE, ..._FACTOR_REQUIRED. */

/* Changes the security phone: a code goes to an own channel, then one to the new number. `reason` is
 * RINGFENCE_NUMBER_CHANGED or RINGFENCE_PERSON_CHANGED. */
RINGFENCE_API int32_t ringfence_service_begin_change_phone(ringfence_service service, const ringfence_account* account,
                                                           int32_t method, int32_t reason, const ringfence_call* call,
                                                           ringfence_flow_view* view, ringfence_error* error);
/* Changes the email, or adds the first one. */
RINGFENCE_API int32_t ringfence_service_begin_change_email(ringfence_service service, const ringfence_account* account,
                                                           int32_t method, const ringfence_call* call,
                                                           ringfence_flow_view* view, ringfence_error* error);
/* Proves the present, unverified address of a channel. Refuses also with RINGFENCE_NOTHING_TO_PROVE. */
RINGFENCE_API int32_t ringfence_service_begin_verify_channel(ringfence_service service,
                                                             const ringfence_account* account, int32_t channel,
                                                             int32_t method, const ringfence_call* call,
                                                             ringfence_flow_view* view, ringfence_error* error);
/* Confirms one sensitive operation of the host, e.g. "vm:deleteInstance", 1-128 bytes without @ and #: use_grant then
 * takes it. */
RINGFENCE_API int32_t ringfence_service_begin_confirm_operation(ringfence_service service,
                                                                const ringfence_account* account,
                                                                ringfence_string operation, int32_t method,
                                                                const ringfence_call* call, ringfence_flow_view* view,
                                                                ringfence_error* error);
/* Claims the login with an own address that was shared and is no more. Refuses also with RINGFENCE_NOTHING_TO_PROVE. */
RINGFENCE_API int32_t ringfence_service_begin_claim_login(ringfence_service service, const ringfence_account* account,
                                                          int32_t channel, const ringfence_call* call,
                                                          ringfence_flow_view* view, ringfence_error* error);
/* Sets a new phone without proof of identity, because an appeal was approved. Refuses also with
 * RINGFENCE_APPEAL_NOT_FOUND. */
RINGFENCE_API int32_t ringfence_service_begin_replace_phone(ringfence_service service, const ringfence_account* account,
                                                            int32_t reason, const ringfence_call* call,
                                                            ringfence_flow_view* view, ringfence_error* error);
/* Takes the grant of a confirmed operation, once. Refuses with RINGFENCE_GRANT_INVALID. */
RINGFENCE_API int32_t ringfence_service_use_grant(ringfence_service service, ringfence_string flow,
                                                  ringfence_string operation, const ringfence_call* call,
                                                  ringfence_grant* grant, ringfence_error* error);

/* `flow` is `ringfence_flow_view.flow`. Each of these refuses with RINGFENCE_FLOW_NOT_FOUND, ..._SESSION_MISMATCH,
 * ..._ACCOUNT_CLOSED, ..._MANAGED_ELSEWHERE, ..._ACCOUNT_LOCKED, ..._FLOW_EXPIRED, ..._WRONG_STEP. */

/* Presents the code that went to an own channel, as the person typed it. Refuses also with RINGFENCE_LIMITED,
 * ..._KEY_MISSING, ..._METHOD_UNAVAILABLE, ..._RISK_REFUSED. */
RINGFENCE_API int32_t ringfence_service_prove_identity(ringfence_service service, ringfence_string flow,
                                                       ringfence_string code, const ringfence_call* call,
                                                       ringfence_flow_view* view, ringfence_error* error);
/* Sets the new address, or corrects it, and sends a code there. Refuses also with RINGFENCE_INVALID_NUMBER,
 * ..._NUMBER_TYPE_NOT_ALLOWED, ..._REGION_NOT_ALLOWED, ..._INVALID_EMAIL, ..._SAME_ADDRESS, ..._LIMITED,
 * ..._RISK_REFUSED. */
RINGFENCE_API int32_t ringfence_service_set_target(ringfence_service service, ringfence_string flow,
                                                   const ringfence_address_input* target, const ringfence_call* call,
                                                   ringfence_flow_view* view, ringfence_error* error);
/* Presents the code that went to the target. Right: the flow has its effect. `accept_verification_only`: if another
 * account is associated with the address, go on (1), or wait in confirm_target (0). Refuses also with RINGFENCE_LIMITED,
 * ..._KEY_MISSING, ..._RISK_REFUSED, ..._ADDRESS_AT_CAPACITY. */
RINGFENCE_API int32_t ringfence_service_prove_target(ringfence_service service, ringfence_string flow,
                                                     ringfence_string code, int32_t accept_verification_only,
                                                     const ringfence_call* call, ringfence_flow_view* view,
                                                     ringfence_error* error);
/* Goes on from confirm_target. */
RINGFENCE_API int32_t ringfence_service_confirm_target(ringfence_service service, ringfence_string flow,
                                                       const ringfence_call* call, ringfence_flow_view* view,
                                                       ringfence_error* error);
/* Sends a fresh code in place of the live one, by RINGFENCE_ROUTE_TEXT or RINGFENCE_ROUTE_VOICE. Refuses also with
 * RINGFENCE_LIMITED, ..._RISK_REFUSED, ..._METHOD_UNAVAILABLE. */
RINGFENCE_API int32_t ringfence_service_resend(ringfence_service service, ringfence_string flow, int32_t route,
                                               const ringfence_call* call, ringfence_flow_view* view,
                                               ringfence_error* error);
RINGFENCE_API int32_t ringfence_service_cancel(ringfence_service service, ringfence_string flow,
                                               const ringfence_call* call, ringfence_flow_view* view,
                                               ringfence_error* error);
RINGFENCE_API int32_t ringfence_service_view(ringfence_service service, ringfence_string flow,
                                             const ringfence_call* call, ringfence_flow_view* view,
                                             ringfence_error* error);

/* ---- Dispatcher: takes messages from the outbox and hands them over ----------------------------------------------- */

typedef struct ringfence_dispatcher_parts {
  uint32_t struct_size;
  int32_t batch;         /* Messages taken at once, 1-1000; 0: 32. */
  ringfence_store store; /* Required, as the next three are. */
  ringfence_key_ring keys;
  ringfence_sender sender;
  ringfence_event_sink events;
  ringfence_clock clock; /* None: the system's. */
  ringfence_entropy entropy;
  ringfence_observer observer;
  int32_t share_index;      /* Which part of the outbox is its own: 0 to share_of - 1 ... */
  int32_t share_of;         /* ... of up to 16; 0: all of it. */
  int64_t lease_ms;         /* Longer than a batch takes, and half as long again as a sender may; 0: a minute. */
  int64_t first_retry_ms;   /* 0: 2 s. Doubles with every attempt, ... */
  int64_t longest_retry_ms; /* ... up to this; 0: 15 minutes. */
  ringfence_string options; /* Rates, bounds, breakers and budgets as JSON, see ABI.md; empty: what is usual. */
  /* What people read, as JSON (docs/texts.md), put over what is built in; empty: that. It is copied. Refused with
   * RINGFENCE_INVALID_ARGUMENT, the text names the first few problems by their place. */
  ringfence_string templates;
  ringfence_sender mail; /* What takes messages to emails; none: `sender`. */
} ringfence_dispatcher_parts;

/* What one pump did. */
typedef struct ringfence_dispatch_counts {
  uint32_t struct_size;
  int32_t taken; /* 0: nothing is due. */
  int32_t accepted;
  int32_t given_up;
  int32_t superseded;
  int32_t deferred; /* To be tried again. */
  int32_t held;     /* Not handed over yet: its way out is full or broken, or a budget is spent. */
} ringfence_dispatch_counts;

/* How the last hand-overs of one way out went. */
typedef struct ringfence_route_health {
  int64_t last_accepted_at;
  int64_t last_failed_at;
  int32_t failures_in_a_row;
  int32_t broken; /* 1: too many failed in a row, and nothing is handed over for a while. */
} ringfence_route_health;

typedef struct ringfence_delivery_health {
  uint32_t struct_size;
  uint32_t reserved;
  ringfence_route_health sms;
  ringfence_route_health voice;
  ringfence_route_health email;
  ringfence_route_health events;
} ringfence_delivery_health;

RINGFENCE_API int32_t ringfence_dispatcher_new(const ringfence_dispatcher_parts* parts,
                                               ringfence_dispatcher* dispatcher, ringfence_error* error);
RINGFENCE_API void ringfence_dispatcher_free(ringfence_dispatcher dispatcher);
/* Takes one batch of due messages and handles each. Call it again until `taken` is 0; again and again. */
RINGFENCE_API int32_t ringfence_dispatcher_pump(ringfence_dispatcher dispatcher, ringfence_dispatch_counts* counts,
                                                ringfence_error* error);
/* Pumps on this thread until ringfence_dispatcher_stop; any number of threads may run one dispatcher. It goes on when the
 * store fails, and tells the observer. */
RINGFENCE_API int32_t ringfence_dispatcher_run(ringfence_dispatcher dispatcher, ringfence_error* error);
/* Ends every ringfence_dispatcher_run of it, now and from now on: each ends the hand-over that is under way, gives back
 * what it has taken besides, and returns. Freeing a dispatcher stops it, too. */
RINGFENCE_API int32_t ringfence_dispatcher_stop(ringfence_dispatcher dispatcher, ringfence_error* error);
/* Pumps until nothing is due any more, at most for so long: before a shutdown, say. Gives the sum. */
RINGFENCE_API int32_t ringfence_dispatcher_drain(ringfence_dispatcher dispatcher, int64_t at_most_ms,
                                                 ringfence_dispatch_counts* counts, ringfence_error* error);
RINGFENCE_API int32_t ringfence_dispatcher_health(ringfence_dispatcher dispatcher, ringfence_delivery_health* health,
                                                  ringfence_error* error);
/* Up to `max`, 1-1000, messages that were given up, of all accounts and shares, the first created first, as an array of
 * messages; `outcome` says why. For the next ones give it `created_at` and `id` of the last one; 0 and empty: the first
 * ones. Addresses are in it. */
RINGFENCE_API int32_t ringfence_dispatcher_given_up(ringfence_dispatcher dispatcher, int64_t after_created_at,
                                                    ringfence_string after_id, int32_t max, ringfence_text* messages,
                                                    ringfence_error* error);
/* Makes messages due now that were given up: an array of them, as ringfence_dispatcher_given_up has listed them. They
 * keep their id, the idempotency key. A code that was replaced meanwhile is not sent again: it ends as superseded. Of a
 * list that is old, what is given up no more, or was tried and given up again, stays as it is. Those of which the list
 * itself says that they cannot be tried again are told in `not_retried`, an array of {"id":"...","reason":"too_late"}:
 * `too_late`, its `expires_at` has come; `not_given_up`, it is not a message that was given up. What was swept since, or
 * taken up by somebody else, is not told: the store passes over it. If it fails, some may be due; call it again with the
 * same list. */
RINGFENCE_API int32_t ringfence_dispatcher_retry(ringfence_dispatcher dispatcher, ringfence_string messages,
                                                 ringfence_text* not_retried, ringfence_error* error);

/* ---- Steps: for hosts that load and commit by themselves ----------------------------------------------------------
 *
 *   ringfence_step_new(policy, command, call, &step, &error);
 *   for (;;) {                                            what it needs, until that is the empty array
 *     ringfence_step_needs(step, &keys, &error);
 *     ... load the keys; ringfence_step_add(step, records, &error);
 *   }
 *   ringfence_step_question(step, &question, &error);     if you have somebody to ask
 *   ringfence_step_decide(step, &context, &change, &error);
 *   ... commit the change, all of it or nothing; the empty text has nothing to commit
 *   ringfence_step_conclude_flow(step, outcome, &view, &error);   only now is anything revealed
 *
 * On a conflict begin again with a new step. */

/* What a decision may depend on besides records. */
typedef struct ringfence_step_context {
  uint32_t struct_size;
  int32_t risk;            /* RINGFENCE_RISK_..., or -1: there is nobody to ask. */
  ringfence_policy policy; /* None: the default one. */
  ringfence_key_ring keys; /* Required. */
  int64_t now;
  uint8_t seed[32]; /* Fresh random bytes for every decision. */
} ringfence_step_context;

/* `command` is JSON with a member `step`, the name of a function of the service, and one for each of its arguments: see
 * ABI.md. The policy says which numbers are taken. */
RINGFENCE_API int32_t ringfence_step_new(ringfence_policy policy, ringfence_string command, const ringfence_call* call,
                                         ringfence_step* step, ringfence_error* error);
RINGFENCE_API void ringfence_step_free(ringfence_step step);
/* The keys still to be loaded, as an array; when it is empty it can decide. */
RINGFENCE_API int32_t ringfence_step_needs(ringfence_step step, ringfence_text* keys, ringfence_error* error);
/* What was loaded for the keys that were needed, in their order, as ringfence_store_callbacks.load writes it. */
RINGFENCE_API int32_t ringfence_step_add(ringfence_step step, ringfence_string records, ringfence_error* error);
/* What to ask a risk advisor, as JSON; empty: nothing. */
RINGFENCE_API int32_t ringfence_step_question(ringfence_step step, ringfence_text* question, ringfence_error* error);
/* Decides, and gives the change set to be committed; empty: there is none, conclude with RINGFENCE_COMMIT_COMMITTED. */
RINGFENCE_API int32_t ringfence_step_decide(ringfence_step step, const ringfence_step_context* context,
                                            ringfence_text* change, ringfence_error* error);
/* The reply, now that the commit has ended: as the function of the service replies or refuses. Which of these it is the
 * step decides; another one is refused with RINGFENCE_INVALID_ARGUMENT. */
RINGFENCE_API int32_t ringfence_step_conclude_flow(ringfence_step step, int32_t outcome, ringfence_flow_view* view,
                                                   ringfence_error* error);
RINGFENCE_API int32_t ringfence_step_conclude_settings(ringfence_step step, int32_t outcome,
                                                       ringfence_settings* settings, ringfence_error* error);
RINGFENCE_API int32_t ringfence_step_conclude_grant(ringfence_step step, int32_t outcome, ringfence_grant* grant,
                                                    ringfence_error* error);
RINGFENCE_API int32_t ringfence_step_conclude_appeal(ringfence_step step, int32_t outcome, ringfence_appeal* appeal,
                                                     ringfence_error* error);
RINGFENCE_API int32_t ringfence_step_conclude_receipt(ringfence_step step, int32_t outcome,
                                                      ringfence_notice_receipt* receipt, ringfence_error* error);
RINGFENCE_API int32_t ringfence_step_conclude_login(ringfence_step step, int32_t outcome, ringfence_login* login,
                                                    ringfence_error* error);

/* A text that ends with NUL, for literals: ringfence_str("CN"). */
static inline ringfence_string ringfence_str(const char* text) {
  ringfence_string string;
  string.data = text;
  string.size = text == NULL ? 0 : strlen(text);
  return string;
}

#ifdef __cplusplus
}
#endif

#endif /* RINGFENCE_H */
