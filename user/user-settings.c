// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "emulated-host.h"
#include "paths.h"
#include "say.h"
#include "settings.h"
#include "trust.h"
#include "user-settings.h"

#define ENV_FILE "VBENCH_SETTINGS"
#define NAME_MAX_LEN 64

struct user {
	uid_t uid;
	const char *config; /* ~/.config or what XDG_CONFIG_HOME names; NULL */
	char path[PATH_MAX];
};

/* The variables that exist; SETTINGS does not have all. */
static const char *const more_names[] = { "TMPDIR", "VBENCH_BACKENDS" };

/* The user who called sudo, which may have set another HOME. */
static void user_find(struct user *u)
{
	const char *sudo = geteuid() ? NULL : getenv("SUDO_USER");
	const struct passwd *pw = sudo && *sudo ? getpwnam(sudo) : NULL;
	const char *xdg = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");

	u->uid = pw ? pw->pw_uid : geteuid();
	u->config = NULL;
	if (!pw && xdg && *xdg == '/')
		u->config = xdg;
	else if (pw || home)
		snprintf(u->path, sizeof(u->path), "%s/.config",
			 pw ? pw->pw_dir : home);
	else
		u->path[0] = '\0';
}

/* False when there is no file to be read. */
static bool user_settings_path(struct user *u)
{
	const char *given = getenv(ENV_FILE);
	size_t len;

	user_find(u);
	if (given)
		return snprintf(u->path, sizeof(u->path), "%s", given) > 0;
	if (u->config)
		snprintf(u->path, sizeof(u->path), "%s", u->config);
	len = strlen(u->path);
	snprintf(u->path + len, sizeof(u->path) - len, "/vbench/settings");
	return len > 0 && !access(u->path, F_OK);
}

/* For root, the file decides which programs root executes. */
static int user_settings_check(int fd, const struct user *u)
{
	struct stat st;

	if (fstat(fd, &st))
		return -errno;
	if (!S_ISREG(st.st_mode)) {
		say("%s is not a regular file (" ENV_FILE "= in the "
		    "environment: without settings of your own)",
		    u->path);
		return -EINVAL;
	}
	if (st.st_uid && st.st_uid != u->uid) {
		say("%s belongs to another user: vbench reads settings of the "
		    "user who runs it or of root only",
		    u->path);
		return -EPERM;
	}
	if (trust_others_write(&st)) {
		say("%s can be written by other users: chmod go-w %s", u->path,
		    u->path);
		return -EPERM;
	}
	return 0;
}

static char *user_settings_names(void)
{
	char path[PATH_MAX], *text = NULL;
	const char *data = data_dir();
	size_t room = 0;
	FILE *f = NULL;

	if (data && snprintf(path, sizeof(path), "%s/SETTINGS", data) <
			    (int)sizeof(path))
		f = fopen(path, "re");
	if (f && getdelim(&text, &room, '\0', f) < 0) {
		free(text);
		text = NULL;
	}
	if (f)
		fclose(f);
	return text;
}

/* SETTINGS defines each as : "${NAME:=...}". */
static bool user_settings_known(const char *settings, const char *name)
{
	char wanted[NAME_MAX_LEN + 8];

	for (size_t i = 0; i < sizeof(more_names) / sizeof(more_names[0]); i++)
		if (!strcmp(name, more_names[i]))
			return true;
	snprintf(wanted, sizeof(wanted), "\"${%.*s:=", NAME_MAX_LEN, name);
	return strstr(settings, wanted) != NULL;
}

static char *user_settings_trim(char *s)
{
	size_t len;

	s += strspn(s, " \t\r\n");
	len = strlen(s);
	while (len && isspace((unsigned char)s[len - 1]))
		s[--len] = '\0';
	return s;
}

/* The value without its quotes; NULL if a shell would expand it. */
static char *user_settings_value(char *s)
{
	size_t len = strlen(s);
	char quote = *s;

	if (quote == '\'' || quote == '"') {
		if (len < 2 || s[len - 1] != quote)
			return NULL;
		s[len - 1] = '\0';
		s++;
		if (strchr(s, quote))
			return NULL;
	} else if (quote == '~' || strpbrk(s, "'\"#;")) {
		return NULL;
	}
	if (quote != '\'' && strpbrk(s, "$`\\"))
		return NULL;
	return s;
}

/* The error in the line, or NULL. */
static const char *user_settings_line(char *line, const char *settings)
{
	char *name = user_settings_trim(line), *value = strchr(name, '=');

	if (!*name || *name == '#')
		return NULL;
	if (!value || value == name || isspace((unsigned char)value[-1]))
		return "a line is NAME=VALUE, without blanks around the \"=\"";
	*value++ = '\0';
	if (!user_settings_known(settings, name))
		return "SETTINGS has no variable of that name";
	value = user_settings_value(value);
	if (!value)
		return "no shell reads this file: write the value itself, or "
		       "in single quotes";
	if (setenv(name, value, 0))
		return strerror(errno);
	return NULL;
}

static int user_settings_read(FILE *f, const struct user *u)
{
	char *line = NULL, *settings = user_settings_names();
	const char *fault = settings ? NULL : "SETTINGS cannot be read";
	unsigned int n = 0;
	size_t room = 0;

	while (!fault && getline(&line, &room, f) > 0) {
		n++;
		fault = user_settings_line(line, settings);
	}
	if (fault)
		say("%s, line %u: %s", u->path, n, fault);
	free(line);
	free(settings);
	return fault ? -EINVAL : 0;
}

int user_settings_apply(void)
{
	char why[2 * PATH_MAX];
	struct user u;
	FILE *f = NULL;
	int fd, ret;

	/* Outside, it became part of the environment here. */
	if (getenv(ENV_EMULATED_HOST) || !user_settings_path(&u))
		return 0;
	fd = open(u.path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0) {
		ret = -errno;
		say("%s cannot be read: %s", u.path, strerror(-ret));
		return ret;
	}
	ret = user_settings_check(fd, &u);
	if (!ret)
		f = fdopen(fd, "r");
	if (f)
		ret = user_settings_read(f, &u);
	if (f)
		fclose(f);
	else
		close(fd);
	if (!ret && settings_paths_of_environment(why, sizeof(why))) {
		say("%s", why);
		ret = -EINVAL;
	}
	return ret;
}
