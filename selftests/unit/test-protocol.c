// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>

#include "../../bench/protocol.h"
#include "unit.h"

union decoded {
	struct msg_hello hello;
	struct msg_begin begin;
	struct msg_setup setup;
	struct msg_done done;
	struct msg_counters counters;
	char text[MSG_TEXT_MAX];
	u64 ns;
	struct msg_symbols symbols;
};

/* Every value another one, so that two that change places are seen. */
static const union decoded samples[] = {
	{ .hello = { 3, 0xc0a81303, 2, 1ull << 33, 2400000000, 777, 1ull << 62,
		     1ull << 61, BOOT_COPY, 21, 27, "0123456789abcdef",
		     "x86_64", "6.1.0-13-amd64", "A CPU @ 2.40GHz", "tsc",
		     "KVMKVMKVM", "no disk" } },
	{ .begin = { "micro/context-switch", 2, 30000, 60000 } },
	{ .setup = { 1000000,
		     true,
		     { 0x0a000001, 0x0a000002, 1, 20000 },
		     { 0xbeef, 77 } } },
	{ .done = { 3,
		    1ull << 40,
		    1ull << 41,
		    1ull << 42,
		    true,
		    ~0ull,
		    3,
		    { 1, 1ull << 50, ~0ull } } },
	{ .counters = { 5, 1, 1ull << 33, 1ull << 34, 1ull << 35 } },
	{ .text = "not on this CPU" },
	{ .ns = 0x0123456789abcdef },
	{ .symbols = { 2,
		       { 0xffffffff81000000, 0xffffffffc0000010 },
		       { "native_halt+0xa", "" } } },
};

static void put_hello(struct msg *m, const union decoded *d)
{
	msg_put_hello(m, &d->hello);
}

static int get_hello(const struct msg *m, union decoded *d)
{
	return msg_get_hello(m, &d->hello);
}

static void put_begin(struct msg *m, const union decoded *d)
{
	msg_put_begin(m, &d->begin);
}

static int get_begin(const struct msg *m, union decoded *d)
{
	return msg_get_begin(m, &d->begin);
}

static void put_setup(struct msg *m, const union decoded *d)
{
	msg_put_setup(m, &d->setup);
}

static int get_setup(const struct msg *m, union decoded *d)
{
	return msg_get_setup(m, &d->setup);
}

static void put_done(struct msg *m, const union decoded *d)
{
	msg_put_done(m, &d->done);
}

static int get_done(const struct msg *m, union decoded *d)
{
	return msg_get_done(m, &d->done);
}

static void put_counters(struct msg *m, const union decoded *d)
{
	msg_put_counters(m, &d->counters);
}

static int get_counters(const struct msg *m, union decoded *d)
{
	return msg_get_counters(m, &d->counters);
}

static void put_text(struct msg *m, const union decoded *d)
{
	msg_text(m, MSG_FAIL, d->text);
}

static int get_text(const struct msg *m, union decoded *d)
{
	return msg_get_text(m, d->text, sizeof(d->text));
}

static void put_time(struct msg *m, const union decoded *d)
{
	msg_time(m, d->ns);
}

static int get_time(const struct msg *m, union decoded *d)
{
	return msg_get_time(m, &d->ns);
}

static void put_symbols(struct msg *m, const union decoded *d)
{
	msg_put_symbols(m, &d->symbols);
}

static int get_symbols(const struct msg *m, union decoded *d)
{
	return msg_get_symbols(m, &d->symbols);
}

/* All places taken, by the longest names: none may be cut off the end. */
static void the_most_symbols_fit(void **state)
{
	struct msg_symbols s = { .n = SYMBOLS_MAX }, back;
	struct msg m;

	(void)state;
	for (u32 i = 0; i < SYMBOLS_MAX; i++)
		memset(s.name[i], 'x', SYMBOL_NAME_MAX - 1);
	msg_put_symbols(&m, &s);
	assert_int_equal(msg_get_symbols(&m, &back), 0);
	assert_memory_equal(&s, &back, sizeof(s));
	m.body[0]++;
	assert_int_equal(msg_get_symbols(&m, &back), -EPROTO);
}

/* No more than runs, and than there is room for. */
static void events_are_counted(void **state)
{
	static struct msg_done done;
	struct msg m;

	(void)state;
	done = (struct msg_done){ .runs = 4, .has_value = true, .nevents = 5 };
	msg_put_done(&m, &done);
	assert_int_equal(msg_get_done(&m, &done), -EPROTO);
	done.nevents = 3;
	msg_put_done(&m, &done);
	assert_int_equal(msg_get_done(&m, &done), 0);
	/* Their sum is the value. */
	done.has_value = false;
	msg_put_done(&m, &done);
	assert_int_equal(msg_get_done(&m, &done), -EPROTO);
	done = (struct msg_done){ .runs = EVENTS_MAX,
				  .has_value = true,
				  .nevents = EVENTS_MAX };
	msg_put_done(&m, &done);
	assert_int_equal(msg_get_done(&m, &done), 0);
	/* One more of both counts, the first and the last before the events. */
	m.body[0]++;
	m.body[4 + 8 + 8 + 8 + 4 + 8]++;
	m.len += 8;
	assert_int_equal(msg_get_done(&m, &done), -EPROTO);
}

