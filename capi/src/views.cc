#include "views.h"

#include <algorithm>
#include <iterator>

namespace ringfence::capi {
namespace {

template <class E>
int32_t number(E value) {
  return static_cast<int32_t>(value);
}
int32_t flag(bool value) { return value ? 1 : 0; }

std::uint32_t bits(const ChannelKinds& kinds) {
  std::uint32_t out = 0;
  for (const ChannelKind kind : kinds) out |= 1U << static_cast<unsigned>(kind);
  return out;
}

ringfence_channel to_struct(const ChannelSettings& channel) {
  ringfence_channel out{};
  out.kind = number(channel.kind);
  out.state = number(channel.state);
  out.verification = flag(channel.verification.usable);
  out.verification_reason = number(channel.verification.reason);
  out.login = flag(channel.login.usable);
  out.login_reason = number(channel.login.reason);
  out.notices = flag(channel.notices.usable);
  out.notices_reason = number(channel.notices.reason);
  out.assurance = number(channel.assurance);
  out.tries_left = channel.tries_left;
  out.limited_until = channel.limited_until.value_or(0);
  put(out.masked, channel.masked);
  return out;
}

ringfence_route_health to_struct(const RouteHealth& health) {
  return {.last_accepted_at = health.last_accepted_at,
          .last_failed_at = health.last_failed_at,
          .failures_in_a_row = health.failures_in_a_row,
          .broken = flag(health.broken_until != 0)};
}

}  // namespace

ringfence_settings to_struct(const SecuritySettings& settings) {
  ringfence_settings out{};
  out.kind = number(settings.kind);
  out.status = number(settings.status);
  put(out.realm, settings.account.realm);
  put(out.id, settings.account.id);
  put(out.managed_at, settings.managed_at);
  out.phone = to_struct(settings.phone());
  out.email = to_struct(settings.email());
  // There cannot be more: 4 built-in categories and 32 of the policy.
  const std::size_t count = std::min(settings.notices.size(), std::size(out.notices));
  out.notice_count = static_cast<int32_t>(count);
  for (std::size_t i = 0; i < count; ++i) {
    const NoticeSettings& notices = settings.notices[i];
    put(out.notices[i].category, notices.category);
    out.notices[i].chosen = bits(notices.chosen);
    out.notices[i].channels = bits(notices.channels);
    out.notices[i].mandatory = flag(notices.mandatory);
    out.notices[i].choosable = flag(notices.choosable);
  }
  put(out.locale, settings.locale);
  return out;
}

ringfence_flow_view to_struct(const FlowView& view) {
  ringfence_flow_view out{};
  out.kind = number(view.kind);
  out.channel = number(view.channel);
  out.step = number(view.step);
  out.verdict = number(view.verdict);
  out.tries_left = view.tries_left;
  out.repeated = flag(view.repeated);
  out.verification_only = flag(view.verification_only);
  out.code_expires_at = view.code_expires_at;
  out.limited_until = view.limited_until.value_or(0);
  out.resend_at = view.resend_at;
  out.expires_at = view.expires_at;
  put(out.flow, view.handle.text());
  put(out.sent_to, view.sent_to);
  out.not_delivered = flag(view.not_delivered);
  if (view.change) {
    out.changed = 1;
    out.usable_for_verification = flag(view.change->usable_for_verification);
    out.usable_for_login = flag(view.change->usable_for_login);
    out.check_email = flag(view.change->check_email);
    put(out.changed_to, view.change->masked);
  }
  if (view.granted) {
    out.granted = 1;
    out.grant_expires_at = view.granted->expires_at;
    put(out.operation, view.granted->operation);
  }
  return out;
}

ringfence_grant to_struct(const Granted& granted) {
  ringfence_grant out{};
  out.expires_at = granted.expires_at;
  put(out.operation, granted.operation);
  return out;
}

ringfence_appeal to_struct(const Appeal& appeal) {
  ringfence_appeal out{};
  out.state = number(appeal.state);
  out.submitted_at = appeal.submitted_at;
  out.held_until = appeal.held_until;
  out.decided_at = appeal.decided_at;
  out.open_until = appeal.open_until;
  put(out.id, appeal.id.hex());
  put(out.submitted_by, appeal.submitted_by);
  put(out.reviewer, appeal.reviewer);
  put(out.evidence, appeal.evidence);
  return out;
}

ringfence_appeal to_struct(const std::optional<Appeal>& appeal) {
  return appeal ? to_struct(*appeal) : ringfence_appeal{};
}

ringfence_notice_receipt to_struct(const NoticeReceipt& receipt) {
  ringfence_notice_receipt out{};
  out.repeated = flag(receipt.repeated);
  for (const NoticeTarget& target : receipt.sent_to) {
    out.sent_to |= bits({target.channel});
    if (target.channel == ChannelKind::phone) {
      put(out.phone, target.masked);
    } else {
      put(out.email, target.masked);
    }
  }
  return out;
}

ringfence_login to_struct(const std::optional<std::string>& account) {
  ringfence_login out{};
  out.found = flag(account.has_value());
  if (account) put(out.account, *account);
  return out;
}

ringfence_audit_report to_struct(const AuditReport& report) {
  ringfence_audit_report out{};
  out.fault = number(report.fault);
  out.at = report.at;
  out.checked = report.checked;
  out.head = report.chain.head.number;
  out.anchor = report.chain.anchor.number;
  put(out.head_mac, report.chain.head.mac.hex());
  put(out.anchor_mac, report.chain.anchor.mac.hex());
  return out;
}

ringfence_health to_struct(const Health& health) {
  ringfence_health out{};
  out.store = number(health.store);
  out.store_ms = health.store_ms;
  out.due = health.outbox.due;
  out.keys = health.keys;
  out.oldest_due_at = health.outbox.oldest_due_at;
  out.outbox_age_ms = health.outbox_age_ms;
  put(out.current_key, health.current_key);
  return out;
}

ringfence_delivery_health to_struct(const DeliveryHealth& health) {
  ringfence_delivery_health out{};
  out.sms = to_struct(health.sms);
  out.voice = to_struct(health.voice);
  out.email = to_struct(health.email);
  out.events = to_struct(health.events);
  return out;
}

ringfence_dispatch_counts to_struct(const Dispatcher::Counts& counts) {
  ringfence_dispatch_counts out{};
  out.taken = counts.taken;
  out.accepted = counts.accepted;
  out.given_up = counts.given_up;
  out.superseded = counts.superseded;
  out.deferred = counts.deferred;
  out.held = counts.held;
  return out;
}

ringfence_sms_size to_struct(const SmsSize& size) {
  ringfence_sms_size out{};
  out.alphabet = number(size.alphabet);
  out.units = size.units;
  out.segments = size.segments;
  return out;
}

ringfence_address to_struct(const Address& address) {
  ringfence_address out{};
  out.kind = number(address.kind());
  if (const PhoneNumber* phone = address.phone()) out.country_code = phone->country_code();
  put(out.text, address.text());
  put(out.masked, address.masked());
  return out;
}

result<std::string> read_string(ringfence_string text) {
  RF_TRY(read_text, read(text));
  return std::string(read_text);
}

result<AccountKey> read(const ringfence_account* account) {
  if (account == nullptr) return no_struct("an account is NULL");
  RF_TRY(realm, read_string(account->realm));
  RF_TRY(id, read_string(account->id));
  return AccountKey{std::move(realm), std::move(id)};
}

result<AddressInput> read(const ringfence_address_input* input) {
  if (input == nullptr) return no_struct("an address is NULL");
  RF_TRY(text, read_string(input->text));
  RF_TRY(region, read_string(input->region));
  return AddressInput{std::move(text), std::move(region)};
}

result<Call> read(const ringfence_call* call) {
  if (call == nullptr) return Call{};
  RF_TRY(in, read_struct(call));
  RF_TRY(session, read_string(in.session));
  RF_TRY(source, read_string(in.source));
  RF_TRY(request_id, read_string(in.request_id));
  RF_TRY(trace_id, read_string(in.trace_id));
  RF_TRY(attested_factor, read_string(in.attested_factor));
  return Call{.session = std::move(session),
              .source = std::move(source),
              .deadline_ms = in.deadline_ms,
              .request_id = std::move(request_id),
              .trace_id = std::move(trace_id),
              .attested_factor = std::move(attested_factor)};
}

result<Registration> read(const ringfence_registration* registration) {
  RF_TRY(in, read_struct(registration));
  RF_TRY(kind, read_enum(in.kind, AccountKind::federated, "the kind of an account"));
  Registration out{.kind = kind};
  RF_TRY(account, read(&in.account));
  out.account = std::move(account);
  RF_TRY(provider, read_string(in.provider));
  out.provider = std::move(provider);
  RF_TRY(phone, read(&in.phone));
  out.phone = std::move(phone);
  RF_TRY(email, read_string(in.email));
  if (!email.empty()) out.email = AddressInput{std::move(email), {}};
  if (in.phone_proven_at != 0) out.phone_proven_at = in.phone_proven_at;
  if (in.email_proven_at != 0) out.email_proven_at = in.email_proven_at;
  RF_TRY(locale, read_string(in.locale));
  out.locale = std::move(locale);
  return out;
}

result<FlowHandle> read_flow(ringfence_string flow) {
  RF_TRY(text, read(flow));
  if (auto handle = FlowHandle::parse(text)) return *std::move(handle);
  return failure(ErrorCode::flow_not_found, "no such flow: this text names none");
}

result<MessagePlace> read_place(int64_t created_at, ringfence_string id) {
  if (created_at != 0 && !is_time(created_at))
    return failure(ErrorCode::invalid_argument, "a place has a time that is none");
  RF_TRY(text, read(id));
  if (text.empty()) return MessagePlace{created_at, {}};
  const auto read_id = Id128::from_hex(text);
  if (!read_id) return failure(ErrorCode::invalid_argument, "an id has 32 hexadecimal digits");
  return MessagePlace{created_at, *read_id};
}

result<bool> read_flag(int32_t value, const char* what) {
  if (value == 0 || value == 1) return value == 1;
  return failure(ErrorCode::invalid_argument, std::string(what) + " is neither 0 nor 1");
}

result<ChannelKinds> read_channels(std::uint32_t of) {
  if (of > 3) return failure(ErrorCode::invalid_argument, "channels has a bit that is none");
  ChannelKinds out;
  for (const ChannelKind kind : {ChannelKind::phone, ChannelKind::email}) {
    if ((of & bits({kind})) != 0) out.push_back(kind);
  }
  return out;
}

}  // namespace ringfence::capi
