// SPDX-License-Identifier: GPL-2.0-only
#include <endian.h>
#include <errno.h>
#include <string.h>

#include "protocol.h"

static void put(struct msg *m, const void *data, size_t len)
{
	if (len > MSG_BODY_MAX - m->len)
		return;
	memcpy(m->body + m->len, data, len);
	m->len += len;
}

static void put_u16(struct msg *m, u16 v)
{
	v = htole16(v);
	put(m, &v, sizeof(v));
}

static void put_u32(struct msg *m, u32 v)
{
	v = htole32(v);
	put(m, &v, sizeof(v));
}

static void put_u64(struct msg *m, u64 v)
{
	v = htole64(v);
	put(m, &v, sizeof(v));
}

static void put_str(struct msg *m, const char *s, size_t max)
{
	size_t len = strnlen(s, max - 1);

	put_u16(m, len);
	put(m, s, len);
}

/* Reads from a body; once something was missing, all that follows is zero. */
struct reader {
	const struct msg *m;
	u32 pos;
	bool bad;
};

static void get(struct reader *r, void *data, size_t len)
{
	if (r->bad || len > r->m->len - r->pos) {
		r->bad = true;
		memset(data, 0, len);
		return;
	}
	memcpy(data, r->m->body + r->pos, len);
	r->pos += len;
}

static u16 get_u16(struct reader *r)
{
	u16 v;

	get(r, &v, sizeof(v));
	return le16toh(v);
}

static u32 get_u32(struct reader *r)
{
	u32 v;

	get(r, &v, sizeof(v));
	return le32toh(v);
}

static u64 get_u64(struct reader *r)
{
	u64 v;

	get(r, &v, sizeof(v));
	return le64toh(v);
}

/*
 * All but plain ASCII is replaced: these texts end up on the terminal of
 * somebody who is root, and C1 control characters are made of bytes above it.
 */