static const struct {
	enum msg_type type;
	void (*put)(struct msg *m, const union decoded *d);
	int (*get)(const struct msg *m, union decoded *d);
} kinds[] = {
	{ MSG_HELLO, put_hello, get_hello },
	{ MSG_BEGIN, put_begin, get_begin },
	{ MSG_SETUP, put_setup, get_setup },
	{ MSG_DONE, put_done, get_done },
	{ MSG_COUNTERS, put_counters, get_counters },
	{ MSG_FAIL, put_text, get_text },
	{ MSG_TIME, put_time, get_time },
	{ MSG_SYMBOLS, put_symbols, get_symbols },
};

static void round_trip(void **state)
{
	union decoded back;
	struct msg m;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		memset(&back, 0, sizeof(back));
		kinds[i].put(&m, &samples[i]);
		assert_int_equal(m.type, kinds[i].type);
		assert_int_equal(kinds[i].get(&m, &back), 0);
		assert_memory_equal(&back, &samples[i], sizeof(back));
	}
}

/* Byte by byte, as another implementation would read it. */
static void wire_format(void **state)
{
	static const u8 header[] = {
		'V', 'B', 'N', 'C', 6, 0, 3, 0, 44, 0, 0, 0
	};
	u8 out[MSG_HEADER_SIZE];
	struct msg m;

	(void)state;
	assert_int_equal(PROTOCOL_VERSION, 6);
	msg_put_done(&m, &samples[3].done);
	m.len = 44;
	msg_put_header(out, &m);
	assert_memory_equal(out, header, sizeof(header));
	msg_time(&m, 0x0123456789abcdef);
	assert_int_equal(m.len, 8);
	assert_memory_equal(m.body, "\xef\xcd\xab\x89\x67\x45\x23\x01", 8);
	msg_text(&m, MSG_SKIP, "no");
	assert_int_equal(m.len, 4);
	assert_memory_equal(m.body, "\2\0no", 4);
}

static void cut_short_anywhere(void **state)
{
	union decoded back;
	struct msg m;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		kinds[i].put(&m, &samples[i]);
		while (m.len--)
			assert_int_equal(kinds[i].get(&m, &back), -EPROTO);
	}
}

static void something_left_over(void **state)
{
	union decoded back;
	struct msg m;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		kinds[i].put(&m, &samples[i]);
		m.body[m.len++] = 0;
		assert_int_equal(kinds[i].get(&m, &back), -EPROTO);
	}
}

static void text_of(struct msg *m, size_t len)
{
	msg_empty(m, MSG_FAIL);
	memset(m->body, 'x', sizeof(m->body));
	m->body[0] = len & 0xff;
	m->body[1] = len >> 8;
	m->len = 2 + len;
	if (m->len > MSG_BODY_MAX)
		m->len = MSG_BODY_MAX;
}

static void strings_that_do_not_fit(void **state)
{
	char text[8 + 1] = "........";
	struct msg m;

	(void)state;
	text_of(&m, 7);
	assert_int_equal(msg_get_text(&m, text, 8), 0);
	assert_string_equal(text, "xxxxxxx");
	text_of(&m, 8);
	text[8] = '#';
	assert_int_equal(msg_get_text(&m, text, 8), -EPROTO);
	assert_int_equal(text[0], '\0');
	assert_int_equal(text[8], '#');
	text_of(&m, 0xffff);
	assert_int_equal(msg_get_text(&m, text, 8), -EPROTO);
	/* The length of the string goes beyond the body. */
	text_of(&m, 5);
	m.len--;
	assert_int_equal(msg_get_text(&m, text, 8), -EPROTO);
	assert_string_equal(text, "");
}

