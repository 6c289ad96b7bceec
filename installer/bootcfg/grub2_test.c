#include "bootcfg/grub2_script.h"

struct test {
	const struct grub2 *g;
	char *const *word;
	size_t n, i;
};

static const char *peek(const struct test *t, size_t ahead)
{
	return t->i + ahead < t->n ? t->word[t->i + ahead] : "";
}

enum comparison { EQ, NE, LT, LE, GT, GE };

static const struct {
	const char *word;
	enum comparison comparison;
	bool numbers;
} comparisons[] = {
	{ "=", EQ, false },  { "==", EQ, false }, { "!=", NE, false },
	{ "<", LT, false },  { "<=", LE, false }, { ">", GT, false },
	{ ">=", GE, false }, { "-eq", EQ, true }, { "-ne", NE, true },
	{ "-lt", LT, true }, { "-le", LE, true }, { "-gt", GT, true },
	{ "-ge", GE, true },
};

static bool compare(enum comparison c, int order)
{
	switch (c) {
	case EQ:
		return order == 0;
	case NE:
		return order != 0;
	case LT:
		return order < 0;
	case LE:
		return order <= 0;
	case GT:
		return order > 0;
	default:
		return order >= 0;
	}
}

static long long to_number(const char *s)
{
	bool minus = *s == '-';
	unsigned long long value = strtoull(s + minus, NULL, 10);

	value = value > INT32_MAX ? INT32_MAX : value;
	return minus ? -(long long)value : (long long)value;
}

static bool is_binary(struct test *t, bool *ret)
{
	const char *a = peek(t, 0), *b = peek(t, 2);

	for (size_t i = 0; t->i + 2 < t->n && i < ARRAY_LEN(comparisons); i++) {
		long long x, y;

		if (!str_eq(peek(t, 1), comparisons[i].word))
			continue;
		x = comparisons[i].numbers ? to_number(a) : strcmp(a, b);
		y = comparisons[i].numbers ? to_number(b) : 0;
		*ret = compare(comparisons[i].comparison, (x > y) - (x < y));
		t->i += 3;
		return true;
	}
	return false;
}

static bool is_unary(struct test *t, bool *ret)
{
	const char *op = peek(t, 0), *word = peek(t, 1);

	if (t->i + 1 >= t->n || op[0] != '-' || !op[1] || op[2])
		return false;
	switch (op[1]) {
	case 'n':
		*ret = *word;
		break;
	case 'z':
		*ret = !*word;
		break;
	case 'd':
	case 'e':
	case 'f':
	case 's':
		*ret = grub2_has(t->g, word);
		break;
	default:
		return false;
	}
	t->i += 2;
	return true;
}

static bool either(struct test *t);

static bool primary(struct test *t)
{
	bool value = false;

	if (t->i >= t->n)
		return false;
	if (str_eq(peek(t, 0), "!")) {
		t->i++;
		return !primary(t);
	}
	if (is_binary(t, &value) || is_unary(t, &value))
		return value;
	if (str_eq(peek(t, 0), "(")) {
		t->i++;
		value = either(t);
		t->i += str_eq(peek(t, 0), ")");
		return value;
	}
	return *t->word[t->i++];
}

static bool both(struct test *t)
{
	bool value = primary(t);

	while (str_eq(peek(t, 0), "-a")) {
		t->i++;
		value &= primary(t);
	}
	return value;
}

static bool either(struct test *t)
{
	bool value = both(t);

	while (str_eq(peek(t, 0), "-o")) {
		t->i++;
		value |= both(t);
	}
	return value;
}

bool grub2_test(const struct grub2 *g, char *const *words, size_t n)
{
	struct test t = { .g = g, .word = words, .n = n };

	return either(&t);
}