static void get_str(struct reader *r, char *s, size_t size)
{
	size_t len = get_u16(r);

	if (len >= size)
		r->bad = true;
	if (r->bad)
		len = 0;
	get(r, s, len);
	s[len] = '\0';
	for (char *c = s; *c; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';
}

static int get_end(const struct reader *r)
{
	return r->bad || r->pos != r->m->len ? -EPROTO : 0;
}

void msg_empty(struct msg *m, enum msg_type type)
{
	m->type = type;
	m->len = 0;
}

void msg_text(struct msg *m, enum msg_type type, const char *text)
{
	msg_empty(m, type);
	put_str(m, text, MSG_TEXT_MAX);
}

int msg_get_text(const struct msg *m, char *text, size_t size)
{
	struct reader r = { .m = m };

	get_str(&r, text, size);
	return get_end(&r);
}

void msg_time(struct msg *m, u64 ns)
{
	msg_empty(m, MSG_TIME);
	put_u64(m, ns);
}

int msg_get_time(const struct msg *m, u64 *ns)
{
	struct reader r = { .m = m };

	*ns = get_u64(&r);
	return get_end(&r);
}

void msg_put_hello(struct msg *m, const struct msg_hello *h)
{
	msg_empty(m, MSG_HELLO);
	put_u32(m, h->id);
	put_u32(m, h->addr);
	put_u32(m, h->cpus);
	put_u64(m, h->memory);
	put_u64(m, h->ticks_per_sec);
	put_u32(m, h->ticks_error_ppb);
	put_u64(m, h->connected_ns);
	put_u64(m, h->init_ns);
	put_u32(m, h->origin);
	put_u64(m, h->clock_floor_ns);
	put_u64(m, h->ticks_floor);
	put_str(m, h->token, sizeof(h->token));
	put_str(m, h->arch, sizeof(h->arch));
	put_str(m, h->kernel, sizeof(h->kernel));
	put_str(m, h->cpu, sizeof(h->cpu));
	put_str(m, h->clocksource, sizeof(h->clocksource));
	put_str(m, h->hypervisor, sizeof(h->hypervisor));
	put_str(m, h->notes, sizeof(h->notes));
}

int msg_get_hello(const struct msg *m, struct msg_hello *h)
{
	struct reader r = { .m = m };

	h->id = get_u32(&r);
	h->addr = get_u32(&r);
	h->cpus = get_u32(&r);
	h->memory = get_u64(&r);
	h->ticks_per_sec = get_u64(&r);
	h->ticks_error_ppb = get_u32(&r);
	h->connected_ns = get_u64(&r);
	h->init_ns = get_u64(&r);
	h->origin = get_u32(&r);
	if (h->origin >= BOOT_ORIGINS)
		return -EPROTO;
	h->clock_floor_ns = get_u64(&r);
	h->ticks_floor = get_u64(&r);
	get_str(&r, h->token, sizeof(h->token));
	get_str(&r, h->arch, sizeof(h->arch));
	get_str(&r, h->kernel, sizeof(h->kernel));
	get_str(&r, h->cpu, sizeof(h->cpu));
	get_str(&r, h->clocksource, sizeof(h->clocksource));
	get_str(&r, h->hypervisor, sizeof(h->hypervisor));
	get_str(&r, h->notes, sizeof(h->notes));
	return get_end(&r);
}

void msg_put_begin(struct msg *m, const struct msg_begin *b)
{
	msg_empty(m, MSG_BEGIN);
	put_str(m, b->name, sizeof(b->name));
	put_u32(m, b->spell);
	put_u32(m, b->setup_limit_ms);
	put_u32(m, b->run_limit_ms);
}

int msg_get_begin(const struct msg *m, struct msg_begin *b)
{
	struct reader r = { .m = m };

	get_str(&r, b->name, sizeof(b->name));
	b->spell = get_u32(&r);
	b->setup_limit_ms = get_u32(&r);
	b->run_limit_ms = get_u32(&r);
	return get_end(&r);
}

void msg_put_setup(struct msg *m, const struct msg_setup *s)
{
	msg_empty(m, MSG_SETUP);
	put_u32(m, s->runs);
	put_u32(m, s->has_pair);
	put_u32(m, s->pair.yourip);
	put_u32(m, s->pair.otherip);
	put_u32(m, s->pair.start);
	put_u32(m, s->pair.port);
	put_u16(m, s->mark.nonce);
	put_u16(m, s->mark.window);
}

int msg_get_setup(const struct msg *m, struct msg_setup *s)
{
	struct reader r = { .m = m };

	s->runs = get_u32(&r);
	s->has_pair = get_u32(&r);
	s->pair.yourip = get_u32(&r);
	s->pair.otherip = get_u32(&r);
	s->pair.start = get_u32(&r);
	s->pair.port = get_u32(&r);
	s->mark.nonce = get_u16(&r);
	s->mark.window = get_u16(&r);
	if (s->mark.window > MARKER_WINDOW_MAX)
		r.bad = true;
	return get_end(&r);
}

void msg_put_symbols(struct msg *m, const struct msg_symbols *s)
{
	msg_empty(m, MSG_SYMBOLS);
	put_u32(m, s->n);
	for (u32 i = 0; i < s->n; i++) {
		put_u64(m, s->address[i]);
		put_str(m, s->name[i], SYMBOL_NAME_MAX);
	}
}

int msg_get_symbols(const struct msg *m, struct msg_symbols *s)
{
	struct reader r = { .m = m };

	memset(s, 0, sizeof(*s));
	s->n = get_u32(&r);
	if (s->n > SYMBOLS_MAX)
		return -EPROTO;
	for (u32 i = 0; i < s->n; i++) {
		s->address[i] = get_u64(&r);
		get_str(&r, s->name[i], SYMBOL_NAME_MAX);
	}
	return get_end(&r);
}

void msg_put_done(struct msg *m, const struct msg_done *d)
{
	msg_empty(m, MSG_DONE);
	put_u32(m, d->runs);
	put_u64(m, d->guest_ns);
	put_u64(m, d->ticks);
	put_u64(m, d->clock_ns);
	put_u32(m, d->has_value);
	put_u64(m, d->value);
	put_u32(m, d->nevents);
	for (u32 i = 0; i < d->nevents; i++)
		put_u64(m, d->events[i]);
}

int msg_get_done(const struct msg *m, struct msg_done *d)
{
	struct reader r = { .m = m };

	d->runs = get_u32(&r);
	d->guest_ns = get_u64(&r);
	d->ticks = get_u64(&r);
	d->clock_ns = get_u64(&r);
	d->has_value = get_u32(&r);
	d->value = get_u64(&r);
	d->nevents = get_u32(&r);
	if (d->nevents > EVENTS_MAX || d->nevents > d->runs ||
	    (d->nevents && !d->has_value))
		return -EPROTO;
	for (u32 i = 0; i < d->nevents; i++)
		d->events[i] = get_u64(&r);
	return get_end(&r);
}

void msg_put_counters(struct msg *m, const struct msg_counters *c)
{
	msg_empty(m, MSG_COUNTERS);
	put_u32(m, c->preempted);
	put_u32(m, c->migrated);
	put_u64(m, c->run_delay_ns);
	put_u64(m, c->steal_ns);
	put_u64(m, c->interrupts);
}

int msg_get_counters(const struct msg *m, struct msg_counters *c)
{
	struct reader r = { .m = m };

	c->preempted = get_u32(&r);
	c->migrated = get_u32(&r);
	c->run_delay_ns = get_u64(&r);
	c->steal_ns = get_u64(&r);
	c->interrupts = get_u64(&r);
	return get_end(&r);
}

void msg_put_header(u8 *out, const struct msg *m)
{
	u32 magic = htole32(PROTOCOL_MAGIC), len = htole32(m->len);
	u16 version = htole16(PROTOCOL_VERSION), type = htole16(m->type);

	memcpy(out, &magic, 4);
	memcpy(out + 4, &version, 2);
	memcpy(out + 6, &type, 2);
	memcpy(out + 8, &len, 4);
}

int msg_get_header(const u8 *in, struct msg *m, u16 *version)
{
	u32 magic, len;
	u16 type;

	memcpy(&magic, in, 4);
	memcpy(version, in + 4, 2);
	memcpy(&type, in + 6, 2);
	memcpy(&len, in + 8, 4);
	*version = le16toh(*version);
	m->type = le16toh(type);
	m->len = le32toh(len);
	if (le32toh(magic) != PROTOCOL_MAGIC)
		return -EPROTO;
	if (*version != PROTOCOL_VERSION)
		return -EPROTONOSUPPORT;
	return m->len > MSG_BODY_MAX ? -EMSGSIZE : 0;
}

const char *msg_type_name(u16 type)
{
	static const char *const names[] = {
		[MSG_HELLO] = "HELLO",	     [MSG_READY] = "READY",
		[MSG_DONE] = "DONE",	     [MSG_COUNTERS] = "COUNTERS",
		[MSG_SKIP] = "SKIP",	     [MSG_FAIL] = "FAIL",
		[MSG_ENDED] = "ENDED",	     [MSG_PROBED] = "PROBED",
		[MSG_TIME] = "TIME",	     [MSG_SYMBOLS] = "SYMBOLS",
		[MSG_REACHABLE] = "REACHABLE",
		[MSG_WELCOME] = "WELCOME",   [MSG_REFUSED] = "REFUSED",
		[MSG_PROBE] = "PROBE",	     [MSG_BEGIN] = "BEGIN",
		[MSG_SETUP] = "SETUP",	     [MSG_START] = "START",
		[MSG_STOP] = "STOP",	     [MSG_END] = "END",
		[MSG_SHUTDOWN] = "SHUTDOWN",
	};

	if (type < sizeof(names) / sizeof(names[0]) && names[type])
		return names[type];
	return "unknown";
}
