#pragma once

#include <concepts>
#include <type_traits>

#include "ringfence/model/account.h"
#include "ringfence/model/address_entry.h"
#include "ringfence/model/message.h"

/// Which members each record has in JSON. Said once, for the writer and for the reader.
///
/// `io.required` is a member that is always there; `io.field` one that is left out when it equals
/// its default, or the third argument. They are asked for in the order of their names, which is
/// that of the text: it is written and read from front to back.
namespace ringfence::codec {

template <class T, class U>
concept Is = std::same_as<std::remove_const_t<T>, U>;

template <class Io, Is<AccountKey> T>
void describe(Io& io, T& key) {
  io.field("id", key.id);
  io.field("realm", key.realm);
}

template <class Io, Is<Channel> T>
void describe(Io& io, T& channel) {
  io.field("address", channel.address);
  io.field("imported", channel.imported);
  io.field("login_claim", channel.login_claim);
  io.field("proven_at", channel.proven_at);
}

template <class Io, Is<FailureCount> T>
void describe(Io& io, T& failures) {
  io.required("address", failures.address);
  io.field("count", failures.count);
  io.field("last_at", failures.last_at);
  io.field("role", failures.role);
}

template <class Io, Is<FormerAddress> T>
void describe(Io& io, T& former) {
  io.required("address", former.address);
  io.field("left_at", former.left_at);
}

template <class Io, Is<ChangeResult> T>
void describe(Io& io, T& change) {
  io.field("channel", change.channel);
  io.field("check_email", change.check_email);
  io.field("masked", change.masked);
  io.field("usable_for_login", change.usable_for_login);
  io.field("usable_for_verification", change.usable_for_verification);
}

template <class Io, Is<Granted> T>
void describe(Io& io, T& granted) {
  io.field("expires_at", granted.expires_at);
  io.field("operation", granted.operation);
}

template <class Io, Is<FlowView> T>
void describe(Io& io, T& view) {
  io.field("account", view.handle.account, *io.owner);
  io.field("change", view.change);
  io.field("channel", view.channel);
  io.field("code_expires_at", view.code_expires_at);
  io.field("expires_at", view.expires_at);
  io.field("flow", view.handle.flow);
  io.field("granted", view.granted);
  io.field("kind", view.kind);
  io.field("limited_until", view.limited_until);
  io.field("not_delivered", view.not_delivered);
  io.field("repeated", view.repeated);
  io.field("resend_at", view.resend_at);
  io.field("sent_to", view.sent_to);
  io.field("step", view.step);
  io.field("tries_left", view.tries_left);
  io.field("verdict", view.verdict, Verdict::not_asked);
  io.field("verification_only", view.verification_only);
}

template <class Io, Is<StoredReply> T>
void describe(Io& io, T& reply) {
  io.field("at", reply.at);
  io.field("failure", reply.failure);
  io.field("request", reply.request);
  io.field("step", reply.step);
  io.field("view", reply.view);  // a refusal has none
}

template <class Io, Is<Challenge> T>
void describe(Io& io, T& challenge) {
  io.required("destination", challenge.destination);
  io.field("digits", challenge.digits);
  io.field("expires_at", challenge.expires_at);
  io.field("generation", challenge.generation);
  io.field("issued_at", challenge.issued_at);
  io.field("key_id", challenge.key_id);
  io.field("message", challenge.message);
  io.field("nonce", challenge.nonce);
  io.field("not_delivered", challenge.not_delivered);
  io.field("sandbox", challenge.sandbox);
  io.field("tries_used", challenge.tries_used);
}

template <class Io, Is<FlowTerms> T>
void describe(Io& io, T& terms) {
  io.field("code_digits", terms.code_digits);
  io.field("code_ttl_ms", terms.code_ttl_ms);
  io.field("flow_ttl_ms", terms.flow_ttl_ms);
  io.field("identity_proofs", terms.identity_proofs);
  io.field("resend_after_ms", terms.resend_after_ms);
  io.field("tries_per_code", terms.tries_per_code);
}

template <class Io, Is<Flow> T>
void describe(Io& io, T& flow) {
  io.field("began_at", flow.began_at);
  io.field("challenge", flow.challenge);
  io.field("change", flow.change);
  io.field("channel", flow.channel);
  io.field("ended_at", flow.ended_at);
  io.field("epoch", flow.epoch);
  io.field("expires_at", flow.expires_at);
  io.field("factor", flow.factor);
  io.field("failure", flow.failure);
  io.field("generation", flow.generation);
  io.field("id", flow.id);
  io.field("kind", flow.kind);
  io.field("method", flow.method);
  io.field("operation", flow.operation);
  io.field("proven", flow.proven);
  io.field("reason", flow.reason);
  io.field("session", flow.session);
  io.field("step", flow.step);
  io.field("target", flow.target);
  io.field("target_proven_at", flow.target_proven_at);
  io.field("terms", flow.terms);
}

template <class Io, Is<Grant> T>
void describe(Io& io, T& grant) {
  io.field("expires_at", grant.expires_at);
  io.field("flow", grant.flow);
  io.field("given_at", grant.given_at);
  io.field("operation", grant.operation);
  io.field("session", grant.session);
  io.field("used_at", grant.used_at);
  io.field("used_by", grant.used_by);
}

template <class Io, Is<Appeal> T>
void describe(Io& io, T& appeal) {
  io.field("decided_at", appeal.decided_at);
  io.field("evidence", appeal.evidence);
  io.field("held_until", appeal.held_until);
  io.field("id", appeal.id);
  io.field("open_until", appeal.open_until);
  io.field("reviewer", appeal.reviewer);
  io.field("state", appeal.state);
  io.field("submitted_at", appeal.submitted_at);
  io.field("submitted_by", appeal.submitted_by);
}

template <class Io, Is<Disputable> T>
void describe(Io& io, T& disputable) {
  io.field("reference", disputable.reference);
  io.field("until", disputable.until);
}

template <class Io, Is<AuditMark> T>
void describe(Io& io, T& mark) {
  io.field("mac", mark.mac);
  io.field("number", mark.number);
}

template <class Io, Is<AuditState> T>
void describe(Io& io, T& state) {
  io.field("anchor", state.anchor);
  io.field("head", state.head);
}

template <class Io, Is<NoticeChoice> T>
void describe(Io& io, T& choice) {
  io.field("category", choice.category);
  io.field("channels", choice.channels);
}

template <class Io, Is<NoticeTarget> T>
void describe(Io& io, T& target) {
  io.field("channel", target.channel);
  io.field("masked", target.masked);
}

template <class Io, Is<GivenNotice> T>
void describe(Io& io, T& given) {
  io.field("at", given.at);
  io.field("content", given.content);
  io.field("key", given.key);
  io.field("sent_to", given.sent_to);
}

template <class Io, Is<Account> T>
void describe(Io& io, T& account) {
  io.field("appeal", account.appeal);
  io.field("audit", account.audit);
  io.field("changes", account.changes);
  io.field("created_at", account.created_at);
  io.field("disputable", account.disputable);
  io.field("email", account.channels[1]);
  io.field("epoch", account.epoch);
  io.field("erased_at", account.erased_at);
  io.field("failures", account.failures);
  io.field("flows", account.flows);
  io.field("former", account.former);
  io.field("given_notices", account.given_notices);
  io.field("grants", account.grants);
  io.required("id", account.key.id);
  io.field("kind", account.kind);
  io.field("locale", account.locale);
  io.field("notice_choices", account.notice_choices);
  io.field("own_sends", account.own_sends);
  io.field("phone", account.channels[0]);
  io.field("provider", account.provider);
  io.field("realm", account.key.realm);
  io.owner = &account.key;
  io.field("replies", account.replies);
  io.field("status", account.status);
  io.field("target_sends", account.target_sends);
}

template <class Io, Is<PersonalFact> T>
void describe(Io& io, T& fact) {
  io.field("commitment", fact.commitment);
  io.field("name", fact.name);
  io.field("salt", fact.salt);
  io.field("value", fact.value);
}

template <class Io, Is<AuditEntry> T>
void describe(Io& io, T& entry) {
  io.required("account", entry.key.account.id);
  io.field("at", entry.at);
  io.field("event", entry.event);
  io.field("facts", entry.facts);
  io.field("flow", entry.flow);
  io.field("key_id", entry.key_id);
  io.field("mac", entry.mac);
  io.required("number", entry.key.number);
  io.field("personal", entry.personal);
  io.field("realm", entry.key.account.realm);
  io.field("trace_id", entry.trace_id);
}

template <class Io, Is<AddressEntry> T>
void describe(Io& io, T& entry) {
  io.required("address", entry.key.address);
  io.field("forget_at", entry.forget_at);
  io.field("holders", entry.holders);
  io.field("login_holder", entry.login_holder);
  io.field("realm", entry.key.realm);
  io.field("released_at", entry.released_at);
  io.field("released_by", entry.released_by);
  io.field("sends", entry.sends);
}

template <class Io, Is<Source> T>
void describe(Io& io, T& source) {
  io.field("forget_at", source.forget_at);
  io.field("realm", source.key.realm);
  io.field("sends", source.sends);
  io.required("source", source.key.source);
}

template <class Io, Is<Message> T>
void describe(Io& io, T& message) {
  io.required("account", message.account.id);
  io.field("attempts", message.attempts);
  io.field("created_at", message.created_at);
  io.field("destination", message.destination);
  io.field("due_at", message.due_at);
  io.field("expires_at", message.expires_at);
  io.field("fields", message.fields);
  io.field("flow", message.flow);
  io.field("generation", message.generation);
  io.required("id", message.id);
  io.field("kind", message.kind);
  io.field("locale", message.locale);
  io.field("may_call", message.may_call);
  io.field("outcome", message.outcome);
  io.field("purpose", message.purpose);
  io.field("realm", message.account.realm);
  io.field("role", message.role);
  io.field("route", message.route);
  io.field("state", message.state);
  io.field("trace_id", message.trace_id);
}

}  // namespace ringfence::codec
