# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
# Sourced by the scripts here, which run in the checkout's top folder.
set -e

# apt's and dpkg's words are matched.
export LC_ALL=C
PATH=$PATH:/sbin:/usr/sbin

# Whether root works in the checkout of the user who called sudo.
in_users_checkout() {
	[ "$(id -u)" -eq 0 ] && [ "${SUDO_UID:-0}" -ne 0 ] &&
		[ "$(stat -c %u .)" = "$SUDO_UID" ]
}

# as_owner COMMAND...: as that user, as the Makefile builds all else.
# setpriv --init-groups needs the user's entry in /etc/passwd.
as_owner() {
	groups=--init-groups
	id "${SUDO_UID:-0}" > /dev/null 2>&1 || groups=--clear-groups
	! in_users_checkout || set -- setpriv --reuid="$SUDO_UID" --regid="$SUDO_GID" \
		$groups --inh-caps=-all -- "$@"
	"$@"
}

# Files that root creates in a user's checkout under sudo belong to that user,
# or the user's next make cannot write them.
give_back() {
	in_users_checkout || return 0
	for path in "$@"; do
		[ ! -e "$path" ] || chown -Rh "$SUDO_UID:$SUDO_GID" "$path"
	done
}

apt_knows() {
	apt-cache policy "$1" 2> /dev/null | grep -q 'Candidate: [^(]'
}

# choose_package NAME|NAME...: prints the first that apt knows, else the first;
# releases name one package differently.
choose_package() {
	for name in $(echo "$1" | tr '|' ' '); do
		apt_knows "$name" || continue
		echo "$name"
		return
	done
	echo "${1%%|*}"
}

# update_for NAME|NAME...: a new machine has no package lists, and old lists name
# files that the mirror no longer has.  apt-get update writes to partial.
update_for() {
	[ "$(id -u)" -eq 0 ] || return 0
	if apt_knows "$(choose_package "$1")" && [ -n "$(find \
		/var/lib/apt/lists/partial -maxdepth 0 -mmin -1440 2> /dev/null)" ]; then
		return
	fi
	apt-get -qq update
}

# closure PATTERN NAME...: the packages themselves and those of their dependencies
# whose names match the extended regular expression PATTERN.  Since
# Linux 7.2 Debian splits its kernels into several packages; Ubuntu always has.
closure() {
	pattern=$1
	shift
	seen=
	while [ $# -gt 0 ]; do
		name=$1
		shift
		case " $seen " in *" $name "*) continue ;; esac
		seen="$seen $name"
		# shellcheck disable=SC2046
		set -- "$@" $(apt-cache depends "$name" 2> /dev/null |
			awk '/^ *[|]?(Pre)?Depends: / { print $2 }' | grep -E "$pattern")
	done
	echo "$seen"
}

# download NAME...: into the current folder.  apt's own user cannot write here;
# apt-get says so and continues as root.
download() {
	apt-get -qq download "$@" 2> err || {
		cat err >&2
		return 1
	}
	rm -f err
}