static void long_texts_are_cut_on_sending(void **state)
{
	char text[2 * MSG_BODY_MAX], back[MSG_TEXT_MAX];
	struct msg m;

	(void)state;
	memset(text, 'y', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	msg_text(&m, MSG_FAIL, text);
	assert_int_equal(msg_get_text(&m, back, sizeof(back)), 0);
	assert_int_equal(strlen(back), MSG_TEXT_MAX - 1);
}

/* The largest of all fits a body, whatever its texts. */
static void the_largest_hello_fits(void **state)
{
	struct msg_hello h, back;
	struct msg m;

	(void)state;
	memset(&h, 'z', sizeof(h));
	msg_put_hello(&m, &h);
	/* There is no such origin. */
	assert_int_equal(msg_get_hello(&m, &back), -EPROTO);
	h.origin = BOOT_COPY;
	msg_put_hello(&m, &h);
	assert_int_equal(msg_get_hello(&m, &back), 0);
	assert_int_equal(strlen(back.token), sizeof(back.token) - 1);
	assert_int_equal(strlen(back.notes), sizeof(back.notes) - 1);
}

static void control_characters_are_neutralised(void **state)
{
	char back[MSG_TEXT_MAX];
	struct msg m;

	(void)state;
	msg_text(&m, MSG_FAIL,
		 "a\033[2J\r\n\t\a\x7f"
		 "b\x01");
	assert_int_equal(msg_get_text(&m, back, sizeof(back)), 0);
	assert_string_equal(back, "a?[2J?????b?");
	/* A NUL ends it. */
	text_of(&m, 3);
	m.body[3] = '\0';
	assert_int_equal(msg_get_text(&m, back, sizeof(back)), 0);
	assert_string_equal(back, "x");
}

static void headers(void **state)
{
	u8 raw[MSG_HEADER_SIZE], bad[MSG_HEADER_SIZE];
	struct msg m, back;
	u16 version;

	(void)state;
	msg_time(&m, 1);
	msg_put_header(raw, &m);
	assert_int_equal(msg_get_header(raw, &back, &version), 0);
	assert_int_equal(back.type, MSG_TIME);
	assert_int_equal(back.len, 8);
	assert_int_equal(version, PROTOCOL_VERSION);
	for (int i = 0; i < 4; i++) {
		memcpy(bad, raw, sizeof(bad));
		bad[i] ^= 1;
		assert_int_equal(msg_get_header(bad, &back, &version), -EPROTO);
	}
	memcpy(bad, raw, sizeof(bad));
	bad[5] = 2;
	assert_int_equal(msg_get_header(bad, &back, &version),
			 -EPROTONOSUPPORT);
	assert_int_equal(version, PROTOCOL_VERSION + 0x200);
}

static void lengths(void **state)
{
	static const u32 lens[] = { MSG_BODY_MAX + 1, 1u << 31, UINT32_MAX };
	u8 raw[MSG_HEADER_SIZE];
	struct msg m, back;
	u16 version;

	(void)state;
	msg_empty(&m, MSG_FAIL);
	for (size_t i = 0; i < ARRAY_SIZE(lens); i++) {
		m.len = lens[i];
		msg_put_header(raw, &m);
		assert_int_equal(msg_get_header(raw, &back, &version),
				 -EMSGSIZE);
	}
	m.len = MSG_BODY_MAX;
	msg_put_header(raw, &m);
	assert_int_equal(msg_get_header(raw, &back, &version), 0);
}

/*
 * Half of them bodies of good messages with a few bytes changed.  What a
 * decoder accepts means the same once encoded again.
 */
static void random_bodies(void **state)
{
	union decoded d, again;
	struct msg m, copy;
	u64 rng = 1;
	int accepted = 0;

	(void)state;
	for (int i = 0; i < 100000; i++) {
		size_t k = prng_below(&rng, ARRAY_SIZE(kinds));
		u32 changes = prng_below(&rng, 4);

		kinds[k].put(&m, &samples[k]);
		if (prng_below(&rng, 2))
			changes = m.len = prng_below(&rng, 700);
		while (m.len && changes--)
			m.body[prng_below(&rng, m.len)] = prng_next(&rng);
		memset(&d, 0, sizeof(d));
		if (kinds[k].get(&m, &d))
			continue;
		accepted++;
		memset(&again, 0, sizeof(again));
		kinds[k].put(&copy, &d);
		assert_int_equal(kinds[k].get(&copy, &again), 0);
		assert_true(copy.len <= m.len);
	}
	assert_true(accepted > 10000);
}

static void types_have_names(void **state)
{
	int named = 0;

	(void)state;
	for (u32 t = 0; t <= UINT16_MAX; t++)
		named += strcmp(msg_type_name(t), "unknown") != 0;
	assert_int_equal(named, 20);
	assert_string_equal(msg_type_name(MSG_SHUTDOWN), "SHUTDOWN");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(round_trip),
		cmocka_unit_test(wire_format),
		cmocka_unit_test(cut_short_anywhere),
		cmocka_unit_test(something_left_over),
		cmocka_unit_test(strings_that_do_not_fit),
		cmocka_unit_test(long_texts_are_cut_on_sending),
		cmocka_unit_test(the_largest_hello_fits),
		cmocka_unit_test(control_characters_are_neutralised),
		cmocka_unit_test(headers),
		cmocka_unit_test(lengths),
		cmocka_unit_test(random_bodies),
		cmocka_unit_test(events_are_counted),
		cmocka_unit_test(types_have_names),
		cmocka_unit_test(the_most_symbols_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
